"""Whom to see this week, and for what: three lists, each with its own order, within what the team can do. Neither HTTP nor SQL.

*keep* are accounts that may leave, *win* open deals, *due* contacts that the tier's cadence asks for. An account stands in one of
them: where it stands highest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from models.prediction import Prediction, Reason
from serving.insight.ranking import AccountRow
from serving.runs import AccountFacts, Advice, DealFacts, Owner

Name = Literal["keep", "win", "due"]
NAMES: tuple[Name, ...] = ("keep", "win", "due")
MOST_LISTED = 45  # accounts on the page, however many the team could visit
USUAL_OWNER, USUAL_WEEK = 10, 50  # visits a week where nobody says: of one salesperson, and of a company without any


@dataclass(frozen=True)
class Row:
    """One account in one list.

    `stake_minor` is what puts it there (risk x value, or probability x amount), before its `signs` raise it; `told` is the answer
    whose reasons and trend are shown. `overdue_days` counts from the day the next contact is due, and is negative before it;
    `also` are the other lists it could stand in.
    """

    name: Name
    account: AccountRow
    facts: AccountFacts
    owner: Owner | None = None
    deal: DealFacts | None = None
    told: Prediction | None = None
    stake_minor: float | None = None
    signs: tuple[str, ...] = ()
    just_contacted: bool = False
    why: Reason | None = None
    risk: Reason | None = None
    overdue_days: int | None = None
    advice: Advice | None = None
    also: tuple[Name, ...] = ()


@dataclass(frozen=True)
class Standing:
    """Everybody who could be seen, the three lists each in its order; `owners` are those who look after somebody."""

    lists: Mapping[Name, tuple[Row, ...]]
    owners: tuple[Owner, ...] = ()


@dataclass(frozen=True)
class Week:
    """What is proposed: the lists, how many visits the week holds, and how many accounts would have been in a list."""

    lists: Mapping[Name, tuple[Row, ...]]
    capacity: int
    waiting: Mapping[Name, int]

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows, list by list."""
        return tuple(row for name in NAMES for row in self.lists[name])


def week(of: Standing, owners: Sequence[Owner] | None = None) -> Week:
    """What to do this week: everybody's, or that of some owners."""
    chosen = {owner.owner_id for owner in owners or ()}
    lists: dict[Name, list[Row]] = {
        name: [row for row in of.lists[name] if owners is None or (row.owner and row.owner.owner_id in chosen)] for name in NAMES
    }
    visits = capacity(of.owners if owners is None else owners)
    own = at_home(lists)
    sizes = split(min(visits, MOST_LISTED), {name: len(own[name]) for name in NAMES})
    others = {name: {row.account.account_id for row in lists[name][:visits]} for name in NAMES}
    shown = {name: tuple(_with_others(row, others) for row in own[name][: sizes[name]]) for name in NAMES}
    return Week(shown, visits, {name: len(lists[name]) for name in NAMES})


def reachable(of: Standing) -> list[Row]:
    """Every row that somebody's week may show: everybody's, a team's, or one person's."""
    teams = {owner.team for owner in of.owners}
    asked: list[list[Owner] | None] = [None, *([one for one in of.owners if one.team == team] for team in teams)]
    return [row for owners in (*asked, *([owner] for owner in of.owners)) for row in week(of, owners).rows]


def capacity(owners: Sequence[Owner]) -> int:
    """How many visits a week these people can make; the usual number where they do not say."""
    return round(sum(owner.weekly_capacity or USUAL_OWNER for owner in owners)) or USUAL_WEEK


def at_home(lists: Mapping[Name, Sequence[Row]]) -> dict[Name, list[Row]]:
    """The lists with each account only where it stands highest; of equal places in the first of the lists."""
    home: dict[str, tuple[int, Name]] = {}
    for name in NAMES:
        for place, row in enumerate(lists[name]):
            key = row.account.account_id
            if key not in home or place < home[key][0]:
                home[key] = (place, name)
    return {name: [row for row in lists[name] if home[row.account.account_id][1] == name] for name in NAMES}


def split(visits: int, waiting: Mapping[Name, int]) -> dict[Name, int]:
    """A third of the visits for each list, one after the other in turn; what a short list leaves goes to the others."""
    sizes: dict[Name, int] = dict.fromkeys(NAMES, 0)
    while visits > sum(sizes.values()) and (hungry := [name for name in NAMES if sizes[name] < waiting[name]]):
        for name in hungry[: visits - sum(sizes.values())]:
            sizes[name] += 1
    return sizes


def _with_others(row: Row, others: Mapping[Name, set[str]]) -> Row:
    return replace(row, also=tuple(name for name in NAMES if name != row.name and row.account.account_id in others[name]))
