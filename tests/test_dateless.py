"""A table without dates, the whole way: ingest, train, report, register, score."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import mlflow
import numpy as np
import pytest
from static_world import leads, workspace, written
from test_workspace import FILE, minimal

from features.catalog import CATALOG
from features.compute import dateless_opportunities, prepare, won_ever
from features.history import History, build_history
from features.history_file import load_history
from features.population import Population
from serving.batch import score_everyone
from serving.engine import Engine
from serving.loading import load_engine
from tables.ingest import ingest
from tables.snapshot import current_snapshot
from training.splits.dateless import dateless_rows, held_out, known_at_creation
from training.tasks import TASKS
from training.tracking import log_trained
from training.train import Trained, train_task
from workspace.errors import ForesaleError
from workspace.workspace import Workspace, parse_workspace

REASONS = {"opportunity.budget": "asked for on the form", "opportunity.origin": "nobody asked"}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The made-up leads, with one doubtful column that the workspace answers for."""
    made = workspace(written(tmp_path_factory.mktemp("static")), "visits", "origin", "budget", overrule=REASONS)
    ingest(made)
    return made


@pytest.fixture(scope="module")
def trained(company: Workspace) -> Trained:
    """Its conversion model."""
    return train_task(company, load_history(current_snapshot(company)), TASKS["conversion"])


@pytest.fixture(scope="module")
def run(company: Workspace, trained: Trained) -> str:
    """The id of its logged run."""
    assert log_trained(company, "snapshot", trained)[1]
    return str(mlflow.search_runs(search_all_experiments=True, output_format="list")[0].info.run_id)


@pytest.fixture(scope="module")
def engine(company: Workspace, run: str) -> Engine:
    """The engine over the registered model."""
    return load_engine(company)


def test_whole_accounts_are_held_out(trained: Trained) -> None:
    assert set(trained.train.account).isdisjoint(trained.test.account)
    assert len(trained.train) + len(trained.test) == 1500
    assert len(trained.test) == pytest.approx(300, abs=40)


def test_an_account_stays_on_its_side_when_others_join() -> None:
    few, many = held_out(["a", "b", "c"], 0.5), held_out(["x", "a", "y", "b", "c"], 0.5)
    assert few.tolist() == many[[1, 3, 4]].tolist()
    assert held_out([str(n) for n in range(10_000)], 0.2).mean() == pytest.approx(0.2, abs=0.02)


def test_it_finds_the_honest_signal_and_names_its_split(trained: Trained) -> None:
    assert trained.gate.split == trained.test_evaluation.split == "folds by account; no dates"
    assert 0.7 < trained.gate.metrics["auc"] < 0.9
    assert trained.fitted.scorer.population == Population("opportunity", None, dateless=True)


def test_report_card_and_run_say_what_was_overruled_and_why(run: str) -> None:
    logged = mlflow.get_run(run)
    assert logged.data.tags["leaks.overruled"] == "opportunity.budget: asked for on the form"
    report, chinese, card, found = (
        mlflow.artifacts.load_text(f"runs:/{run}/report/{name}")
        for name in ("report.html", "report.zh.html", "model_card.md", "leaks.json")
    )
    for text in (report, chinese, card, found):
        assert "asked for on the form" in text
        assert "opportunity.origin" in text
    assert "行中" in chinese
    assert not re.search(r"[\u4e00-\u9fff]", report.partition("</style>")[2])
    assert "visits is on the form" in report and "visits is on the form" in chinese


def test_everyone_without_an_outcome_is_scored_and_anyone_is_answered(engine: Engine) -> None:
    table = leads()
    scored = score_everyone(engine, engine.latest_as_of)
    assert {item.entity_id for item in scored} == set(table["lead"][table["won"] == 0])
    assert {(item.status, item.horizon_days) for item in scored} == {("ok", None)}
    won = table["lead"][table["won"] == 1].tolist()[:5]
    assert {item.status for item in engine.predict("conversion", won, engine.latest_as_of)} == {"ok"}


def test_a_history_without_dates_stands_as_of_the_present_day(engine: Engine) -> None:
    assert engine.history.latest == 0
    assert abs((datetime.now(UTC) - engine.latest_as_of).total_seconds()) <= 86_400


def static_history(outcomes: list[str | None]) -> History:
    table = leads().rename(columns={"lead": "opportunity_id"}).iloc[: len(outcomes)]
    table = table.assign(account_id=table["opportunity_id"], outcome=outcomes)
    return build_history({"accounts": table[["account_id"]], "opportunities": table})


def test_where_losses_are_recorded_the_undecided_are_no_rows() -> None:
    def labels(outcomes: list[str | None]) -> list[float]:
        history = static_history(outcomes)
        return dateless_rows(prepare(history, ())).label.tolist()

    assert labels(["won", "lost", None, "won"]) == [1, 0, 1]
    assert labels(["won", None, None]) == [1, 0, 0]


def test_without_dates_only_what_the_workspace_vouches_for_is_an_input(trained: Trained) -> None:
    assert {feature.name for feature in trained.fitted.scorer.encoding.features} == {
        "opportunity.visits",
        "opportunity.origin",
        "opportunity.budget",
    }
    assert {feature.stat for feature in known_at_creation(CATALOG)} == {"attribute"}


def test_a_dated_conversion_still_refuses_a_table_without_openings(tmp_path: Path) -> None:
    raw = workspace(written(tmp_path), "visits").model_dump(exclude={"tasks"})
    cutoffs = {"kind": "anchored", "test_from": "2025-01-01", "test_until": "2025-06-01"}
    dated = parse_workspace({**raw, "tasks": {"conversion": {"horizon_days": 30, "cutoffs": cutoffs}}}, tmp_path / "f.toml")
    with pytest.raises(ForesaleError, match="no column opened_at, closed_at"):
        train_task(dated, load_history(ingest(dated).snapshot), TASKS["conversion"])


@pytest.mark.parametrize(
    ("task", "key", "expected"),
    [
        ({"horizon_days": 9, "cutoffs": {"kind": "none"}}, "tasks.conversion", 'no horizon_days where cutoffs.kind is "none"'),
        ({"cutoffs": {"kind": "none", "test_share": 1}}, "tasks.conversion.cutoffs.test_share", "less than 1"),
        ({"cutoffs": {"kind": "none", "folds": 2}}, "tasks.conversion.cutoffs.folds", "greater than or equal to 3"),
    ],
)
def test_a_mistake_in_the_cutoffs_is_named(task: dict[str, object], key: str, expected: str) -> None:
    with pytest.raises(ForesaleError, match="is wrong") as caught:
        parse_workspace(minimal(tasks={"conversion": task}), FILE)
    assert f"key {key} is wrong" in str(caught.value)
    assert expected in str(caught.value)


def test_an_overrule_needs_a_reason() -> None:
    with pytest.raises(ForesaleError, match=r"key overrule\.opportunity\.x is wrong"):
        parse_workspace(minimal(overrule={"opportunity.x": " "}), FILE)


def test_labels_are_the_outcome_whenever_it_came() -> None:
    history = static_history(["won", "lost", None, "won"])
    assert won_ever(history, dateless_opportunities(history)).tolist() == [1.0, 0.0, 0.0, 1.0]
    assert np.unique(dateless_opportunities(history).until).tolist() == [0]
