"""Folds by account where time is short: what is fitted on, what is tested on, and how accounts are dealt out."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from test_workspace import FILE, minimal

from features.compute import DAY, Spine
from features.history import History
from features.history_file import load_history
from models.registry import aliased
from tables.ingest import ingest
from training.dataset import Dataset
from training.fit import folds
from training.jobs import Jobs
from training.run import train_all
from training.splits.cutoffs import before_test, cutoff_second
from training.splits.sides import LATER, OTHERS, sides_of
from training.task import PredictionTask
from training.tasks import TASKS
from training.train import Trained, train_task
from workspace.errors import ForesaleError
from workspace.workspace import CalendarCutoffs, Workspace, parse_workspace

UTC = ZoneInfo("UTC")
YEAR = CalendarCutoffs(kind="calendar", first=date(2024, 2, 1), test=date(2025, 1, 1), every_days=30, folds=3)
CALENDAR = {"kind": "calendar", "first": "2024-05-01", "test": "2024-10-01", "every_days": 30, "folds": 3}


def company(folder: Path, **cutoffs: Any) -> Workspace:
    """Two hundred accounts with a year of orders, and a lead each that is won the sooner the more it is touched."""
    rng = np.random.default_rng(3)
    keys = [f"A{number:03}" for number in range(200)]
    start, rate = pd.Timestamp("2024-01-01"), rng.gamma(1.0, 0.04, 200)
    orders = [
        {"order_id": f"{key}-{n}", "account_id": key, "amount": 10, "occurred_at": (start + pd.Timedelta(days=int(day))).date()}
        for key, often in zip(keys, rate, strict=True)
        for n, day in enumerate(np.sort(rng.choice(366, rng.poisson(366 * often) + 1)))
    ]
    eager, opened = rng.random(200), [start + pd.Timedelta(days=int(n)) for n in rng.integers(0, 30, 200)]
    won = rng.random(200) < eager * 0.8
    leads = [
        {
            "opportunity_id": key,
            "account_id": key,
            "opened_at": day.date(),
            "outcome": "won" if win else None,
            "closed_at": (day + pd.Timedelta(days=20)).date() if win else None,
        }
        for key, day, win in zip(keys, opened, won, strict=True)
    ]
    touches = [
        {
            "interaction_id": f"{key}-{n}",
            "account_id": key,
            "opportunity_id": key,
            "kind": "call",
            "occurred_at": (day + pd.Timedelta(days=n % 9)).date(),
        }
        for key, day, keen in zip(keys, opened, eager, strict=True)
        for n in range(int(keen * 8))
    ]
    tables = {
        "accounts": [{"account_id": key} for key in keys],
        "orders": orders,
        "opportunities": leads,
        "interactions": touches,
    }
    for name, rows in tables.items():
        pd.DataFrame(rows).to_csv(folder / f"{name}.csv", index=False)
    anchored = {"kind": "anchored", "days": [10], "folds": 3, "test_share": 0, **cutoffs}
    return parse_workspace(
        minimal(
            time_zone="UTC",
            sources={name: f"{name}.csv" for name in tables},
            tables={name: {"source": name} for name in tables},
            tasks={
                "churn": {"horizon_days": 90, "active_days": 400, "cutoffs": CALENDAR},
                "conversion": {"horizon_days": 30, "cutoffs": anchored},
            },
        ),
        folder / "foresale.toml",
    )


def read(workspace: Workspace) -> History:
    """Its history."""
    return load_history(ingest(workspace).snapshot)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Trained]:
    """Both tasks of the company."""
    made = company(tmp_path_factory.mktemp("sides"))
    history = read(made)
    return {name: train_task(made, history, TASKS[name]) for name in ("churn", "conversion")}


def test_training_outcomes_end_before_the_test_day(trained: dict[str, Trained]) -> None:
    churn = trained["churn"]
    begins = cutoff_second(date(2024, 10, 1), UTC)
    assert set(churn.test.spine.as_of) == {begins}
    assert churn.train.spine.until.max() <= begins
    assert len(set(churn.train.spine.as_of)) == 3
    assert churn.test_evaluation.split == churn.gate.split == LATER


def test_without_a_share_for_the_test_every_row_is_told_by_folds(trained: dict[str, Trained]) -> None:
    conversion = trained["conversion"]
    assert conversion.test_evaluation.split == OTHERS
    assert conversion.test_evaluation.n == len(conversion.train) == 200
    assert conversion.test_evaluation.metrics == conversion.gate.metrics
    assert conversion.test_evaluation.metrics["auc"] > 0.6


def test_held_out_accounts_are_on_one_side(tmp_path: Path) -> None:
    made = company(tmp_path, test_share=0.3)
    found = train_task(made, read(made), TASKS["conversion"])
    assert set(found.train.account).isdisjoint(found.test.account)
    assert 0 < len(found.test) < len(found.train)


def rows(account: list[int], label: list[int]) -> Dataset:
    """Rows without inputs."""
    at = np.zeros(len(label), np.int64)
    return Dataset(Spine(np.array(account, np.int64), at, at, at), pd.DataFrame(index=range(len(label))), np.array(label, float))


def test_an_account_is_in_one_fold_and_every_fold_has_its_share_of_outcomes() -> None:
    account = [n // 2 for n in range(60)]
    data = rows(account, [1 if n < 12 else 0 for n in range(60)])
    for inside, outside in folds(data, 3):
        assert set(data.account[inside]).isdisjoint(data.account[outside])
        assert len(outside) == 20
        assert data.label[outside].sum() == 4
    assert sorted(np.concatenate([outside for _, outside in folds(data, 3)])) == list(range(60))


def test_every_cutoff_whose_outcome_is_known_by_the_test_is_for_training() -> None:
    train = before_test(YEAR, 180, UTC).periods["train"]
    test = cutoff_second(YEAR.test, UTC)
    assert len(train) == 6
    assert max(train) == test - 180 * DAY


def test_a_horizon_without_a_mature_cutoff_is_refused() -> None:
    with pytest.raises(ForesaleError, match="no cutoff is left for train"):
        before_test(YEAR, 340, UTC)


def test_a_row_whose_outcome_is_open_on_the_test_day_is_on_no_side() -> None:
    at = np.array([0, 50, 100], np.int64) * DAY + cutoff_second(date(2024, 9, 1), UTC)
    spine = Spine(np.arange(3), np.full(3, -1), at, at + 60 * DAY)
    workspace = parse_workspace(minimal(time_zone="UTC"), FILE)
    history = read_nothing()
    sides = sides_of(workspace, history, YEAR, Dataset(spine, pd.DataFrame(index=range(3)), np.zeros(3)))
    assert sides.train.account.tolist() == [0, 1]
    assert len(sides.test) == 0


def read_nothing() -> History:
    """A history that only has accounts."""
    from features.history import build_history

    return build_history({"accounts": pd.DataFrame({"account_id": ["a", "b", "c"]})})


@pytest.mark.parametrize(
    "cutoffs",
    [
        {},
        {"test_from": "2025-01-01", "test_share": 0.2},
        {"test_from": "2025-01-01"},
        {"test_from": "2025-01-01", "test_until": "2025-02-01", "test_share": 0},
    ],
)
def test_a_test_is_later_or_other_accounts_and_never_both(cutoffs: dict[str, object]) -> None:
    with pytest.raises(ForesaleError, match="either test_from and test_until, or test_share"):
        parse_workspace(minimal(tasks={"conversion": {"cutoffs": {"kind": "anchored", **cutoffs}}}), FILE)


def test_every_task_is_judged_before_anything_is_fitted(tmp_path: Path) -> None:
    raw = company(tmp_path).model_dump()
    late = {"kind": "calendar", "first": "2024-09-20", "test": "2024-10-01", "every_days": 7}
    raw["tasks"]["value"] = {"horizon_days": 90, "active_days": 400, "cutoffs": late}
    whole = parse_workspace(raw, tmp_path / "foresale.toml")
    ingest(whole)
    with pytest.raises(ForesaleError, match="no cutoff is left for"):
        train_all(whole)
    assert not (whole.data_dir / "mlflow.db").exists()


def test_what_is_finished_is_kept_although_another_task_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = company(tmp_path)
    ingest(whole)

    def failing(workspace: Workspace, history: History, task: PredictionTask, jobs: Jobs) -> Trained:
        if task.name == "conversion":
            raise ForesaleError("the disk is full")
        return train_task(workspace, history, task, jobs)

    monkeypatch.setattr("training.run.train_task", failing)
    with pytest.raises(ForesaleError, match="the disk is full"):
        train_all(whole)
    assert aliased(whole, "churn") is not None and aliased(whole, "conversion") is None


def test_value_is_served_by_folds_where_the_history_is_short(tmp_path: Path) -> None:
    raw = company(tmp_path).model_dump()
    raw["tasks"] = {"value": {"horizon_days": 90, "active_days": 400, "cutoffs": CALENDAR}}
    whole = parse_workspace(raw, tmp_path / "foresale.toml")
    found = train_task(whole, read(whole), TASKS["value"])
    assert found.verdict.passed and found.test_evaluation.split == LATER
    assert found.answers.quantiles is not None
    inside = (found.test.label >= found.answers.quantiles[:, 0]) & (found.test.label <= found.answers.quantiles[:, 2])
    assert inside.mean() > 0.6


def test_cutoffs_further_apart_than_a_period_are_refused_by_name(tmp_path: Path) -> None:
    raw = company(tmp_path).model_dump()
    raw["tasks"]["churn"]["cutoffs"] = {**CALENDAR, "folds": None, "every_days": 30, "periods_days": 14}
    with pytest.raises(ForesaleError, match=r"periods_days of at least every_days \(30\)"):
        parse_workspace(raw, tmp_path / "foresale.toml")
