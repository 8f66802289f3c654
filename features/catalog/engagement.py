"""Engagement 活跃度: how often, how recently and in which rhythm the account and we touched."""

from features.feature import Feature, Term, over_half_lives, over_windows, trend
from features.kernel.arrays import THOUSANDTHS
from features.kernel.program import Stat

WINDOWS = (7, 30, 90, 180, 365)
_TOUCHES = Feature("touches", "engagement", "跟进次数", "touches", "interactions", "count")
_KIND = Feature("touches", "engagement", "跟进次数", "touches", "interactions", "count", per="kind")
_THEIRS = Feature(
    "touches_theirs", "engagement", "客户主动次数", "touches they started", "interactions", "count", where=(("direction", "in"),)
)


def _named(feature: Feature, name: str, zh: str, en: str, stat: Stat, unit: str = "days") -> Feature:
    return Feature(name, "engagement", zh, en, feature.source, stat, where=feature.where, per=feature.per, unit=unit)


_OURS = (("direction", "out"),)


def _replies(who: str, where: tuple[tuple[str, str], ...], zh: str, en: str) -> tuple[Feature, ...]:
    return over_windows(
        Feature(
            f"{who}_reply_{{w}}d",
            "engagement",
            f"近 {{w}} 天{zh}",
            f"{en} in the last {{w}} days",
            "interactions",
            "mean",
            measure="reply_s",
            where=where,
            unit="seconds",
        ),
        (90, 365),
    )


FEATURES = (
    *over_windows(
        Feature("touches_{w}d", "engagement", "近 {w} 天跟进次数", "touches in the last {w} days", "interactions", "count"),
        WINDOWS,
    ),
    *over_windows(
        Feature(
            "touches_by_kind_{w}d",
            "engagement",
            "近 {w} 天跟进次数",
            "touches in the last {w} days",
            "interactions",
            "count",
            per="kind",
        ),
        WINDOWS,
    ),
    *over_windows(
        Feature(
            "touches_theirs_{w}d",
            "engagement",
            "近 {w} 天客户主动次数",
            "touches they started in the last {w} days",
            "interactions",
            "count",
            where=(("direction", "in"),),
        ),
        (30, 90, 365),
    ),
    *over_windows(
        Feature(
            "touches_theirs_share_{w}d",
            "engagement",
            "近 {w} 天客户主动占比",
            "share of touches they started in the last {w} days",
            "interactions",
            "count",
            where=(("direction", "in"),),
            unit="share",
            over=Term("interactions", "count"),
        ),
        (90, 365),
    ),
    *over_windows(
        Feature(
            "touch_days_{w}d",
            "engagement",
            "近 {w} 天有跟进的天数",
            "days with a touch in the last {w} days",
            "interactions",
            "distinct_days",
        ),
        (30, 90, 365),
    ),
    *over_windows(
        Feature(
            "touch_kinds_{w}d",
            "engagement",
            "近 {w} 天跟进方式数",
            "kinds of touch in the last {w} days",
            "interactions",
            "distinct",
            label="kind",
        ),
        (90, 365),
    ),
    *over_windows(
        Feature(
            "touch_contacts_{w}d",
            "engagement",
            "近 {w} 天接触的联系人数",
            "contacts reached in the last {w} days",
            "interactions",
            "distinct",
            label="contact_id",
        ),
        (90, 365),
    ),
    *over_windows(
        Feature(
            "touch_seconds_{w}d",
            "engagement",
            "近 {w} 天跟进时长",
            "time spent in the last {w} days",
            "interactions",
            "sum",
            measure="duration_s",
            unit="seconds",
        ),
        (30, 90, 365),
    ),
    _named(_TOUCHES, "touch_recency", "距上次跟进天数", "days since the last touch", "recency_days"),
    _named(_KIND, "touch_recency_by_kind", "距上次跟进天数", "days since the last touch", "recency_days"),
    _named(_THEIRS, "touch_recency_theirs", "距客户上次主动天数", "days since they last started a touch", "recency_days"),
    _named(_TOUCHES, "touch_gap_mean", "跟进平均间隔", "mean gap between touches", "gap_mean_days"),
    _named(_TOUCHES, "touch_gap_sd", "跟进间隔波动", "deviation of gaps between touches", "gap_sd_days"),
    _named(
        _TOUCHES, "touch_lateness", "跟进间隔与往常之比", "time since the last touch against the usual gap", "lateness", "ratio"
    ),
    *over_half_lives(
        Feature(
            "touches_decayed_{w}d",
            "engagement",
            "近期跟进热度（每 {w} 天减半）",
            "recent touches, weight halving every {w} days",
            "interactions",
            "decay_count",
            unit="number",
        ),
        (28, 90, 180),
    ),
    *over_half_lives(
        Feature(
            "touches_by_kind_decayed_{w}d",
            "engagement",
            "近期跟进热度（每 {w} 天减半）",
            "recent touches, weight halving every {w} days",
            "interactions",
            "decay_count",
            unit="number",
            per="kind",
        ),
        (28, 90, 180),
    ),
    trend(_TOUCHES, 30, 90),
    trend(_TOUCHES, 180, 180),
    Feature(
        "touches_90d_year_before",
        "engagement",
        "去年同期 90 天跟进次数",
        "touches in the same 90 days a year before",
        "interactions",
        "count",
        window_days=90,
        offset_days=365,
    ),
    *over_windows(
        Feature(
            "touches_ours_{w}d",
            "engagement",
            "近 {w} 天我方主动次数",
            "touches we started in the last {w} days",
            "interactions",
            "count",
            where=_OURS,
        ),
        (30, 90),
    ),
    *_replies("their", (("direction", "in"),), "客户回复用时", "how long they took to reply"),
    *_replies("our", _OURS, "我方回复用时", "how long we took to reply"),
    *over_windows(
        Feature(
            "sentiment_{w}d",
            "engagement",
            "近 {w} 天平均情绪",
            "mean sentiment in the last {w} days",
            "interactions",
            "mean",
            measure="sentiment",
            scale=1 / THOUSANDTHS,
            unit="number",
        ),
        (90, 365),
    ),
    Feature(
        "sentiment_last",
        "engagement",
        "最近一次情绪",
        "last sentiment",
        "interactions",
        "last",
        measure="sentiment",
        scale=1 / THOUSANDTHS,
        unit="number",
    ),
    Feature(
        "colleagues_365d",
        "engagement",
        "近一年参与跟进的同事数",
        "colleagues who touched the account in the last year",
        "interactions",
        "distinct",
        label="owner_id",
        window_days=365,
    ),
)
