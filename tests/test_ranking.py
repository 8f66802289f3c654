"""Whom to see first: value at stake, tiers, the next contact, and an order that never depends on chance."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

import pytest

from models.prediction import Prediction, Reason
from serving.insight.ranking import AccountRow, choose, rank_accounts, tiers_by_value, value_share_of_top
from serving.runs import Facts
from workspace.workspace import Tier

AS_OF = datetime(2026, 3, 31, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
TIERS = (
    Tier(code="gold", zh="金卡", en="Gold", top_share=0.2, contact_every_days=91),
    Tier(code="silver", zh="银卡", en="Silver", top_share=0.3, contact_every_days=182),
    Tier(code="white", zh="白卡", en="White", top_share=0.5, contact_every_days=365),
)


def predicted(task: str, account: str, shown: float | None, entity: str = "", reasons: tuple[Reason, ...] = ()) -> Prediction:
    return Prediction(
        task, entity or account, account, AS_OF, "ok" if shown is not None else "not_in_population", shown=shown, reasons=reasons
    )


def reason(code: str, contribution: float, *, against: bool = False, situation: str = "fell") -> Reason:
    way: Literal["up", "down"] = "up" if contribution > 0 else "down"
    return Reason(code, "purchases", situation, "own", way, 0.1, contribution, against, {}, code, code)


def rank(*predictions: Prediction, facts: Facts | None = None) -> tuple[AccountRow, ...]:
    return rank_accounts(predictions, TIERS, facts or Facts(), SHANGHAI)


def test_value_at_stake_is_risk_times_value_plus_open_opportunities() -> None:
    rows = rank(
        predicted("churn", "a", 0.25),
        predicted("value", "a", 800.0),
        predicted("conversion", "a", 0.5, "o1"),
        predicted("conversion", "a", 0.1, "o2"),
        facts=Facts(amounts_minor={"o1": 300, "o2": 1000}),
    )
    assert rows[0].value_at_stake_minor == 0.25 * 800 + 0.5 * 300 + 0.1 * 1000


def test_an_opportunity_without_an_amount_adds_nothing() -> None:
    row = rank(predicted("churn", "a", 0.25), predicted("value", "a", 800.0), predicted("conversion", "a", 0.5, "o1"))[0]
    assert (row.value_at_stake_minor, row.conversion, row.best_opportunity_id) == (200.0, 0.5, "o1")


def test_the_best_opportunity_is_the_most_probable_one_and_the_first_id_of_equals() -> None:
    row = rank(
        predicted("conversion", "a", 0.4, "o3"), predicted("conversion", "a", 0.4, "o1"), predicted("conversion", "a", 0.2, "o2")
    )[0]
    assert (row.conversion, row.best_opportunity_id, row.open_opportunities) == (0.4, "o1", 3)


def test_what_does_not_apply_is_none_and_ranks_last() -> None:
    rows = rank(
        predicted("churn", "a", None), predicted("value", "a", None), predicted("churn", "b", 0.0), predicted("value", "b", 0.0)
    )
    assert [(row.account_id, row.value_at_stake_minor) for row in rows] == [("b", 0.0), ("a", None)]


def test_equal_accounts_are_ordered_by_id_whatever_the_input_order() -> None:
    predictions = [predicted(task, account, 0.5) for account in "cabd" for task in ("churn", "value")]
    random.Random(1).shuffle(predictions)
    assert [(row.rank, row.account_id) for row in rank(*predictions)] == [(1, "a"), (2, "b"), (3, "c"), (4, "d")]


@pytest.mark.parametrize(("sort", "first"), [("value_at_stake", "b"), ("churn", "a"), ("value", "b"), ("conversion", "c")])
def test_each_sort_puts_its_largest_first(sort: str, first: str) -> None:
    rows = rank(
        predicted("churn", "a", 0.9),
        predicted("value", "a", 10.0),
        predicted("churn", "b", 0.5),
        predicted("value", "b", 100.0),
        predicted("conversion", "c", 0.3, "o"),
    )
    assert choose(rows, sort=sort).rows[0].account_id == first  # type: ignore[arg-type] # parametrized literals


def test_tiers_take_their_share_of_the_best_in_turn() -> None:
    rows = [AccountRow(f"{number}", value_minor=100.0 - number) for number in range(10)]
    codes = [tier.code for tier in tiers_by_value(rows, TIERS).values()]
    assert codes == ["gold"] * 2 + ["silver"] * 3 + ["white"] * 5


def test_every_valued_account_has_a_tier_when_the_shares_sum_to_one() -> None:
    rows = [AccountRow(f"{number:03}", value_minor=1.0) for number in range(101)]
    assert len(tiers_by_value(rows, TIERS)) == 101


def test_an_account_without_a_value_has_no_tier() -> None:
    assert rank(predicted("churn", "a", 0.5))[0].tier is None


def test_the_next_contact_counts_from_the_local_day_of_the_last_one() -> None:
    late = datetime(2026, 1, 1, 23, 0, tzinfo=UTC)
    row = rank(predicted("value", "a", 5.0), facts=Facts(last_contact={"a": late}))[0]
    assert row.next_contact_due == date(2026, 4, 3)


def test_no_last_contact_means_no_due_date() -> None:
    assert rank(predicted("value", "a", 5.0))[0].next_contact_due is None


def test_a_row_is_told_by_the_task_that_weighs_most_and_by_what_explains_its_number() -> None:
    churn = predicted("churn", "a", 0.1, reasons=(reason("large", -0.9), reason("small", -0.1), reason("not", 0.3, against=True)))
    deal = predicted("conversion", "a", 0.5, "o", (reason("deal", 0.2),))
    value = predicted("value", "a", 100.0)
    assert rank(churn, value, deal)[0].reasons == (reason("large", -0.9), reason("small", -0.1))
    assert rank(churn, value, deal, facts=Facts(amounts_minor={"o": 1000}))[0].reasons == (reason("deal", 0.2),)


def leads(rows: Sequence[AccountRow]) -> list[str]:
    return [row.reasons[0].code if row.reasons else "" for row in rows]


def test_what_most_rows_lead_with_is_said_once_and_each_row_says_what_sets_it_apart() -> None:
    shared, other = reason("orders", 0.5), reason("orders", 0.5, situation="rose")
    told = [(shared, reason("stage", 0.2)), (shared, reason("needs", 0.2)), (shared, reason("offers", 0.2)), (shared,), (other,)]
    rows = [AccountRow(f"{number}", reasons=reasons) for number, reasons in enumerate(told)]
    page = choose(rows)
    assert leads(page.rows) == ["stage", "needs", "offers", "", "orders"]
    assert [(common.code, common.situation, common.rows) for common in page.common] == [("orders", "fell", 4)]
    assert (page.common[0].zh, page.common[0].en) == ("下单次数", "how often they order")


def test_at_most_half_of_the_rows_lead_with_the_same() -> None:
    draw = random.Random(4)
    codes = ("orders", "stage", "needs", "offers")
    for _ in range(50):
        picked = [draw.sample(codes, draw.randrange(1, 5)) for _ in range(50)]
        rows = choose(
            [AccountRow(f"{i}", reasons=tuple(reason(code, 0.1) for code in some)) for i, some in enumerate(picked)]
        ).rows
        most = max(Counter(code for code in leads(rows) if code).values(), default=0)
        assert most <= len(rows) / 2
        assert all(len(row.reasons) <= 2 for row in rows)


def test_a_page_holds_its_rows_and_the_total_of_all() -> None:
    rows = tuple(AccountRow(f"{number}", tier="gold" if number < 4 else "white", churn=number / 10) for number in range(9))
    page = choose(rows, sort="churn", tier="gold", limit=2, offset=1)
    assert ([row.account_id for row in page.rows], page.total) == (["2", "1"], 4)


def test_find_looks_into_ids_and_names_whatever_the_case() -> None:
    rows = (AccountRow("X1", name="Acme"), AccountRow("acm2"), AccountRow("3"))
    assert [row.account_id for row in choose(rows, find="ACM").rows] == ["X1", "acm2"]


def test_the_share_of_the_top_fifth() -> None:
    rows = [AccountRow(str(number), value_minor=value) for number, value in enumerate((80.0, 5.0, 5.0, 5.0, 5.0))]
    assert value_share_of_top(rows) == 0.8
    assert value_share_of_top([]) is None
