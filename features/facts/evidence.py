"""Values that only sentences read: what a customer did before, as long as what it did now, and when it last did something."""

from __future__ import annotations

from dataclasses import replace

from features.catalog import CATALOG
from features.feature import Feature

BEFORE_WINDOWS = (365, 180, 90, 30)
_BY_NAME = {feature.name: feature for feature in CATALOG}


def _before(name: str) -> Feature:
    """The same over as many days, ending where the window of `name` begins."""
    feature = _BY_NAME[name]
    days = feature.window_days or 0
    zh, en = f"再往前 {days} 天：{feature.zh}", f"{feature.en}, as long before that"
    over = replace(feature.over, offset_days=days) if feature.over else None
    return replace(feature, name=f"{name}_before", zh=zh, en=en, offset_days=days, over=over)


def _windows(stem: str, *windows: int) -> tuple[Feature, ...]:
    return tuple(_before(f"{stem}_{days}d") for days in windows)


def _over(name: str, source: str, days: int, where: tuple[tuple[str, str], ...] = ()) -> Feature:
    return Feature(f"{name}_{days}d", "", name, name, source, "count", where=where, window_days=days)


def _last(name: str, source: str, where: tuple[tuple[str, str], ...] = (), *, opportunity: bool = False) -> Feature:
    path = "opportunity" if opportunity else "account"
    return Feature(name, "", name, name, source, "recency_days", where=where, path=path, unit="days")  # type: ignore[arg-type]


_DECIDES = (("contact_role", "decision_maker"),)
_VISITS = (("kind", "visit"),)
_VISITS_180D = _over("visits", "interactions", 180, _VISITS)

EVIDENCE: tuple[Feature, ...] = (
    *_windows("orders", *BEFORE_WINDOWS),
    *_windows("revenue", *BEFORE_WINDOWS),
    *_windows("touches", 365, 180, 90, 30),
    *_windows("touches_theirs", 365, 90, 30),
    _before("order_mean_365d"),
    *_windows("cases", 365, 90),
    *_windows("discount_share", 365, 90, 30),
    *_windows("margin_share", 365, 90),
    *_windows("opportunity_touches", 90, 30),
    *_windows("decision_maker_met", 365, 90),
    _VISITS_180D,
    replace(_VISITS_180D, name="visits_180d_before", offset_days=180),
    _last("visit_recency", "interactions", _VISITS),
    _last("contract_renewal_recency", "contracts_renewed"),
    _last("quote_recency_account", "quotes"),
    _last("need_recency_account", "needs"),
)
