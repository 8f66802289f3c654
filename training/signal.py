"""Signal before service: whether an answer tells anybody apart, within the same weeks and on later dates.

A base rate that moves from month to month makes pooled figures look like ranking; so outcomes are compared only with
others of the same month, and later dates only after both sides were told the base rate there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, logit
from scipy.stats import rankdata

from training import metrics
from training.bootstrap import Rows, resamples
from training.contenders.linear import loss
from training.metrics import Floats

FEWEST = 30  # accounts with the rarer outcome; with fewer nothing can be shown
_MONTH_S = 30 * 86_400
_ERRORS = 3.0  # standard errors above chance: several contenders are tried, on twenty companies none by luck
_DRAWS = 200


@dataclass(frozen=True)
class Signal:
    """How well outcomes are ordered within months (0.5 is chance; for money half of one plus the rank correlation), its
    standard error, the share of the base rate's loss saved on later dates, and how many accounts had the rarer outcome."""

    order: float
    error: float
    gain: float
    outcomes: int

    @property
    def enough(self) -> bool:
        """Whether there are outcomes enough to tell."""
        return self.outcomes >= FEWEST

    @property
    def present(self) -> bool:
        """Whether there is anything to serve."""
        return self.enough and self.order - _ERRORS * self.error > 0.5 and self.gain > 0


@dataclass(frozen=True)
class Told:
    """What was shown for some rows, their outcomes, the second each was asked about, and their accounts."""

    shown: Floats
    label: Floats
    as_of: Rows
    account: Rows

    @property
    def month(self) -> Rows:
        """Rows of the same month share a number."""
        return np.unique(self.as_of // _MONTH_S, return_inverse=True)[1]


def signal(kind: str, told: Told, later: Told) -> Signal:
    """Judge an answer on rows that were left out, and on later ones (the same where those are later)."""
    order = _auc_within if kind == "probability" else _correlation_within
    draw = order(told.label, told.shown, told.month)
    draws = np.array([draw(rows) for rows in resamples(told.account, _DRAWS)])
    whole = draw(np.arange(len(told.label)))
    error = float(np.nanstd(draws)) if np.isfinite(draws).any() else float("nan")
    return Signal(whole, error, gain_later(kind, later), outcomes(kind, told.label, told.account))


def outcomes(kind: str, label: Floats, account: Rows) -> int:
    """Accounts with the rarer outcome, for money with any: one that is asked about every week is one witness."""
    bought, others = (len(np.unique(account[some])) for some in (label > 0, label <= 0))
    return bought if kind == "money" else min(bought, others)


def gain_later(kind: str, later: Told) -> float:
    """The share of a constant's loss that an answer saves, both shifted to the base rate of these rows."""
    if not len(later.label) or outcomes(kind, later.label, later.account) == 0:
        return 0.0
    if kind == "money":
        shown = np.log(np.maximum(later.shown, 1e-9))
        level = float(np.log(max(np.maximum(later.label, 0.0).mean(), 1e-9)))
        own = shown + level - float(np.log(np.exp(shown).mean()))
        least = 4 * float(np.sqrt(np.maximum(later.label, 0.0)).mean())  # of the right amounts
        return 1 - (loss(kind, later.label, own) - least) / (loss(kind, later.label, np.full_like(own, level)) - least)
    link, rate = logit(np.clip(later.shown, 1e-9, 1 - 1e-9)), float(later.label.mean())
    shift = brentq(lambda by: float(expit(link + by).mean()) - rate, -40, 40)
    return 1 - loss(kind, later.label, link + shift) / loss(kind, later.label, np.full_like(link, logit(rate)))


def _auc_within(label: Floats, score: Floats, group: NDArray[np.int64]) -> metrics.Draw:
    """The chance that a positive stands above a negative of its own group, ties counting half."""
    _, level = np.unique(np.stack([group, rankdata(score, "dense")]), axis=1, return_inverse=True)
    order = np.zeros(level.max() + 1, np.int64)
    order[level] = group
    starts = np.flatnonzero(np.diff(order, prepend=-1))
    cell = level * 2 + (label > 0)

    def draw(rows: Rows) -> float:
        negative, positive = np.bincount(cell[rows], minlength=2 * len(order)).reshape(-1, 2).T
        below = np.cumsum(negative) - negative
        wins = positive @ (below - below[starts][order] + negative / 2)
        pairs = np.add.reduceat(positive, starts) @ np.add.reduceat(negative, starts)
        return float(wins / pairs) if pairs else float("nan")

    return draw


def _correlation_within(label: Floats, value: Floats, group: NDArray[np.int64]) -> metrics.Draw:
    """Half of one plus the correlation of ranks that are taken within each group."""
    ours, theirs = (_ranked_within(side, group) for side in (value, label))

    def draw(rows: Rows) -> float:
        a, b = ours[rows], theirs[rows]
        spread = float(a.std() * b.std())
        return 0.5 + float(((a - a.mean()) * (b - b.mean())).mean()) / spread / 2 if spread else float("nan")

    return draw


def _ranked_within(values: Floats, group: NDArray[np.int64]) -> Floats:
    out = np.zeros(len(values))
    for one in np.unique(group):
        rows = group == one
        out[rows] = rankdata(values[rows]) / rows.sum() - (rows.sum() + 1) / (2 * rows.sum())
    return out
