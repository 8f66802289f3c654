"""Urgency 需求紧急度: how near the stated closing date is, and whether activity accelerates on this opportunity."""

from features.feature import Feature, over_windows

FEATURES = (
    Feature("days_to_close", "urgency", "距预计成交日天数", "days to the stated closing date", "opportunities", "days_until",
            measure="expected_close_at", unit="days", path="opportunity"),
    Feature("opportunity_age", "urgency", "商机已开启天数", "days since the opportunity was opened", "opportunities",
            "days_since", measure="opened_at", unit="days", path="opportunity"),
    *over_windows(Feature("opportunity_touches_{w}d", "urgency", "该商机近 {w} 天跟进次数",
                          "touches on this opportunity in the last {w} days", "interactions", "count", path="opportunity"),
                  (7, 30, 90)),
    Feature("opportunity_touch_recency", "urgency", "该商机距上次跟进天数", "days since the last touch on this opportunity",
            "interactions", "recency_days", path="opportunity", unit="days"),
)
