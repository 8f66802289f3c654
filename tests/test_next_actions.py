"""What to do next: asked for by the situation, told as an association, and never where too few have had it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pandas as pd
import pytest
from serving_world import AS_OF, OUTSIDERS, company_engine

from features.catalog import CATALOG
from features.facts import EVIDENCE, FACTS
from features.facts.actions import ACTIONS, Action
from models.sentences import speaker
from models.suggestions import ENOUGH, Advisor, Suggestion, seen, worth_doing
from serving.engine import Engine
from serving.what_if import what_if
from workspace.errors import ForesaleError

NAMES = {feature.name for feature in (*CATALOG, *EVIDENCE)}
CAUSAL = ("because", "therefore", "due to", "causes", "leads to", "will make", "因为", "导致", "所以", "造成", "将使")


@pytest.fixture(scope="module")
def engine() -> Engine:
    """The engine of the small company, with its canonical rows on disk."""
    return company_engine()


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: f"{action.entity} {action.name}")
def test_an_action_is_about_a_fact_and_reads_features_that_exist(action: Action) -> None:
    assert action.fact in {fact.name for fact in FACTS}
    assert set(action.names) <= NAMES


def test_no_two_actions_of_one_kind_have_the_same_name() -> None:
    assert len({(action.entity, action.name) for action in ACTIONS}) == len(ACTIONS)


def test_the_situation_asks_for_the_action(engine: Engine) -> None:
    scorer = engine.scorer("churn")
    silent = {"touch_lateness": 3.0, "touch_recency": 90.0, "order_lateness": 0.5, "order_recency": 3.0}
    assert [action.name for action in worth_doing(scorer, silent)] == ["break_silence"]
    assert worth_doing(scorer, {**silent, "touch_lateness": 0.5, "touch_recency": 5.0}) == []


def test_who_looks_as_if_it_was_done_is_counted(engine: Engine) -> None:
    lateness = {"touch_recency": [1.0, 2.0, 90.0, None], "touch_lateness": [0.1, 0.2, 3.0, None]}
    frame = pd.DataFrame({**lateness, "order_lateness": 0.0, "order_recency": 1.0})
    assert seen("account", frame, [7, 7, 8, 9])["break_silence"] == (2, 1)
    assert "resolve_complaint" not in seen("account", frame, [7, 7, 8, 9])


def advisor(engine: Engine, rows: int, shown: float = 0.4) -> Advisor:
    scorer = engine.scorer("churn")
    known = replace(scorer, reference=replace(scorer.reference, seen={"break_silence": (rows, 30)}))
    return Advisor(speaker(known), {"touch_lateness": 3.0, "touch_recency": 90.0}, AS_OF, shown)


def action(name: str) -> Action:
    return next(one for one in ACTIONS if (one.name, one.entity) == (name, "account"))


def test_a_better_number_is_told_as_an_association(engine: Engine) -> None:
    told = advisor(engine, ENOUGH).suggestion(action("break_silence"), 0.3)
    assert told is not None
    assert (told.shown_after, told.customers, told.gain) == (0.3, 30, pytest.approx(0.1))
    assert "流失风险为 30%（现在 40%）" in told.effect_zh and "不是承诺" in told.effect_zh
    assert "reads 30% instead of 40%" in told.effect_en and "an association" in told.effect_en


def test_too_few_tell_nothing_and_no_better_number_is_no_suggestion(engine: Engine) -> None:
    few = advisor(engine, ENOUGH - 1).suggestion(action("break_silence"), 0.3)
    assert few is not None
    assert (few.shown_after, few.gain) == (None, 0.0)
    assert "too few" in few.effect_en
    assert advisor(engine, ENOUGH).suggestion(action("break_silence"), 0.4) is None
    assert advisor(engine, ENOUGH).suggestion(action("break_silence"), 0.5) is None


def test_a_duty_is_told_whatever_the_number_says(engine: Engine) -> None:
    scorer = engine.scorer("churn")
    known = replace(scorer, reference=replace(scorer.reference, seen={"resolve_complaint": (ENOUGH, 30)}))
    told = Advisor(speaker(known), {}, AS_OF, 0.4).suggestion(action("resolve_complaint"), 0.5)
    assert told is not None
    assert (told.duty, told.shown_after) == (True, None)
    assert told.effect_en == "No better number was seen to go with it."


def told(engine: Engine, task: str) -> Iterator[tuple[str, tuple[Suggestion, ...]]]:
    ids = engine.everyone(task)[:80]
    yield from engine.next_actions(task, ids, AS_OF).items()


@pytest.mark.parametrize("task", ["churn", "value"])
def test_the_best_come_first_and_nobody_claims_a_cause(engine: Engine, task: str) -> None:
    found = dict(told(engine, task))
    assert any(found.values())
    for suggestions in found.values():
        assert all(first.gain >= second.gain for first, second in pairwise(suggestions))
        for one in suggestions:
            words = " ".join(
                part or "" for part in (one.zh, one.en, one.because_zh, one.because_en, one.effect_zh, one.effect_en)
            )
            assert not any(word in words for word in CAUSAL), words


def test_one_alone_is_told_the_same_as_among_others(engine: Engine) -> None:
    together = dict(told(engine, "churn"))
    key = next(key for key, suggestions in together.items() if suggestions)
    assert engine.next_actions("churn", [key], AS_OF)[key] == together[key]


def test_whom_the_task_does_not_ask_about_gets_none(engine: Engine) -> None:
    assert engine.next_actions("churn", sorted(OUTSIDERS), AS_OF) == dict.fromkeys(sorted(OUTSIDERS), ())


def test_a_supposed_order_lowers_the_risk_and_leaves_the_answer_as_it_is(engine: Engine) -> None:
    account = max(engine.predict("churn", engine.population("churn", AS_OF), AS_OF), key=lambda one: one.shown or 0).entity_id
    now, then = what_if(engine, "churn", account, [{"table": "orders", "amount": "50000.00"}], AS_OF)
    assert now == engine.predict("churn", [account], AS_OF)[0]
    assert (then.shown or 1) < (now.shown or 0)


def test_a_supposed_event_says_itself_when_it_happened(engine: Engine) -> None:
    early = {"table": "interactions", "kind": "visit", "direction": "in", "occurred_at": AS_OF - timedelta(days=900)}
    now, then = what_if(engine, "churn", "A001", [early], AS_OF)
    assert now.entity_id == then.entity_id == "A001"


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({"table": "cases"}, "does not have"),
        ({"table": "orders", "colour": "red"}, "no such column"),
        ({"table": "orders", "amount": "much"}, "orders.amount cannot be read"),
        ({"table": "interactions"}, "not whole"),
    ],
)
def test_an_event_that_cannot_be_read_is_refused(engine: Engine, event: dict[str, object], message: str) -> None:
    with pytest.raises(ForesaleError, match=message) as error:
        what_if(engine, "churn", "A001", [event], AS_OF)
    assert "do this" in str(error.value)
