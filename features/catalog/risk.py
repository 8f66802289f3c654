"""Risk 风险: silence against the account's own rhythm."""

from features.feature import Feature

FEATURES = (
    Feature("order_recency", "risk", "距上次下单天数", "days since the last order", "orders", "recency_days", unit="days"),
    Feature("order_gap_mean", "risk", "平均下单间隔", "mean gap between orders", "orders", "gap_mean_days", unit="days"),
    Feature("order_gap_sd", "risk", "下单间隔波动", "deviation of gaps between orders", "orders", "gap_sd_days", unit="days"),
    Feature("order_lateness", "risk", "未下单时长与往常间隔之比", "time since the last order against the usual gap", "orders",
            "lateness", unit="ratio"),
)
