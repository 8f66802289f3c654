"""Budget and purchases 预算与购买力: how much, how often, how broadly the account buys."""

from dataclasses import replace

from features.catalog.fit import AMOUNT
from features.feature import Feature, Term, over_half_lives, over_windows, trend
from features.kernel.layout import DAY

WINDOWS = (7, 30, 90, 180, 365, 730, 1095)
_ORDERS = Feature("orders", "purchases", "订单数", "orders", "orders", "count")
_REVENUE = Feature("revenue", "purchases", "采购额", "revenue", "orders", "sum", measure="amount")

ORDERS_IN = replace(_ORDERS, name="orders_{w}d", zh="近 {w} 天订单数", en="orders in the last {w} days")
REVENUE_IN = replace(_REVENUE, name="revenue_{w}d", zh="近 {w} 天采购额", en="revenue in the last {w} days", unit="money")
_MONTH, _MONTHS = 30, 12


def _in_a_row(months: int) -> Term:
    """How many of the last months in a row had an order, counted back from the latest."""
    bought = Term("orders", "count", window_days=_MONTH, offset_days=_MONTH * (_MONTHS - months), at_least=1.0)
    return replace(bought, plus=_in_a_row(months - 1), times=bought) if months > 1 else bought


_STREAK = _in_a_row(_MONTHS)

FEATURES = (
    replace(_ORDERS, name="orders_ever", zh="历史订单总数", en="orders ever"),
    replace(_REVENUE, name="revenue_ever", zh="历史采购总额", en="revenue ever", unit="money"),
    Feature(
        "orders_in_a_row",
        "purchases",
        "连续有下单的月数",
        "months in a row with an order, up to now",
        _STREAK.source,
        _STREAK.stat,
        window_days=_STREAK.window_days,
        at_least=_STREAK.at_least,
        plus=_STREAK.plus,
        times=_STREAK.times,
        unit="number",
    ),
    *over_windows(ORDERS_IN, WINDOWS),
    *over_windows(REVENUE_IN, WINDOWS),
    *over_windows(
        Feature(
            "order_days_{w}d",
            "purchases",
            "近 {w} 天有下单的天数",
            "days with an order in the last {w} days",
            "orders",
            "distinct_days",
        ),
        (30, 90, 180),
    ),
    *over_windows(
        Feature(
            "order_mean_{w}d",
            "purchases",
            "近 {w} 天平均订单额",
            "mean order in the last {w} days",
            "orders",
            "mean",
            measure="amount",
            unit="money",
        ),
        (90, 365),
    ),
    Feature(
        "order_max_365d",
        "purchases",
        "近一年最大订单额",
        "largest order in the last year",
        "orders",
        "max",
        measure="amount",
        window_days=365,
        unit="money",
    ),
    Feature(
        "order_last", "purchases", "最近一笔订单额", "amount of the last order", "orders", "last", measure="amount", unit="money"
    ),
    *over_half_lives(
        Feature(
            "orders_decayed_{w}d",
            "purchases",
            "近期下单热度（每 {w} 天减半）",
            "recent orders, weight halving every {w} days",
            "orders",
            "decay_count",
            unit="number",
        ),
        (7, 28, 90, 180),
    ),
    *over_half_lives(
        Feature(
            "revenue_decayed_{w}d",
            "purchases",
            "近期采购热度（每 {w} 天减半）",
            "recent revenue, weight halving every {w} days",
            "orders",
            "decay_sum",
            measure="amount",
            unit="money",
        ),
        (7, 28, 90, 180),
    ),
    trend(_ORDERS, 30, 90),
    trend(_ORDERS, 180, 180),
    trend(_REVENUE, 30, 90),
    trend(_REVENUE, 180, 180),
    Feature(
        "orders_90d_year_before",
        "purchases",
        "去年同期 90 天订单数",
        "orders in the same 90 days a year before",
        "orders",
        "count",
        window_days=90,
        offset_days=365,
    ),
    Feature(
        "revenue_90d_year_before",
        "purchases",
        "去年同期 90 天采购额",
        "revenue in the same 90 days a year before",
        "orders",
        "sum",
        measure="amount",
        window_days=90,
        offset_days=365,
        unit="money",
    ),
    *over_windows(
        Feature(
            "discount_share_{w}d",
            "purchases",
            "近 {w} 天折扣与采购额之比",
            "discount against revenue in the last {w} days",
            "orders",
            "sum",
            measure="discount",
            unit="share",
            over=Term("orders", "sum", measure="amount"),
        ),
        (30, 90, 365),
    ),
    *over_windows(
        Feature(
            "margin_{w}d",
            "purchases",
            "近 {w} 天毛利",
            "margin in the last {w} days",
            "orders",
            "sum",
            measure="margin",
            unit="money",
        ),
        (90, 365),
    ),
    *over_windows(
        Feature(
            "categories_{w}d",
            "purchases",
            "近 {w} 天采购品类数",
            "categories bought in the last {w} days",
            "order_lines",
            "distinct",
            label="category",
        ),
        (30, 90, 365),
    ),
    *over_windows(
        Feature(
            "products_{w}d",
            "purchases",
            "近 {w} 天采购产品数",
            "products bought in the last {w} days",
            "order_lines",
            "distinct",
            label="product_id",
        ),
        (30, 90, 365),
    ),
    *over_windows(
        Feature("lines_{w}d", "purchases", "近 {w} 天订单行数", "order lines in the last {w} days", "order_lines", "count"),
        (30, 90),
    ),
    *over_windows(
        Feature(
            "margin_share_{w}d",
            "purchases",
            "近 {w} 天毛利率",
            "margin against revenue in the last {w} days",
            "orders",
            "sum",
            measure="margin",
            unit="share",
            over=Term("orders", "sum", measure="margined_amount"),
        ),
        (90, 365),
    ),
    trend(_REVENUE, 365, 365),
    *over_windows(
        Feature(
            "paid_{w}d",
            "purchases",
            "近 {w} 天回款额",
            "payments received in the last {w} days",
            "payments",
            "sum",
            measure="amount",
            unit="money",
        ),
        (90, 365),
    ),
    Feature(
        "days_to_pay_365d",
        "purchases",
        "近一年平均付款天数",
        "mean days from order to payment in the last year",
        "payments",
        "mean",
        measure="paid_after_s",
        window_days=365,
        scale=1 / DAY,
        unit="days",
    ),
    Feature("contracts", "purchases", "合同数", "contracts", "contracts", "count"),
    Feature(
        "contract_amount",
        "purchases",
        "最近合同金额",
        "value of the last contract",
        "contracts",
        "last",
        measure="amount",
        unit="money",
    ),
    Feature(
        "contract_days_to_end",
        "purchases",
        "距合同到期天数",
        "days to the end of the last contract",
        "contracts",
        "last_until",
        measure="ends_at",
        unit="days",
    ),
    Feature(
        "quote_last",
        "purchases",
        "最近一次报价金额",
        "amount of the last offer",
        "quotes",
        "last",
        measure="amount",
        path="opportunity",
        unit="money",
    ),
    Feature(
        "quote_against_stated",
        "purchases",
        "报价与商机金额之比",
        "last offer against the stated amount",
        "quotes",
        "last",
        measure="amount",
        path="opportunity",
        over=AMOUNT,
        unit="ratio",
    ),
    replace(
        AMOUNT,
        name="amount_against_usual",
        dimension="purchases",
        zh="商机金额与平均订单之比",
        en="stated amount against the usual order",
        unit="ratio",
        over=Term("orders", "mean", measure="amount", window_days=365),
    ),
)
