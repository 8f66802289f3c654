"""What the opportunities open now will bring, month by month: expected wins and revenue, with an 80 % range.

Chances add up; the range comes from drawing every opportunity many times, under a common error of all chances as large as
the one that was seen when the model was judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from models.model import Floats

_DRAWS = 2000
_BLOCK = 2_000  # opportunities drawn at once
_SEED = 20
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Part:
    """What one month (or its first or last days) is expected to bring; money in minor units."""

    first: datetime
    until: datetime
    wins: float
    wins_range: tuple[float, float]
    revenue: float
    revenue_range: tuple[float, float]


def months(as_of: datetime, days: float, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """The months from a moment to so many days later, in a company's time zone; first and last are cut."""
    last, start, found = as_of + timedelta(days=days), as_of, []
    while start < last:
        local = (start + _SECOND).astimezone(zone)  # the last second of a month belongs to the one that begins
        following = datetime(local.year + local.month // 12, local.month % 12 + 1, 1, tzinfo=zone).astimezone(as_of.tzinfo)
        end = min(following, last)
        found.append((start, end))
        start = end
    return found


def forecast(chances: Floats, amounts: Floats, spans: Sequence[tuple[datetime, datetime]], spread: float) -> list[Part]:
    """`chances` of a win in each span: float64[opportunities, spans]; `amounts` in minor units, 0 where none is stated."""
    wins, revenue = _drawn(chances, amounts, spread)
    return [
        Part(first, until, float(chances[:, i].sum()), _range(wins[:, i]), float(amounts @ chances[:, i]), _range(revenue[:, i]))
        for i, (first, until) in enumerate(spans)
    ]


def _range(drawn: Floats) -> tuple[float, float]:
    low, high = np.quantile(drawn, [0.1, 0.9])
    return float(low), float(high)


def _drawn(chances: Floats, amounts: Floats, spread: float) -> tuple[Floats, Floats]:
    """Wins and revenue of every draw: float64[draws, spans]. An opportunity is won in one span at most."""
    random, parts = np.random.default_rng(_SEED), chances.shape[1]
    common = np.exp(random.normal(-(spread**2) / 2, spread, _DRAWS))[:, None, None]
    wins, revenue = np.zeros((_DRAWS, parts)), np.zeros((_DRAWS, parts))
    for start in range(0, len(chances), _BLOCK):
        block = slice(start, start + _BLOCK)
        reached = np.minimum(np.cumsum(chances[block], axis=1)[None] * common, 1.0)
        drawn = random.random((_DRAWS, reached.shape[1], 1))
        place = (drawn >= reached).sum(axis=2)
        for part in range(parts):
            won = place == part
            wins[:, part] += won.sum(axis=1)
            revenue[:, part] += won @ amounts[block]
    return wins, revenue
