"""Risk 风险: silence against the account's own rhythm."""

from features.feature import Feature
from features.window_layout import DAY

_LATE = (("punctuality", "late"),)
_OWNER = (("field", "owner_id"),)

FEATURES = (
    Feature("order_recency", "risk", "距上次下单天数", "days since the last order", "orders", "recency_days", unit="days",
            sign=-1),
    Feature("order_gap_mean", "risk", "平均下单间隔", "mean gap between orders", "orders", "gap_mean_days", unit="days"),
    Feature("order_gap_sd", "risk", "下单间隔波动", "deviation of gaps between orders", "orders", "gap_sd_days", unit="days"),
    Feature("order_lateness", "risk", "未下单时长与往常间隔之比", "time since the last order against the usual gap", "orders",
            "lateness", unit="ratio"),
    Feature("late_payments_365d", "risk", "近一年逾期付款次数", "late payments in the last year", "payments", "count",
            window_days=365, where=_LATE),
    Feature("late_payment_share_365d", "risk", "近一年逾期付款占比", "share of late payments in the last year", "payments",
            "count", window_days=365, where=_LATE, unit="share", sign=-1,
            over=Feature("", "", "", "", "payments", "count", window_days=365)),
    Feature("days_late_365d", "risk", "近一年平均逾期天数", "mean days late in the last year", "payments", "mean",
            measure="late_s", window_days=365, where=_LATE, scale=1 / DAY, unit="days", sign=-1),
    Feature("exposure", "risk", "未回款金额", "ordered and not yet paid", "orders", "sum", measure="amount", unit="money",
            minus=Feature("", "", "", "", "payments", "sum", measure="amount")),
    Feature("order_size_trend_180_180d", "risk", "平均订单额：近 180 天与此前 180 天之比",
            "mean order: last 180 days against the 180 before", "orders", "mean", measure="amount", window_days=180, unit="ratio",
            over=Feature("", "", "", "", "orders", "mean", measure="amount", window_days=180, offset_days=180)),
    Feature("owner_changes", "risk", "负责人变更次数", "changes of the owner", "account_changes", "count", where=_OWNER),
    Feature("owner_change_recency", "risk", "距上次变更负责人天数", "days since the owner changed", "account_changes",
            "recency_days", where=_OWNER, unit="days"),
    Feature("opportunity_owner_changes", "risk", "该商机负责人变更次数", "changes of this opportunity's owner",
            "opportunity_changes", "count", where=_OWNER, path="opportunity"),
)
