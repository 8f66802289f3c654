"""Contributions to points: how the distance between the base and the shown number is shared out.

points_i = contribution_i * (shown - base shown) / (link - base link), so points add up to shown - base shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.facts import Gathered
from models.calibrate import inverse_link, slope_of_inverse
from models.prediction import DimensionScore
from workspace.mapping import DIMENSIONS

Floats = NDArray[np.float64]
_FLAT = 1e-12


@dataclass(frozen=True)
class Explanation:
    """One row's link, base and contributions, and the factor that turns a contribution into points."""

    base_link: float
    link: float
    contributions: Floats
    per_contribution: float
    base_shown: float
    shown: float


def explain(kind: str, base_link: float, contributions: Floats) -> Explanation:
    """Add contributions in feature order; the link of the shown number is their sum with the base."""
    link = base_link
    for value in contributions.tolist():
        link += value
    shown, base_shown = inverse_link(kind, link), inverse_link(kind, base_link)
    distance = link - base_link
    factor = (shown - base_shown) / distance if abs(distance) > _FLAT else slope_of_inverse(kind, base_link)
    return Explanation(base_link, link, contributions, factor, base_shown, shown)


def dimension_scores(facts: Sequence[Gathered], contributions: Floats, per_contribution: float) -> tuple[DimensionScore, ...]:
    """Contributions of facts rolled up to the eight dimensions; a dimension without facts is left out."""
    totals: dict[str, float] = {}
    for told, value in zip(facts, contributions.tolist(), strict=True):
        totals[told.fact.dimension] = totals.get(told.fact.dimension, 0.0) + value
    return tuple(DimensionScore(name, totals[name], totals[name] * per_contribution) for name in DIMENSIONS if name in totals)
