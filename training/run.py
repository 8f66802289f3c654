"""Every task of a company trained, logged and, where it passes the gate, put into service."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from features.history_file import load_history
from models.predict import ModelInfo
from models.registry import champion
from tables.snapshot import current_snapshot
from training.jobs import Jobs
from training.leaks.gate import unused_overrules
from training.promote import way_on
from training.tasks import TASKS
from training.tracking import log_trained
from training.train import Trained, train_task
from workspace.errors import ForesaleError
from workspace.progress import SILENT, Progress
from workspace.workspace import Workspace

_AT_ONCE = 2  # fits, each in one thread


@dataclass(frozen=True)
class Outcome:
    """What became of one task: its training, the registered version, and whether that is champion."""

    trained: Trained
    model: ModelInfo
    promoted: bool

    def as_dict(self) -> dict[str, Any]:
        """The model as plain JSON types."""
        return {**vars(self.model), "champion": self.promoted}


def train_all(workspace: Workspace, tasks: Iterable[str] | None = None, progress: Progress = SILENT) -> dict[str, Outcome]:
    """Train the tasks named, or all that the workspace sets, from the current snapshot.

    Raises ForesaleError for a task that there is not, or one that the workspace does not set.
    """
    names = list(tasks or (name for name in TASKS if getattr(workspace.tasks, name) is not None))
    if unknown := sorted(set(names) - set(TASKS)):
        raise ForesaleError("unknown task", got=unknown[0], expected=", ".join(TASKS), do="pass --task with one of these")
    snapshot = current_snapshot(workspace)
    with progress.during("grouping the history"):
        history = load_history(snapshot)
    found = {}
    with ThreadPoolExecutor(_AT_ONCE) as fits, ThreadPoolExecutor(max(1, len(names))) as whole:
        jobs = Jobs(progress, fits)
        trained = whole.map(lambda name: train_task(workspace, history, TASKS[name], jobs), names)
        for name, result in zip(names, trained, strict=True):
            with progress.during(f"{name}: into MLflow"):
                found[name] = Outcome(result, *log_trained(workspace, snapshot.name, result))
            for line in _told(workspace, found[name]):
                progress(f"{name}: {line}")
    if found and not tasks:
        for name in unused_overrules(outcome.trained.leaks for outcome in found.values()):
            progress(f"overrule of {name} is not used: nothing was found in any task")
    return found


def _told(workspace: Workspace, outcome: Outcome) -> Iterator[str]:
    trained, name = outcome.trained, outcome.trained.task.name
    yield trained.test_evaluation.headline
    yield f"version {outcome.model.version} {'is champion' if outcome.promoted else 'stays out'} ({trained.verdict.reason})"
    if not outcome.promoted and champion(workspace, name) is None:
        yield f"no model is in force. {way_on(name, outcome.model.version, trained.verdict)}"
