"""Urgency 需求紧急度: stage and time in it, the stated closing date and its moves, needs, offers, acceleration."""

from dataclasses import replace

from features.feature import POOLED, Feature, Term, over_windows, trend
from features.kernel.arrays import THOUSANDTHS
from features.kernel.layout import DAY
from features.kernel.program import Stat

TOUCHES = Feature(
    "opportunity_touches", "urgency", "该商机跟进次数", "touches on this opportunity", "interactions", "count", path="opportunity"
)
STAGE = Feature(
    "stage",
    "urgency",
    "阶段",
    "stage",
    "stage_changes",
    "last",
    measure="stage",
    path="opportunity",
    unit="category",
    categorical=True,
)
_IN_STAGE = Feature(
    "stage_days",
    "urgency",
    "当前阶段已停留天数",
    "days in the current stage",
    "stage_changes",
    "recency_days",
    path="opportunity",
    unit="days",
)
_USUAL = Feature(
    "stage_usual_days",
    "urgency",
    "该阶段通常停留天数",
    "usual days in the current stage",
    "stage_changes",
    POOLED,
    measure="spell_s",
    label="previous_stage",
    key=STAGE,
    scale=1 / DAY,
    shrink=5,
    path="opportunity",
    unit="days",
)


CLOSE = Feature(
    "days_to_close",
    "urgency",
    "距预计成交日天数",
    "days to the stated closing date",
    "opportunities",
    "days_until",
    measure="expected_close_at",
    unit="days",
    path="opportunity",
)
AGE = Feature(
    "opportunity_age",
    "urgency",
    "商机已开启天数",
    "days since the opportunity was opened",
    "opportunities",
    "days_since",
    measure="opened_at",
    unit="days",
    path="opportunity",
)
STAGES_SEEN = Feature(
    "stages_seen",
    "urgency",
    "经历过的阶段数",
    "stages seen so far",
    "stage_changes",
    "distinct",
    label="stage",
    path="opportunity",
)


def _change(name: str, zh: str, en: str, field: str, kind: str | None = None) -> Feature:
    where = (("field", field), *((("moved_kind", kind),) if kind else ()))
    return Feature(name, "urgency", zh, en, "opportunity_changes", "count", where=where, path="opportunity")


def _opportunity(name: str, zh: str, en: str, source: str, stat: Stat, unit: str = "count") -> Feature:
    return Feature(name, "urgency", zh, en, source, stat, path="opportunity", unit=unit)


PUSHES = _change("close_pushes", "预计成交日推迟次数", "times the closing date was pushed back", "expected_close_at", "later")

FEATURES = (
    CLOSE,
    AGE,
    replace(
        _change("close_changes", "预计成交日变更次数", "moves of the stated closing date", "expected_close_at", "later"),
        plus=Term(
            "opportunity_changes", "count", where=(("field", "expected_close_at"), ("moved_kind", "earlier")), path="opportunity"
        ),
    ),
    PUSHES,
    replace(
        _change(
            "close_pushed_days",
            "预计成交日累计推迟天数",
            "days the closing date was pushed back in all",
            "expected_close_at",
            "later",
        ),
        stat="sum",
        measure="moved",
        scale=1 / THOUSANDTHS / DAY,
        unit="days",
    ),
    _change("amount_raises", "金额上调次数", "times the stated amount was raised", "amount", "later"),
    _change("amount_cuts", "金额下调次数", "times the stated amount was cut", "amount", "earlier"),
    STAGE,
    _IN_STAGE,
    _USUAL,
    replace(
        _IN_STAGE,
        name="stage_lateness",
        zh="停留时长与该阶段通常之比",
        en="time in the stage against what is usual there",
        over=_USUAL,
        unit="ratio",
    ),
    *over_windows(
        Feature(
            "stage_moves_{w}d",
            "urgency",
            "近 {w} 天阶段变更次数",
            "stage changes in the last {w} days",
            "stage_changes",
            "count",
            path="opportunity",
        ),
        (30, 90),
    ),
    STAGES_SEEN,
    *over_windows(
        Feature(
            "account_stage_moves_{w}d",
            "urgency",
            "该客户近 {w} 天阶段变更次数",
            "stage changes of all the account's opportunities in the last {w} days",
            "stage_changes",
            "count",
        ),
        (30, 90),
    ),
    *over_windows(
        Feature(
            "opportunity_touches_{w}d",
            "urgency",
            "该商机近 {w} 天跟进次数",
            "touches on this opportunity in the last {w} days",
            "interactions",
            "count",
            path="opportunity",
        ),
        (7, 30, 90),
    ),
    Feature(
        "opportunity_touches_by_kind",
        "urgency",
        "该商机跟进次数",
        "touches on this opportunity",
        "interactions",
        "count",
        path="opportunity",
        per="kind",
    ),
    _opportunity(
        "opportunity_touch_recency",
        "该商机距上次跟进天数",
        "days since the last touch on this opportunity",
        "interactions",
        "recency_days",
        "days",
    ),
    trend(TOUCHES, 14, 42),
    Feature(
        "needs_by_type", "urgency", "该商机需求数", "needs of this opportunity", "needs", "count", path="opportunity", per="type"
    ),
    Feature(
        "needs_by_priority",
        "urgency",
        "该商机需求数",
        "needs of this opportunity",
        "needs",
        "count",
        path="opportunity",
        per="priority",
    ),
    _opportunity("need_recency", "距最近一次确认需求天数", "days since the last confirmed need", "needs", "recency_days", "days"),
    *over_windows(
        Feature(
            "account_needs_{w}d",
            "urgency",
            "该客户近 {w} 天需求数",
            "needs of the account in the last {w} days",
            "needs",
            "count",
        ),
        (90, 365),
    ),
    Feature(
        "account_needs_by_type_365d",
        "urgency",
        "该客户近一年需求数",
        "needs of the account in the last year",
        "needs",
        "count",
        window_days=365,
        per="type",
    ),
    _opportunity("quotes", "报价次数", "offers made", "quotes", "count"),
    _opportunity("quote_recency", "距最近一次报价天数", "days since the last offer", "quotes", "recency_days", "days"),
    *over_windows(
        Feature(
            "account_quotes_{w}d",
            "urgency",
            "该客户近 {w} 天报价次数",
            "offers made to the account in the last {w} days",
            "quotes",
            "count",
        ),
        (90, 365),
    ),
)
