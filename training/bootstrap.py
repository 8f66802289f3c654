"""Intervals by drawing whole accounts again and again; what does not depend on the draw is done once.

A sort takes most of a metric's time, and hundreds of draws of the same rows need only one: scores become small whole
numbers in the same order, which are counted instead of sorted. Every value is that of the plain metric on the drawn rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training import metrics
from training.metrics import Draw, Floats, Metric

Rows = NDArray[np.int64]

Prepared = Callable[[Floats, Floats], Draw]


def resamples(account: NDArray[np.int64], repeats: int = 500) -> list[Rows]:
    """Row positions of bootstrap samples that draw whole accounts with replacement; seeded."""
    rng = np.random.default_rng(0)
    _, group, size = np.unique(account, return_inverse=True, return_counts=True)
    order, first = np.argsort(group, kind="stable"), np.cumsum(size) - size
    draws = (rng.integers(0, len(size), len(size)) for _ in range(repeats))
    return [order[_ranges(first[drawn], size[drawn])] for drawn in draws]


def _ranges(first: Rows, size: Rows) -> Rows:
    """The positions of several ranges, one range after the other."""
    return np.asarray(np.arange(size.sum()) + np.repeat(first - (np.cumsum(size) - size), size))


def over_draws(metric: Metric, label: Floats, score: Floats, samples: list[Rows]) -> Floats:
    """The metric on each sample; samples with one outcome only are left out."""
    draw = (PREPARED.get(metric) or _plain(metric))(label, score)
    return np.array([draw(rows) for rows in samples if np.ptp(label[rows])])


def interval(values: Floats) -> tuple[float, float]:
    """The middle 95 % of what the draws gave."""
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def _levels(values: Floats) -> NDArray[Any]:
    """The place of each value among the distinct ones, in the smallest type: numpy sorts 16 bits by counting."""
    distinct, place = np.unique(values, return_inverse=True)
    return place.astype(np.min_scalar_type(-len(distinct)))


def _plain(metric: Metric) -> Prepared:
    return lambda label, score: lambda rows: metric(label[rows], score[rows])


def _by_order(metric: Metric) -> Prepared:
    """For a metric that looks at nothing of the scores but their order."""
    return lambda label, score: _plain(metric)(label, _levels(score))


def _auc(label: Floats, score: Floats) -> Draw:
    """Each positive wins against the negatives below it and half of those beside it; exact, all counts being whole."""
    cell = _levels(score).astype(np.int64) * 2 + (label > 0)
    cells = (int(cell.max()) // 2 + 1) * 2

    def draw(rows: Rows) -> float:
        negative, positive = np.bincount(cell[rows], minlength=cells).reshape(-1, 2).T
        wins = positive @ (np.cumsum(negative) - negative / 2)
        return float(wins / (positive.sum() * negative.sum()))

    return draw


def _log_loss(label: Floats, probability: Floats) -> Draw:
    losses = metrics.log_losses(label, probability)
    return lambda rows: float(np.mean(losses[rows]))


def _ece(label: Floats, probability: Floats) -> Draw:
    level = _levels(probability)
    return lambda rows: metrics.ece_in_order(label, probability, rows[np.argsort(level[rows], kind="stable")])


def _spearman(label: Floats, value: Floats) -> Draw:
    sides = _levels(label).astype(np.int64), _levels(value).astype(np.int64)

    def draw(rows: Rows) -> float:
        ours, theirs = (_centred_ranks(side[rows]) for side in sides)
        return float(ours @ theirs / np.sqrt((ours @ ours) * (theirs @ theirs))) if ours.any() and theirs.any() else 0.0

    return draw


def _centred_ranks(level: Rows) -> Floats:
    """Ranks by counting, the mean one among equals, less the middle one."""
    count = np.bincount(level)
    ranks = np.cumsum(count) - (count + len(level)) / 2
    return np.asarray(ranks[level])


def _gini(label: Floats, value: Floats) -> Draw:
    perfect, order = _levels(label), _levels(value)

    def draw(rows: Rows) -> float:
        return metrics.concentration(label[rows], order[rows]) / metrics.concentration(label[rows], perfect[rows])

    return draw


PREPARED: dict[Metric, Prepared] = {
    metrics.auc: _auc,
    metrics.average_precision: _by_order(metrics.average_precision),
    metrics.ece: _ece,
    metrics.gini: _gini,
    metrics.lift_at_10: _by_order(metrics.lift_at_10),
    metrics.log_loss: _log_loss,
    metrics.spearman: _spearman,
}
