"""What the tasks' own horizons ask for: orders in windows of so many days, and in the same days a year before."""

from __future__ import annotations

from dataclasses import replace

from features.catalog.purchases import ORDERS_IN, REVENUE_IN, WINDOWS
from features.feature import Feature, over_windows
from workspace.workspace import Workspace

_YEAR = 365
_TIMES = (1, 2, 4, 8)


def horizon_features(workspace: Workspace) -> tuple[Feature, ...]:
    """For the horizons of churn and value, without the windows that every company has."""
    asked = (workspace.tasks.churn, workspace.tasks.value)
    horizons = sorted({task.horizon_days for task in asked if task is not None})
    multiples = sorted({times * days for days in horizons for times in _TIMES} - set(WINDOWS))
    seen = tuple(feature for one in (ORDERS_IN, REVENUE_IN) for feature in over_windows(one, multiples))
    return (*seen, *(_year_before(one, days) for days in horizons if days < _YEAR for one in (ORDERS_IN, REVENUE_IN)))


def _year_before(feature: Feature, days: int) -> Feature:
    """The days that are asked about, a year earlier."""
    what, zh = ("orders", "订单数") if feature is ORDERS_IN else ("revenue", "采购额")
    return replace(
        feature,
        name=f"{what}_next_{days}d_year_before",
        zh=f"去年此后 {days} 天{zh}",
        en=f"{what} in the {days} days that followed a year before",
        window_days=days,
        offset_days=_YEAR - days,
    )
