"""Whom to see this week: the order of each list counted by hand, one place for everybody, and no more than can be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from serving_world import workspace

from models.prediction import Prediction, Reason
from serving.insight.ranking import AccountRow
from serving.insight.standing import standing
from serving.insight.week import MOST_LISTED, NAMES, USUAL_WEEK, Name, Row, Standing, Week, capacity, reachable, split, week
from serving.runs import AccountFacts, DealFacts, Facts, Owner, Run, ScoredRun

AS_OF = datetime(2026, 3, 31, 12, tzinfo=UTC)
TODAY = date(2026, 3, 31)
COMPANY = workspace(Path("/nowhere"))
ANN, BOB = Owner("S1", "Ann", "north", 2.0), Owner("S2", "Bob", "south", 3.0)


def ago(days: float) -> datetime:
    """A moment so many days before the run's."""
    return AS_OF - timedelta(days=days)


def reason(code: str, contribution: float) -> Reason:
    return Reason(code, "risk", "s", "own", "up" if contribution > 0 else "down", 0.1, contribution, False, {}, code, code)


def account(
    key: str, *, tier: str | None = None, last: float | None = None, due_in: int = 400, worth: float = 100.0
) -> AccountRow:
    """An account whose last contact was `last` days ago and whose next is due in so many."""
    due = None if last is None or tier is None else TODAY + timedelta(days=due_in)
    contacted = None if last is None else ago(last)
    return AccountRow(key, value_minor=worth, tier=tier, last_contact_at=contacted, next_contact_due=due)


def churn(key: str, shown: float, *reasons: Reason) -> Prediction:
    return Prediction("churn", key, key, AS_OF, "ok", shown=shown, base_shown=0.2, reasons=reasons)


def chance(deal: str, shown: float, *reasons: Reason) -> Prediction:
    return Prediction("conversion", deal, deal.partition("-")[0], AS_OF, "ok", shown=shown, base_shown=0.2, reasons=reasons)


def deals(*told: DealFacts) -> dict[str, DealFacts]:
    return {one.opportunity_id: one for one in told}


def stood(*told: AccountFacts) -> dict[str, AccountFacts]:
    return {one.account_id: one for one in told}


def listed(accounts: Sequence[AccountRow], predictions: Sequence[Prediction], facts: Facts | None = None) -> Standing:
    """The whole lists of a run."""
    last = {row.account_id: row.last_contact_at for row in accounts if row.last_contact_at}
    run = ScoredRun(Run(1, AS_OF, AS_OF, {}), list(predictions), replace(facts or Facts(), last_contact=last))
    return standing(run, accounts, COMPANY)


def keys(rows: Sequence[Row]) -> list[str]:
    return [row.account.account_id for row in rows]


def test_an_overdue_gold_account_comes_before_any_other_and_a_fresh_one_does_not_come() -> None:
    accounts = [
        account("silver-late", tier="silver", last=300, due_in=-118),
        account("gold-fresh", tier="gold", last=2, due_in=89),
        account("gold-late", tier="gold", last=103, due_in=-12),
        account("gold-later", tier="gold", last=120, due_in=-29),
        account("gold-soon", tier="gold", last=86, due_in=5),
    ]
    rows = listed(accounts, []).lists["due"]
    assert keys(rows) == ["gold-later", "gold-late", "gold-soon", "silver-late"]
    assert [row.overdue_days for row in rows] == [29, 12, -5, 118]


def test_whoever_was_never_contacted_is_due_first_of_the_tier() -> None:
    accounts = [account("late", tier="gold", last=103, due_in=-12), account("never", tier="gold")]
    assert keys(listed(accounts, []).lists["due"]) == ["never", "late"]


def test_a_company_that_records_no_contacts_has_nobody_due() -> None:
    assert listed([account("a", tier="gold")], []).lists["due"] == ()


def test_keep_is_ordered_by_what_is_at_risk_raised_by_each_sign() -> None:
    """30, 25 x 1.5 and 16 x 2."""
    accounts = [account("plain", last=20), account("silent", last=20), account("two", last=20, worth=80.0)]
    facts = stood(
        AccountFacts("silent", ordered_at=ago(90), order_gap_days=60.0),
        AccountFacts("two", complaints_open=1, contract_ends_at=AS_OF + timedelta(days=40)),
    )
    told = [churn("plain", 0.3), churn("silent", 0.25), churn("two", 0.2)]
    rows = listed(accounts, told, Facts(accounts=facts)).lists["keep"]
    assert [(row.account.account_id, row.signs) for row in rows] == [
        ("silent", ("no_order",)),
        ("two", ("complaint", "contract")),
        ("plain", ()),
    ]


def test_an_account_of_usual_risk_without_a_sign_needs_no_keeping() -> None:
    assert listed([account("a", last=20)], [churn("a", 0.2)]).lists["keep"] == ()


@pytest.mark.parametrize(("news_days", "first"), [(None, "small"), (30.0, "small"), (1.0, "big")])
def test_an_account_just_contacted_falls_back_unless_something_has_happened_since(news_days: float | None, first: str) -> None:
    accounts = [account("big", last=3, worth=1000.0), account("small", last=20)]
    news = None if news_days is None else ago(news_days)
    told = [churn("big", 0.5), churn("small", 0.5)]
    rows = listed(accounts, told, Facts(accounts=stood(AccountFacts("big", news_at=news)))).lists["keep"]
    assert keys(rows)[0] == first


def test_a_deal_past_its_closing_date_or_without_contact_comes_before_a_larger_one() -> None:
    """50 x 0.4 x 1.5 = 30 against 60 x 0.4 = 24; and 24 x 2 with both."""
    facts = deals(
        DealFacts("a-1", "a", amount_minor=60, closes_at=AS_OF + timedelta(days=90), contacted_at=ago(10)),
        DealFacts("b-1", "b", amount_minor=50, closes_at=ago(5), contacted_at=ago(10)),
        DealFacts("c-1", "c", amount_minor=60, closes_at=ago(5), contacted_at=ago(40)),
    )
    told = [chance("a-1", 0.4), chance("b-1", 0.4), chance("c-1", 0.4)]
    rows = listed([account(key, last=10) for key in "abc"], told, Facts(deals=facts)).lists["win"]
    assert [(row.account.account_id, row.signs) for row in rows] == [("c", ("passed", "quiet")), ("b", ("passed",)), ("a", ())]


def test_where_contacts_name_no_deal_none_is_called_quiet() -> None:
    rows = listed([account("a", last=10)], [chance("a-1", 0.4)], Facts(deals=deals(DealFacts("a-1", "a")))).lists["win"]
    assert rows[0].signs == ()


def test_a_closing_date_that_passed_since_the_contact_is_news() -> None:
    facts = deals(
        DealFacts("a-1", "a", amount_minor=60, closes_at=ago(1), contacted_at=ago(3)),
        DealFacts("b-1", "b", amount_minor=90, closes_at=ago(60), contacted_at=ago(3)),
    )
    rows = listed([account("a", last=3), account("b", last=3)], [chance("a-1", 0.4), chance("b-1", 0.4)], Facts(deals=facts))
    assert [(row.account.account_id, row.just_contacted) for row in rows.lists["win"]] == [("a", False), ("b", True)]


def test_an_account_has_one_deal_on_the_list_its_best() -> None:
    facts = deals(*(DealFacts(f"a-{n}", "a", amount_minor=n * 10, contacted_at=ago(10)) for n in (1, 2)))
    rows = listed([account("a", last=10)], [chance("a-1", 0.4), chance("a-2", 0.4)], Facts(deals=facts)).lists["win"]
    assert [row.deal.opportunity_id for row in rows if row.deal] == ["a-2"]


def test_the_reason_speaks_for_the_visit_and_the_other_one_against() -> None:
    told = churn("a", 0.5, reason("least", 0.1), reason("most", 0.7), reason("calm", -0.9))
    row = listed([account("a", last=20)], [told]).lists["keep"][0]
    assert (row.why and row.why.code, row.risk and row.risk.code) == ("most", "calm")


def made(name: Name, *ids: str, owner: Owner | None = None) -> tuple[Row, ...]:
    return tuple(Row(name, account(key), AccountFacts(key), owner) for key in ids)


def proposed(lists: Mapping[Name, tuple[Row, ...]], *owners: Owner) -> Week:
    return week(Standing({name: lists.get(name, ()) for name in NAMES}, owners))


def test_an_account_stands_once_where_it_stands_highest_and_says_where_else() -> None:
    found = proposed({"keep": made("keep", "a", "b"), "win": made("win", "b", "a"), "due": made("due", "c", "a")}, BOB)
    assert {name: keys(found.lists[name]) for name in NAMES} == {"keep": ["a"], "win": ["b"], "due": ["c"]}
    assert {row.account.account_id: row.also for row in found.rows} == {"a": ("win", "due"), "b": ("keep",), "c": ()}


@pytest.mark.parametrize(
    ("visits", "waiting", "sizes"),
    [
        (9, (9, 9, 9), (3, 3, 3)),
        (10, (9, 9, 9), (4, 3, 3)),
        (9, (9, 1, 9), (4, 1, 4)),
        (9, (2, 0, 1), (2, 0, 1)),
        (0, (1, 1, 1), (0, 0, 0)),
    ],
)
def test_each_list_gets_a_third_and_what_one_leaves_goes_to_the_others(
    visits: int, waiting: tuple[int, int, int], sizes: tuple[int, int, int]
) -> None:
    assert tuple(split(visits, dict(zip(NAMES, waiting, strict=True))).values()) == sizes


def test_a_week_holds_what_the_owners_state_and_the_page_not_all_of_it() -> None:
    assert (capacity([ANN, BOB]), capacity([replace(ANN, weekly_capacity=None)]), capacity([])) == (5, 10, USUAL_WEEK)
    many = {name: made(name, *(f"{name}{number:03}" for number in range(99))) for name in NAMES}
    assert len(proposed(many, replace(ANN, weekly_capacity=500.0)).rows) == MOST_LISTED


def test_a_person_sees_the_own_accounts_only_within_the_own_week() -> None:
    mine, theirs = made("keep", "a", "b", "c", owner=ANN), made("win", "d", "a", owner=BOB)
    of = Standing({"keep": mine, "win": theirs, "due": ()}, (ANN, BOB))
    assert keys(week(of, [ANN]).rows) == ["a", "b"]
    assert {row.account.account_id for row in reachable(of)} == {"a", "b", "c", "d"}
