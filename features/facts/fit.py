"""Fit 匹配度: what kind of customer it is, where it came from, and what is at stake."""

from features.facts.fact import Fact, Saying, at_least, at_most, beside_all, unknown


def _won_before(key: str, rate: str, zh: str, en: str) -> tuple[Saying, ...]:
    """What became of deals with customers of the same kind."""
    return (
        Saying(
            f"often_won_{rate}",
            f"{zh}：同类商机过去成交率 {{{rate}}}（{{peers}} {{{rate}@range}}）",
            f"{en}: {{{rate}}} of such deals were won in the past ({{peers}}: {{{rate}@range}})",
            (at_least("opportunity_age", 0),),
            "all",
            rate,
            1,
        ),
        Saying(f"is_{key}", f"{zh}", f"{en}", (), "all", key),
    )


COMPANY = Fact(
    "company",
    "fit",
    "客户类型",
    "kind of company",
    ("account_industry", "account_size", "account_region", "industry_win_rate", "size_win_rate", "region_win_rate"),
    (
        *_won_before("account_industry", "industry_win_rate", "行业是{account_industry}", "industry {account_industry}")[:1],
        *_won_before("account_size", "size_win_rate", "规模是{account_size}", "company size {account_size}")[:1],
        *_won_before("account_region", "region_win_rate", "地区是{account_region}", "region {account_region}")[:1],
        Saying(
            "industry_and_size",
            "{account_industry}行业，规模{account_size}",
            "{account_industry}, company size {account_size}",
            (),
            "all",
            "account_industry",
        ),
        Saying("size", "公司规模：{account_size}", "company size: {account_size}", (), "all", "account_size"),
        Saying("industry", "行业：{account_industry}", "industry: {account_industry}", (), "all", "account_industry"),
        Saying("no_size", "公司规模：未填写", "company size: not filled in", (unknown("account_size"),)),
        Saying("no_industry", "行业：未填写", "industry: not filled in", (unknown("account_industry"),)),
        Saying("region", "地区：{account_region}", "region: {account_region}", (), "all", "account_region"),
    ),
    by_share=True,
)
ORIGIN = Fact(
    "origin",
    "fit",
    "来源",
    "where it came from",
    ("account_source", "opportunity_source", "account_source_win_rate", "source_win_rate"),
    (
        *_won_before(
            "opportunity_source", "source_win_rate", "线索来自{opportunity_source}", "the lead came from {opportunity_source}"
        ),
        *_won_before(
            "account_source", "account_source_win_rate", "客户来自{account_source}", "the customer came from {account_source}"
        ),
    ),
    by_share=True,
)
OPPORTUNITY_AMOUNT = Fact(
    "opportunity_amount",
    "fit",
    "商机金额",
    "amount of the deal",
    ("opportunity_amount", "amount_against_size"),
    (
        Saying(
            "large_for_customer",
            "商机金额 {opportunity_amount}，该客户平均一单 {order_mean_365d}",
            "a deal of {opportunity_amount}; this customer's usual order is {order_mean_365d}",
            (at_least("opportunity_amount", 2.0, "order_mean_365d"),),
            "own",
        ),
        Saying(
            "small_for_customer",
            "商机金额 {opportunity_amount}，该客户平均一单 {order_mean_365d}",
            "a deal of {opportunity_amount}; this customer's usual order is {order_mean_365d}",
            (at_most("opportunity_amount", 0.5, "order_mean_365d"),),
            "own",
        ),
        beside_all("opportunity_amount", "商机金额 {}", "a deal of {}"),
    ),
)
JUDGED_FIT = Fact(
    "judged_fit",
    "fit",
    "人工评估：匹配度",
    "fit as judged by hand",
    ("judged_profile_fit", "judged_complexity"),
    (
        beside_all("judged_profile_fit", "销售评估的客户匹配度为 {} 分", "fit judged {} by sales", more=1),
        beside_all("judged_complexity", "销售评估的需求复杂度为 {} 分", "need complexity judged {} by sales"),
    ),
)
FACTS = (COMPANY, ORIGIN, OPPORTUNITY_AMOUNT, JUDGED_FIT)
