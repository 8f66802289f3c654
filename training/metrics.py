"""Metrics of probabilities and of money, and paired bootstrap intervals by account. Each is checked against an oracle."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Floats = NDArray[np.float64]
Metric = Callable[[Floats, Floats], float]


def auc(label: Floats, score: Floats) -> float:
    """Probability that a positive is ranked above a negative, ties counting half (by ranks: a bootstrap asks often)."""
    positive = label > 0
    wins = rankdata(score)[positive].sum() - positive.sum() * (positive.sum() + 1) / 2
    return float(wins / (positive.sum() * (~positive).sum()))


def average_precision(label: Floats, score: Floats) -> float:
    """Precision at each threshold, weighted by the recall it adds; tied scores enter together."""
    order = np.argsort(-score, kind="stable")
    last_of_tie = np.append(np.diff(score[order]) != 0, True)
    hits = np.cumsum(label[order])[last_of_tie]
    return float(np.sum(np.diff(hits, prepend=0) * hits / (np.flatnonzero(last_of_tie) + 1)) / label.sum())


def brier(label: Floats, probability: Floats) -> float:
    """Mean squared distance between probability and outcome."""
    return float(np.mean((probability - label) ** 2))


def log_loss(label: Floats, probability: Floats) -> float:
    """Mean of minus the logarithm of the probability that was given to what happened."""
    return float(-np.mean(np.log(np.clip(np.where(label > 0, probability, 1 - probability), 1e-12, 1))))


def ece(label: Floats, probability: Floats, bins: int = 10) -> float:
    """Expected calibration error over bins of equal count."""
    order = np.argsort(probability, kind="stable")
    parts = np.array_split(order, min(bins, len(order)))
    return float(sum(len(p) * abs(label[p].mean() - probability[p].mean()) for p in parts) / len(label))


def ece_if_perfect(probability: Floats, repeats: int = 200) -> float:
    """The mean ECE that perfectly calibrated probabilities would show at this n: what an ECE is judged against."""
    rng = np.random.default_rng(0)
    draws = rng.random((repeats, len(probability))) < probability
    return float(np.mean([ece(draw.astype(np.float64), probability) for draw in draws]))


def lift_at_10(label: Floats, score: Floats) -> float:
    """Rate of positives in the top tenth by score, over the rate of all (ties broken by row order)."""
    top = np.argsort(-score, kind="stable")[: max(1, len(score) // 10)]
    return float(label[top].mean() / label.mean())


def mae(label: Floats, value: Floats) -> float:
    """Mean absolute error."""
    return float(np.mean(np.abs(label - value)))


def spearman(label: Floats, value: Floats) -> float:
    """Rank correlation; 0 where one side is constant and so orders nothing."""
    if np.ptp(label) == 0 or np.ptp(value) == 0:
        return 0.0
    return float(np.corrcoef(rankdata(label), rankdata(value))[0, 1])


def bias(label: Floats, value: Floats) -> float:
    """Total predicted over total observed, minus one."""
    return float(value.sum() / label.sum() - 1)


def gini(label: Floats, value: Floats) -> float:
    """Normalised Gini: how well ordering by `value` concentrates the outcome, 1 for the perfect order."""

    def concentration(order_by: Floats) -> float:
        share = np.cumsum(label[np.argsort(-order_by, kind="stable")]) / label.sum()
        return float(share.mean() - (len(label) + 1) / (2 * len(label)))

    return concentration(value) / concentration(label)


def pinball(label: Floats, value: Floats, quantile: float) -> float:
    """Loss of a predicted quantile."""
    gap = label - value
    return float(np.mean(np.maximum(quantile * gap, (quantile - 1) * gap)))


def resamples(account: NDArray[np.int64], repeats: int = 500) -> list[NDArray[np.int64]]:
    """Row positions of bootstrap samples that draw whole accounts with replacement; seeded."""
    rng = np.random.default_rng(0)
    _, group = np.unique(account, return_inverse=True)
    order = np.argsort(group, kind="stable")
    bounds = np.concatenate([[0], np.cumsum(np.bincount(group))])
    rows = [order[bounds[g] : bounds[g + 1]] for g in range(len(bounds) - 1)]
    return [np.concatenate([rows[g] for g in rng.integers(0, len(rows), len(rows))]) for _ in range(repeats)]


def interval(metric: Metric, label: Floats, score: Floats, samples: list[NDArray[np.int64]]) -> tuple[float, float]:
    """95 % bootstrap interval of a metric."""
    values = [metric(label[rows], score[rows]) for rows in samples if np.ptp(label[rows])]
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def paired_interval(
    metric: Metric, label: Floats, ours: Floats, theirs: Floats, samples: list[NDArray[np.int64]]
) -> tuple[float, float]:
    """95 % bootstrap interval of metric(ours) - metric(theirs) on the same rows."""
    values = [metric(label[r], ours[r]) - metric(label[r], theirs[r]) for r in samples if np.ptp(label[r])]
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)
