"""Risk 风险: silence against the customer's own rhythm, late money, shrinking orders, changing hands."""

from features.facts.fact import Fact, Saying, at_least, at_most, below, beside_all, unknown

_OVERDUE_ZH = "{order_recency}未下单（最近一单{order_recency@date}），平时{order_gap_mean@every}一单"
_OVERDUE_EN = "no order for {order_recency} (the last on {order_recency@date}), usually one {order_gap_mean@every}"
_YEARS_ZH = "；近 365 天{orders_365d|没有下单| # 单}，此前 365 天 {orders_365d_before} 单"
_YEARS_EN = "; {orders_365d|order|orders} in the last 365 days, {orders_365d_before} in the 365 before"
_OVERDUE = (at_least("order_lateness", 1.5), at_least("order_recency", 3))
_RHYTHM = at_least("order_gap_mean", 1.5)

ORDER_SILENCE = Fact(
    "order_silence",
    "risk",
    "下单间隔",
    "silence against the own rhythm",
    ("order_recency", "order_gap_*", "order_lateness"),
    (
        Saying("never", "没有下单记录", "no order on record", (unknown("order_recency"),), tends=-1),
        Saying(
            "overdue_and_fewer",
            _OVERDUE_ZH + _YEARS_ZH,
            _OVERDUE_EN + _YEARS_EN,
            (*_OVERDUE, at_least("order_tenure", 730), below("orders_365d", 0.8, "orders_365d_before")),
            "own",
            tends=-1,
        ),
        Saying("overdue", _OVERDUE_ZH, _OVERDUE_EN, _OVERDUE, "own", tends=-1),
        Saying(
            "only_once",
            "只下过一单，在{order_recency@date}（{order_recency}前）",
            "a single order so far, on {order_recency@date}, {order_recency} ago",
            (unknown("order_gap_mean"), at_least("order_recency", 1)),
            tends=-1,
        ),
        Saying(
            "on_time",
            "{order_recency@date}刚下过单（{order_recency}前），平时{order_gap_mean@every}一单",
            "last order on {order_recency@date}, {order_recency} ago; usually one {order_gap_mean@every}",
            (at_most("order_lateness", 0.75), at_least("order_recency", 1), _RHYTHM),
            "own",
            tends=1,
        ),
        Saying(
            "just_now",
            "{order_recency@date}刚下过单，平时{order_gap_mean@every}一单",
            "ordered on {order_recency@date}; usually one {order_gap_mean@every}",
            (below("order_recency", 1), _RHYTHM),
            "own",
            tends=1,
        ),
        beside_all("order_gap_mean", "平均{@every}一单", "one order {@every} on average", more=-1),
        Saying(
            "due",
            "上次下单{order_recency@date}，距今 {order_recency}，平时{order_gap_mean@every}一单",
            "last order on {order_recency@date}, {order_recency} ago; usually one {order_gap_mean@every}",
            (at_least("order_recency", 1), at_least("order_lateness", 0.75), below("order_lateness", 1.5), _RHYTHM),
            "own",
        ),
        beside_all("order_recency", "上次下单{@date}，距今 {}", "last order on {@date}, {} ago", more=-1),
    ),
)
LATE_PAYMENT = Fact(
    "late_payment",
    "risk",
    "回款",
    "money owed and late",
    ("late_payment*", "days_late_*", "exposure"),
    (
        Saying(
            "late",
            "近 365 天有 {late_payments_365d} 笔付款逾期，平均晚 {days_late_365d}（占付款的 {late_payment_share_365d}）",
            "{late_payments_365d|late payment|late payments} in the last 365 days, {days_late_365d} late on average "
            "({late_payment_share_365d} of all)",
            (),
            "all",
            "late_payment_share_365d",
            -1,
        ),
        beside_all("days_late_365d", "近 365 天逾期付款平均晚 {}", "late payments were {} late on average", more=-1),
        beside_all(
            "late_payments_365d",
            "近 365 天有 {} 笔付款逾期",
            "{|late payment|late payments} in the last 365 days",
            more=-1,
            unit=" 笔",
        ),
        Saying(
            "owed",
            "已下单未回款 {exposure}（{peers} {exposure@range}）",
            "{exposure} ordered and not yet paid ({peers}: {exposure@range})",
            (at_least("exposure", 1),),
            "all",
            "exposure",
        ),
    ),
)
ORDER_SIZE_CHANGE = Fact(
    "order_size_change",
    "risk",
    "单笔金额变化",
    "change in the size of orders",
    ("order_size_trend_*",),
    (
        Saying(
            "smaller",
            "近 365 天平均一单 {order_mean_365d}，此前 365 天 {order_mean_365d_before}",
            "the mean order is {order_mean_365d} over the last 365 days, {order_mean_365d_before} over the 365 before",
            (at_least("order_tenure", 730), at_most("order_mean_365d", 0.8, "order_mean_365d_before")),
            "own",
            tends=-1,
        ),
        Saying(
            "larger",
            "近 365 天平均一单 {order_mean_365d}，此前 365 天 {order_mean_365d_before}",
            "the mean order is {order_mean_365d} over the last 365 days, {order_mean_365d_before} over the 365 before",
            (at_least("order_tenure", 730), at_least("order_mean_365d", 1.25, "order_mean_365d_before")),
            "own",
            tends=1,
        ),
        Saying(
            "last_small",
            "最近一单 {order_last}，近 365 天平均一单 {order_mean_365d}",
            "the last order was {order_last}; the mean of the last 365 days is {order_mean_365d}",
            (at_least("orders_365d", 3), at_most("order_last", 0.67, "order_mean_365d")),
            "own",
            tends=-1,
        ),
        Saying(
            "last_large",
            "最近一单 {order_last}，近 365 天平均一单 {order_mean_365d}",
            "the last order was {order_last}; the mean of the last 365 days is {order_mean_365d}",
            (at_least("orders_365d", 3), at_least("order_last", 1.5, "order_mean_365d")),
            "own",
            tends=1,
        ),
    ),
)
OWNER_CHANGES = Fact(
    "owner_changes",
    "risk",
    "换人",
    "changes of the owner",
    ("owner_change*", "opportunity_owner_changes"),
    (
        Saying(
            "deal_changed",
            "该商机换过 {opportunity_owner_changes} 次负责人",
            "this deal changed hands {opportunity_owner_changes|time|times}",
            (at_least("opportunity_owner_changes", 1),),
            "all",
            "opportunity_owner_changes",
            -1,
        ),
        Saying(
            "changed",
            "{owner_change_recency@date}换了负责人（{owner_change_recency}前），共换过 {owner_changes} 次",
            "the owner changed on {owner_change_recency@date}, {owner_change_recency} ago ({owner_changes|time|times} in all)",
            (at_least("owner_changes", 1),),
            tends=-1,
        ),
        Saying("same", "负责人从未更换", "the owner never changed", (below("owner_changes", 1),), "all", "owner_changes", -1),
    ),
)
FACTS = (ORDER_SILENCE, LATE_PAYMENT, ORDER_SIZE_CHANGE, OWNER_CHANGES)
