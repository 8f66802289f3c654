"""The face of the package: what a notebook imports, and what starts a program."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from static_world import workspace, written

import foresale
from foresale.company import Company
from training.train import training_rows
from workspace.errors import ForesaleError

ROOT = Path(__file__).parents[1]


def python(code: str) -> subprocess.CompletedProcess[str]:
    """Run code in a new interpreter."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)


def test_importing_it_costs_nothing() -> None:
    code = "import time; a = time.process_time(); import foresale; print(time.process_time() - a)"
    assert float(python(code).stdout) < 0.3


def test_it_offers_what_it_says_and_nothing_else() -> None:
    assert all(hasattr(foresale, name) for name in foresale.__all__)
    with pytest.raises(AttributeError, match="it has Company, ForesaleError, open_company"):
        foresale.open_firm  # noqa: B018  # the point of the test


def test_help_starts_where_there_is_no_fcntl() -> None:
    """As on Windows: the stubbed import fails as it does there."""
    code = "import sys; sys.modules['fcntl'] = None; sys.argv = ['foresale', '--help']; from foresale.cli import main; main()"
    done = python(code)
    assert done.returncode == 0, done.stderr
    assert "ingest" in done.stdout and "promote" in done.stdout


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """The made-up leads, ingested."""
    made = Company(workspace(written(tmp_path_factory.mktemp("face")), "visits", "origin"))
    made.ingest()
    return made


def test_a_training_set_has_ids_inputs_and_the_outcome_last(company: Company) -> None:
    table = company.training_set("conversion")
    rows = training_rows(company.workspace, company.history, "conversion")
    assert table.index.names == ["account_id", "opportunity_id", "as_of"]
    assert list(table.columns) == [*rows.frame.columns, "label"]
    assert np.array_equal(table["label"], rows.label)
    assert table.index.is_unique


def test_a_frame_holds_those_who_are_asked_about(company: Company) -> None:
    frame = company.frame("conversion")
    history = company.history
    undecided = set(history.opportunities["opportunity_id"][history.opportunities["outcome"].isna()].astype(str))
    assert set(frame.index.get_level_values("opportunity_id")) == undecided
    assert "label" not in frame
    assert list(frame.columns) == [name for name in company.training_set("conversion").columns if name != "label"]


def test_a_company_without_tasks_trains_nothing(tmp_path: Path) -> None:
    made = Company(workspace(written(tmp_path), "visits", tasks={}))
    made.ingest()
    assert made.train() == {}


def test_what_was_loaded_is_forgotten_once_something_new_is_in_force(company: Company) -> None:
    """An engine kept over a training would answer with the old model, and say nothing."""
    company.train()
    before = company.engine
    assert company.engine is before
    company.train()
    assert company.engine is not before
    assert company.engine.models["conversion"].version == "2"


def test_a_moment_that_is_none_says_what_one_is(company: Company) -> None:
    with pytest.raises(ForesaleError, match=r"no moment\n  got: soon\n  expected: a day such as 2017-12-01"):
        company.frame("conversion", as_of="soon")


def test_a_company_without_data_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ForesaleError, match="do this: run: foresale ingest"):
        Company(workspace(written(tmp_path), "visits")).frame("conversion")
