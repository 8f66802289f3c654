"""The best possible forecast: the hidden classes weighed by everything visible, then averaged over.

`Rows` are questions (account, day); `Pairs` joins each with the account's opportunities that are visible then.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worlds.classes import type_prior
from worlds.deals import Deals
from worlds.drawing import Drawing
from worlds.evidence import Weights, account_exposure, account_weights, closing_hazard, deal_exposure, deal_weights, staying
from worlds.seasons import Floats, Ints
from worlds.setting import HORIZON_DAYS, World

_PAIRS_AT_ONCE = 20_000


@dataclass(frozen=True)
class Rows:
    """Questions: an account as of the start of a day; `deal` is the opportunity asked about at an age of `anchor` days,
    or -1 for a grid day, when the account and all its open opportunities are asked about."""

    account: Ints
    day: Ints
    deal: Ints
    anchor: Ints


@dataclass(frozen=True)
class Pairs:
    """Opportunities visible at a row: the row, its day, the opportunity, and whether it is open at that moment."""

    row: Ints
    day: Ints
    deal: Ints
    open: NDArray[np.bool_]


@dataclass(frozen=True)
class Judged:
    """Pairs under each type z: log-likelihood of what is visible, chance to win within the horizon; and under the truth."""

    loglik: Floats
    wins: Floats
    wins_truly: Floats


@dataclass(frozen=True)
class Belief:
    """What is believed about each row's account: `types[row, z]` and, given the type, the chance that it still buys."""

    types: Floats
    buying: Floats


def pairs(rows: Rows, deals: Deals) -> Pairs:
    """Every row with every visible opportunity of its account; on its own opening day an opportunity is visible to itself."""
    first, end = (np.searchsorted(deals.account, rows.account, side=side) for side in ("left", "right"))
    number = end - first
    row = np.repeat(np.arange(len(number)), number)
    deal = np.arange(len(row)) + np.repeat(first - (np.cumsum(number) - number), number)
    visible = (deals.day[deal] < rows.day[row]) | (deal == rows.deal[row])
    row, deal = row[visible], deal[visible]
    return Pairs(row, rows.day[row], deal, deals.closed[deal] >= rows.day[row])


def judge(world: World, drawn: Drawing, joined: Pairs) -> Judged:
    """All pairs, some thousands at once."""
    evidence, parts = deal_weights(world, drawn), []
    for start in range(0, max(len(joined.row), 1), _PAIRS_AT_ONCE):
        chunk = slice(start, start + _PAIRS_AT_ONCE)
        some = Pairs(joined.row[chunk], joined.day[chunk], joined.deal[chunk], joined.open[chunk])
        parts.append(_judge(world, drawn.deals, evidence, some))
    return Judged(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("loglik", "wins", "wins_truly")))


def _judge(world: World, deals: Deals, evidence: Weights, some: Pairs) -> Judged:
    deal, rates = some.deal, world.rates
    shown = evidence.before(deal, some.day) - deal_exposure(world, deals, deal, some.day) + _timing(world, deals, some)
    top = shown.max(axis=1, keepdims=True)
    won = rates.won[deals.fit[deal], deals.bucket[deal], world.calendar.quarter[deals.day[deal]]]
    weight = rates.deal[deals.source[deal]] * np.exp(shown - top)[:, None, :] * _ending(deals, some, won)  # pair, z, u
    soon = _soon(world, deals, some)
    total = weight.sum(axis=2)
    true = (np.arange(len(deal)), deals.accounts.type[deals.account[deal]], deals.deal[deal])
    return Judged(np.log(total) + top, np.einsum("pzu,pzu,pu->pz", weight, won, soon) / total, won[true] * soon[true[0], true[2]])


def _timing(world: World, deals: Deals, some: Pairs) -> Floats:
    """Log-likelihood [pair, u] of being open until the day, or of having closed on the very day it did."""
    deal, closed = some.deal, deals.closed[some.deal]
    start, end = deals.day[deal] + 1, np.minimum(closed, some.day)
    survived = closing_hazard(world, deals, deal, np.minimum(start, end), end)
    last = np.minimum(closed, world.calendar.days - 1)
    struck = np.where(some.open[:, None], 1.0, closing_hazard(world, deals, deal, last, last + 1))
    return np.where(some.open[:, None], 0.0, np.log(-np.expm1(-struck))) - survived


def _ending(deals: Deals, some: Pairs, won: Floats) -> Floats:
    """Likelihood [pair, z, u] of who won, where that is visible."""
    outcome = np.where(deals.won[some.deal][:, None, None], won, 1 - won)
    return np.where(some.open[:, None, None], 1.0, outcome)


def _soon(world: World, deals: Deals, some: Pairs) -> Floats:
    """The chance [pair, u] that an open opportunity closes within the horizon."""
    start = np.maximum(some.day, deals.day[some.deal] + 1)
    hazard = closing_hazard(world, deals, some.deal, start, some.day + HORIZON_DAYS)
    return np.asarray(-np.expm1(-hazard) * some.open[:, None])


def belief(world: World, drawn: Drawing, rows: Rows, joined: Pairs, judged: Judged) -> Belief:
    """The posterior of each row's type, from the account's own history and all its visible opportunities."""
    accounts, account, day = drawn.accounts, rows.account, rows.day
    prior = type_prior(accounts.industry, accounts.size, accounts.source, world.preset.account)[account]
    stays, left = staying(world, accounts, account, day, drawn.orders.last_repeat(account, day))
    weight = np.log(prior * (stays + left)) - account_exposure(world, accounts, account, day)
    weight += account_weights(world, drawn).before(account, day)
    weight += np.where(rows.anchor[:, None] == 0, np.log(world.rates.openings), 0.0)
    np.add.at(weight, joined.row, judged.loglik)
    weight = np.exp(weight - weight.max(axis=1, keepdims=True))
    return Belief(weight / weight.sum(axis=1, keepdims=True), stays / (stays + left))
