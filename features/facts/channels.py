"""Engagement 活跃度 by channel: visits and meetings, calls and messages."""

from features.facts.fact import Fact, Saying, at_least, at_most, beside_all, unknown

_KNOWN = "touch_tenure"
MEETINGS = Fact(
    "meetings",
    "engagement",
    "拜访与会议",
    "visits and meetings",
    tuple(
        f"{stem}:{kind}"
        for stem in ("touches_by_kind_*", "touch_recency_by_kind")
        for kind in ("visit", "meeting", "demo", "event", "training")
    ),
    (
        Saying(
            "visits_rose",
            "近 180 天{visits_180d|没有拜访|拜访 # 次}，此前 180 天{visits_180d_before|没有拜访| # 次}",
            "{visits_180d|visit|visits} in the last 180 days, {visits_180d_before} in the 180 before",
            (at_least(_KNOWN, 360), at_least("visits_180d", 2), at_least("visits_180d", 1.5, "visits_180d_before")),
            "own",
            tends=1,
        ),
        Saying(
            "visits_fell",
            "近 180 天{visits_180d|没有拜访|拜访 # 次}，此前 180 天{visits_180d_before|没有拜访| # 次}",
            "{visits_180d|visit|visits} in the last 180 days, {visits_180d_before} in the 180 before",
            (at_least(_KNOWN, 360), at_least("visits_180d_before", 2), at_most("visits_180d", 0.67, "visits_180d_before")),
            "own",
            tends=-1,
        ),
        Saying("no_visit", "没有拜访记录", "no visit on record", (unknown("visit_recency"),), tends=-1),
        beside_all("visit_recency", "上次拜访在{@date}，距今 {}", "the last visit was on {@date}, {} ago", more=-1),
        beside_all("visits_180d", "近 180 天{|没有拜访|拜访 # 次}", "{|visit|visits} in the last 180 days", more=1, unit=" 次"),
        beside_all(
            "touch_recency_by_kind:meeting", "上次会议在{@date}，距今 {}", "the last meeting was on {@date}, {} ago", more=-1
        ),
        beside_all(
            "touches_by_kind_365d:meeting",
            "近 365 天{|没有开会|开会 # 次}",
            "{|meeting|meetings} in the last 365 days",
            more=1,
            unit=" 次",
        ),
        beside_all(
            "touch_recency_by_kind:demo", "上次产品演示在{@date}，距今 {}", "the last demo was on {@date}, {} ago", more=-1
        ),
        beside_all(
            "touches_by_kind_365d:event",
            "近 365 天参加活动 {} 次",
            "came to {|event|events} in the last 365 days",
            more=1,
            unit=" 次",
        ),
        beside_all(
            "touches_by_kind_365d:training",
            "近 365 天{|没有培训|培训 # 次}",
            "{|training|trainings} in the last 365 days",
            more=1,
            unit=" 次",
        ),
    ),
)
CALLS = Fact(
    "calls",
    "engagement",
    "电话与消息",
    "calls and messages",
    tuple(f"{stem}:{kind}" for stem in ("touches_by_kind_*", "touch_recency_by_kind") for kind in ("call", "email", "chat")),
    (
        beside_all("touch_recency_by_kind:call", "上次电话在{@date}，距今 {}", "the last call was on {@date}, {} ago", more=-1),
        beside_all(
            "touches_by_kind_90d:call", "近 90 天{|没有电话|电话 # 次}", "{|call|calls} in the last 90 days", more=1, unit=" 次"
        ),
        beside_all(
            "touch_recency_by_kind:email", "上次邮件在{@date}，距今 {}", "the last e-mail was on {@date}, {} ago", more=-1
        ),
        beside_all(
            "touches_by_kind_90d:email",
            "近 90 天{|没有邮件|邮件 # 封}",
            "{|e-mail|e-mails} in the last 90 days",
            more=1,
            unit=" 封",
        ),
        beside_all(
            "touches_by_kind_90d:chat",
            "近 90 天{|没有在线聊天|在线聊天 # 次}",
            "{|chat|chats} in the last 90 days",
            more=1,
            unit=" 次",
        ),
        beside_all(
            "touch_recency_by_kind:chat", "上次在线聊天在{@date}，距今 {}", "the last chat was on {@date}, {} ago", more=-1
        ),
        beside_all(
            "touches_by_kind_365d:call",
            "近 365 天{|没有电话|电话 # 次}",
            "{|call|calls} in the last 365 days",
            more=1,
            unit=" 次",
        ),
        beside_all(
            "touches_by_kind_365d:email",
            "近 365 天{|没有邮件|邮件 # 封}",
            "{|e-mail|e-mails} in the last 365 days",
            more=1,
            unit=" 封",
        ),
        beside_all(
            "touches_by_kind_365d:chat",
            "近 365 天{|没有在线聊天|在线聊天 # 次}",
            "{|chat|chats} in the last 365 days",
            more=1,
            unit=" 次",
        ),
    ),
)
OTHER_CHANNELS = Fact(
    "other_channels", "engagement", "其他联系方式", "other kinds of contact", ("touches_by_kind_*", "touch_recency_by_kind*")
)
FACTS = (MEETINGS, CALLS, OTHER_CHANNELS)
