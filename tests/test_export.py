"""`foresale features`: whose features, as of when, and where to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from features.compute import DAY, anchored_opportunities
from features.export import empty_folder, everyone, export_features
from features.population import Cohort, Population, end_of_history, moment_asked
from tables.ingest import IngestResult
from tests import test_workspace
from tests.conftest import TEST_DAY
from tests.test_cli import foresale
from tests.world import AS_OF, history
from workspace.errors import ForesaleError
from workspace.workspace import Workspace

LATEST = datetime(2026, 3, 1, tzinfo=UTC)


def test_every_household_has_a_row(demo_workspace: Workspace, ingested: IngestResult, tmp_path: Path) -> None:
    assert export_features(demo_workspace, "churn", TEST_DAY, tmp_path) == (2469, TEST_DAY)
    table = pq.read_table(tmp_path)
    assert table.num_rows == 2469
    assert table.column_names[:3] == ["account_id", "opportunity_id", "as_of"]
    assert len(table.column_names) > 100


def test_conversion_asks_about_open_opportunities() -> None:
    spine = Cohort(Population("opportunity", 30), (AS_OF,))(history())
    assert history().opportunities["opportunity_id"].iloc[spine.opportunity].tolist() == ["P2", "P4"]


def test_with_days_each_opportunity_has_dates_of_its_own() -> None:
    spine, same = (
        Cohort(Population("opportunity", None), days=(0, 14))(history()),
        anchored_opportunities(history(), (0, 14), None),
    )
    assert spine.as_of.tolist() == same.as_of.tolist()


def test_without_dates_every_opportunity_is_asked_about() -> None:
    spine = Cohort(Population("opportunity", None, dateless=True), (AS_OF,))(history())
    assert (len(spine), set(spine.until.tolist())) == (5, {AS_OF})


def test_a_row_for_every_account_and_cutoff() -> None:
    spine = Cohort(Population("account", 30), (AS_OF - DAY, AS_OF))(history())
    assert spine.as_of.tolist() == [AS_OF - DAY] * 10 + [AS_OF] * 10


def test_a_task_says_whom_it_asks_about(demo_workspace: Workspace) -> None:
    assert everyone(demo_workspace, "churn", TEST_DAY) == Cohort(Population("account", 28), (int(TEST_DAY.timestamp()),))
    assert everyone(demo_workspace, "conversion", TEST_DAY).population.entity == "opportunity"


def test_two_exports_never_mix(tmp_path: Path) -> None:
    (tmp_path / "part-00000.parquet").touch()
    with pytest.raises(ForesaleError, match="the folder is in use"):
        empty_folder(tmp_path)


def test_the_moment_is_the_end_of_the_history_unless_told() -> None:
    assert moment_asked(None, LATEST) == LATEST
    assert moment_asked(datetime(2026, 1, 1), LATEST) == datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(ForesaleError, match="as_of lies after the history"):
        moment_asked(LATEST + timedelta(seconds=1), LATEST)


def test_a_history_without_dates_stands_at_present() -> None:
    assert end_of_history(int(LATEST.timestamp())) == LATEST
    assert end_of_history(0).date() == datetime.now(UTC).date()


def test_spark_writes_files_and_nothing_else_does(tmp_path: Path) -> None:
    done = foresale("score", "--spark", workspace=tmp_path / "foresale.toml")
    assert (done.returncode, "--spark and --out go together" in done.stderr) == (2, True)


@pytest.mark.parametrize("spark", [{}, {"url": "sc://a", "master": "local"}])
def test_spark_runs_in_one_place(spark: dict[str, str]) -> None:
    with pytest.raises(ForesaleError, match="exactly one of `url` and `master`"):
        test_workspace.parse_workspace(test_workspace.minimal(spark=spark), test_workspace.FILE)
