"""Budget and purchases 预算与购买力: how often, how much and how broadly the customer buys, on which terms."""

from features.facts.fact import Fact, Saying, at_least, at_most, below, beside_all, none_lately, steady, then_and_now

_WINDOWS = (365, 180, 90, 30)
_CONTRACT_ENDED = (below("contract_days_to_end", 0),)

ORDERS = Fact(
    "orders",
    "purchases",
    "下单次数",
    "how often they order",
    ("orders_*", "order_days_*"),
    (
        *then_and_now(
            "orders",
            "order_tenure",
            "近 {w} 天{now|没有下单| # 单}，此前 {w} 天{before|没有下单| # 单}",
            "{now|order|orders} in the last {w} days, {before} in the {w} before",
            windows=(365,),
            few=1.0,
        ),
        *then_and_now(
            "orders",
            "order_tenure",
            "近 {w} 天{now|没有下单| # 单}，此前 {w} 天{before|没有下单| # 单}",
            "{now|order|orders} in the last {w} days, {before} in the {w} before",
            windows=(180, 90, 30),
        ),
        *none_lately(
            "orders",
            "近 {w} 天 {now} 单，最近 {late} 天没有下单",
            "{now|order|orders} in the last {w} days, none in the last {late}",
        ),
        *(
            Saying(
                f"unusual_beside_own_{days}",
                f"近 {days} 天{{orders_{days}d|没有下单| # 单}}，此前 {days} 天 {{orders_{days}d_before}} 单"
                f"（{{peers}} {{orders_{days}d@range}} 单）",
                f"{{orders_{days}d|order|orders}} in the last {days} days, {{orders_{days}d_before}} in the {days} before "
                f"({{peers}}: {{orders_{days}d@range}})",
                (at_least("order_tenure", 2 * days), at_least(f"orders_{days}d_before", 1)),
                "own",
                f"orders_{days}d",
                1,
            )
            for days in (365, 180, 90)
        ),
        beside_all("orders_365d", "近 365 天 {} 单", "{|order|orders} in the last 365 days", more=1, unit=" 单"),
        beside_all("orders_90d", "近 90 天 {} 单", "{|order|orders} in the last 90 days", more=1, unit=" 单"),
        beside_all("orders_30d", "近 30 天 {} 单", "{|order|orders} in the last 30 days", more=1, unit=" 单"),
        *steady(
            "orders",
            "order_tenure",
            "下单平稳：近 {w} 天 {now} 单，此前 {w} 天 {before} 单",
            "orders go on as before: {now} in the last {w} days, {before} in the {w} before",
            windows=(365, 180, 90),
        ),
        Saying(
            "single",
            "近 365 天只有 1 单",
            "a single order in the last 365 days",
            (at_least("orders_365d", 1), below("orders_365d", 2)),
            "all",
            "orders_365d",
            1,
        ),
    ),
)
REVENUE = Fact(
    "revenue",
    "purchases",
    "采购额",
    "how much they buy",
    ("revenue_*", "paid_*"),
    (
        *then_and_now(
            "revenue",
            "order_tenure",
            "近 {w} 天{now|没有采购|采购 #}，此前 {w} 天{before|没有采购|采购 #}",
            "bought {now} in the last {w} days, {before} in the {w} before",
            windows=_WINDOWS,
            few=1.0,
        ),
        *none_lately(
            "revenue",
            "近 {w} 天采购 {now}，最近 {late} 天没有采购",
            "bought {now} in the last {w} days, nothing in the last {late}",
        ),
        *(
            Saying(
                f"unusual_beside_own_{days}",
                f"近 {days} 天{{revenue_{days}d|没有采购|采购 #}}，此前 {days} 天 {{revenue_{days}d_before}}"
                f"（{{peers}} {{revenue_{days}d@range}}）",
                f"bought {{revenue_{days}d}} in the last {days} days, {{revenue_{days}d_before}} in the {days} before "
                f"({{peers}}: {{revenue_{days}d@range}})",
                (at_least("order_tenure", 2 * days), at_least(f"revenue_{days}d_before", 1)),
                "own",
                f"revenue_{days}d",
                1,
            )
            for days in (365, 180, 90)
        ),
        beside_all("revenue_365d", "近 365 天采购 {}", "bought {} in the last 365 days", more=1),
        beside_all("revenue_90d", "近 90 天采购 {}", "bought {} in the last 90 days", more=1),
        beside_all("revenue_30d", "近 30 天采购 {}", "bought {} in the last 30 days", more=1),
        beside_all("paid_365d", "近 365 天回款 {}", "paid {} in the last 365 days", more=1),
    ),
)
ORDER_SIZE = Fact(
    "order_size",
    "purchases",
    "单笔金额",
    "size of orders",
    ("order_mean_*", "order_max_*", "order_last"),
    (
        Saying(
            "last_unusual",
            "最近一单 {order_last}，近 365 天平均一单 {order_mean_365d}（{peers} {order_mean_365d@range}）",
            "the last order was {order_last}, the mean of the last 365 days {order_mean_365d} ({peers}: {order_mean_365d@range})",
            (at_least("orders_365d", 2),),
            "own",
            "order_mean_365d",
            1,
        ),
        beside_all("order_max_365d", "近 365 天最大一单 {}", "the largest order of the last 365 days was {}", more=1),
        beside_all("order_last", "最近一单 {}", "the last order was {}", more=1),
        beside_all("order_mean_90d", "近 90 天平均一单 {}", "the mean order of the last 90 days is {}", more=1),
    ),
)
_BREADTH = (
    ("categories", 365, "个", "品类", "from {|category|categories}"),
    ("products", 365, "种", "产品", "{|product|products}"),
    ("categories", 90, "个", "品类", "from {|category|categories}"),
    ("products", 90, "种", "产品", "{|product|products}"),
    ("products", 30, "种", "产品", "{|product|products}"),
)
RANGE = Fact(
    "range",
    "purchases",
    "采购范围",
    "how broadly they buy",
    ("categories_*", "products_*", "lines_*"),
    (
        *(
            beside_all(
                f"{stem}_{days}d",
                f"近 {days} 天{{|没有采购任何{noun}|采购 # {unit}{noun}}}",
                f"bought {en} in the last {days} days",
                more=1,
                unit=f" {unit}",
            )
            for stem, days, unit, noun, en in _BREADTH
        ),
        beside_all("lines_90d", "近 90 天订单共 {} 行", "{|order line|order lines} in the last 90 days", more=1, unit=" 行"),
    ),
)
TERMS = Fact(
    "terms",
    "purchases",
    "折扣与毛利",
    "discounts and margin",
    ("discount_share_*", "margin_*"),
    (
        *then_and_now(
            "discount_share",
            "order_tenure",
            "近 {w} 天折扣为采购额的 {now}，此前 {w} 天 {before}",
            "discounts were {now} of revenue in the last {w} days, {before} in the {w} before",
            windows=(365, 90, 30),
            few=0.02,
            good=0,
        ),
        beside_all("discount_share_365d", "近 365 天折扣为采购额的 {}", "discounts were {} of revenue in the last 365 days"),
        beside_all("discount_share_90d", "近 90 天折扣为采购额的 {}", "discounts were {} of revenue in the last 90 days"),
        beside_all("margin_365d", "近 365 天毛利 {}", "a margin of {} in the last 365 days", more=1),
        beside_all("margin_share_365d", "近 365 天毛利率 {}", "a margin of {} of revenue in the last 365 days"),
        beside_all("margin_90d", "近 90 天毛利 {}", "a margin of {} in the last 90 days", more=1),
        beside_all("discount_share_30d", "近 30 天折扣为采购额的 {}", "discounts were {} of revenue in the last 30 days"),
    ),
)
PAYMENT = Fact(
    "payment",
    "purchases",
    "付款速度",
    "how fast they pay",
    ("days_to_pay_*",),
    (beside_all("days_to_pay_365d", "近 365 天平均 {}付款", "paid {} after the order on average in the last 365 days", more=-1),),
)
CONTRACT = Fact(
    "contract",
    "purchases",
    "合同",
    "contract",
    ("contract_*", "contracts"),
    (
        Saying(
            "renewed",
            "合同已续签（{contract_renewal_recency@date}），有效期至{contract_days_to_end@ahead}",
            "the contract was renewed on {contract_renewal_recency@date} and runs until {contract_days_to_end@ahead}",
            (at_least("contract_days_to_end", 0),),
            tends=1,
        ),
        Saying(
            "renewed_after_end",
            "合同已在{contract_renewal_recency@date}续签",
            "the contract was renewed on {contract_renewal_recency@date}",
            (*_CONTRACT_ENDED, at_most("contract_renewal_recency", 365)),
            tends=1,
        ),
        Saying(
            "ended",
            "合同已到期 {contract_days_to_end@passed}（{contract_days_to_end@ahead}），没有续签记录",
            "the contract ended {contract_days_to_end@passed} ago, on {contract_days_to_end@ahead}; no renewal on record",
            _CONTRACT_ENDED,
            tends=-1,
        ),
        Saying(
            "ends_soon",
            "合同{contract_days_to_end@ahead}到期，还剩 {contract_days_to_end}",
            "the contract ends on {contract_days_to_end@ahead}, in {contract_days_to_end}",
            (at_most("contract_days_to_end", 120), at_least("contract_days_to_end", 1)),
            tends=-1,
        ),
        Saying(
            "runs",
            "合同有效期至{contract_days_to_end@ahead}（还剩 {contract_days_to_end}）",
            "the contract runs until {contract_days_to_end@ahead}, {contract_days_to_end} from now",
            (at_least("contract_days_to_end", 1),),
            tends=1,
        ),
        beside_all("contract_amount", "最近合同金额 {}", "the last contract is worth {}", more=1),
        Saying("none", "没有合同记录", "no contract on record", (below("contracts", 1),), "all", "contracts", 1),
        beside_all("contracts", "共签过 {} 份合同", "{|contract|contracts} so far", more=1, unit=" 份"),
    ),
)
OFFER_AMOUNT = Fact(
    "offer_amount",
    "purchases",
    "报价与购买力",
    "the offer against what they buy",
    ("quote_last", "quote_against_stated", "amount_against_usual"),
    (
        Saying(
            "above_stated",
            "最近报价 {quote_last}，商机金额 {opportunity_amount}",
            "the last offer is {quote_last}, the stated amount {opportunity_amount}",
            (at_least("quote_last", 1.05, "opportunity_amount"),),
        ),
        Saying(
            "below_stated",
            "最近报价 {quote_last}，商机金额 {opportunity_amount}",
            "the last offer is {quote_last}, the stated amount {opportunity_amount}",
            (at_most("quote_last", 0.95, "opportunity_amount"),),
        ),
        Saying(
            "large_for_customer",
            "商机金额 {opportunity_amount}，该客户平均一单 {order_mean_365d}",
            "a deal of {opportunity_amount}; this customer's mean order is {order_mean_365d}",
            (at_least("opportunity_amount", 1.5, "order_mean_365d"),),
            "own",
        ),
        Saying(
            "small_for_customer",
            "商机金额 {opportunity_amount}，该客户平均一单 {order_mean_365d}",
            "a deal of {opportunity_amount}; this customer's mean order is {order_mean_365d}",
            (at_most("opportunity_amount", 0.67, "order_mean_365d"),),
            "own",
        ),
        Saying(
            "nothing_bought",
            "近 365 天没有采购，无从比较商机金额",
            "nothing bought in the last 365 days to hold the amount against",
            (below("orders_365d", 1),),
            "own",
            tends=-1,
        ),
        beside_all("quote_last", "最近报价 {}", "the last offer is {}"),
    ),
)
JUDGED_BUDGET = Fact(
    "judged_budget",
    "purchases",
    "人工评估：预算",
    "budget as judged by hand",
    ("judged_budget_fit",),
    (beside_all("judged_budget_fit", "销售评估的预算匹配度为 {} 分", "budget fit judged {} by sales", more=1),),
)
FACTS = (ORDERS, REVENUE, ORDER_SIZE, RANGE, TERMS, PAYMENT, CONTRACT, OFFER_AMOUNT, JUDGED_BUDGET)
