"""Relationship 关系: how long the customer has been with us, how content it is, and what became of past deals."""

from features.facts.fact import Fact, Saying, at_least, at_most, below, beside_all, unknown

SATISFACTION = Fact(
    "satisfaction",
    "relationship",
    "满意度",
    "satisfaction",
    ("satisfaction*", "loyalty", "survey_*"),
    (
        Saying("never", "没有做过满意度调查", "no survey on record", (unknown("survey_recency"),)),
        Saying(
            "last",
            "最近一次满意度 {satisfaction} 分（{survey_recency@date}，{peers} {satisfaction@range} 分）",
            "satisfaction {satisfaction} in the last survey, on {survey_recency@date} ({peers}: {satisfaction@range})",
            (),
            "all",
            "satisfaction",
            1,
        ),
        beside_all("satisfaction_mean_365d", "近 365 天平均满意度 {} 分", "mean satisfaction {} in the last 365 days", more=1),
        beside_all("survey_recommend", "最近一次调查推荐意愿 {} 分", "willingness to recommend {} in the last survey", more=1),
        beside_all("survey_service_quality", "最近一次调查服务质量 {} 分", "service quality {} in the last survey", more=1),
        beside_all("survey_product_quality", "最近一次调查产品质量 {} 分", "product quality {} in the last survey", more=1),
        beside_all("survey_after_sales", "最近一次调查售后支持 {} 分", "after-sales support {} in the last survey", more=1),
        beside_all("survey_service_attitude", "最近一次调查服务态度 {} 分", "service attitude {} in the last survey", more=1),
        beside_all("survey_recency", "上次满意度调查在{@date}，距今 {}", "the last survey was on {@date}, {} ago"),
    ),
)
REGULARITY = Fact(
    "regularity",
    "relationship",
    "复购",
    "how regularly they buy",
    ("repurchase",),
    (
        Saying(
            "steady",
            "近四个季度每季都有下单",
            "an order in each of the last four quarters",
            (at_least("repurchase", 1),),
            "own",
            tends=1,
        ),
        Saying(
            "gaps",
            "近四个季度中有订单的季度占 {repurchase}",
            "orders in {repurchase} of the last four quarters",
            (at_least("repurchase", 0.25), below("repurchase", 1)),
            "own",
        ),
        Saying(
            "none", "近四个季度都没有下单", "no order in the last four quarters", (below("repurchase", 0.25),), "own", tends=-1
        ),
    ),
)
TENURE = Fact(
    "tenure",
    "relationship",
    "合作时间",
    "how long they have been with us",
    ("order_tenure", "touch_tenure", "account_age"),
    (
        Saying("no_order", "还没有成为下单客户", "not yet a buying customer", (unknown("order_tenure"),), tends=-1),
        beside_all("order_tenure", "首单在{@date}，合作 {}", "first order on {@date}, {} ago"),
        beside_all("touch_tenure", "首次联系在{@date}，距今 {}", "first contact on {@date}, {} ago"),
        beside_all("account_age", "建档于{@date}，距今 {}", "on file since {@date}, {}"),
    ),
)
REFERRALS = Fact(
    "referrals",
    "relationship",
    "转介绍",
    "referrals",
    ("referrals*",),
    (
        Saying(
            "referred",
            "转介绍过 {referrals} 次，近 365 天{referrals_365d|没有| # 次}",
            "referred {referrals|lead|leads} to us, {referrals_365d} in the last 365 days",
            (at_least("referrals", 1),),
            tends=1,
        ),
        Saying("none", "没有转介绍过", "never referred anybody", (below("referrals", 1),), "all", "referrals", 1),
    ),
)
RENEWALS = Fact(
    "renewals",
    "relationship",
    "续签",
    "renewals",
    ("contracts_renewed",),
    (
        Saying(
            "renewed",
            "合同续签过 {contracts_renewed} 次，最近在{contract_renewal_recency@date}",
            "renewed {contracts_renewed|contract|contracts}, the last on {contract_renewal_recency@date}",
            (at_least("contracts_renewed", 1),),
            tends=1,
        ),
        Saying(
            "none", "没有续签过合同", "never renewed a contract", (below("contracts_renewed", 1),), "all", "contracts_renewed", 1
        ),
    ),
)
OPEN_DEALS = Fact(
    "open_deals",
    "relationship",
    "进行中的商机",
    "open deals",
    ("opportunities_open", "opportunities_opened_*"),
    (
        Saying(
            "none_left",
            "近 365 天新开 {opportunities_opened_365d} 个商机，现在没有进行中的",
            "{opportunities_opened_365d|deal|deals} opened in the last 365 days, none is open now",
            (at_least("opportunities_opened_365d", 1), below("opportunities_open", 1)),
            "own",
            tends=-1,
        ),
        Saying(
            "none",
            "没有进行中的商机，近 365 天{opportunities_opened_365d|也没有新开|新开 # 个}",
            "no open deal; {opportunities_opened_365d} opened in the last 365 days",
            (below("opportunities_open", 1),),
            "all",
            "opportunities_open",
            1,
        ),
        beside_all("opportunities_open", "有 {} 个进行中的商机", "{|open deal|open deals}", more=1, unit=" 个"),
        beside_all(
            "opportunities_opened_365d",
            "近 365 天新开 {} 个商机",
            "{|deal|deals} opened in the last 365 days",
            more=1,
            unit=" 个",
        ),
        beside_all(
            "opportunities_opened_90d", "近 90 天新开 {} 个商机", "{|deal|deals} opened in the last 90 days", more=1, unit=" 个"
        ),
        Saying(
            "some",
            "有 {opportunities_open} 个进行中的商机",
            "{opportunities_open|open deal|open deals}",
            (at_least("opportunities_open", 1),),
            tends=1,
        ),
        Saying(
            "none_opened",
            "近 365 天没有新开商机",
            "no deal opened in the last 365 days",
            (below("opportunities_opened_365d", 1), below("opportunities_open", 1)),
            tends=-1,
        ),
    ),
)
PAST_DEALS = Fact(
    "past_deals",
    "relationship",
    "过往商机",
    "what became of past deals",
    ("opportunities_won_*", "opportunities_lost_*", "win_share_*", "won_recency", "lost_recency"),
    (
        Saying(
            "lost_more",
            "近 365 天{opportunities_won_365d|没有成交商机|成交 # 个商机}，{opportunities_lost_365d|没有丢单|丢单 # 个}",
            "{opportunities_won_365d|deal|deals} won and {opportunities_lost_365d} lost in the last 365 days",
            (at_least("opportunities_lost_365d", 1), below("opportunities_won_365d", 1.0, "opportunities_lost_365d")),
            "own",
            tends=-1,
        ),
        Saying(
            "won_more",
            "近 365 天{opportunities_won_365d|没有成交商机|成交 # 个商机}，{opportunities_lost_365d|没有丢单|丢单 # 个}",
            "{opportunities_won_365d|deal|deals} won and {opportunities_lost_365d} lost in the last 365 days",
            (at_least("opportunities_won_365d", 1), at_least("opportunities_won_365d", 1.0, "opportunities_lost_365d")),
            "own",
            tends=1,
        ),
        Saying(
            "everyday_orders",
            "从未成交过商机，近 365 天的 {orders_365d} 单都是日常采购",
            "no deal won so far; the {orders_365d} orders of the last 365 days were repeat business",
            (unknown("won_recency"), at_least("orders_365d", 2)),
            tends=1,
        ),
        Saying("never_won", "从未成交过商机", "no deal won so far", (unknown("won_recency"),)),
        beside_all("won_recency", "上次成交在{@date}，距今 {}", "the last deal was won on {@date}, {} ago", more=-1),
        beside_all("lost_recency", "上次丢单在{@date}，距今 {}", "the last deal was lost on {@date}, {} ago", more=1),
        Saying(
            "order_with_deal",
            "最近一单是{won_recency@date}成交商机带来的，之后没有再下单",
            "the last order came with the deal won on {won_recency@date}; none since",
            (
                at_least("order_recency", 0.99, "won_recency"),
                at_most("order_recency", 1.01, "won_recency"),
                at_least("won_recency", 7),
            ),
            "own",
            tends=-1,
        ),
        Saying(
            "won_once",
            "上次成交在{won_recency@date}（{won_recency}前）",
            "the last deal was won on {won_recency@date}, {won_recency} ago",
            (at_least("won_recency", 1),),
            "own",
        ),
    ),
)
OWNER = Fact(
    "owner",
    "relationship",
    "负责人",
    "the owner",
    ("owner_win_rate", "team_win_rate"),
    (
        beside_all("owner_win_rate", "负责人过去成交率 {}", "the owner won {} of past deals", more=1),
        beside_all("team_win_rate", "团队过去成交率 {}", "the team won {} of past deals", more=1),
    ),
)
JUDGED_INFLUENCE = Fact(
    "judged_influence",
    "relationship",
    "人工评估：影响力",
    "influence as judged by hand",
    ("judged_influence",),
    (beside_all("judged_influence", "销售评估的市场影响力为 {} 分", "market influence judged {} by sales", more=1),),
)
FACTS = (SATISFACTION, REGULARITY, TENURE, REFERRALS, RENEWALS, OPEN_DEALS, PAST_DEALS, OWNER, JUDGED_INFLUENCE)
