"""Pooled statistics: what was known about everybody with the same industry, source or owner, day by day.

Counts are integers by the day on which an outcome was known, and a row uses the last day that had ended at its cutoff.
So a row never sees its own outcome, and partial counts of parts of the data add up to the same numbers anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.kernel.arrays import Ints
from features.kernel.layout import DAY

_SPAN = 2**20  # days; no date is later


@dataclass(frozen=True)
class Counts:
    """For each (level, day): the sum of what is pooled, and of how many events. Levels are text; nothing is cumulated."""

    levels: tuple[str, ...]
    level: Ints
    day: Ints
    total: Ints
    number: Ints


@dataclass(frozen=True)
class Pool:
    """Running counts per level and overall, by the day they were known."""

    levels: tuple[str, ...]
    keys: Ints  # level * 2**20 + day, ascending; the level after the last stands for everybody
    total: Ints
    number: Ints

    def mean(self, level: Ints, moment: Ints, shrink: int) -> NDArray[np.float64]:
        """The mean known when the last day before `moment` had ended, shrunk to everybody's by `shrink` events.

        NaN where the level is -1 or nobody had an event yet.
        """
        day = moment // DAY - 1
        total, number = self._until(level, day)
        all_total, all_number = self._until(np.full(len(level), len(self.levels)), day)
        out = np.full(len(level), np.nan)
        some = (level >= 0) & (all_number > 0)
        everybody = np.divide(all_total, all_number, out=np.zeros(len(level)), where=some)
        np.divide(total + shrink * everybody, number + shrink, out=out, where=some & (number + shrink > 0))
        return out

    def _until(self, level: Ints, day: Ints) -> tuple[Ints, Ints]:
        """Running counts of each level at the end of each day."""
        last = np.searchsorted(self.keys, level * _SPAN + day, side="right")
        first = np.searchsorted(self.keys, level * _SPAN, side="left")
        return self.total[last] - self.total[first], self.number[last] - self.number[first]


def pool(parts: Iterable[Counts]) -> Pool:
    """Add up the counts of parts of the data."""
    parts = tuple(parts)
    levels = tuple(sorted({level for part in parts for level in part.levels}))
    place = {level: i for i, level in enumerate(levels)}
    own = [np.array([place[name] for name in part.levels], np.int64)[part.level] for part in parts]
    day, total, number = (
        np.concatenate([getattr(part, name) for part in parts]).astype(np.int64) for name in ("day", "total", "number")
    )
    keys = np.concatenate([*(level * _SPAN for level in own), np.full(len(day), len(levels) * _SPAN)])
    keys += np.concatenate([day, day])
    distinct, inverse = np.unique(keys, return_inverse=True)
    return Pool(
        levels,
        distinct,
        _running(np.concatenate([total, total]), inverse, len(distinct)),
        _running(np.concatenate([number, number]), inverse, len(distinct)),
    )


def _running(values: Ints, group: Ints, size: int) -> Ints:
    """Exact running sums of groups, from 0."""
    sums = np.zeros(size + 1, np.int64)
    np.add.at(sums, group + 1, values)
    return np.cumsum(sums)
