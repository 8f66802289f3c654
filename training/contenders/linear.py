"""Linear models of shaped inputs, fitted by scikit-learn and kept as sums of terms that serve with exact reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression, TweedieRegressor

from models.additive import Additive, Term
from models.encode import Encoding
from models.model import Floats
from training import metrics

_SMALLEST_LEVEL = 50
_MOST_KNOTS = 200
_TWEEDIE_POWER = 1.5
_STRENGTHS = (0.001, 0.01, 0.1)
_THIRD = 3
_LEAST_SPREAD = 1e-9  # less is rounding
_MOST_TUNED, _MOST_FITTED = 10_000, 20_000  # rows are enough to choose a strength by, and for some hundred weights

Rows = NDArray[np.int64]


def every_term(encoding: Encoding, matrix: Floats) -> list[Term]:
    """Every input: the logarithm of a number, and the frequent levels of a category."""
    return [
        _levels(column, matrix) if feature.categorical else logarithm(column, matrix)
        for column, feature in enumerate(encoding.features)
    ]


def logarithm(column: int, matrix: Floats) -> Term:
    """The logarithm of an input; a missing value counts as the median one."""
    known = matrix[~np.isnan(matrix[:, column]), column]
    middle = float(np.median(known)) if len(known) else 0.0
    return Term(column, "log", fill=float(np.sign(middle) * np.log1p(abs(middle))))


def rank(column: int, sign: int, matrix: Floats) -> Term:
    """The percentile of an input among the values of training; a missing value stands in the middle."""
    known = np.sort(matrix[~np.isnan(matrix[:, column]), column])
    kept = known[np.linspace(0, len(known) - 1, min(len(known), _MOST_KNOTS)).astype(np.int64)] if len(known) else known
    return Term(column, "rank", float(sign), fill=0.5, knots=tuple(kept.tolist()))


def _levels(column: int, matrix: Floats) -> Term:
    """A category; `knots` say which levels are frequent enough, until the fit gives each of them its number."""
    codes = matrix[~np.isnan(matrix[:, column]), column].astype(np.int64)
    return Term(column, "level", knots=tuple(float(count >= _SMALLEST_LEVEL) for count in np.bincount(codes)))


def linear(kind: str, terms: Sequence[Term], matrix: Floats, label: Floats, *, strength: float = 1.0) -> Additive:
    """The terms with fitted weights: a logistic regression, or for money a Tweedie one with a log link."""
    blocks = [_block(term, matrix) for term in terms]
    design = np.column_stack([np.empty((len(label), 0)), *blocks])
    center, spread = design.mean(axis=0), design.std(axis=0)
    varies = spread > _LEAST_SPREAD
    base, weights = _fit(kind, (design - center) / np.where(varies, spread, 1.0), label, strength)
    weights = np.where(varies, weights / np.where(varies, spread, 1.0), 0.0)
    edges = np.cumsum([0, *(block.shape[1] for block in blocks)])
    parts = [(weights[a:b], center[a:b]) for a, b in pairwise(edges.tolist())]
    return Additive(base, tuple(_weighted(term, *part) for term, part in zip(terms, parts, strict=True)))


def tied(kind: str, terms: Sequence[Term], matrix: Floats, label: Floats) -> Additive:
    """The terms with equal weights, and their mean brought to the scale of the outcome: a scorecard as it is given."""
    shaped = np.column_stack([term.weight * term.shaped(matrix) for term in terms])
    mean = shaped.mean(axis=1, keepdims=True)
    center, spread = float(mean.mean()), max(float(mean.std()), _LEAST_SPREAD)
    base, (weight,) = _fit(kind, (mean - center) / spread, label, 1.0)
    share = float(weight) / spread / len(terms)
    centers = (shaped.mean(axis=0) * [term.weight for term in terms]).tolist()
    return Additive(
        base, tuple(replace(term, weight=term.weight * share, center=at) for term, at in zip(terms, centers, strict=True))
    )


def tuned(kind: str, terms: Sequence[Term], matrix: Floats, label: Floats, account: Rows) -> Additive:
    """The strength of the fit that does best on a third of the accounts, then all of them; of many rows an even part."""
    inputs, outcome, whose = (part[:: max(1, len(label) // _MOST_TUNED)] for part in (matrix, label, account))
    apart = np.unique(whose, return_inverse=True)[1] % _THIRD == 0

    def lost(strength: float) -> float:
        fitted = linear(kind, terms, inputs[~apart], outcome[~apart], strength=strength)
        return loss(kind, outcome[apart], fitted.raw(inputs[apart]))

    told_apart = len(set(outcome[~apart] > 0)) > 1 and apart.any()
    strength, part = min(_STRENGTHS, key=lost) if told_apart else _STRENGTHS[0], max(1, len(label) // _MOST_FITTED)
    return linear(kind, terms, matrix[::part], label[::part], strength=strength)


def loss(kind: str, label: Floats, link: Floats) -> float:
    """What an answer on the link scale costs: log loss, or for money the Tweedie deviance."""
    if kind == "probability":
        return metrics.log_loss(label, 1 / (1 + np.exp(-link)))
    shown, power = np.exp(link), _TWEEDIE_POWER
    return float(np.mean(shown ** (2 - power) / (2 - power) - np.maximum(label, 0.0) * shown ** (1 - power) / (1 - power)))


def _block(term: Term, matrix: Floats) -> Floats:
    """The columns a term is fitted by: its shape, or an indicator for each frequent level."""
    if term.shape != "level":
        return term.shaped(matrix).reshape(-1, 1)
    frequent = np.flatnonzero(term.knots)
    return np.asarray(matrix[:, [term.column]] == frequent, np.float64)


def _weighted(term: Term, weights: Floats, center: Floats) -> Term:
    """The term as fitted; a level's number is its weight, and what is usual the mean of all."""
    if term.shape != "level":
        return replace(term, weight=float(weights[0]), center=float(center[0]))
    numbers = np.zeros(len(term.knots))
    numbers[np.flatnonzero(term.knots)] = weights
    return replace(term, center=float(weights @ center), knots=tuple(numbers.tolist()))


def _fit(kind: str, design: Floats, label: Floats, strength: float) -> tuple[float, Floats]:
    """The base at the means of the inputs, and a weight for each."""
    if kind == "probability":
        model = LogisticRegression(C=strength, solver="newton-cholesky", max_iter=100).fit(design, label)
        return float(model.intercept_[0]), np.asarray(model.coef_[0])
    unit = max(float(label.mean()), 1.0)
    penalty = 0.001 / strength
    money = TweedieRegressor(power=_TWEEDIE_POWER, alpha=penalty, link="log", solver="newton-cholesky", max_iter=100)
    found = money.fit(design, np.maximum(label, 0.0) / unit)
    return float(found.intercept_) + float(np.log(unit)), np.asarray(found.coef_)
