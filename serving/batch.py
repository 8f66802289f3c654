"""Predictions for every account and open opportunity as of a date, into the store; and what changed since the run before."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from display.words import LANGUAGES
from models.prediction import Prediction
from serving.advice import advice
from serving.engine import Engine
from serving.insight.changes import change_report, changes
from serving.runs import Run, ScoredRun
from serving.store.scores import Store
from workspace.errors import ForesaleError
from workspace.files import write_atomically
from workspace.progress import SILENT, Progress
from workspace.workspace import Workspace

_CHUNK = 500


def score_everyone(engine: Engine, as_of: datetime, progress: Progress = SILENT) -> list[Prediction]:
    """Every account for value and churn, every open opportunity for conversion, task by task, sorted by id."""
    out: list[Prediction] = []
    for task in engine.tasks:
        ids = engine.everyone(task) if engine.asks_accounts(task) else engine.population(task, as_of)
        progress.step(f"scoring {task}", 0, len(ids))
        for start in range(0, len(ids), _CHUNK):
            out += engine.predict(task, ids[start : start + _CHUNK], as_of)
            progress.step(f"scoring {task}", min(start + _CHUNK, len(ids)), len(ids))
    return out


def score_and_store(engine: Engine, store: Store, as_of: datetime, progress: Progress = SILENT) -> int:
    """Score everyone and replace the stored run of the same `as_of` and models; returns how many were stored."""
    predictions, facts = score_everyone(engine, as_of, progress), engine.facts(as_of)
    progress.step("what to do this week", 0, 1)
    advised = advice(engine, ScoredRun(Run(0, as_of, as_of, {}), predictions, facts))
    store.save_run(as_of, predictions, engine.models, replace(facts, advice=advised))
    return len(predictions)


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
