"""Why a number moved: the parts add up, and what was planted is found in the part where it belongs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest
from serving_world import AS_OF, OUTSIDERS, Engine, company_engine, tables

from features.compute import prepare
from features.history import build_history
from models.change import Change
from workspace.errors import ForesaleError

THEN = AS_OF - timedelta(days=45)


def moved(engine: Engine, account: str, task: str = "churn") -> Change:
    return engine.explain_change(task, account, THEN, AS_OF)


def parts(change: Change) -> dict[str, float]:
    return {part.part: part.contribution for part in change.parts}


def both_times(engine: Engine, task: str) -> list[str]:
    return sorted(set(engine.population(task, THEN)) & set(engine.population(task, AS_OF)))


@pytest.mark.parametrize("task", ["churn", "value"])
def test_the_parts_add_up_on_the_link_scale_and_their_facts_too(task: str) -> None:
    engine = company_engine()
    for account in both_times(engine, task)[:40]:
        change = moved(engine, account, task)
        assert sum(parts(change).values()) == pytest.approx(change.link_now - change.link_then, abs=1e-9)
        assert sum(part.points for part in change.parts) == pytest.approx(
            change.shown_now - change.shown_then, rel=1e-9, abs=1e-9
        )
        for part in change.parts:
            if part.facts:
                assert sum(fact.contribution for fact in part.facts) == pytest.approx(part.contribution, abs=1e-9)
        assert change.shown_now == engine.predict(task, [account], AS_OF)[0].shown
        assert change.shown_then == engine.predict(task, [account], THEN)[0].shown


def with_rows(table: str, rows: pd.DataFrame) -> Engine:
    """The company with more rows in one table, and the same models."""
    engine, crm = company_engine(), tables()
    history = build_history({**crm, table: pd.concat([crm[table], rows], ignore_index=True)})
    loaded = {task: replace(one, pipeline=prepare(history, one.scorer.reads)) for task, one in engine.loaded.items()}
    return replace(engine, history=history, loaded=loaded)


def quiet_account(engine: Engine) -> str:
    """An account without any event between the two moments."""
    crm = tables()
    busy = {key for name in ("orders", "interactions") for key in crm[name].query("occurred_at > @THEN")["account_id"]}
    busy |= set(crm["opportunities"].query("opened_at > @THEN or closed_at > @THEN")["account_id"])
    return next(key for key in both_times(engine, "churn") if key not in busy | OUTSIDERS)


def test_where_nothing_happened_time_alone_moves_the_number() -> None:
    engine = company_engine()
    change = moved(engine, quiet_account(engine))
    assert change.link_now != change.link_then
    assert parts(change) == pytest.approx({"data": 0.0, "model": 0.0, "time": change.link_now - change.link_then, "events": 0.0})


def test_a_planted_order_is_an_event_of_the_facts_about_orders() -> None:
    account = quiet_account(company_engine())
    order = {
        "order_id": "new",
        "account_id": account,
        "occurred_at": pd.Timestamp(AS_OF - timedelta(days=2)),
        "amount": 9_000_000,
    }
    change = moved(with_rows("orders", pd.DataFrame([order])), account)
    events = next(part for part in change.parts if part.part == "events")
    assert events.contribution < 0
    assert parts(change)["time"] == pytest.approx(parts(moved(company_engine(), account))["time"], abs=1e-12)
    assert {fact.code for fact in events.facts[:2]} & {"orders", "revenue", "order_silence"}


def test_what_was_told_otherwise_then_is_corrected_data() -> None:
    engine = company_engine()
    account = both_times(engine, "churn")[0]
    then = engine.predict("churn", [account], THEN)[0]
    told = replace(then, link=(then.link or 0.0) + 0.25)
    change = engine.explain_change("churn", account, THEN, AS_OF, told)
    assert parts(change)["data"] == pytest.approx(-0.25)
    assert sum(parts(change).values()) == pytest.approx(change.link_now - change.link_then, abs=1e-9)


def test_there_is_no_way_from_where_there_was_no_number() -> None:
    with pytest.raises(ForesaleError, match="does not ask about") as error:
        moved(company_engine(), "A119")
    assert "do this" in str(error.value)


def bounded(engine: Engine) -> Engine:
    """The company where every win brings an order."""
    churn = engine.loaded["churn"]
    return replace(engine, loaded={**engine.loaded, "churn": replace(churn, scorer=replace(churn.scorer, win_orders=1.0))})


def test_no_order_and_a_win_are_never_likelier_than_certain_and_the_parts_still_add_up() -> None:
    engine = bounded(company_engine())
    accounts = both_times(engine, "churn")
    deals = engine.predict("conversion", engine.population("conversion", AS_OF), AS_OF)
    wins = {one.account_id: one.shown or 0.0 for one in deals}
    told = {one.entity_id: one for one in engine.predict("churn", accounts, AS_OF)}
    limited = [key for key, one in told.items() if any(remark.code == "likely_deal" for remark in one.remarks)]
    assert limited
    assert all((told[key].shown or 0.0) + wins[key] <= 1 + 1e-12 for key in told if key in wins)
    plain = {one.entity_id: one for one in company_engine().predict("churn", accounts, AS_OF)}
    for key in told:
        assert (told[key] == plain[key]) == (key not in limited)
        assert engine.shown("churn", [key], AS_OF) == [pytest.approx(told[key].shown, abs=1e-12)]
    for key in limited:
        one, change = told[key], moved(engine, key)
        total = sum(part.contribution for part in one.dimensions)
        assert total == pytest.approx((one.link or 0.0) - (one.base_link or 0.0), abs=1e-9)
        assert change.shown_now == one.shown
        assert sum(parts(change).values()) == pytest.approx(change.link_now - change.link_then, abs=1e-9)


def test_a_risk_that_is_bounded_is_the_same_alone_and_in_a_batch() -> None:
    engine = bounded(company_engine())
    accounts = both_times(engine, "churn")
    assert engine.predict("churn", accounts, AS_OF)[::7] == [engine.predict("churn", [key], AS_OF)[0] for key in accounts[::7]]
