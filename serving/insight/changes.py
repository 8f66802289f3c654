"""What changed between two scored runs: who rose and who fell, in words a manager reads in the morning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from display.language import Writer
from display.pages import render
from display.words import LANGUAGES, Language
from models.prediction import Prediction
from serving.store.scores import Store
from workspace.errors import ForesaleError
from workspace.files import write_atomically
from workspace.workspace import Workspace

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


def write_change_reports(workspace: Workspace, store: Store) -> Path:
    """Compare the latest run with the one before; one Markdown file per language, named by date. Returns their folder."""
    run = store.latest_run()
    if run is None:
        raise ForesaleError("nothing is scored", do="run: foresale score")
    before, now = store.previous_run(run), store.predictions(run)
    found = changes(store.predictions(before), now) if before else []
    folder = workspace.data_dir / "reports"
    folder.mkdir(exist_ok=True)
    for language in LANGUAGES:
        text = change_report(found, len(now), first=before is None, language=language, minor_units=workspace.minor_units)
        write_atomically(folder / f"changes-{run.as_of.date()}.{language}.md", text)
    return folder
