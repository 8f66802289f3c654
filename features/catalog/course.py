"""How an opportunity has gone since it was opened: how dense, when, by whom, how fast, and how large beside its like.

Counts grow with age, and the same count means another thing on day 20 than on day 200; so they are taken per week of
its life, and by month of its life.
"""

from __future__ import annotations

from dataclasses import replace

from features.catalog.fit import AMOUNT, SHRINK, SIZE
from features.catalog.urgency import AGE, CLOSE, PUSHES, STAGES_SEEN, TOUCHES
from features.derived import PHASES
from features.feature import POOLED, Feature

_WEEK = 7.0
_THEIRS, _DECIDES, _RIGID = (("direction", "in"),), (("contact_role", "decision_maker"),), (("type", "rigid"),)
_NEEDS = Feature(
    "opportunity_needs", "urgency", "该商机需求数", "needs of this opportunity", "needs", "count", path="opportunity"
)
_DECIDERS = Feature(
    "opportunity_decision_maker_met",
    "decision_chain",
    "该商机与决策人接触次数",
    "touches with a decision maker on this opportunity",
    "contact_touches",
    "count",
    where=_DECIDES,
    path="opportunity",
)
_MONTHS = {
    PHASES[0]: ("month_1", "开启后首月", "in the first month after the opening"),
    PHASES[1]: ("months_2_3", "开启后第二至三个月", "in the second and third month after the opening"),
    PHASES[2]: ("later", "开启三个月之后", "more than three months after the opening"),
}


def _a_week(feature: Feature) -> Feature:
    """A count over the weeks since the opening."""
    return replace(
        feature,
        name=f"{feature.name}_a_week",
        zh=f"{feature.zh}（开启以来平均每周）",
        en=f"{feature.en}, a week since the opening",
        scale=_WEEK,
        over=AGE,
        unit="ratio",
    )


def _share(whole: Feature, where: tuple[tuple[str, str], ...], name: str, zh: str, en: str) -> Feature:
    return replace(whole, name=name, zh=zh, en=en, where=where, over=whole, unit="share")


def _in_phase(phase: str) -> Feature:
    name, zh, en = _MONTHS[phase]
    return replace(
        TOUCHES, name=f"{TOUCHES.name}_{name}", zh=f"{TOUCHES.zh}（{zh}）", en=f"{TOUCHES.en} {en}", where=(("phase", phase),)
    )


def _against_first(phase: str) -> Feature:
    """Touches of a later phase for each one of the first month."""
    later = _in_phase(phase)
    return replace(
        later,
        name=f"{later.name}_against_first",
        zh=f"{later.zh}与首月之比",
        en=f"{later.en}, for each one in the first month",
        over=_in_phase(PHASES[0]),
        unit="ratio",
    )


def _first(source: str, per: str, zh: str, en: str) -> Feature:
    """From the opening to the first event of each kind."""
    return Feature(
        f"opportunity_first_{per}",
        "urgency",
        zh,
        en,
        source,
        "tenure_days",
        path="opportunity",
        per=per,
        scale=-1.0,
        plus=AGE,
        unit="days",
    )


FEATURES = (
    TOUCHES,
    _a_week(TOUCHES),
    *(_in_phase(phase) for phase in PHASES),
    *(_against_first(phase) for phase in PHASES[1:]),
    _share(
        TOUCHES,
        _THEIRS,
        "opportunity_touches_theirs_share",
        "该商机客户主动占比",
        "share of touches they started on this opportunity",
    ),
    Feature(
        "opportunity_sentiment",
        "engagement",
        "该商机平均情绪",
        "mean sentiment on this opportunity",
        "interactions",
        "mean",
        measure="sentiment",
        path="opportunity",
    ),
    _a_week(_DECIDERS),
    _share(
        _NEEDS, _RIGID, "opportunity_needs_rigid_share", "该商机刚性需求占比", "share of this opportunity's needs that are rigid"
    ),
    _first("stage_changes", "stage", "从开启到首次进入某阶段的天数", "days from the opening to the first move to a stage"),
    _first("interactions", "kind", "从开启到首次某类跟进的天数", "days from the opening to the first touch of a kind"),
    _a_week(STAGES_SEEN),
    _a_week(PUSHES),
    replace(
        CLOSE,
        name="opportunity_cycle",
        zh="从开启到预计成交的天数",
        en="days from the opening to the stated closing date",
        plus=AGE,
    ),
    replace(
        AMOUNT,
        name="amount_against_size",
        zh="商机金额与同规模客户通常金额之比",
        en="stated amount against what is usual at the same size of company",
        unit="ratio",
        over=Feature(
            "usual_amount",
            "fit",
            "同规模客户通常的商机金额",
            "usual amount at the same size of company",
            "opportunities_closed",
            POOLED,
            measure="amount",
            key=SIZE,
            shrink=SHRINK,
            unit="money",
        ),
    ),
)
