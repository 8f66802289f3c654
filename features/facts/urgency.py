"""Urgency 需求紧急度: the closing date, the stage, contact about the deal, needs and offers."""

from features.facts.fact import Fact, Saying, at_least, at_most, below, beside_all, then_and_now, unknown

CLOSING_DATE = Fact(
    "closing_date",
    "urgency",
    "预计成交日",
    "the closing date",
    ("days_to_close", "close_*", "opportunity_cycle"),
    (
        Saying(
            "passed",
            "预计成交日（{days_to_close@ahead}）已过 {days_to_close@passed}",
            "the stated closing date, {days_to_close@ahead}, passed {days_to_close@passed} ago",
            (at_most("days_to_close", -1),),
            tends=-1,
        ),
        Saying(
            "pushed",
            "预计成交日推迟过 {close_pushes} 次，共推迟 {close_pushed_days}，现为{days_to_close@ahead}",
            "the closing date was pushed back {close_pushes|time|times}, by {close_pushed_days} in all, to {days_to_close@ahead}",
            (at_least("close_pushes", 1), at_least("close_pushed_days", 1)),
            "own",
            tends=-1,
        ),
        Saying(
            "soon",
            "距预计成交日{days_to_close@ahead}还有 {days_to_close}（{peers} {days_to_close@range}）",
            "{days_to_close} to the stated closing date, {days_to_close@ahead} ({peers}: {days_to_close@range})",
            (at_least("days_to_close", 1),),
            "all",
            "days_to_close",
            -1,
        ),
        Saying(
            "not_pushed",
            "预计成交日从未推迟",
            "the closing date was never pushed back",
            (below("close_pushes", 1),),
            "all",
            "close_pushes",
            -1,
        ),
        beside_all("opportunity_cycle", "从开启到预计成交共 {}", "{} from the opening to the stated closing date"),
        Saying(
            "ahead",
            "预计成交日为{days_to_close@ahead}，从未推迟",
            "the stated closing date is {days_to_close@ahead} and was never moved back",
            (at_least("days_to_close", 1), below("close_pushes", 1)),
            "own",
            tends=1,
        ),
    ),
)
STAGE = Fact(
    "stage",
    "urgency",
    "阶段",
    "stage and age of the deal",
    ("stage", "stage_*", "stages_seen*", "opportunity_age", "opportunity_first_stage*"),
    (
        Saying(
            "stuck",
            "在“{stage}”阶段已停留 {stage_days}，同阶段一般 {stage_usual_days}",
            "{stage_days} in the stage {stage}; {stage_usual_days} is usual there",
            (at_least("stage_days", 1.5, "stage_usual_days"), at_least("stage_days", 3)),
            "all",
            tends=-1,
        ),
        Saying(
            "moving",
            "近 30 天推进阶段 {stage_moves_30d} 次，现处“{stage}”",
            "the stage moved {stage_moves_30d|time|times} in the last 30 days, now {stage}",
            (at_least("stage_moves_30d", 1),),
            tends=1,
        ),
        Saying(
            "fresh",
            "{stage_days@date}进入“{stage}”阶段（{stage_days}前），同阶段一般 {stage_usual_days}",
            "in the stage {stage} since {stage_days@date}, {stage_days}; {stage_usual_days} is usual there",
            (at_most("stage_days", 0.67, "stage_usual_days"),),
            "all",
            tends=1,
        ),
        Saying(
            "old",
            "商机已开启 {opportunity_age}，现处“{stage}”阶段（{peers}开启 {opportunity_age@range}）",
            "the deal has been open for {opportunity_age}, now in the stage {stage} ({peers}: {opportunity_age@range})",
            (),
            "all",
            "opportunity_age",
            -1,
        ),
        beside_all("opportunity_age", "商机已开启 {}", "the deal has been open for {}", more=-1),
        Saying("stage", "现处“{stage}”阶段", "now in the stage {stage}", (), "all", "stage"),
        beside_all("stages_seen", "已走过 {} 个阶段", "{|stage|stages} seen so far", more=1, unit=" 个"),
    ),
)
DEALS_MOVING = Fact(
    "deals_moving",
    "urgency",
    "商机推进",
    "movement of the open deals",
    ("account_stage_moves_*",),
    (
        beside_all(
            "account_stage_moves_90d",
            "近 90 天商机阶段推进 {} 次",
            "deals moved stage {|time|times} in the last 90 days",
            more=1,
            unit=" 次",
        ),
        beside_all(
            "account_stage_moves_30d",
            "近 30 天商机阶段推进 {} 次",
            "deals moved stage {|time|times} in the last 30 days",
            more=1,
            unit=" 次",
        ),
    ),
)
DEAL_CONTACT = Fact(
    "deal_contact",
    "urgency",
    "商机跟进",
    "contact about the deal",
    (
        "opportunity_touches",
        "opportunity_touches_*d",
        "opportunity_touches_a_week",
        "opportunity_touches_month*",
        "opportunity_touches_later*",
        "opportunity_touches_by_kind*",
        "opportunity_touch_recency",
        "opportunity_first_kind*",
        "opportunity_touches_theirs_share",
    ),
    (
        *then_and_now(
            "opportunity_touches",
            "opportunity_age",
            "该商机近 {w} 天{now|没有跟进|跟进 # 次}，此前 {w} 天{before|没有跟进| # 次}",
            "{now|contact|contacts} on this deal in the last {w} days, {before} in the {w} before",
            windows=(30, 90),
        ),
        Saying("never", "该商机还没有跟进记录", "no contact on this deal yet", (unknown("opportunity_touch_recency"),), tends=-1),
        Saying(
            "slowed",
            "该商机首月跟进 {opportunity_touches_month_1} 次，近 30 天{opportunity_touches_30d|没有跟进| # 次}",
            "{opportunity_touches_month_1|contact|contacts} on this deal in its first month, "
            "{opportunity_touches_30d} in the last 30 days",
            (
                at_least("opportunity_age", 60),
                at_least("opportunity_touches_month_1", 2),
                at_most("opportunity_touches_30d", 0.67, "opportunity_touches_month_1"),
            ),
            "own",
            tends=-1,
        ),
        Saying(
            "rate",
            "该商机开启 {opportunity_age}共跟进 {opportunity_touches} 次，平均每周 {opportunity_touches_a_week} 次"
            "（{peers} {opportunity_touches_a_week@range} 次）",
            "{opportunity_touches|contact|contacts} in {opportunity_age} of this deal, {opportunity_touches_a_week} a week "
            "({peers}: {opportunity_touches_a_week@range})",
            (at_least("opportunity_age", 14),),
            "all",
            "opportunity_touches_a_week",
            1,
        ),
        beside_all("opportunity_touches", "该商机共跟进 {} 次", "{|contact|contacts} on this deal so far", more=1, unit=" 次"),
        beside_all(
            "opportunity_touch_recency",
            "该商机上次跟进在{@date}，距今 {}",
            "the last contact on this deal was on {@date}, {} ago",
            more=-1,
        ),
        beside_all(
            "opportunity_touches_30d",
            "该商机近 30 天{|没有跟进|跟进 # 次}",
            "{|contact|contacts} on this deal in the last 30 days",
            more=1,
            unit=" 次",
        ),
        beside_all(
            "opportunity_touches_month_1",
            "该商机首月{|没有跟进|跟进 # 次}",
            "{|contact|contacts} on this deal in its first month",
            more=1,
            unit=" 次",
        ),
        beside_all(
            "opportunity_touches_theirs_share",
            "该商机的联系{|都由我方发起|中 # 由客户发起}",
            "they started {} of the contacts on this deal",
            more=1,
        ),
        beside_all(
            "opportunity_touches_7d",
            "该商机近 7 天{|没有跟进|跟进 # 次}",
            "{|contact|contacts} on this deal in the last 7 days",
            more=1,
            unit=" 次",
        ),
        beside_all(
            "opportunity_touches_months_2_3",
            "该商机第二、三个月跟进 {} 次",
            "{|contact|contacts} on this deal in its second and third month",
            more=1,
            unit=" 次",
        ),
    ),
)
NEEDS = Fact(
    "needs",
    "urgency",
    "需求",
    "needs",
    ("needs_by_*", "need_recency", "opportunity_needs*", "account_needs_*"),
    (
        Saying(
            "rigid",
            "该商机有 {needs_by_type:rigid} 项刚性需求（{peers} {needs_by_type:rigid@range} 项）",
            "{needs_by_type:rigid|rigid need|rigid needs} on this deal ({peers}: {needs_by_type:rigid@range})",
            (at_least("needs_by_type:rigid", 1),),
            "all",
            "needs_by_type:rigid",
            1,
        ),
        Saying("deal_none", "该商机还没有确认的需求", "no need confirmed on this deal yet", (unknown("need_recency"),), tends=-1),
        Saying("no_rigid", "该商机没有刚性需求", "no rigid need on this deal", (below("needs_by_type:rigid", 1),), tends=-1),
        beside_all(
            "need_recency", "该商机上次确认需求在{@date}，距今 {}", "a need was last confirmed on {@date}, {} ago", more=-1
        ),
        beside_all("opportunity_needs_rigid_share", "该商机的需求中 {} 为刚性", "{} of the needs on this deal are rigid", more=1),
        Saying("account_none", "没有需求记录", "no need on record", (unknown("need_recency_account"),), tends=-1),
        beside_all(
            "account_needs_365d", "近 365 天{|没有新需求| # 项新需求}", "{|need|needs} in the last 365 days", more=1, unit=" 项"
        ),
        beside_all(
            "account_needs_90d", "近 90 天{|没有新需求| # 项新需求}", "{|need|needs} in the last 90 days", more=1, unit=" 项"
        ),
        beside_all(
            "need_recency_account", "上次提出需求在{@date}，距今 {}", "the last need was confirmed on {@date}, {} ago", more=-1
        ),
    ),
)
OFFERS = Fact(
    "offers",
    "urgency",
    "报价",
    "offers",
    ("quotes", "quote_recency", "account_quotes_*", "amount_raises", "amount_cuts"),
    (
        Saying(
            "cut",
            "商机金额下调过 {amount_cuts} 次",
            "the stated amount was cut {amount_cuts|time|times}",
            (at_least("amount_cuts", 1),),
            "own",
            tends=-1,
        ),
        Saying(
            "raised",
            "商机金额上调过 {amount_raises} 次",
            "the stated amount was raised {amount_raises|time|times}",
            (at_least("amount_raises", 1),),
            "own",
            tends=1,
        ),
        Saying("deal_none", "该商机还没有报价", "no offer on this deal yet", (unknown("quote_recency"),), tends=-1),
        beside_all("quotes", "该商机报价 {} 次", "{|offer|offers} on this deal", more=1, unit=" 次"),
        Saying(
            "offered",
            "该商机已报价（{quote_recency@date}，{quote_recency}前）",
            "an offer was made on this deal on {quote_recency@date}, {quote_recency} ago",
            (at_least("quote_recency", 1),),
            tends=1,
        ),
        Saying("account_none", "没有报价记录", "no offer on record", (unknown("quote_recency_account"),), tends=-1),
        beside_all("account_quotes_365d", "近 365 天报价 {} 次", "{|offer|offers} in the last 365 days", more=1, unit=" 次"),
        beside_all("account_quotes_90d", "近 90 天报价 {} 次", "{|offer|offers} in the last 90 days", more=1, unit=" 次"),
        beside_all("quote_recency_account", "上次报价在{@date}，距今 {}", "the last offer was on {@date}, {} ago", more=-1),
    ),
)
SEASON = Fact("season", "urgency", "季节", "season", ("calendar_*",))
JUDGED_URGENCY = Fact(
    "judged_urgency",
    "urgency",
    "人工评估：紧急度",
    "urgency as judged by hand",
    ("judged_urgency",),
    (beside_all("judged_urgency", "销售评估的需求紧急度为 {} 分", "urgency judged {} by sales", more=1),),
)
FACTS = (CLOSING_DATE, STAGE, DEALS_MOVING, DEAL_CONTACT, NEEDS, OFFERS, SEASON, JUDGED_URGENCY)
