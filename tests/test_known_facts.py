"""What pages show beside predictions, as of a moment: nothing that became known later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from features.compute import opportunity_spine
from features.history import History, build_history
from serving.known_facts import facts_of
from serving.runs import Facts, Owner
from workspace.workspace import Workspace, parse_workspace

DAY_0 = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: float) -> pd.Timestamp:
    return pd.Timestamp(DAY_0 + timedelta(days=number))


def company() -> Workspace:
    """Owners change, and the change is kept; what a deal states was known at its opening."""
    known = ["amount", "expected_close_at"]
    tables = {name: {"source": name} for name in ("accounts", "field_history", "cases", "interactions", "owners", "quotes")}
    return parse_workspace(
        {
            "name": "facts",
            "title_zh": "示例",
            "title_en": "Facts",
            "time_zone": "UTC",
            "currency": "CNY",
            "data_dir": "var",
            "sources": {name: f"{name}.csv" for name in (*tables, "opportunities")},
            "tables": {**tables, "opportunities": {"source": "opportunities", "known_at_creation": known}},
        },
        Path("/nowhere/foresale.toml"),
    )


def crm() -> History:
    """Account a changed hands on day 50 only; b never did. Its deal was raised on day 30, and offered for on day 40."""
    change = {"table": "opportunities", "entity_id": "b-1", "account_id": "b", "field": "amount", "value": "900"}
    moved = {"table": "accounts", "entity_id": "a", "account_id": "a", "field": "owner_id", "value": "S2"}
    deal = {"opportunity_id": "b-1", "account_id": "b", "opened_at": day(0), "closed_at": pd.NaT, "outcome": None}
    frames: dict[str, list[dict[str, object]]] = {
        "accounts": [{"account_id": "a", "owner_id": "S2", "name": "A"}, {"account_id": "b", "owner_id": "S1", "name": "B"}],
        "owners": [{"owner_id": "S1", "name": "Ann", "team": "East", "weekly_capacity": 7.0}],
        "opportunities": [{**deal, "amount": 500, "expected_close_at": day(60)}],
        "field_history": [{**change, "occurred_at": day(30)}, {**moved, "occurred_at": day(50)}],
        "cases": [{"case_id": "c", "account_id": "a", "occurred_at": day(20), "resolved_at": day(45), "severity": "high"}],
        "interactions": [
            {"interaction_id": f"i{number}", "account_id": "b", "opportunity_id": "b-1", "occurred_at": day(number)}
            for number in (5, 15, 35)
        ],
        "quotes": [{"quote_id": "q", "account_id": "b", "opportunity_id": "b-1", "amount": 900, "occurred_at": day(40)}],
    }
    return build_history({name: pd.DataFrame(rows) for name, rows in frames.items()})


def facts(number: int) -> Facts:
    """The facts as of a day."""
    history, as_of = crm(), DAY_0 + timedelta(days=number)
    spine = opportunity_spine(history, np.zeros(1, np.int64), np.full(1, int(as_of.timestamp()), np.int64), 90)
    return facts_of(company(), history, as_of, spine)


def test_an_owner_who_came_later_is_not_yet_the_owner() -> None:
    assert facts(49).owners == {"b": "S1"}
    assert facts(51).owners == {"a": "S2", "b": "S1"}


def test_an_amount_is_the_one_known_then() -> None:
    assert [facts(number).amounts_minor["b-1"] for number in (29, 31)] == [500, 900]


def test_a_complaint_is_open_until_it_is_settled_and_news_when_it_came() -> None:
    found = [facts(number).accounts["a"] for number in (19, 21, 46)]
    assert [one.complaints_open for one in found] == [0, 1, 0]
    assert [one.news_at for one in found] == [None, DAY_0 + timedelta(days=20), DAY_0 + timedelta(days=20)]


def test_a_deal_says_when_it_closes_who_was_last_in_touch_and_what_it_lacks() -> None:
    before, after = (facts(number).deals["b-1"] for number in (34, 41))
    assert (before.closes_at, before.contacted_at, before.lacks) == (day(60), day(15), "offer")
    assert (after.contacted_at, after.lacks) == (day(35), "")


def test_the_own_rhythm_counts_what_happened_so_far() -> None:
    assert [facts(number).accounts["b"].contact_gap_days for number in (10, 20, 36)] == [None, 10.0, 15.0]


def test_people_come_with_team_and_capacity() -> None:
    assert facts(10).people == {"S1": Owner("S1", "Ann", "East", 7.0)}
