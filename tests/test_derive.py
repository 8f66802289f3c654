"""Measures that look back, counted by hand: replies, stage spells, moves of the closing date, payments, satisfaction."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.catalog import CATALOG
from features.compute import Spine, available, prepare
from features.history import build_history
from features.kernel.layout import DAY
from tests.world import AS_OF, day

Table = dict[str, list[Any]]


def events(*rows: tuple[float, float], **columns: list[Any]) -> pd.DataFrame:
    """Rows of account A and its opportunity P as (day it happened, day it was known)."""
    n = len(rows)
    return pd.DataFrame(
        {
            "account_id": ["A"] * n,
            "opportunity_id": ["P"] * n,
            "occurred_at": [day(at) for at, _ in rows],
            "received_at": [day(known) for _, known in rows],
            "id": [f"{i}" for i in range(n)],
            **columns,
        }
    )


def value(name: str, at_day: float = 400, **tables: pd.DataFrame) -> Any:
    """One feature of P at a day of the tiny world."""
    base = {
        "accounts": pd.DataFrame({"account_id": ["A", "B"]}),
        "opportunities": pd.DataFrame(
            {
                "opportunity_id": ["P"],
                "account_id": ["A"],
                "opened_at": [day(0)],
                "closed_at": [pd.NaT],
                "expected_close_at": [day(500)],
            }
        ),
    }
    named = {table: frame.rename(columns={"id": _KEYS.get(table, "id")}) for table, frame in tables.items()}
    history = build_history({**base, **named})
    feature = next(f for f in available(history, CATALOG, AS_OF) if f.name == name)
    moment = np.array([round(AS_OF + (at_day - 400) * DAY)])
    return prepare(history, [feature]).frame(Spine(np.zeros(1, np.int64), np.zeros(1, np.int64), moment, moment))[name][0]


_KEYS = {
    "interactions": "interaction_id",
    "orders": "order_id",
    "payments": "payment_id",
    "surveys": "survey_id",
    "cases": "case_id",
}
_TALK = events((390, 390), (392, 392), (395, 395), direction=["out", "in", "in"], kind=["call"] * 3)


def test_a_reply_is_the_time_to_the_last_word_of_the_other_side() -> None:
    assert value("their_reply_90d", interactions=_TALK) == 2 * DAY  # day 392 answers 390; 395 follows their own word
    assert np.isnan(value("our_reply_90d", interactions=_TALK))


def test_a_late_entry_does_not_rewrite_an_earlier_reply() -> None:
    late = events((390, 390), (391, 399), (392, 392), direction=["out", "out", "in"], kind=["call"] * 3)
    assert value("their_reply_90d", 398, interactions=late) == 2 * DAY
    assert value("their_reply_90d", 400, interactions=late) == 2 * DAY  # when it came, only the call of day 390 was known


@pytest.mark.parametrize(("created", "met"), [(day(300), 1.0), (day(398), 0.0), (pd.NaT, 0.0)])
def test_a_role_counts_where_the_contact_was_known_by_then(created: object, met: float) -> None:
    contacts = pd.DataFrame(
        {"contact_id": ["K"], "account_id": ["A"], "role": ["decision_maker"], "created_at": pd.to_datetime([created], utc=True)}
    )
    touch = events((390, 390), contact_id=["K"], kind=["visit"])
    others = pd.concat([contacts, contacts.assign(contact_id="L", created_at=day(1))])
    assert value("decision_maker_met_90d", interactions=touch, contacts=others) == met


def test_a_contact_of_another_account_has_no_role_here() -> None:
    contacts = pd.DataFrame({"contact_id": ["K"], "account_id": ["B"], "role": ["decision_maker"], "created_at": [day(1)]})
    assert (
        value("decision_maker_met_90d", interactions=events((390, 390), contact_id=["K"], kind=["visit"]), contacts=contacts) == 0
    )


def test_time_in_a_stage_against_what_is_usual_there() -> None:
    stages = events((100, 100), (110, 110), (380, 380), stage=["contacted", "proposal", "contacted"])
    assert value("stage", stage_changes=stages) == "contacted"
    assert value("stage_days", stage_changes=stages) == 20
    # one spell of 10 days in contacted, one of 270 in proposal: shrunk by 5 events to their mean of 140
    assert value("stage_usual_days", stage_changes=stages) == pytest.approx((10 + 5 * 140) / 6)
    assert value("stage_lateness", stage_changes=stages) == pytest.approx(20 / ((10 + 5 * 140) / 6))


def test_moves_of_the_closing_date_and_the_date_in_force() -> None:
    seconds = [str(int(day(at).timestamp())) for at in (500, 530, 520)]
    history = events(
        (50, 50),
        (100, 100),
        (200, 200),
        table=["opportunities"] * 3,
        entity_id=["P"] * 3,
        field=["expected_close_at"] * 3,
        value=seconds,
    )
    assert value("close_pushes", field_history=history) == 1
    assert value("close_pushed_days", field_history=history) == 30
    assert value("close_changes", field_history=history) == 2
    assert value("days_to_close", field_history=history) == 120
    assert value("days_to_close", 99, field_history=history) == 401


def test_payments_are_late_and_take_their_time() -> None:
    orders = events((300, 300), (310, 350), amount=[100, 100])
    payments = events((330, 330), (340, 340), amount=[100, 100], order_id=["0", "1"], due_at=[day(320), day(345)])
    assert value("days_to_pay_365d", orders=orders, payments=payments) == 30  # the second order was not yet known
    assert value("late_payments_365d", orders=orders, payments=payments) == 1
    assert value("days_late_365d", orders=orders, payments=payments) == 10
    assert value("exposure", orders=orders, payments=payments) == 0


def test_satisfaction_and_loyalty_follow_their_formulas() -> None:
    surveys = events(
        (390, 390), service_quality=[4.0], product_quality=[5.0], service_attitude=[None], after_sales=[3.0], recommend=[8.0]
    )
    orders = events((390, 390), (100, 100), (395, 395), amount=[500, 700, -500])
    assert value("satisfaction", surveys=surveys, orders=orders) == 4.0
    assert value("repurchase", surveys=surveys, orders=orders) == 0.5  # the last quarter and the one of day 100; no return
    assert value("loyalty", surveys=surveys, orders=orders) == pytest.approx(4.0 * (2 / 12 + 0.5 + 0.8))


def test_the_margin_share_leaves_out_orders_without_a_margin() -> None:
    orders = events((390, 390), (391, 391), amount=[1000, 1000], margin=pd.array([300, None], "Int64"))
    assert value("margin_share_90d", orders=orders) == 0.3


def test_open_complaints_and_one_contact() -> None:
    cases = events((390, 390), (391, 391), resolved_at=[day(395), pd.NaT], severity=["high", "low"])
    assert value("cases_open", cases=cases) == 1
    assert value("resolve_days_365d", cases=cases) == 5
    contacts = pd.DataFrame({"contact_id": ["K"], "account_id": ["A"], "role": ["user"], "created_at": [day(1)]})
    touch = events((390, 390), contact_id=["K"], kind=["visit"])
    assert value("single_threaded", interactions=touch, contacts=contacts) == 1.0


@pytest.mark.parametrize(("ends", "days"), [([day(199), day(450)], 50.0), ([day(199), pd.NaT], np.nan)])
def test_an_open_contract_is_not_passed_over_for_one_that_ended(ends: list[Any], days: float) -> None:
    contracts = pd.DataFrame(
        {
            "contract_id": ["1", "2"],
            "account_id": ["A", "A"],
            "starts_at": [day(1), day(200)],
            "ends_at": pd.to_datetime(ends, utc=True),
        }
    )
    assert value("contract_days_to_end", contracts=contracts) == pytest.approx(days, nan_ok=True)
