"""Relationship 关系: how long the account has been with us and what became of past opportunities."""

from features.feature import Feature, over_windows
from features.history import THOUSANDTHS


def _survey(column: str, zh: str, en: str) -> Feature:
    return Feature(f"survey_{column}", "relationship", f"最近一次调查：{zh}", f"last survey: {en}", "surveys", "last",
                   measure=column, scale=1 / THOUSANDTHS, unit="number")


def _judged(subject: str, dimension: str, zh: str, en: str) -> Feature:
    return Feature(f"judged_{subject}", dimension, f"最近一次人工评分：{zh}", f"last score by hand: {en}", "judgements", "last",
                   measure="score", where=(("subject", subject),), scale=1 / THOUSANDTHS, unit="number")


FEATURES = (
    _survey("service_quality", "服务质量", "service quality"),
    _survey("product_quality", "产品质量", "product quality"),
    _survey("service_attitude", "服务态度", "service attitude"),
    _survey("after_sales", "售后支持", "after-sales support"),
    _survey("recommend", "推荐意愿", "willingness to recommend"),
    _judged("influence", "relationship", "市场影响力", "market influence"),
    _judged("complexity", "fit", "需求复杂度", "need complexity"),
    _judged("profile_fit", "fit", "客户匹配度", "profile fit"),
    _judged("urgency", "urgency", "需求紧急度", "need urgency"),
    _judged("budget_fit", "purchases", "预算匹配度", "budget fit"),
    Feature("order_tenure", "relationship", "首单至今天数", "days since the first order", "orders", "tenure_days", unit="days"),
    Feature("touch_tenure", "relationship", "首次跟进至今天数", "days since the first touch", "interactions", "tenure_days",
            unit="days"),
    Feature("account_age", "relationship", "建档天数", "days since the account became known", "accounts", "days_since",
            measure="created_at", unit="days"),
    *over_windows(Feature("opportunities_opened_{w}d", "relationship", "近 {w} 天新开商机数",
                          "opportunities opened in the last {w} days", "opportunities_opened", "count"), (90, 365)),
    *over_windows(Feature("opportunities_won_{w}d", "relationship", "近 {w} 天成交商机数",
                          "opportunities won in the last {w} days", "opportunities_closed", "count",
                          where=(("outcome", "won"),)), (90, 365)),
    *over_windows(Feature("opportunities_lost_{w}d", "relationship", "近 {w} 天丢单数",
                          "opportunities lost in the last {w} days", "opportunities_closed", "count",
                          where=(("outcome", "lost"),)), (90, 365)),
    Feature("win_share_365d", "relationship", "近一年自身成交率", "own share of opportunities won in the last year",
            "opportunities_closed", "count", window_days=365, where=(("outcome", "won"),), unit="share",
            over=Feature("", "relationship", "", "", "opportunities_closed", "count", window_days=365)),
    Feature("won_recency", "relationship", "距上次成交天数", "days since the last won opportunity", "opportunities_closed",
            "recency_days", where=(("outcome", "won"),), unit="days"),
)
