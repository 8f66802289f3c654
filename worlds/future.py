"""What an account of each type will do in the horizon that has not begun to show: new opportunities won, repeat orders."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from worlds.classes import AMOUNT_OF_BUCKET, MONTH_DAYS, PHASE_STARTS, SHARE_OF_AMOUNT, SHARE_OF_STATED, SOURCES, Classes
from worlds.seasons import Floats, Seasons


@dataclass(frozen=True)
class Future:
    """Per grid day g: expected wins of openings yet to come `wins[g, fit, z]` and their summed relative amounts `worth`;
    for an account still buying, the chance of no repeat order `silent[g, size, z]` and the expected number `repeats`."""

    wins: Floats
    worth: Floats
    silent: Floats
    repeats: Floats


def future(calendar: Seasons, rates: Classes, horizon_days: int) -> Future:
    """The tables of every grid day."""
    wins, worth, silent, repeats = [], [], [], []
    for day in calendar.grid(horizon_days).tolist():
        fresh = np.stack(
            [_won_of_opening(calendar, rates, opened, day + horizon_days) for opened in range(day, day + horizon_days)]
        ).sum(axis=0)
        wins.append(fresh.sum(axis=1))
        worth.append(np.einsum("faz,a->fz", fresh, AMOUNT_OF_BUCKET))
        none, number = _repeats(calendar, rates, day, day + horizon_days)
        silent.append(none)
        repeats.append(number)
    return Future(*(np.array(part) for part in (wins, worth, silent, repeats)))


def _won_of_opening(calendar: Seasons, rates: Classes, opened: int, until: int) -> Floats:
    """Expected wins before `until` from the openings of one day [fit, amount, z]."""
    hazard = np.zeros(rates.close.shape[0])
    edges = [min(opened + age, until) for age in PHASE_STARTS] + [until]
    for phase, (start, stop) in enumerate(pairwise(edges)):
        hazard += rates.close[:, phase] * (calendar.closings.total[stop] - calendar.closings.total[start])
    closes = SHARE_OF_STATED @ -np.expm1(-np.outer(rates.hurry, hazard))
    deal = rates.deal.sum(axis=0) / len(SOURCES)
    won = rates.won[:, :, calendar.quarter[opened]]
    chance = np.einsum("fazu,zu,u->faz", won, deal, closes) * SHARE_OF_AMOUNT[:, None]
    return np.asarray(chance * rates.openings * calendar.openings.daily[opened])


def _repeats(calendar: Seasons, rates: Classes, day: int, until: int) -> tuple[Floats, Floats]:
    """[size, z]: the chance of no repeat order of a buying account, and the number expected, month by month."""
    rate = rates.order_scale[:, None] * rates.orders
    buying, silent, gone, number = np.ones_like(rate), np.ones_like(rate), np.zeros_like(rate), np.zeros_like(rate)
    for start, stop in _months(day, until):
        if start % MONTH_DAYS == 0:
            gone, silent, buying = gone + silent * rates.leave, silent * (1 - rates.leave), buying * (1 - rates.leave)
        busy = rate * (calendar.orders.total[stop] - calendar.orders.total[start])
        silent, number = silent * np.exp(-busy), number + buying * busy
    return silent + gone, number


def _months(day: int, until: int) -> list[tuple[int, int]]:
    first = (day // MONTH_DAYS + 1) * MONTH_DAYS
    edges = [day, *range(first, until, MONTH_DAYS), until]
    return list(pairwise(edges))
