"""What changed between two scored runs: who rose and who fell, in words a manager reads in the morning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.prediction import Prediction

_MOST = 10
WORDS = {
    "zh": {
        "title": "每日变化",
        "first": "首次评分，无可比对象。",
        "scored": "已评分 {} 条。",
        "churn": "流失风险上升最多",
        "conversion": "成交概率上升最多",
        "value": "预期价值下降最多",
    },
    "en": {
        "title": "What changed",
        "first": "First run: nothing to compare with.",
        "scored": "{} predictions.",
        "churn": "Churn risk rose most",
        "conversion": "Conversion probability rose most",
        "value": "Expected value fell most",
    },
}


@dataclass(frozen=True)
class Change:
    """One entity's shown number before and now (a probability, or minor units of money)."""

    task: str
    entity_id: str
    before: float
    now: float

    @property
    def concern(self) -> float:
        """How much it matters: risk and probability count when they rise, value when it falls."""
        return self.before - self.now if self.task == "value" else self.now - self.before


def changes(before: Sequence[Prediction], now: Sequence[Prediction]) -> list[Change]:
    """The largest changes of each task, largest first; entities scored in only one run are left out."""
    earlier = {(p.task, p.entity_id): p.shown for p in before if p.shown is not None}
    moved = [
        Change(p.task, p.entity_id, earlier[(p.task, p.entity_id)], p.shown)
        for p in now
        if p.shown is not None and (p.task, p.entity_id) in earlier
    ]
    out: list[Change] = []
    for task in ("churn", "conversion", "value"):
        ranked = sorted((c for c in moved if c.task == task and c.concern > 0), key=lambda c: (-c.concern, c.entity_id))
        out += ranked[:_MOST]
    return out


def change_report(found: Sequence[Change], scored: int, *, first: bool, language: str, minor_units: int) -> str:
    """Markdown for people."""
    words = WORDS[language]
    lines = [f"# {words['title']}", "", words["scored"].format(scored)]
    if first:
        return "\n".join([*lines, words["first"], ""])
    for task in ("churn", "conversion", "value"):
        rows = [change for change in found if change.task == task]
        if rows:
            lines += ["", f"## {words[task]}", *(_line(change, minor_units) for change in rows)]
    return "\n".join([*lines, ""])


def _line(change: Change, minor_units: int) -> str:
    if change.task == "value":
        return f"- {change.entity_id}: {change.before / minor_units:,.2f} → {change.now / minor_units:,.2f}"
    return f"- {change.entity_id}: {change.before:.1%} → {change.now:.1%}"
