"""Service and complaints 服务与投诉: whether the customer complained, and how it was answered."""

from features.facts.fact import Fact, Saying, at_least, beside_all, then_and_now, unknown

COMPLAINTS = Fact(
    "complaints",
    "service",
    "投诉",
    "complaints",
    ("cases_*", "case_recency", "complaint_rate_*", "resolve_days_*"),
    (
        Saying(
            "open",
            "有 {cases_open} 起投诉尚未解决，最近一起在{case_recency@date}（{case_recency}前）",
            "{cases_open|complaint is|complaints are} still open, the last one from {case_recency@date}, {case_recency} ago",
            (at_least("cases_open", 1),),
            tends=-1,
        ),
        *then_and_now(
            "cases",
            "touch_tenure",
            "近 {w} 天{now|没有投诉| # 起投诉}，此前 {w} 天{before|没有投诉| # 起}（最近一起{case_recency@date}）",
            "{now|complaint|complaints} in the last {w} days, {before} in the {w} before (the last on {case_recency@date})",
            windows=(365, 90),
            good=-1,
        ),
        Saying("never", "从未投诉", "never complained", (unknown("case_recency"),), tends=1),
        beside_all("cases_365d", "近 365 天 {} 起投诉", "{|complaint|complaints} in the last 365 days", more=-1, unit=" 起"),
        beside_all("case_recency", "上次投诉在{@date}，距今 {}", "the last complaint was on {@date}, {} ago", more=1),
        beside_all(
            "resolve_days_365d",
            "近 365 天投诉平均 {}解决",
            "complaints took {} to resolve on average in the last 365 days",
            more=-1,
        ),
        beside_all("resolve_days_last", "上次投诉用了 {}解决", "the last complaint took {} to resolve", more=-1),
        Saying(
            "one",
            "上次投诉在{case_recency@date}（{case_recency}前），近 365 天共 {cases_365d} 起",
            "the last complaint was on {case_recency@date}, {case_recency} ago; {cases_365d} in the last 365 days",
            (at_least("cases_365d", 1), at_least("case_recency", 1)),
            tends=-1,
        ),
    ),
)
FACTS = (COMPLAINTS,)
