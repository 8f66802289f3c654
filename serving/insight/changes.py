"""What changed between two scored runs: who rose and who fell, in words a manager reads in the morning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from display.language import Writer
from display.pages import render
from display.words import Language
from models.prediction import Prediction

_MOST = 10
_TASKS = ("churn", "conversion", "value")


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
    for task in _TASKS:
        ranked = sorted((c for c in moved if c.task == task and c.concern > 0), key=lambda c: (-c.concern, c.entity_id))
        out += ranked[:_MOST]
    return out


def change_report(found: Sequence[Change], scored: int, *, first: bool, language: Language, minor_units: int) -> str:
    """Markdown for people."""

    def shown(change: Change, number: float) -> str:
        return f"{number / minor_units:,.2f}" if change.task == "value" else f"{number:.1%}"

    by_task = {task: [change for change in found if change.task == task] for task in _TASKS}
    return render("serving.insight", "changes.md", Writer(language), found=by_task, scored=scored, first=first, shown=shown)
