"""What the date itself tells: month, the end of the quarter, Chinese New Year."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
from holidays import country_holidays
from numpy.typing import NDArray

from features.kernel.arrays import Ints

_YEARS = range(1970, 2100)


@lru_cache(maxsize=1)
def _new_years() -> tuple[date, ...]:
    """The first day of the Spring Festival of every year the calendar knows."""
    named = country_holidays("CN", years=_YEARS, observed=False, language="en_US")
    days = sorted(day for day, name in named.items() if name.startswith("Chinese New Year (Spring Festival)"))
    return tuple(day for before, day in pairwise([date.min, *days]) if before.year != day.year)


def _to_new_year(day: date) -> int:
    new_years = _new_years()
    return (new_years[bisect_left(new_years, day)] - day).days


def _to_quarter_end(day: date) -> int:
    month = 3 * ((day.month - 1) // 3) + 4
    begins = date(day.year + month // 13, 1 if month == 13 else month, 1)
    return (begins - day).days - 1


MEASURES: dict[str, Callable[[date], int]] = {
    "month": lambda day: day.month,
    "days_to_quarter_end": _to_quarter_end,
    "days_to_new_year": _to_new_year,
}


def calendar_values(measure: str, moments: Ints, zone: str) -> NDArray[np.float64]:
    """The measure on the day of each moment (UTC seconds) in the zone."""
    distinct, place = np.unique(moments, return_inverse=True)
    there = ZoneInfo(zone)
    values = [MEASURES[measure](datetime.fromtimestamp(int(moment), there).date()) for moment in distinct]
    return np.array(values, np.float64)[place]
