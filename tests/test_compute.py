"""Features, populations and outcomes of the ten-customer world, counted by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from features.catalog import CATALOG
from features.compute import (
    DAY,
    Spine,
    account_spine,
    active_accounts,
    anchored_opportunities,
    available,
    days_since_last,
    is_open,
    opportunity_spine,
    prepare,
    total_within,
    wins_followed,
    won_within,
)
from features.feature import Feature
from features.history import History, build_history
from tests.world import AS_OF, day, history, tables
from workspace.errors import ForesaleError

WORLD = history()


def everyone() -> Spine:
    """All ten customers at the cutoff, with a horizon of 30 days."""
    return account_spine(np.arange(10, dtype=np.int64), np.full(10, AS_OF, np.int64), 30)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """Every account feature of the catalogue for everyone."""
    features = available(WORLD, [f for f in CATALOG if f.path == "account"], AS_OF)
    return prepare(WORLD, features).frame(everyone()).set_axis([f"C{n:02}" for n in range(1, 11)])


NAN = math.nan
EXPECTED = {
    # customer:                     C01   C02   C03   C04   C05   C06   C07   C08   C09   C10
    "touches_7d": [1, 0, 0, 1, 0, 0, 0, 2, 0, 0],  # 400-7 itself is outside
    "touches_30d": [2, 0, 0, 2, 2, 0, 0, 2, 0, 0],  # day 370 is outside
    "touches_90d": [2, 0, 0, 3, 2, 0, 0, 2, 0, 1],  # 310 is outside, 310.25 in
    "touches_365d": [3, 0, 0, 3, 2, 0, 0, 2, 0, 2],  # 35 is outside
    "touches_by_kind_90d:visit": [1, 0, 0, 0, 2, 0, 0, 0, 0, 0],
    "touches_by_kind_365d:call": [2, 0, 0, 3, 0, 0, 0, 0, 0, 0],
    "touches_theirs_90d": [1, 0, 0, 0, 0, 0, 0, 2, 0, 1],
    "touches_theirs_share_90d": [0.5, NAN, NAN, 0, 0, NAN, NAN, 1, NAN, 1],
    "touch_days_30d": [2, 0, 0, 2, 1, 0, 0, 2, 0, 0],
    "touch_kinds_90d": [2, 0, 0, 1, 1, 0, 0, 1, 0, 1],
    "touch_recency": [5, NAN, NAN, 0, 10, NAN, 390, 3.5, 365, 89.75],
    "touch_recency_by_kind:call": [20, NAN, NAN, 0, NAN, NAN, NAN, NAN, 365, NAN],
    "touch_gap_mean": [365 / 3, NAN, NAN, 15, 0, NAN, NAN, 0.5, 15, 0.25],
    "touch_lateness": [15 / 365, NAN, NAN, 0, NAN, NAN, NAN, 7, 365 / 15, 359],
    "touch_tenure": [370, NAN, NAN, 30, 10, NAN, 390, 4, 380, 90],
    "touches_90d_year_before": [1, 0, 0, 0, 0, 0, 1, 0, 2, 0],  # (-55, 35]
    "orders_30d": [1, 0, 0, 1, 0, 0, 0, 0, 0, 0],
    "revenue_90d": [60_000, 0, 0, 5_000, 0, 0, 0, 0, 0, 0],
    "revenue_365d": [60_000, 0, 0, 5_000, 5_000, 0, 0, 0, 0, 0],
    "order_mean_365d": [20_000, NAN, NAN, 5_000, 2_500, NAN, NAN, NAN, NAN, NAN],
    "order_max_365d": [30_000, NAN, NAN, 5_000, 7_000, NAN, NAN, NAN, NAN, NAN],
    "order_last": [10_000, NAN, NAN, 5_000, -2_000, NAN, NAN, NAN, NAN, NAN],
    "order_recency": [10, NAN, NAN, 1, 200, NAN, NAN, NAN, NAN, NAN],
    "order_gap_sd": [0, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN],
    "orders_trend_30_90d": [1.5, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN],
    "discount_share_90d": [1 / 60, NAN, NAN, 0.1, NAN, NAN, NAN, NAN, NAN, NAN],
    "opportunities_won_365d": [1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    "opportunities_lost_90d": [0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
    "win_share_365d": [1, 0, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN],
    "account_age": [400] * 10,
}


@pytest.mark.parametrize("name", EXPECTED)
def test_hand_counted(frame: pd.DataFrame, name: str) -> None:
    np.testing.assert_allclose(frame[name].to_numpy(float), EXPECTED[name], rtol=1e-12)


def test_decayed_counts_halve_with_the_half_life(frame: pd.DataFrame) -> None:
    expected = 2 ** (-5 / 28) + 2 ** (-20 / 28) + 2 ** (-100 / 28) + 2 ** (-370 / 28)
    assert frame.loc["C01", "touches_decayed_28d"] == pytest.approx(expected, rel=1e-12)
    expected = 10_000 * 2 ** (-10 / 90) + 20_000 * 2 ** (-40 / 90) + 30_000 * 2 ** (-70 / 90)
    assert frame.loc["C01", "revenue_decayed_90d"] == pytest.approx(expected, rel=1e-12)


def test_attributes_are_read_from_the_entity(frame: pd.DataFrame) -> None:
    assert frame["account_industry"].tolist() == ["steel", "food"] * 5


def test_population_needs_an_order_in_the_active_days() -> None:
    spine = active_accounts(WORLD, "orders", [AS_OF], 90, 30)
    assert spine.account.tolist() == [0, 3]


def test_outcome_counts_only_the_horizon() -> None:
    assert total_within(WORLD, "orders", everyone(), None).tolist() == [0] * 8 + [1, 0]
    assert total_within(WORLD, "orders", everyone(), "amount")[8] == 9_000


def test_open_opportunities_are_known_and_not_closed() -> None:
    codes = np.arange(5, dtype=np.int64)
    spine = opportunity_spine(WORLD, codes, np.full(5, AS_OF, np.int64), None)
    assert is_open(WORLD, spine).tolist() == [False, True, False, True, False]
    assert won_within(WORLD, spine).tolist() == [0, 0, 0, 1, 0]


def test_anchored_cutoffs_lie_one_second_before_the_opening() -> None:
    spine = anchored_opportunities(WORLD, [0, 60], None)
    opened = [int(day(d).timestamp()) for d in (100, 350, 300, 380, 401)]
    assert spine.as_of[:5].tolist() == [at - 1 for at in opened]
    assert spine.opportunity[5:].tolist() == [1, 2]  # P1 was won on day 50 of its life, P4 and P5 end before day 60
    assert (spine.as_of[5:] - np.array([opened[1], opened[2]])).tolist() == [60 * DAY - 1] * 2


def test_last_contact_ignores_what_was_entered_later() -> None:
    days = days_since_last(WORLD, "interactions", everyone())
    assert days[0] == 5 and np.isnan(days[1])


def test_a_task_without_its_table_says_which() -> None:
    bare = build_history({"accounts": tables()["accounts"]})
    with pytest.raises(ForesaleError, match="the history has no orders"):
        active_accounts(bare, "orders", [AS_OF], 90, 30)
    with pytest.raises(ForesaleError, match="no column opened_at, closed_at, outcome, expected_close_at"):
        anchored_opportunities(bare, [0], None)


def test_a_planned_opening_does_not_move_the_end_of_the_history() -> None:
    assert WORLD.latest == int(day(410).timestamp())


def test_a_feature_without_its_table_is_absent_and_refused() -> None:
    feature = Feature("x", "service", "", "", "cases", "count")
    assert available(WORLD, [feature], AS_OF) == ()
    with pytest.raises(ForesaleError, match="the history lacks what a feature needs"):
        prepare(WORLD, [feature])


def deals(count: int, ordered: int) -> History:
    """Won deals of one account each, some followed by an order five days later."""
    keys = [f"A{n:02}" for n in range(count)]
    won = pd.DataFrame({"opportunity_id": keys, "account_id": keys, "opened_at": day(1), "closed_at": day(100), "outcome": "won"})
    orders = pd.DataFrame({"order_id": keys[:ordered], "account_id": keys[:ordered], "occurred_at": day(105), "amount": 100})
    return build_history({"accounts": pd.DataFrame({"account_id": keys}), "opportunities": won, "orders": orders})


@pytest.mark.parametrize(("ordered", "share"), [(40, 1.0), (38, 1.0), (30, 0.75)])
def test_how_often_a_win_brought_an_order(ordered: int, share: float) -> None:
    assert wins_followed(deals(40, ordered), "orders", AS_OF) == share


def test_too_few_wins_or_wins_that_are_not_settled_tell_nothing() -> None:
    assert wins_followed(deals(29, 29), "orders", AS_OF) == 0.0
    assert wins_followed(deals(40, 40), "orders", int(day(120).timestamp())) == 0.0
    assert wins_followed(deals(40, 40), "payments", AS_OF) == 0.0
