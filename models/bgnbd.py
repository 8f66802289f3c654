"""BG/NBD (Fader, Hardie and Lee 2005): buying at a steady rate of one's own until, after some order, one is gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, gammaln, logit

from models.model import Floats

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


INPUTS = ("order_recency", "order_tenure", "order_gap_mean")


@dataclass(frozen=True)
class BuyTillYouDie:
    """The log odds of no order within `days`, from days since the last order, days since the first, and their mean gap.

    The inputs stand in `columns` of the matrix. Shares are exact Shapley values against an account with the `usual` ones.
    """

    process: BgNbd
    days: float
    columns: tuple[int, int, int]
    usual: tuple[float, float, float]
    kind: str = "bg_nbd"

    def raw(self, matrix: Floats) -> Floats:
        return self._odds(self._given(matrix))

    def shares(self, matrix: Floats) -> Floats:
        out = np.zeros((matrix.shape[0], matrix.shape[1] + 1))
        given = self._given(matrix)
        told = {chosen: self._odds(self._mixed(given, chosen)) for size in range(4) for chosen in combinations(range(3), size)}
        for place, column in enumerate(self.columns):
            for chosen in (some for some in told if place not in some):
                weight = factorial(len(chosen)) * factorial(2 - len(chosen)) / 6
                out[:, column] += weight * (told[tuple(sorted((*chosen, place)))] - told[chosen])
        out[:, -1] = told[()]
        return out

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def _given(self, matrix: Floats) -> Floats:
        """The three inputs, the usual ones where one is missing (no gap is no repeat order: 0)."""
        given = matrix[:, self.columns]
        return np.where(np.isnan(given), (*self.usual[:2], 0.0), given)

    def _mixed(self, given: Floats, chosen: tuple[int, ...]) -> Floats:
        return np.where(np.isin(np.arange(3), chosen), given, self.usual)

    def _odds(self, given: Floats) -> Floats:
        absent = self.process.absent(purchases_of(given), np.full(len(given), self.days))
        return np.asarray(logit(np.clip(absent, 1e-9, 1 - 1e-9)))


def purchases_of(given: Floats) -> Purchases:
    """Repeat orders, their last day and the age of each account, from recency, tenure and mean gap in days."""
    recency, age, gap = given.T
    last = np.maximum(age - recency, 0.0)
    repeats = np.where(gap > 0, np.round(last / np.where(gap > 0, gap, 1.0)), 0.0)
    return Purchases(repeats, np.where(repeats > 0, last, 0.0), age)


def bg_nbd_from_dict(raw: Mapping[str, Any]) -> BuyTillYouDie:
    """The inverse of `as_dict`."""
    return BuyTillYouDie(BgNbd(**raw["process"]), raw["days"], tuple(raw["columns"]), tuple(raw["usual"]))
