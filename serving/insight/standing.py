"""The three lists of a run, whole: who could be in each, in which order, and why. Pure functions of stored answers and facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from models.prediction import Prediction, Reason
from serving.insight.ranking import AccountRow
from serving.insight.week import Name, Row, Standing
from serving.runs import AccountFacts, DealFacts, Facts, Owner, ScoredRun
from workspace.workspace import Workspace

JUST_CONTACTED: dict[Name, float] = {"keep": 14.0, "win": 7.0}  # days for which a contact needs no other
ENDING_DAYS, CLOSING_DAYS, QUIET_DAYS, AHEAD_DAYS = 90.0, 30.0, 30.0, 7
SILENT = 1.5  # times the usual gap
_EACH = 0.5  # how much each sign raises what is at stake
_DAY = timedelta(days=1)
_SAME = {  # the fact of the reasons that a sign says already
    "complaint": "complaints",
    "contract": "contract",
    "no_order": "order_silence",
    "no_contact": "touch_silence",
    "passed": "closing_date",
    "closing": "closing_date",
    "quiet": "deal_contact",
    "decision_maker": "decision_maker",
    "offer": "offers",
}


def standing(run: ScoredRun, accounts: Sequence[AccountRow], workspace: Workspace) -> Standing:
    """The three lists of a run, whole."""
    seen = _Seen(run, {(one.task, one.entity_id): one for one in run.predictions if one.shown is not None}, workspace)
    deals = [_deal(seen, row, deal) for row in accounts for deal in seen.deals.get(row.account_id, ())]
    keep = [row for account in accounts if (row := _keep(seen, account))]
    due = [row for account in accounts if (row := _due(seen, account))]
    tiers = {tier.code: place for place, tier in enumerate(workspace.tiers)}
    lists: dict[Name, tuple[Row, ...]] = {
        "keep": tuple(sorted(keep, key=_by_stake)),
        "win": _once(sorted((row for row in deals if row), key=_by_stake)),
        "due": tuple(sorted(due, key=lambda row: _by_tier(row, tiers))),
    }
    owners = {row.owner.owner_id: row.owner for rows in lists.values() for row in rows if row.owner}
    return Standing(lists, tuple(sorted(owners.values(), key=lambda one: (one.team or "", one.name or "", one.owner_id))))


def _once(rows: Iterable[Row]) -> tuple[Row, ...]:
    """The first row of each account."""
    first: dict[str, Row] = {}
    for row in rows:
        first.setdefault(row.account.account_id, row)
    return tuple(first.values())


def _by_stake(row: Row) -> tuple[bool, float, str]:
    return row.just_contacted, -(row.stake_minor or 0.0) * (1 + _EACH * len(row.signs)), row.account.account_id


def _by_tier(row: Row, tiers: Mapping[str, int]) -> tuple[int, date, str]:
    return tiers[str(row.account.tier)], row.account.next_contact_due or date.min, row.account.account_id


@dataclass(frozen=True)
class _Seen:
    """A run with its answers by task and id."""

    run: ScoredRun
    told: Mapping[tuple[str, str], Prediction]
    workspace: Workspace

    @property
    def facts(self) -> Facts:
        return self.run.facts

    @cached_property
    def deals(self) -> Mapping[str, list[DealFacts]]:
        grouped: dict[str, list[DealFacts]] = {}
        for deal in self.facts.deals.values():
            grouped.setdefault(deal.account_id, []).append(deal)
        return grouped

    @cached_property
    def deals_contacted(self) -> bool:
        """Whether the company says of its contacts which deal they are about: without that no deal is called quiet."""
        return any(deal.contacted_at for deal in self.facts.deals.values())

    def days_since(self, earlier: datetime | None) -> float | None:
        """Days from a moment to the run's; negative for one still to come."""
        return None if earlier is None else (self.run.run.as_of - earlier) / _DAY

    def about(self, account: AccountRow) -> AccountFacts:
        return self.facts.accounts.get(account.account_id, AccountFacts(account.account_id))

    def owner(self, owner_id: str | None) -> Owner | None:
        return None if owner_id is None else self.facts.people.get(owner_id, Owner(owner_id))

    def overdue(self, account: AccountRow) -> int | None:
        today = self.run.run.as_of.astimezone(self.workspace.zone).date()
        return None if account.next_contact_due is None else (today - account.next_contact_due).days

    def just_contacted(self, name: Name, account: AccountRow, news: Iterable[datetime | None]) -> bool:
        """Whether the last contact is so recent that another can wait: nothing has happened since that calls for one."""
        contacted = self.days_since(account.last_contact_at)
        if contacted is None or contacted >= JUST_CONTACTED[name]:
            return False
        since = [self.days_since(one) for one in news]
        return not any(days is not None and 0 <= days < contacted for days in since)


def _keep(seen: _Seen, account: AccountRow) -> Row | None:
    """An account whose risk is above the usual, or of whom something else calls for a visit."""
    churn, facts = seen.told.get(("churn", account.account_id)), seen.about(account)
    if churn is None or churn.shown is None or account.value_minor is None:
        return None
    signs = tuple(_signs_of_leaving(seen, account, facts))
    if not signs and churn.shown <= (churn.base_shown or 0.0):
        return None
    return Row(
        "keep",
        account,
        facts,
        seen.owner(account.owner),
        told=churn,
        stake_minor=churn.shown * account.value_minor,
        signs=signs,
        just_contacted=seen.just_contacted("keep", account, [facts.news_at]),
        why=_strongest(churn, 1, signs),
        risk=_strongest(churn, -1, signs),
        overdue_days=seen.overdue(account),
        advice=seen.facts.advice.get(("churn", account.account_id)),
    )


def _signs_of_leaving(seen: _Seen, account: AccountRow, facts: AccountFacts) -> Iterator[str]:
    if facts.complaints_open > 0:
        yield "complaint"
    ends = seen.days_since(facts.contract_ends_at)
    if ends is not None and -ENDING_DAYS <= ends <= 0:
        yield "contract"
    if _late(seen.days_since(facts.ordered_at), facts.order_gap_days):
        yield "no_order"
    if _late(seen.days_since(account.last_contact_at), facts.contact_gap_days):
        yield "no_contact"


def _late(days: float | None, gap: float | None) -> bool:
    """Whether a silence is long against the own rhythm; of less than a week nobody speaks."""
    return days is not None and gap is not None and days >= max(SILENT * gap, AHEAD_DAYS)


def _deal(seen: _Seen, account: AccountRow, deal: DealFacts) -> Row | None:
    """An open deal that has a chance told."""
    chance = seen.told.get(("conversion", deal.opportunity_id))
    if chance is None or chance.shown is None:
        return None
    signs = tuple(_signs_of_urgency(seen, deal))
    said = (*signs, *deal.lacks.split())
    return Row(
        "win",
        account,
        seen.about(account),
        seen.owner(seen.facts.deal_owners.get(deal.opportunity_id) or account.owner),
        deal,
        chance,
        None if deal.amount_minor is None else chance.shown * deal.amount_minor,
        signs,
        seen.just_contacted("win", account, [seen.about(account).news_at, deal.closes_at]),
        _strongest(chance, 1, said),
        _strongest(chance, -1, said),
        seen.overdue(account),
        seen.facts.advice.get(("conversion", deal.opportunity_id)),
    )


def _signs_of_urgency(seen: _Seen, deal: DealFacts) -> Iterator[str]:
    closed, contacted = seen.days_since(deal.closes_at), seen.days_since(deal.contacted_at)
    if closed is not None and closed >= -CLOSING_DAYS:
        yield "passed" if closed > 0 else "closing"
    if seen.deals_contacted and (contacted is None or contacted >= QUIET_DAYS):
        yield "quiet"


def _due(seen: _Seen, account: AccountRow) -> Row | None:
    """An account whose next contact is due within the week, or that nobody has ever contacted."""
    overdue = seen.overdue(account)
    if account.tier is None or not seen.facts.last_contact or (overdue is not None and overdue < -AHEAD_DAYS):
        return None
    facts, churn = seen.about(account), seen.told.get(("churn", account.account_id))
    return Row(
        "due",
        account,
        facts,
        seen.owner(account.owner),
        told=churn or seen.told.get(("value", account.account_id)),
        risk=_strongest(churn, 1) if churn else None,
        overdue_days=overdue,
        advice=seen.facts.advice.get(("churn", account.account_id)),
    )


def _strongest(prediction: Prediction, way: int, said: Iterable[str] = ()) -> Reason | None:
    """The stored reason that raises a number most (1), or lowers it most (-1), of what no sign says already."""
    known = {_SAME[sign] for sign in said}
    found = [reason for reason in prediction.reasons if reason.contribution * way > 0 and reason.code not in known]
    return max(found, key=lambda reason: abs(reason.contribution), default=None)
