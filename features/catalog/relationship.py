"""Relationship 关系: how long the account has been with us and what became of past opportunities."""

from dataclasses import replace

from features.feature import Feature, Term, over_windows
from features.kernel.arrays import THOUSANDTHS


def _survey(column: str, zh: str, en: str) -> Feature:
    return Feature(
        f"survey_{column}",
        "relationship",
        f"最近一次调查：{zh}",
        f"last survey: {en}",
        "surveys",
        "last",
        measure=column,
        scale=1 / THOUSANDTHS,
        unit="number",
        sign=1,
    )


def _judged(subject: str, dimension: str, zh: str, en: str, sign: int = 0) -> Feature:
    return Feature(
        f"judged_{subject}",
        dimension,
        f"最近一次人工评分：{zh}",
        f"last score by hand: {en}",
        "judgements",
        "last",
        measure="score",
        where=(("subject", subject),),
        scale=1 / THOUSANDTHS,
        unit="number",
        sign=sign,
    )


_SALES = (("sale", "sale"),)


def _bought(quarter: int, plus: Term | None) -> Term:
    """A quarter of a point for each quarter of the last year in which the account bought."""
    return Term("orders", "count", where=_SALES, window_days=91, offset_days=91 * quarter, at_least=1.0, scale=0.25, plus=plus)


_SATISFACTION = Feature(
    "satisfaction",
    "relationship",
    "最近一次满意度",
    "satisfaction in the last survey",
    "surveys",
    "last",
    measure="satisfaction",
    scale=1 / THOUSANDTHS,
    unit="number",
    sign=1,
)
_RECOMMEND = Term("surveys", "last", measure="recommend", scale=0.1 / THOUSANDTHS)
_MONTHLY_ORDERS = Term(
    "orders",
    "count",
    where=_SALES,
    window_days=365,
    scale=1 / 12,
    plus=_bought(0, _bought(1, _bought(2, _bought(3, _RECOMMEND)))),
)

FEATURES = (
    _SATISFACTION,
    Feature(
        "satisfaction_mean_365d",
        "relationship",
        "近一年平均满意度",
        "mean satisfaction in the last year",
        "surveys",
        "mean",
        measure="satisfaction",
        window_days=365,
        scale=1 / THOUSANDTHS,
        unit="number",
        sign=1,
    ),
    replace(_SATISFACTION, name="loyalty", zh="忠诚度", en="loyalty", times=_MONTHLY_ORDERS),
    Feature(
        "repurchase",
        "relationship",
        "近四个季度复购比例",
        "share of the last four quarters with an order",
        "orders",
        "count",
        where=_SALES,
        window_days=91,
        at_least=1.0,
        scale=0.25,
        plus=_bought(1, _bought(2, _bought(3, None))),
        unit="share",
    ),
    Feature(
        "survey_recency", "relationship", "距上次调查天数", "days since the last survey", "surveys", "recency_days", unit="days"
    ),
    Feature("referrals", "relationship", "转介绍次数", "leads this account referred", "referrals", "count"),
    Feature(
        "referrals_365d",
        "relationship",
        "近一年转介绍次数",
        "leads this account referred in the last year",
        "referrals",
        "count",
        window_days=365,
    ),
    Feature("contracts_renewed", "relationship", "续签次数", "contracts renewed", "contracts_renewed", "count"),
    Feature(
        "opportunities_open",
        "relationship",
        "进行中的商机数",
        "opportunities open",
        "opportunities_opened",
        "count",
        minus=Term("opportunities_closed", "count"),
    ),
    Feature(
        "lost_recency",
        "relationship",
        "距上次丢单天数",
        "days since the last lost opportunity",
        "opportunities_closed",
        "recency_days",
        where=(("outcome", "lost"),),
        unit="days",
    ),
    _survey("service_quality", "服务质量", "service quality"),
    _survey("product_quality", "产品质量", "product quality"),
    _survey("service_attitude", "服务态度", "service attitude"),
    _survey("after_sales", "售后支持", "after-sales support"),
    _survey("recommend", "推荐意愿", "willingness to recommend"),
    _judged("influence", "relationship", "市场影响力", "market influence"),
    _judged("complexity", "fit", "需求复杂度", "need complexity"),
    _judged("profile_fit", "fit", "客户匹配度", "profile fit", sign=1),
    _judged("urgency", "urgency", "需求紧急度", "need urgency", sign=1),
    _judged("budget_fit", "purchases", "预算匹配度", "budget fit", sign=1),
    Feature("order_tenure", "relationship", "首单至今天数", "days since the first order", "orders", "tenure_days", unit="days"),
    Feature(
        "touch_tenure",
        "relationship",
        "首次跟进至今天数",
        "days since the first touch",
        "interactions",
        "tenure_days",
        unit="days",
    ),
    Feature(
        "account_age",
        "relationship",
        "建档天数",
        "days since the account became known",
        "accounts",
        "days_since",
        measure="created_at",
        unit="days",
    ),
    *over_windows(
        Feature(
            "opportunities_opened_{w}d",
            "relationship",
            "近 {w} 天新开商机数",
            "opportunities opened in the last {w} days",
            "opportunities_opened",
            "count",
        ),
        (90, 365),
    ),
    *over_windows(
        Feature(
            "opportunities_won_{w}d",
            "relationship",
            "近 {w} 天成交商机数",
            "opportunities won in the last {w} days",
            "opportunities_closed",
            "count",
            where=(("outcome", "won"),),
        ),
        (90, 365),
    ),
    *over_windows(
        Feature(
            "opportunities_lost_{w}d",
            "relationship",
            "近 {w} 天丢单数",
            "opportunities lost in the last {w} days",
            "opportunities_closed",
            "count",
            where=(("outcome", "lost"),),
        ),
        (90, 365),
    ),
    Feature(
        "win_share_365d",
        "relationship",
        "近一年自身成交率",
        "own share of opportunities won in the last year",
        "opportunities_closed",
        "count",
        window_days=365,
        where=(("outcome", "won"),),
        unit="share",
        over=Term("opportunities_closed", "count", window_days=365),
    ),
    Feature(
        "won_recency",
        "relationship",
        "距上次成交天数",
        "days since the last won opportunity",
        "opportunities_closed",
        "recency_days",
        where=(("outcome", "won"),),
        unit="days",
    ),
)
