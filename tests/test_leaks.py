"""The leak gate: planted leaks are named, honest inputs pass, doubts are asked about, and the workspace may answer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from static_world import leads, workspace, written
from world import AS_OF

from features.catalog import feature_set
from features.compute import account_spine, available, prepare
from features.feature import Feature
from features.history import build_history
from features.history_file import load_history
from tables.ingest import ingest
from tests.contracts.test_features import FEATURES, TABLES, WORLD
from training.dataset import Dataset
from training.leaks.checks import auc_alone, known_later, missing_by_outcome, pure_levels, separating, state_word
from training.leaks.gate import NOTHING_FOUND, Leaks, doubts, examine, judge, unused_overrules
from training.splits.dateless import dateless_rows, known_at_creation
from training.tasks import TASKS
from training.train import train_task
from workspace.errors import ForesaleError
from workspace.workspace import Workspace, parse_workspace

DAY = 86_400


def gate(company: Workspace, progress: list[str] | None = None) -> Leaks:
    """The gate over a table without dates; with `progress` as training runs it."""
    history = load_history(ingest(company).snapshot)
    pipeline = prepare(history, available(history, known_at_creation(feature_set(company, "opportunity")), history.latest))
    rows = dateless_rows(pipeline)
    if progress is None:
        return judge(company, pipeline, TASKS["conversion"], rows)
    return examine(company, pipeline, TASKS["conversion"], rows, progress.append)


def found(leaks: Leaks) -> set[tuple[str, str, str]]:
    return {(finding.feature.removeprefix("opportunity."), finding.rule.code, finding.verdict) for finding in leaks.findings}


def rows_of(label: np.ndarray, **columns: object) -> Dataset:
    """Rows of as many accounts, one column a feature."""
    account = np.arange(len(label), dtype=np.int64)
    return Dataset(account_spine(account, np.zeros_like(account), 1), pd.DataFrame(columns), np.asarray(label, float))


def column(name: str, *, categorical: bool = True) -> Feature:
    return Feature(name, "fit", "某列", "some column", "accounts", "attribute", measure=name, categorical=categorical)


@pytest.mark.parametrize(
    ("name", "rule", "verdict"),
    [
        ("answer", "pure_level", "refused"),
        ("answer", "separates_alone", "refused"),
        ("touches_total", "separates_alone", "refused"),
        ("stage", "pure_level", "refused"),
        ("rating", "pure_level", "refused"),
        ("stage", "named_like_a_state", "asked"),
        ("budget", "missing_by_outcome", "asked"),
    ],
)
def test_a_planted_leak_is_named(tmp_path: Path, name: str, rule: str, verdict: str) -> None:
    assert (name, rule, verdict) in found(gate(workspace(written(tmp_path), "visits", "origin", name)))


def test_honest_inputs_pass(tmp_path: Path) -> None:
    assert gate(workspace(written(tmp_path), "visits", "origin")).findings == ()


def test_a_refusal_names_every_feature_what_was_measured_and_what_to_do(tmp_path: Path) -> None:
    said: list[str] = []
    with pytest.raises(ForesaleError) as caught:
        gate(workspace(written(tmp_path), "visits", "touches_total", "stage", "budget"), said)
    assert str(caught.value) == (
        "the leak gate refuses inputs of conversion: 2\n  got: \n"
        "    opportunity.touches_total: alone it separates the outcomes: AUC 1.000, above 0.95\n"
        "    opportunity.touches_total: all 144 rows where it is 9.0 have the same outcome (by chance: 5e-26), as if filled in "
        "later; such numbers: 12\n"
        "    opportunity.stage: all 238 rows of its level 'contract' have the same outcome (by chance: 2e-114); pure levels: 1\n"
        "  expected: inputs whose value was known at the cutoff\n"
        "  do this: leave opportunity.stage, opportunity.touches_total out of the workspace; or say why it was known in time: "
        '"opportunity.stage" = "reason" under [overrule]'
    )
    assert [line for line in said if "opportunity.budget stays out: missing in" in line]


def test_the_workspace_overrules_by_name_with_a_reason(tmp_path: Path) -> None:
    said: list[str] = []
    reasons = {"opportunity.answer": "for a test", "opportunity.visits": "nobody asked"}
    leaks = gate(workspace(written(tmp_path), "visits", "answer", overrule=reasons), said)
    assert leaks.overruled == {"opportunity.answer": "for a test"}
    assert leaks.unused == ("opportunity.visits",)
    assert leaks.stated["opportunity.visits"] == "visits is on the form"
    assert said[-1] == "conversion: the workspace says why these were known in time: opportunity.answer"
    assert any("opportunity.answer is overruled (for a test)" in line for line in doubts(leaks))
    assert unused_overrules([leaks]) == ["opportunity.visits"]
    assert unused_overrules([leaks, NOTHING_FOUND]) == []


def test_a_doubt_says_how_to_answer(tmp_path: Path) -> None:
    lines = list(doubts(gate(workspace(written(tmp_path), "budget"))))
    assert lines[0].startswith("opportunity.budget stays out: missing in")
    answer = 'say why it was known in time: "opportunity.budget" = "reason" under [overrule]'
    assert lines[0].endswith(f"Leave it out of the workspace, or {answer}")


@pytest.mark.parametrize(("size", "named"), [(49, False), (60, False), (200, True)])
def test_fifty_rows_without_the_rare_outcome_prove_nothing(size: int, named: bool) -> None:
    label = np.arange(4000) % 10 == 0
    level = np.where(~label & (np.cumsum(~label) <= size), "a", "b").astype(object)
    assert [f.measured["rows"] for f in pure_levels([column("x")], rows_of(label, x=level))] == ([size] if named else [])


@pytest.mark.parametrize(("size", "named"), [(49, False), (50, True)])
def test_fifty_rows_with_the_rare_outcome_do(size: int, named: bool) -> None:
    label = np.arange(4000) % 10 == 0
    level = np.where(label & (np.cumsum(label) <= size), "a", "b").astype(object)
    assert bool(list(pure_levels([column("x")], rows_of(label, x=level)))) == named


def test_a_number_that_only_one_outcome_has_is_refused() -> None:
    label = np.arange(4000) % 10 == 0
    value = np.where(~label & (np.arange(4000) % 3 == 0), 0.0, np.arange(4000.0) + 1)
    (found,) = pure_levels([column("x", categorical=False)], rows_of(label, x=value))
    assert (found.rule.code, found.rule.proof, found.measured["level"]) == ("pure_number", True, "0.0")
    assert not list(pure_levels([column("x", categorical=False)], rows_of(label, x=np.arange(4000.0) % 50 // 25)))


def test_many_rows_of_few_accounts_are_no_proof() -> None:
    label = np.arange(4000) % 10 == 0
    rows = rows_of(label, x=np.where(label, "b", "a").astype(object))
    few = replace(rows, spine=replace(rows.spine, account=rows.spine.account % 10))
    assert list(pure_levels([column("x")], rows))
    assert not [f for f in pure_levels([column("x")], few) if f.measured["level"] == "b"]


def test_rare_levels_do_not_look_like_knowledge() -> None:
    rng = np.random.default_rng(1)
    rows = rows_of(rng.random(2000) < 0.4, key=np.array([f"k{i // 2}" for i in range(2000)], object), x=rng.random(2000))
    assert auc_alone(column("key"), rows) < 0.6
    assert auc_alone(column("x", categorical=False), rows) < 0.6


def test_a_number_that_is_only_there_after_the_sale_separates() -> None:
    label = np.arange(1000) % 3 == 0
    rows = rows_of(label, x=np.where(label, 1.0, np.nan))
    assert [f.rule.code for f in separating([column("x", categorical=False)], rows, dateless=False)] == ["separates_alone"]
    assert [f.measured for f in missing_by_outcome([column("x")], rows)] == [{"with_outcome": 0.0, "without": 1.0}]


@pytest.mark.parametrize(
    ("names", "word"),
    [
        ("tags None Tags", "tags"),
        ("LastActivity", "last"),
        ("lead_quality", "quality"),
        ("x 客户状态", "状态"),
        ("x 最近活动", "最近"),
        ("x 标签", "标签"),
        ("plastic heritage vintage", ""),
        ("industry 行业", ""),
    ],
)
def test_names_that_sound_like_a_state(names: str, word: str) -> None:
    assert state_word(names) == word


ROWS = Dataset(
    account_spine(np.tile(np.arange(10), 3), np.repeat(AS_OF - np.array([90, 60, 30]) * DAY, 10), 30),
    pd.DataFrame(index=range(30)),
    np.zeros(30),
)


def test_no_feature_of_the_catalogue_needs_the_future() -> None:
    assert list(known_later(WORLD, prepare(WORLD, FEATURES), ROWS)) == []


def test_a_pipeline_that_ignores_when_rows_were_received_is_named() -> None:
    back_dated = {**TABLES, "interactions": TABLES["interactions"].drop(columns="received_at")}
    peeking = prepare(build_history(back_dated), FEATURES)
    named = {finding.feature for finding in known_later(WORLD, peeking, ROWS)}
    assert "touches_365d" in named
    assert all(name.split("_")[0] not in ("orders", "revenue") for name in named)


def test_a_column_counted_over_all_time_is_refused_on_a_dated_world(tmp_path: Path) -> None:
    table = leads()
    opened = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(len(table)) % 500, unit="D")
    closed = opened + pd.to_timedelta(20, unit="D")
    table = table.assign(
        opened_at=opened.strftime("%Y-%m-%d"),
        closed_at=closed.strftime("%Y-%m-%d"),
        outcome=np.where(table["won"] == 1, "won", "lost"),
    )
    query = "select lead as opportunity_id, lead as account_id, opened_at, closed_at, outcome, visits, touches_total from leads"
    cutoffs = {"kind": "anchored", "days": [0], "test_from": "2025-01-01", "test_until": "2025-06-30"}
    raw = workspace(written(tmp_path, table), "visits", "touches_total").model_dump()
    raw["tables"]["opportunities"]["query"] = query
    raw["tasks"] = {"conversion": {"horizon_days": 30, "cutoffs": cutoffs}}
    dated = parse_workspace(raw, tmp_path / "foresale.toml")
    with pytest.raises(ForesaleError, match=r"refuses inputs of conversion: 1\n.*\n.*touches_total: alone it separates"):
        train_task(dated, load_history(ingest(dated).snapshot), TASKS["conversion"])
