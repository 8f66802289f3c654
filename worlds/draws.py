"""Random draws for many rows at once: seeded streams, Poisson days on a curve, choices from rows of probabilities."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from worlds.seasons import Curve, Floats, Ints

OPENS_S, SHUTS_S = 8 * 3600 + 1800, 18 * 3600


@dataclass(frozen=True)
class Drawn:
    """Dated events: which row each belongs to, and its day."""

    row: Ints
    day: Ints


def stream(seed: int, block: int, topic: str) -> np.random.Generator:
    """The random numbers of one topic of one block; another topic or block cannot move them."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence((seed, block, zlib.crc32(topic.encode())))))


def poisson(rng: np.random.Generator, curve: Curve, rate: Floats, start: Ints, stop: Ints) -> Drawn:
    """Events of a Poisson process with `rate` times the curve on the days `start`..`stop`-1 of each row, by row and day."""
    number = rng.poisson(rate * curve.between(start, stop))
    row = np.repeat(np.arange(len(number)), number)
    low, high = curve.total[start[row]], curve.total[np.maximum(start, stop)[row]]
    at = low + rng.random(len(row)) * (high - low)
    day = np.searchsorted(curve.total, at, side="right") - 1
    day = np.clip(day, start[row], stop[row] - 1)
    order = np.lexsort((day, row))
    return Drawn(row[order], day[order])


def choose(rng: np.random.Generator, chances: Floats, n: int | None = None) -> Ints:
    """An index per row of `chances`; with `n`, that many from one row."""
    total = np.cumsum(chances, axis=-1)
    return np.asarray((rng.random(n if n is not None else len(chances))[:, None] * total[..., -1:] >= total).sum(axis=1))


def clock(rng: np.random.Generator, n: int) -> Ints:
    """Seconds after midnight in office hours."""
    return rng.integers(OPENS_S, SHUTS_S, n)


def key(row: Ints, day: Ints) -> Ints:
    """One number that sorts by row, then day."""
    return row * 4096 + day


def ranks(row: Ints) -> Ints:
    """0, 1, 2... within each run of equal rows; rows must be sorted."""
    n = np.arange(len(row))
    first = np.concatenate([[True], row[1:] != row[:-1]]) if len(row) else np.zeros(0, bool)
    return np.asarray(n - np.maximum.accumulate(np.where(first, n, 0)))
