"""The benchmark of the truth: its figures on made-up answers, and the dates that it asks about in a small world."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.truth import behind, by_age, calibration, money, probabilities
from benchmarks.worlds_trained import truth_of, world_at
from foresale import open_company
from foresale.company import Company
from training import metrics
from worlds.write import declared

RNG = np.random.default_rng(3)
CHANCE = RNG.beta(2, 5, 20_000)
OUTCOME = (RNG.random(len(CHANCE)) < CHANCE).astype(float)
MOMENT = pd.Timestamp("2025-09-30 15:59:59", tz="UTC")


def answers(shown: np.ndarray) -> pd.DataFrame:
    """Rows of the truth whose oracle knows the chance, and what somebody says of them."""
    return pd.DataFrame({"shown": shown, "oracle": CHANCE, "probability": CHANCE, "outcome": OUTCOME, "as_of": MOMENT})


def test_who_says_the_chance_has_slope_one_and_no_more_error_than_luck() -> None:
    figures = probabilities(answers(CHANCE))
    assert figures["rms_to_oracle"] == 0
    assert figures["ours"] == figures["oracle"]
    assert figures["ours"]["slope"] == pytest.approx(1, abs=0.06)
    assert figures["ours"]["ece"] < 3 * figures["ours"]["ece_if_perfect"]


def test_who_exaggerates_has_a_slope_below_one() -> None:
    link = np.log(CHANCE / (1 - CHANCE))
    slope, _ = calibration(OUTCOME, 1 / (1 + np.exp(-2 * link)))
    assert slope == pytest.approx(0.5, abs=0.03)
    assert calibration(OUTCOME, np.full(len(OUTCOME), 0.3))[0] == 0


def test_the_distance_to_the_oracle_has_an_interval() -> None:
    rows = answers(np.where(RNG.random(len(CHANCE)) < 0.5, CHANCE, 0.3)).assign(account_id=np.arange(len(CHANCE)))
    low, high = behind(rows.iloc[:2000], "shown", "oracle", metrics.auc)
    assert low < high < 0
    assert behind(rows.iloc[:2000], "oracle", "oracle", metrics.auc) == (0, 0)


def test_an_age_is_in_whole_days_since_the_opening() -> None:
    rows = answers(CHANCE).iloc[:4].assign(entity_id=["a", "b", "c", "d"])
    opened = pd.Series([MOMENT - pd.Timedelta(days=days) for days in (0, 30.9, 31, 400)], list("abcd"))
    assert {band: figures["n"] for band, figures in by_age(rows, opened).items()} == {"0-30": 2, "31-90": 1, "181+": 1}


def test_money_is_covered_between_its_quantiles() -> None:
    outcome = np.array([0.0, 10, 20, 30, 40, 90])
    rows = pd.DataFrame({"outcome": outcome, "shown": outcome, "oracle_value": outcome, "expected_value": outcome})
    figures = money(rows.assign(p10=1.0, p50=20.0, p90=40.0))
    assert figures["ours"]["gini"] == 1
    assert figures["total_over"] == {"expected_value": 0, "oracle_value": 0, "outcome": 0}
    assert figures["at_or_below"] == pytest.approx({"p10": 1 / 6, "p50": 1 / 2, "p90": 5 / 6})
    assert figures["below"]["p50"] == pytest.approx(1 / 3)
    assert figures["covered_given_purchase"] == {"all": 0.8, "smallest": 1, "middle": 1, "largest": 0.5}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """A world of forty accounts, ingested."""
    found = open_company(world_at(tmp_path_factory.mktemp("world"), declared(40, 3, 1, "standard")))
    found.ingest()
    return found


@pytest.mark.parametrize("task", ["conversion", "churn"])
def test_only_dates_after_everything_fitted_are_asked_about(company: Company, task: str) -> None:
    folder = Path(company.workspace.data_dir).parent
    test, before = truth_of(company, folder, task)
    asked = (test["as_of"] + pd.Timedelta(seconds=1)).dt.tz_convert(company.workspace.zone).dt.date
    assert sorted(asked.unique()) == [date(2025, 10, 1)]
    assert set(test["entity_id"]) & set(before["entity_id"])
    assert before["as_of"].max() + pd.Timedelta(days=90) <= test["as_of"].min()


def test_a_world_that_is_there_is_used_again(company: Company) -> None:
    file = Path(company.workspace.data_dir).parent / "foresale.toml"
    written = file.with_name("truth.parquet").stat().st_mtime_ns
    world_at(file.parent, declared(40, 3, 1, "standard"))
    assert file.with_name("truth.parquet").stat().st_mtime_ns == written
    assert not company.workspace.data_dir.exists()
