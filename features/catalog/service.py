"""Service and complaints 服务与投诉: how many cases, how recent, how severe."""

from features.feature import Feature, Term, over_windows
from features.kernel.layout import DAY

FEATURES = (
    *over_windows(
        Feature("cases_{w}d", "service", "近 {w} 天投诉数", "complaints in the last {w} days", "cases", "count"), (30, 90, 365)
    ),
    *over_windows(
        Feature(
            "cases_by_severity_{w}d",
            "service",
            "近 {w} 天投诉数",
            "complaints in the last {w} days",
            "cases",
            "count",
            per="severity",
        ),
        (90, 365),
    ),
    Feature("case_recency", "service", "距上次投诉天数", "days since the last complaint", "cases", "recency_days", unit="days"),
    Feature(
        "cases_open", "service", "未解决的投诉数", "complaints open", "cases", "count", minus=Term("cases_resolved", "count")
    ),
    Feature(
        "cases_decayed_90d",
        "service",
        "近期投诉热度（每 90 天减半）",
        "recent complaints, weight halving every 90 days",
        "cases",
        "decay_count",
        half_life_days=90,
        unit="number",
    ),
    Feature(
        "resolve_days_365d",
        "service",
        "近一年平均解决天数",
        "mean days to resolve a complaint in the last year",
        "cases_resolved",
        "mean",
        measure="resolve_s",
        window_days=365,
        scale=1 / DAY,
        unit="days",
    ),
    Feature(
        "resolve_days_last",
        "service",
        "最近一次解决天数",
        "days it took to resolve the last complaint",
        "cases_resolved",
        "last",
        measure="resolve_s",
        scale=1 / DAY,
        unit="days",
    ),
    Feature(
        "complaint_rate_365d",
        "service",
        "近一年投诉率",
        "complaints against orders in the last year",
        "cases",
        "count",
        window_days=365,
        unit="share",
        over=Term("orders", "count", window_days=365),
    ),
)
