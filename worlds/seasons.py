"""The calendar of a world: its days, working days, Chinese New Year, yearly seasons, and how late rows arrive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import holidays
import numpy as np
from numpy.typing import NDArray

from worlds.presets import Preset

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
END = date(2026, 1, 1)
DAY_S = 86_400
LATEST_DELAY_DAYS = 25
_OFFSET_S = 8 * 3600
_YEARLY: dict[str, tuple[float, float]] = {
    "touches": (0.15, 260),
    "closings": (0.35, 335),
    "orders": (0.3, 320),
    "openings": (0.25, 90),
}
_GROWTH: dict[str, float] = {"touches": 0.0, "closings": 0.0, "orders": -0.12, "openings": 0.05}
_STEADY = ("closings", "orders")


@dataclass(frozen=True)
class Curve:
    """How busy each day is (mean about 1); `total[b] - total[a]` is the sum over the days a..b-1."""

    daily: Floats
    total: Floats

    def between(self, start: Ints, stop: Ints) -> Floats:
        """The sum over the days from `start` until before `stop`; 0 where `stop` does not come later."""
        return np.asarray(self.total[np.maximum(start, stop)] - self.total[start])


@dataclass(frozen=True)
class Seasons:
    """A world's days 0..days-1 in China's time zone, a curve per kind of event, and the part of the touches not yet entered.

    `missing[day, n]`: of the touches of the n days before `day`, the expected part that is not received before `day`.
    """

    first: date
    days: int
    quarter: Ints
    touches: Curve
    closings: Curve
    orders: Curve
    openings: Curve
    missing: Floats

    def seconds(self, day: Ints, clock_s: Ints | int = 0) -> Ints:
        """UTC seconds of a local day and clock time."""
        midnight = (self.first - date(1970, 1, 1)).days * DAY_S - _OFFSET_S
        return np.asarray(midnight + day * DAY_S + clock_s)

    def grid(self, horizon_days: int) -> Ints:
        """The first days of the quarters that have a quarter of history and a whole horizon after them."""
        starts = np.flatnonzero(np.diff(self.quarter, prepend=-1))
        return starts[(starts >= 90) & (starts + horizon_days <= self.days)]

    def entered(self, day: Ints, start: Ints, stop: Ints) -> Floats:
        """Touch exposure of the days `start`..`stop`-1 whose rows are expected to be received before `day` (>= `stop`)."""
        since, until = (np.clip(day - edge, 0, LATEST_DELAY_DAYS) for edge in (start, np.maximum(start, stop)))
        return np.asarray(self.touches.between(start, stop) - (self.missing[day, since] - self.missing[day, until]))


def seasons(preset: Preset, years: int) -> Seasons:
    """The calendar of a world that ends on the last day of 2025."""
    first = END.replace(year=END.year - years)
    days = [first + timedelta(days=n) for n in range((END - first).days)]
    quarter = np.array([(day.year - first.year) * 4 + (day.month - 1) // 3 for day in days])
    curves = {name: _curve(preset, name, days) for name in _YEARLY}
    missing = _missing(curves["touches"].daily, preset.late_share)
    return Seasons(first, len(days), quarter, **curves, missing=missing)


def _curve(preset: Preset, name: str, days: list[date]) -> Curve:
    strength = preset.season if name in _STEADY else 1.0
    swing, peak = _YEARLY[name]
    yearly = np.array([np.cos(2 * np.pi * (day.timetuple().tm_yday - peak) / 365.25) for day in days])
    daily = (1 + strength * swing * yearly) * _working(days) ** strength
    growth = np.exp(preset.drift * _GROWTH[name] * np.arange(len(days)) / 365.25)
    daily = daily / daily.mean() * growth
    return Curve(daily, np.concatenate([[0.0], np.cumsum(daily)]))


def _working(days: list[date]) -> Floats:
    """Weekends are quiet, and so are the two weeks around Chinese New Year."""
    quiet = {day + timedelta(days=n) for day in _new_years(days) for n in range(-4, 10)}
    return np.array([0.15 if day in quiet or day.weekday() >= 5 else 1.0 for day in days])


def _new_years(days: list[date]) -> list[date]:
    years = range(days[0].year, days[-1].year + 2)
    named = holidays.country_holidays("CN", years=years, language="en_US").get_named("Spring Festival")
    return [min(day for day in named if day.year == year) for year in years]


def _missing(daily: Floats, late_share: float) -> Floats:
    padded = np.concatenate([np.zeros(LATEST_DELAY_DAYS), daily])
    ago = np.arange(LATEST_DELAY_DAYS)
    window = np.lib.stride_tricks.sliding_window_view(padded, LATEST_DELAY_DAYS)[:, ::-1]
    waiting = window * late_share * (1 - ago / LATEST_DELAY_DAYS)
    return np.hstack([np.zeros((len(waiting), 1)), np.cumsum(waiting, axis=1)])
