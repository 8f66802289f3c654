"""`foresale score`: predictions for every account and open opportunity as of a date, into the store."""

from __future__ import annotations

from datetime import datetime

from models.prediction import Prediction
from serving.engine import Engine
from serving.store.scores import Store
from workspace.progress import SILENT, Progress

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
    predictions = score_everyone(engine, as_of, progress)
    store.save_run(as_of, predictions, engine.models, engine.facts(as_of))
    return len(predictions)
