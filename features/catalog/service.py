"""Service and complaints 服务与投诉: how many cases, how recent, how severe."""

from features.feature import Feature, over_windows

FEATURES = (
    *over_windows(Feature("cases_{w}d", "service", "近 {w} 天投诉数", "complaints in the last {w} days", "cases", "count"),
                  (30, 90, 365)),
    *over_windows(Feature("cases_by_severity_{w}d", "service", "近 {w} 天投诉数", "complaints in the last {w} days", "cases",
                          "count", per="severity"), (90, 365)),
    Feature("case_recency", "service", "距上次投诉天数", "days since the last complaint", "cases", "recency_days", unit="days"),
)
