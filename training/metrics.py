"""Metrics of probabilities and of money. Each is checked against an oracle."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Floats = NDArray[np.float64]
Metric = Callable[[Floats, Floats], float]
Draw = Callable[[NDArray[np.int64]], float]


def auc(label: Floats, score: Floats) -> float:
    """Probability that a positive is ranked above a negative, ties counting half."""
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
    return float(np.mean(log_losses(label, probability)))


def log_losses(label: Floats, probability: Floats) -> Floats:
    """The log loss of each row."""
    return np.asarray(-np.log(np.clip(np.where(label > 0, probability, 1 - probability), 1e-12, 1)))


def ece(label: Floats, probability: Floats, bins: int = 10) -> float:
    """Expected calibration error over bins of equal count."""
    return ece_in_order(label, probability, np.argsort(probability, kind="stable"), bins)


def ece_in_order(label: Floats, probability: Floats, order: NDArray[np.int64], bins: int = 10) -> float:
    """The same of the rows whose positions are given in ascending order of probability."""
    parts = np.array_split(order, min(bins, len(order)))
    return float(sum(len(p) * abs(label[p].mean() - probability[p].mean()) for p in parts) / len(order))


def ece_if_perfect(probability: Floats, repeats: int = 200) -> float:
    """The mean ECE that perfectly calibrated probabilities would show at this n: what an ECE is judged against."""
    rng = np.random.default_rng(0)
    draws = rng.random((repeats, len(probability))) < probability
    order = np.argsort(probability, kind="stable")
    return float(np.mean([ece_in_order(draw.astype(np.float64), probability, order) for draw in draws]))


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
    return concentration(label, value) / concentration(label, label)


def concentration(label: Floats, order_by: Floats) -> float:
    """How far above an even spread the cumulated outcome lies on average, from the largest `order_by` down."""
    share = np.cumsum(label[np.argsort(-order_by, kind="stable")]) / label.sum()
    return float(share.mean() - (len(label) + 1) / (2 * len(label)))


def pinball(label: Floats, value: Floats, quantile: float) -> float:
    """Loss of a predicted quantile."""
    gap = label - value
    return float(np.mean(np.maximum(quantile * gap, (quantile - 1) * gap)))
