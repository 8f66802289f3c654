"""What is visible at a date, weighed: log-likelihoods of an opportunity's and an account's history under each hidden class.

The argument why these are exact is in docs/world.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from worlds.classes import MONTH_DAYS, PHASE_STARTS, TOUCHES, Classes
from worlds.deals import Deals
from worlds.drawing import Drawing
from worlds.draws import key
from worlds.population import Accounts
from worlds.seasons import Floats, Ints, Seasons
from worlds.setting import World


@dataclass(frozen=True)
class Weights:
    """Log weights of dated events by row, so that the sum over a row's events known before a day is one difference."""

    key: Ints
    total: Floats

    def before(self, row: Ints, day: Ints) -> Floats:
        """Summed weights [query, class] of the events of `row` known before `day`."""
        start, stop = (np.searchsorted(self.key, key(row, edge)) for edge in (0 * day, day))
        return np.asarray(self.total[stop] - self.total[start])


def weights(row: Ints, known: Ints, weight: Floats) -> Weights:
    """Events in any order; `known` is the day from which each can be seen."""
    order = np.lexsort((known, row))
    total = np.concatenate([np.zeros((1, weight.shape[1])), np.cumsum(weight[order], axis=0)])
    return Weights(key(row[order], known[order]), total)


def deal_weights(world: World, drawn: Drawing) -> Weights:
    """The events of opportunities, over the 12 classes u."""
    rates, journey, of_deal = world.rates, drawn.journey, drawn.touches.take(drawn.touches.deal >= 0)
    rate = np.log(rates.touch[of_deal.source, :, of_deal.phase])
    mood = np.where(of_deal.positive[:, None], np.log(rates.positive), np.log1p(-rates.positive))
    needs = np.where(journey.rigid[:, None], np.log(rates.rigid), np.log1p(-rates.rigid))
    parts = [
        (of_deal.deal, of_deal.received, rate + mood),
        (journey.needs.row, journey.needs.day, needs),
        *(
            (seen.row, seen.day, np.tile(np.log(rate_u), (len(seen.row), 1)))
            for seen, rate_u in ((journey.moves, rates.stage), (journey.pushes, rates.push))
        ),
    ]
    row, known, weight = (np.concatenate(column) for column in zip(*parts, strict=True))
    return weights(row, known, weight)


def deal_exposure(world: World, deals: Deals, row: Ints, day: Ints) -> Floats:
    """What every class u should have shown by `day` [query, u]: the expected number of visible touches, moves and pushes."""
    calendar, rates, stop = world.calendar, world.rates, np.minimum(deals.closed[row], day)
    bounds = deals.bounds(row, stop)
    touched = np.stack([calendar.entered(day, start, end) for start, end in bounds], axis=1)
    along = calendar.touches.between(bounds[0][0], stop)
    return np.asarray(touched @ rates.touch.sum(axis=0).T + np.outer(along, rates.stage + rates.push))


def closing_hazard(world: World, deals: Deals, row: Ints, start: Ints, stop: Ints) -> Floats:
    """Summed closing hazard [query, u] over the days `start`..`stop`-1."""
    rates, opened = world.rates, deals.day[row]
    total = np.zeros((len(row), rates.close.shape[0]))
    for phase, age in enumerate(PHASE_STARTS):
        since = np.clip(opened + age, start, stop)
        until = np.clip(opened + PHASE_STARTS[phase + 1], start, stop) if phase + 1 < len(PHASE_STARTS) else stop
        total += np.outer(world.calendar.closings.between(since, until), rates.close[:, phase])
    return np.asarray(total * rates.hurry[deals.stated[row]][:, None])


def account_weights(world: World, drawn: Drawing) -> Weights:
    """The events of accounts, over the 8 types z: touches of their own, cases, surveys, repeat orders, openings."""
    rates, service, orders, deals = world.rates, drawn.service, drawn.orders, drawn.deals
    own = drawn.touches.take(drawn.touches.deal < 0)
    good = service.good.sum(axis=1)[:, None]
    mood = good * np.log(rates.good) + (service.good.shape[1] - good) * np.log1p(-rates.good)
    repeat = orders.deal < 0
    parts = [
        (own.account, own.received, np.log(rates.account_touch)[own.source - len(TOUCHES)]),
        (service.cases.row, service.cases.day, np.tile(np.log(rates.cases), (len(service.cases.row), 1))),
        (service.surveys.row, service.surveys.day, mood),
        (orders.account[repeat], orders.day[repeat], np.tile(np.log(rates.orders), (int(repeat.sum()), 1))),
        (deals.account, deals.day, np.tile(np.log(rates.openings), (len(deals.day), 1))),
    ]
    row, known, weight = (np.concatenate(column) for column in zip(*parts, strict=True))
    return weights(row, known, weight)


def account_exposure(world: World, accounts: Accounts, row: Ints, day: Ints) -> Floats:
    """What every type z should have shown by `day` [query, z], repeat orders excepted: they may have stopped."""
    calendar, rates, start = world.calendar, world.rates, accounts.start[row]
    touched, along = calendar.entered(day, start, day), calendar.touches.between(start, day)
    return np.asarray(
        np.outer(touched, rates.account_touch.sum(axis=0))
        + np.outer(along, rates.cases)
        + np.outer(calendar.openings.between(start, day), rates.openings)
    )


def staying(world: World, accounts: Accounts, row: Ints, day: Ints, last: Ints) -> tuple[Floats, Floats]:
    """Likelihoods [query, z] of the silence since the last repeat order (day `last`, -1: none): still buying, or gone.

    An account may leave at the start of any 30-day month after its first; the sum runs over the months it may have left in.
    """
    calendar, rates = world.calendar, world.rates
    rate = (rates.order_scale[:, None] * rates.orders)[accounts.size[row]]
    total, start = calendar.orders.total, accounts.start[row]
    first = start // MONTH_DAYS + 1
    since, until = np.maximum(np.maximum(last, start) // MONTH_DAYS + 1, first), np.maximum(day - 1, 0) // MONTH_DAYS
    table = _left(calendar, rates)[accounts.size[row], :, np.minimum(since, until + 1), until]
    opening = np.exp(rate * total[start][:, None]) * (1 - rates.leave) ** -first[:, None]
    stays = (1 - rates.leave) ** np.maximum(until - first + 1, 0)[:, None] * np.exp(-rate * (total[day] - total[start])[:, None])
    return stays, table * opening


def _left(calendar: Seasons, rates: Classes) -> Floats:
    """[size, z, since, until]: the sum over months i = since..until of (1-leave)^i leave exp(-rate x orders curve to i)."""
    months = np.arange((calendar.days - 1) // MONTH_DAYS + 1)
    rate = (rates.order_scale[:, None] * rates.orders)[:, :, None]
    silence = np.exp(-rate * calendar.orders.total[months * MONTH_DAYS])
    term = (1 - rates.leave)[:, None] ** months * rates.leave[:, None] * silence
    inside = (months[:, None, None] <= months) & (months <= months[None, :, None])  # since, until, month
    return np.asarray(np.einsum("szm,fum->szfu", term, inside.astype(float)))
