"""The hand-tuned scores of the practice, kept as a scorecard that still runs: a rival of every model.

Each part is its percentile rank, weights are equal, an absent part is left out and
named. The lead score ranks conversion, the customer importance index ranks value, inverse loyalty ranks churn.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


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
