"""Calibration on the link scale: logit q = a * s + b with a > 0, so that contributions still add up to what is shown."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

Floats = NDArray[np.float64]
_SMALLEST_SLOPE = 0.05


@dataclass(frozen=True)
class Linear:
    """link = a * score + b."""

    a: float
    b: float

    def __call__(self, score: Floats) -> Floats:
        """The calibrated link of raw scores."""
        return self.a * score + self.b


IDENTITY = Linear(1.0, 0.0)


def fit_logit(score: Floats, label: Floats) -> Linear:
    """Platt's two parameters by maximum likelihood (lightly regularised); a non-positive slope gives the base rate."""
    model = LogisticRegression(C=1e3).fit(score.reshape(-1, 1), label)
    slope = float(model.coef_[0, 0])
    if slope >= _SMALLEST_SLOPE:
        return Linear(slope, float(model.intercept_[0]))
    base = link_of("probability", float(label.mean()))
    return Linear(_SMALLEST_SLOPE, base - _SMALLEST_SLOPE * float(score.mean()))


def fit_log(score: Floats, label: Floats) -> Linear:
    """A shift that makes the mean of exp(link) equal the mean outcome."""
    return Linear(1.0, math.log(max(float(label.mean()), 1e-9)) - math.log(float(np.exp(score).mean())))


def inverse_link(kind: str, link: float) -> float:
    """The shown number of a link value: the one place where the link function is inverted."""
    return 1.0 / (1.0 + math.exp(-link)) if kind == "probability" else math.exp(link)


def shown_of(kind: str, links: Floats) -> Floats:
    """The shown numbers of many links, each to the bit what one alone would be."""
    return np.array([inverse_link(kind, link) for link in links])


def slope_of_inverse(kind: str, link: float) -> float:
    """The derivative of `inverse_link`."""
    shown = inverse_link(kind, link)
    return shown * (1.0 - shown) if kind == "probability" else shown


def link_of(kind: str, shown: float) -> float:
    """The link value of a shown number; the extremes are pulled in so that it stays finite."""
    if kind == "probability":
        inside = min(max(shown, 1e-6), 1 - 1e-6)
        return math.log(inside / (1 - inside))
    return math.log(max(shown, 1.0))
