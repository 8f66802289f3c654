"""Engagement 活跃度: how often, how recently and by whom contact is made."""

from features.facts.fact import Fact, Saying, at_least, at_most, below, beside_all, none_lately, then_and_now, unknown

_KNOWN = "touch_tenure"
_OVERDUE = (at_least("touch_lateness", 1.5), at_least("touch_recency", 3))

TOUCHES = Fact(
    "touches",
    "engagement",
    "联系频率",
    "how often there is contact",
    (
        "touches_?d",
        "touches_??d",
        "touches_???d",
        "touches_decayed_*",
        "touches_trend_*",
        "touches_90d_year_before",
        "touch_days_*",
        "touch_seconds_*",
        "touches_ours_*",
    ),
    (
        *then_and_now(
            "touches",
            _KNOWN,
            "近 {w} 天{now|没有联系|联系 # 次}，此前 {w} 天{before|没有联系| # 次}",
            "{now|contact|contacts} in the last {w} days, {before} in the {w} before",
            windows=(90, 365, 180, 30),
        ),
        *none_lately(
            "touches",
            "近 {w} 天联系 {now} 次，最近 {late} 天没有联系",
            "{now|contact|contacts} in the last {w} days, none in the last {late}",
        ),
        *(
            Saying(
                f"unusual_beside_own_{days}",
                f"近 {days} 天{{touches_{days}d|没有联系|联系 # 次}}，此前 {days} 天 {{touches_{days}d_before}} 次"
                f"（{{peers}} {{touches_{days}d@range}} 次）",
                f"{{touches_{days}d|contact|contacts}} in the last {days} days, {{touches_{days}d_before}} in the {days} before "
                f"({{peers}}: {{touches_{days}d@range}})",
                (at_least(_KNOWN, 2 * days), at_least(f"touches_{days}d_before", 1)),
                "own",
                f"touches_{days}d",
                1,
            )
            for days in (90, 365, 180)
        ),
        beside_all("touches_90d", "近 90 天{|没有联系|联系 # 次}", "{|contact|contacts} in the last 90 days", more=1, unit=" 次"),
        beside_all(
            "touches_365d", "近 365 天{|没有联系|联系 # 次}", "{|contact|contacts} in the last 365 days", more=1, unit=" 次"
        ),
        beside_all("touches_30d", "近 30 天{|没有联系|联系 # 次}", "{|contact|contacts} in the last 30 days", more=1, unit=" 次"),
        beside_all("touch_days_365d", "近 365 天有 {} 天联系过", "contact on {|day|days} of the last 365", more=1, unit=" 天"),
    ),
)
TOUCH_SILENCE = Fact(
    "touch_silence",
    "engagement",
    "多久没联系",
    "silence between contacts",
    ("touch_recency", "touch_gap_*", "touch_lateness"),
    (
        Saying("never", "没有联系记录", "no contact on record", (unknown("touch_recency"),), tends=-1),
        Saying(
            "overdue",
            "{touch_recency}没有联系（上次{touch_recency@date}），平时{touch_gap_mean@every}一次",
            "no contact for {touch_recency} (the last on {touch_recency@date}), usually one {touch_gap_mean@every}",
            _OVERDUE,
            "own",
            tends=-1,
        ),
        Saying(
            "lately",
            "{touch_recency@date}刚联系过（{touch_recency}前），平时{touch_gap_mean@every}一次",
            "last contact on {touch_recency@date}, {touch_recency} ago; usually one {touch_gap_mean@every}",
            (at_most("touch_lateness", 0.75), at_least("touch_recency", 1), at_least("touch_gap_mean", 1.5)),
            "own",
            tends=1,
        ),
        beside_all("touch_gap_mean", "平均{@every}联系一次", "one contact {@every} on average", more=-1),
        Saying(
            "due",
            "上次联系{touch_recency@date}，距今 {touch_recency}，平时{touch_gap_mean@every}一次",
            "last contact on {touch_recency@date}, {touch_recency} ago; usually one {touch_gap_mean@every}",
            (
                at_least("touch_recency", 1),
                at_least("touch_lateness", 0.75),
                below("touch_lateness", 1.5),
                at_least("touch_gap_mean", 1.5),
            ),
            "own",
        ),
        beside_all("touch_recency", "上次联系{@date}，距今 {}", "last contact on {@date}, {} ago", more=-1),
    ),
)
INITIATIVE = Fact(
    "initiative",
    "engagement",
    "客户主动",
    "contact they start",
    ("touches_theirs_*", "touch_recency_theirs"),
    (
        *then_and_now(
            "touches_theirs",
            _KNOWN,
            "近 {w} 天客户{now|没有主动联系|主动联系 # 次}，此前 {w} 天{before|没有| # 次}",
            "{now|contact|contacts} started by them in the last {w} days, {before} in the {w} before",
            windows=(90, 365, 30),
        ),
        Saying("never", "客户从未主动联系", "they never got in touch themselves", (unknown("touch_recency_theirs"),), tends=-1),
        beside_all(
            "touch_recency_theirs", "客户上次主动联系在{@date}，距今 {}", "they last got in touch on {@date}, {} ago", more=-1
        ),
        beside_all(
            "touches_theirs_90d",
            "近 90 天客户{|没有主动联系|主动联系 # 次}",
            "{|contact|contacts} started by them in the last 90 days",
            more=1,
            unit=" 次",
        ),
        beside_all(
            "touches_theirs_365d",
            "近 365 天客户{|没有主动联系|主动联系 # 次}",
            "{|contact|contacts} started by them in the last 365 days",
            more=1,
            unit=" 次",
        ),
        beside_all(
            "touches_theirs_share_365d",
            "近 365 天的联系中 {} 由客户发起",
            "they started {} of the contacts of the last 365 days",
            more=1,
        ),
    ),
)
REPLIES = Fact(
    "replies",
    "engagement",
    "回复速度",
    "how fast replies come",
    ("their_reply_*", "our_reply_*"),
    (
        beside_all("their_reply_90d", "近 90 天客户平均 {}回复", "they took {} to reply on average in the last 90 days", more=-1),
        beside_all(
            "their_reply_365d", "近 365 天客户平均 {}回复", "they took {} to reply on average in the last 365 days", more=-1
        ),
        beside_all("our_reply_90d", "近 90 天我方平均 {}回复", "we took {} to reply on average in the last 90 days", more=-1),
        beside_all("our_reply_365d", "近 365 天我方平均 {}回复", "we took {} to reply on average in the last 365 days", more=-1),
    ),
)
SENTIMENT = Fact(
    "sentiment",
    "engagement",
    "客户情绪",
    "mood of the contacts",
    ("sentiment_*", "opportunity_sentiment"),
    (
        Saying(
            "turned_bad",
            "最近一次联系情绪为负面，近 365 天平均为正面",
            "the last contact was negative; over the last 365 days they were positive on average",
            (below("sentiment_last", 0), at_least("sentiment_365d", 0.1)),
            "own",
            tends=-1,
        ),
        Saying(
            "turned_good",
            "最近一次联系情绪为正面，近 365 天平均为负面",
            "the last contact was positive; over the last 365 days they were negative on average",
            (at_least("sentiment_last", 0.01), at_most("sentiment_365d", -0.1)),
            "own",
            tends=1,
        ),
        Saying(
            "mostly_bad",
            "近 365 天联系的情绪多为负面",
            "contacts of the last 365 days were mostly negative",
            (below("sentiment_365d", 0),),
            "all",
            "sentiment_365d",
            1,
        ),
        Saying(
            "mostly_good",
            "近 365 天联系的情绪多为正面",
            "contacts of the last 365 days were mostly positive",
            (at_least("sentiment_365d", 0.01),),
            "all",
            "sentiment_365d",
            1,
        ),
        Saying(
            "deal_bad",
            "该商机的联系情绪多为负面",
            "contacts on this deal were mostly negative",
            (below("opportunity_sentiment", 0),),
            "all",
            "opportunity_sentiment",
            1,
        ),
        Saying(
            "deal_good",
            "该商机的联系情绪多为正面",
            "contacts on this deal were mostly positive",
            (at_least("opportunity_sentiment", 1),),
            "all",
            "opportunity_sentiment",
            1,
        ),
        Saying("last_bad", "最近一次联系情绪为负面", "the last contact was negative", (below("sentiment_last", 0),), tends=-1),
        Saying(
            "last_good",
            "最近一次联系情绪为正面",
            "the last contact was positive",
            (at_least("sentiment_last", 0.01),),
            "all",
            "sentiment_last",
            1,
        ),
    ),
)
PARTICIPANTS = Fact(
    "participants",
    "engagement",
    "参与的人",
    "how many people take part",
    ("touch_contacts_*", "colleagues_*", "touch_kinds_*"),
    (
        beside_all(
            "touch_contacts_365d",
            "近 365 天接触了对方 {} 人",
            "met {|person|people} of theirs in the last 365 days",
            more=1,
            unit=" 人",
        ),
        beside_all(
            "touch_contacts_90d",
            "近 90 天接触了对方 {} 人",
            "met {|person|people} of theirs in the last 90 days",
            more=1,
            unit=" 人",
        ),
        beside_all(
            "colleagues_365d",
            "近 365 天我方有 {} 人参与",
            "{|colleague|colleagues} of ours took part in the last 365 days",
            more=1,
            unit=" 人",
        ),
        beside_all(
            "touch_kinds_365d", "近 365 天用过 {} 种联系方式", "{|kind|kinds} of contact in the last 365 days", more=1, unit=" 种"
        ),
        beside_all(
            "touch_kinds_90d", "近 90 天用过 {} 种联系方式", "{|kind|kinds} of contact in the last 90 days", more=1, unit=" 种"
        ),
    ),
)
FACTS = (TOUCHES, TOUCH_SILENCE, INITIATIVE, REPLIES, SENTIMENT, PARTICIPANTS)
