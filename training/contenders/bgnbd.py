"""BG/NBD (Fader, Hardie and Lee 2005): buying at a steady rate of one's own until, after some order, one is gone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, gammaln

Floats = NDArray[np.float64]
_BOUND = 8.0  # of the logarithms of the four parameters, times in units of the longest one


@dataclass(frozen=True)
class Purchases:
    """Repeat orders, days from the first to the last order, and days from the first order to the cutoff, by account."""

    repeats: Floats
    last: Floats
    age: Floats

    def take(self, rows: NDArray[np.int64]) -> Purchases:
        """Some of the accounts."""
        return Purchases(self.repeats[rows], self.last[rows], self.age[rows])


@dataclass(frozen=True)
class BgNbd:
    """The gamma of the rates (`r`, `alpha` in days) and the beta of the chance to be gone after an order (`a`, `b`)."""

    r: float
    alpha: float
    a: float
    b: float

    def log_likelihood(self, seen: Purchases) -> Floats:
        """Of each account's purchases."""
        r, alpha, a, b, x = self.r, self.alpha, self.a, self.b, seen.repeats
        rates = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - (r + x) * np.log(alpha + seen.age)
        stays = gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
        return np.asarray(rates + stays + np.logaddexp(0.0, self._odds_of_gone(seen)))

    def _odds_of_gone(self, seen: Purchases) -> Floats:
        """The logarithm of the odds that an account is gone; nobody is before a repeat order."""
        x = seen.repeats
        with np.errstate(divide="ignore", invalid="ignore"):
            odds = np.log(self.a / (self.b + x - 1)) + (self.r + x) * np.log((self.alpha + seen.age) / (self.alpha + seen.last))
        return np.where(x > 0, odds, -np.inf)

    def absent(self, seen: Purchases, days: Floats) -> Floats:
        """The probability of no order in the next `days`: gone already, or none of the orders of one still there."""
        silent = ((self.alpha + seen.age) / (self.alpha + seen.age + days)) ** (self.r + seen.repeats)
        return np.asarray(1 - expit(-self._odds_of_gone(seen)) * (1 - silent))


def fit_bg_nbd(seen: Purchases) -> BgNbd:
    """Maximum likelihood over the accounts; equal histories are counted once, and the same accounts fitted once."""
    return _fitted(*(part.tobytes() for part in (seen.repeats, seen.last, seen.age)))


@lru_cache(maxsize=512)
def _fitted(*parts: bytes) -> BgNbd:
    seen = Purchases(*(np.frombuffer(part) for part in parts))
    rows, count = np.unique(np.column_stack([seen.repeats, seen.last, seen.age]), axis=0, return_counts=True)
    unit = max(float(rows[:, 2].max()), 1.0)
    scaled = Purchases(rows[:, 0], rows[:, 1] / unit, rows[:, 2] / unit)

    def loss(logs: Floats) -> float:
        return -float(np.average(BgNbd(*np.exp(logs)).log_likelihood(scaled), weights=count))

    found = np.exp(minimize(loss, np.zeros(4), method="L-BFGS-B", bounds=[(-_BOUND, _BOUND)] * 4).x)
    return BgNbd(float(found[0]), float(found[1] * unit), float(found[2]), float(found[3]))
