"""Calibration that has to earn its place: shrunk towards leaving scores as they are, and used only if it helped later on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize

from models.calibrate import IDENTITY, Linear, fit_log
from models.model import Floats
from training.contenders.linear import loss

_MOST_ROWS = 2000.0  # rows of one season are no more independent than so many
_SLOPE_SPREAD, _SHIFT_SPREAD = 0.2, 0.3
_SMALLEST_SLOPE, _STEEPEST = 0.05, 5.0

Way = Callable[[Floats, Floats], Linear]


def shrunk(score: Floats, label: Floats) -> Linear:
    """Platt's two parameters, shrunk towards one and zero: what a single season says is never taken at face value."""
    return _likeliest(score, label, (_SMALLEST_SLOPE, _STEEPEST))


def shifted(score: Floats, label: Floats) -> Linear:
    """The same with the slope left at one: only the base rate has moved."""
    return _likeliest(score, label, (1.0, 1.0))


def _likeliest(score: Floats, label: Floats, slopes: tuple[float, float]) -> Linear:
    weight = min(1.0, _MOST_ROWS / len(label))

    def cost(parameters: Floats) -> float:
        slope, shift = parameters
        link = slope * score + shift
        told = float(np.sum(np.logaddexp(0.0, link) - label * link)) * weight
        return float(told + ((slope - 1) / _SLOPE_SPREAD) ** 2 / 2 + (shift / _SHIFT_SPREAD) ** 2 / 2)

    slope, shift = minimize(cost, [1.0, 0.0], method="L-BFGS-B", bounds=[slopes, (None, None)]).x
    return Linear(float(slope), float(shift))


def by_total(score: Floats, label: Floats) -> Linear:
    """Money: the shift that makes the total right, half of it."""
    sold = np.maximum(label, 0.0)
    return Linear(1.0, fit_log(score, sold).b / 2) if sold.any() else IDENTITY


def as_it_is(score: Floats, label: Floats) -> Linear:
    """No calibration."""
    return IDENTITY


WAYS: dict[str, tuple[Way, ...]] = {"probability": (as_it_is, shifted, shrunk), "money": (as_it_is, by_total)}


def chosen_way(kind: str, earlier: tuple[Floats, Floats], later: tuple[Floats, Floats]) -> Way:
    """The way of calibrating, fitted on earlier scores and labels, that costs least on later ones."""
    score, label = later
    return min(WAYS[kind], key=lambda way: loss(kind, label, way(*earlier)(score)))
