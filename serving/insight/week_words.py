"""The week in the words of a language: what page and file say of a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from display import figures
from display.language import Wording
from serving.insight.week import Row, Standing, Week
from serving.problems import Problem
from serving.runs import Owner, Run

Trends = Mapping[tuple[str, str], tuple[float, ...]]


@dataclass(frozen=True)
class ShownWeek:
    """Everything the page shows; `who` is whose week it is (`owner:id`, `team:name`, or everybody's)."""

    run: Run
    standing: Standing
    week: Week
    said: WeekWriter
    trends: Trends
    who: str


def looked_after_by(standing: Standing, who: str) -> list[Owner] | None:
    """Whose week was asked for: None for everybody's. Raises Problem 422 for somebody nobody knows."""
    if not who:
        return None
    kind, _, name = who.partition(":")
    found = [owner for owner in standing.owners if name == {"owner": owner.owner_id, "team": owner.team}.get(kind)]
    if not found:
        raise Problem(422, "unknown-owner", "Nobody of this name looks after an account.", parameters=["who"])
    return found


def teams(standing: Standing) -> dict[str, list[Owner]]:
    """The owners by team; without a team under the empty name."""
    found: dict[str, list[Owner]] = {}
    for owner in standing.owners:
        found.setdefault(owner.team or "", []).append(owner)
    return found


@dataclass(frozen=True)
class WeekWriter:
    """Says rows as of a run's moment."""

    w: Wording
    as_of: datetime

    @property
    def today(self) -> date:
        """The run's day in the company's time zone."""
        return self.as_of.astimezone(self.w.workspace.zone).date()

    def days(self, earlier: datetime | None) -> int | None:
        """Whole days from a moment's day to the run's."""
        return None if earlier is None else (self.today - earlier.astimezone(self.w.workspace.zone).date()).days

    def signs(self, row: Row) -> list[str]:
        """What raises the row in its list, and what a deal lacks."""
        lacks = [self.w.named("week.lacks", name) for name in (row.deal.lacks.split() if row.deal else ())]
        return [self._sign(name, row) for name in row.signs] + lacks

    def _sign(self, name: str, row: Row) -> str:
        if name == "complaint":
            return self._counted("week.sign.complaint", row.facts.complaints_open)
        if name in ("no_order", "no_contact"):
            return self._silence(name, row)
        return self._dated(name, row)

    def _silence(self, name: str, row: Row) -> str:
        since, gap = {
            "no_order": (row.facts.ordered_at, row.facts.order_gap_days),
            "no_contact": (row.account.last_contact_at, row.facts.contact_gap_days),
        }[name]
        days, language = self.days(since) or 0, self.w.language
        return self.w.say(f"week.sign.{name}", days=figures.length(days, language), usual=figures.every(gap or 0.0, language))

    def _dated(self, name: str, row: Row) -> str:
        deal = row.deal
        at = row.facts.contract_ends_at if deal is None else deal.contacted_at if name == "quiet" else deal.closes_at
        days = self.days(at)
        return self.w.say("week.sign.untouched") if days is None else self._counted(f"week.sign.{name}", abs(days))

    def _counted(self, key: str, number: int) -> str:
        return self.w.count(key, number, count=self.w.number(number))

    def why(self, row: Row) -> str | None:
        """The strongest reason to see them for this."""
        if row.name != "due":
            return self.w.of(row.why) if row.why else None
        tier = next(tier for tier in self.w.workspace.tiers if tier.code == row.account.tier)
        return self.w.say("week.cadence", tier=self.w.of(tier), days=self.w.number(tier.contact_every_days))

    def due(self, row: Row) -> str:
        """When the next contact is due by the tier, counted from the run's day."""
        days = row.overdue_days
        if days is None:
            return self.w.say("week.never") if row.name == "due" else ""
        if days == 0:
            return self.w.say("week.today")
        return self._counted("week.overdue" if days > 0 else "week.ahead", abs(days))

    def ago(self, earlier: datetime | None) -> str:
        """How long ago a day was."""
        days = self.days(earlier)
        return "" if days is None else self.w.say("week.same_day") if days == 0 else self._counted("week.ago", days)

    def in_stage(self, since: datetime) -> str:
        """How long a deal has been in its stage."""
        return self._counted("week.in_stage", self.days(since) or 0)

    def action(self, row: Row) -> str:
        """What is suggested: the best of what the model advises, or what the list itself asks for."""
        return self.w.of(row.advice) if row.advice else self.w.named("week.do", row.name)

    def owner(self, row: Row) -> str:
        """Who looks after it, and the team."""
        return "" if row.owner is None else " · ".join(part for part in (self.person(row.owner), row.owner.team) if part)

    def person(self, owner: Owner) -> str:
        """A salesperson's name."""
        return owner.name or owner.owner_id

    def tier(self, row: Row) -> str:
        """The tier's name."""
        return next((self.w.of(tier) for tier in self.w.workspace.tiers if tier.code == row.account.tier), "")

    def stage(self, row: Row) -> str:
        """The deal's stage, in the company's own word where it has one."""
        if row.deal is None or row.deal.stage is None:
            return ""
        word = self.w.workspace.words.get(row.deal.stage)
        return self.w.of(word) if word else self.w.named("stage", row.deal.stage)


HEADINGS = (
    "list",
    "account_id",
    "account",
    "owner",
    "team",
    "tier",
    "stake",
    "chance",
    "value",
    "deal",
    "stage",
    "amount",
    "closing",
    "why",
    "signs",
    "risk",
    "last",
    "due",
    "overdue",
    "action",
    "also",
)


def sheet(week: Week, said: WeekWriter) -> list[list[str | float | None]]:
    """The rows of a week as a table with its heading; money in the currency's unit, days as ISO dates."""
    return [[said.w.named("week.sheet", name) for name in HEADINGS], *(_cells(row, said) for row in week.rows)]


def _cells(row: Row, said: WeekWriter) -> list[str | float | None]:
    deal, owner, account = row.deal, row.owner, row.account
    return [
        said.w.named("week.list", row.name),
        account.account_id,
        account.name,
        said.person(owner) if owner else None,
        owner.team if owner else None,
        said.tier(row),
        _units(row.stake_minor, said),
        round(row.told.shown or 0.0, 4) if row.told and row.told.task != "value" else None,
        _units(account.value_minor, said),
        deal.opportunity_id if deal else None,
        said.stage(row),
        _units(deal.amount_minor if deal else None, said),
        _day(deal.closes_at if deal else None, said),
        said.why(row),
        said.w.say("list.separator").join(said.signs(row)),
        said.w.of(row.risk) if row.risk else None,
        _day(account.last_contact_at, said),
        account.next_contact_due.isoformat() if account.next_contact_due else None,
        row.overdue_days if row.overdue_days is not None and row.overdue_days >= 0 else None,
        said.action(row),
        said.w.say("list.separator").join(said.w.named("week.list", name) for name in row.also),
    ]


def _units(minor: float | None, said: WeekWriter) -> float | None:
    return None if minor is None else round(minor / said.w.workspace.minor_units, 2)


def _day(moment: datetime | None, said: WeekWriter) -> str | None:
    return None if moment is None else moment.astimezone(said.w.workspace.zone).date().isoformat()
