"""Opportunities: when they open, what is stated at the opening, when and how they end."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from worlds.classes import AMOUNT_OF_BUCKET, PHASE_STARTS, SHARE_OF_AMOUNT, SHARE_OF_STATED, SOURCES, STATED_DAYS, fit_of
from worlds.draws import choose, clock, poisson, ranks
from worlds.frames import account_ids, money, optional, part_ids, table, words
from worlds.population import Accounts
from worlds.seasons import Floats, Ints, Seasons
from worlds.setting import World

SCALE_OF_SIZE = np.array([60_000.0, 180_000.0, 600_000.0, 2_000_000.0])
_AMOUNT_SPREAD = 0.2


@dataclass(frozen=True)
class Deals:
    """The opportunities of a block, by account and opening day. `deal` is hidden; `closed` is `days` or later while open."""

    accounts: Accounts
    account: Ints
    day: Ints
    clock: Ints
    sequence: Ints
    source: Ints
    bucket: Ints
    stated: Ints
    amount: Ints
    expected: Ints
    fit: Ints
    deal: Ints
    closed: Ints
    closed_clock: Ints
    won: NDArray[np.bool_]

    def bounds(self, row: Ints, stop: Ints) -> tuple[tuple[Ints, Ints], ...]:
        """First day and end of each phase of an opportunity's age, cut at the day `stop`."""
        edges = [np.minimum(self.day[row] + age, stop) for age in PHASE_STARTS]
        return tuple(zip(edges, [*edges[1:], stop], strict=True))


def scale(size: Ints, effect: float) -> Floats:
    """The usual amount of an opportunity of an account of that size, in yuan."""
    return np.asarray(150_000.0 * (SCALE_OF_SIZE / 150_000.0) ** effect)[size]


def draw_deals(world: World, accounts: Accounts) -> Deals:
    """All opportunities of a block."""
    rng, calendar, rates = world.stream(accounts.block, "deals"), world.calendar, world.rates
    opened = poisson(
        rng, calendar.openings, rates.openings[accounts.type], accounts.start, np.full(len(accounts.start), calendar.days)
    )
    at = clock(rng, len(opened.row))
    order = np.lexsort((at, opened.day, opened.row))
    row, day, at = opened.row[order], opened.day[order], at[order]
    source = choose(rng, np.full(len(SOURCES), 1 / len(SOURCES)), len(row))
    bucket, stated = choose(rng, SHARE_OF_AMOUNT, len(row)), choose(rng, SHARE_OF_STATED, len(row))
    amount = (
        scale(accounts.size[row], world.preset.size)
        * AMOUNT_OF_BUCKET[bucket]
        * rng.lognormal(-(_AMOUNT_SPREAD**2) / 2, _AMOUNT_SPREAD, len(row))
    )
    deal = choose(rng, rates.deal[source, accounts.type[row]])
    fit = fit_of(accounts.industry, accounts.size)[row]
    chance = rates.won[fit, bucket, calendar.quarter[day], accounts.type[row], deal]
    closed = _closing(rng, calendar, rates.close[deal] * rates.hurry[stated][:, None], day)
    return Deals(
        accounts,
        row,
        day,
        at,
        ranks(row) + 1,
        source,
        bucket,
        stated,
        money(amount),
        day + np.array(STATED_DAYS)[stated] + rng.integers(-10, 11, len(row)),
        fit,
        deal,
        closed,
        clock(rng, len(row)),
        rng.random(len(row)) < chance,
    )


def _closing(rng: np.random.Generator, calendar: Seasons, hazard: Floats, day: Ints) -> Ints:
    """The day on which the summed hazard passes an exponential draw; `days` when that is later than the world."""
    left, closed = rng.exponential(size=len(day)), np.full(len(day), calendar.days)
    edges = [np.minimum(day + age, calendar.days) for age in PHASE_STARTS] + [np.full(len(day), calendar.days)]
    total = calendar.closings.total
    for phase, (start, stop) in enumerate(pairwise(edges)):
        here = hazard[:, phase] * (total[stop] - total[start])
        ends = (closed == calendar.days) & (left < here)
        reached = np.searchsorted(total, total[start] + left / hazard[:, phase], side="right") - 1
        closed = np.where(ends, np.clip(reached, start, stop - 1), closed)
        left = np.where(ends, np.inf, left - here)
    return closed


def deal_ids(deals: Deals, row: Ints) -> pa.Array:
    """Ids of opportunities."""
    return part_ids("O", deals.accounts.number[deals.account[row]], deals.sequence[row], 2)


def deal_ids_or_none(deals: Deals, row: Ints) -> pa.Array:
    """Ids of opportunities, missing where the row is -1."""
    given = row >= 0
    return deal_ids(deals, row[given]).take(pa.array(np.cumsum(given) - 1, mask=~given))


def deal_keys(deals: Deals, row: Ints) -> dict[str, pa.Array]:
    """The two columns that say whose an opportunity's row is."""
    return {"opportunity_id": deal_ids(deals, row), "account_id": account_ids(deals.accounts.number[deals.account[row]])}


def deal_table(world: World, deals: Deals) -> pa.Table:
    """The table opportunities; amount and expected close are those stated at the opening."""
    accounts, account, calendar, n = deals.accounts, deals.account, world.calendar, len(deals.day)
    rng = world.stream(accounts.block, "deal table")
    other = rng.integers(0, len(accounts.number), n)
    referred = (deals.source == SOURCES.index("转介绍")) & (other != account) & (accounts.created[other] < deals.day)
    opened, ended = calendar.seconds(deals.day, deals.clock), deals.closed < calendar.days
    return table(
        "opportunities",
        {
            **deal_keys(deals, np.arange(n)),
            "owner_id": accounts.owner_ids(account, deals.day),
            "referred_by_id": optional(account_ids(accounts.number[other]), referred),
            "source": words(SOURCES, deals.source),
            "opened_at": opened,
            "expected_close_at": calendar.seconds(deals.expected, 86_399),
            "closed_at": optional(calendar.seconds(deals.closed, deals.closed_clock), ended),
            "outcome": words(("lost", "won"), deals.won.astype(np.int64), ended),
            "amount": deals.amount,
            "received_at": opened,
        },
    )
