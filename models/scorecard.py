"""The hand-tuned scores of the practice, kept as a scorecard that still runs: the baseline every model must beat.

Each part is its percentile rank, weights are equal, an absent part is left out and
named. The lead score ranks conversion, the customer importance index ranks value, inverse loyalty ranks churn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Part:
    """One judged dimension and the feature that stands in for the judgement (sign -1: less is more)."""

    name: str
    feature: str
    sign: int = 1


PARTS: dict[str, tuple[Part, ...]] = {
    "conversion": (
        Part("profile fit", "judged_profile_fit"),
        Part("need urgency by hand", "judged_urgency"),
        Part("need urgency", "days_to_close", -1),
        Part("decision chain", "opportunity_roles"),
        Part("roles reached", "roles_reached_365d"),
        Part("contacts reached", "touch_contacts_365d"),
        Part("budget fit by hand", "judged_budget_fit"),
        Part("budget fit", "revenue_365d"),
        Part("relationship", "order_tenure"),
    ),
    "value": (
        Part("yearly purchases", "revenue_365d"),
        Part("years of cooperation", "order_tenure"),
        Part("market influence", "judged_influence"),
        Part("need complexity", "judged_complexity"),
    ),
    "churn": (
        Part("service quality", "survey_service_quality", -1),
        Part("product quality", "survey_product_quality", -1),
        Part("service attitude", "survey_service_attitude", -1),
        Part("after-sales", "survey_after_sales", -1),
        Part("purchase frequency", "orders_365d", -1),
        Part("repurchase", "repurchase", -1),
        Part("willingness to recommend", "survey_recommend", -1),
    ),
}


def parts(task: str, frame: pd.DataFrame) -> tuple[list[Part], list[str]]:
    """The parts these data carry, and the names of those left out."""
    present = [part for part in PARTS[task] if part.feature in frame]
    return present, [part.name for part in PARTS[task] if part not in present]


def percentiles(task: str, frame: pd.DataFrame, as_of: Ints, reference: pd.DataFrame) -> Floats:
    """float64[rows, parts]: each present part's percentile rank, missing values in the middle.

    Accounts are ranked among the rows of the same cutoff; opportunities, each with a cutoff of its own, among
    `reference`, the rows known before.
    """
    present, _ = parts(task, frame)
    values = pd.DataFrame({part.name: frame[part.feature].to_numpy() * part.sign for part in present})
    if task != "conversion":
        return values.groupby(as_of).rank(pct=True).fillna(0.5).to_numpy(np.float64)
    return np.column_stack([_rank(values[part.name], reference[part.feature] * part.sign) for part in present])


def _rank(values: pd.Series, reference: pd.Series) -> Floats:
    """The share of the known reference values that are not above each value."""
    known = np.sort(reference.dropna().to_numpy(np.float64))
    ranks = np.searchsorted(known, values.to_numpy(np.float64), side="right") / max(len(known), 1)
    return np.where(values.isna(), 0.5, ranks)
