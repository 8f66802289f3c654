"""Every task of a company trained, logged and, where it passes the gate, put into service."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

from threadpoolctl import threadpool_limits

from features.history import History
from features.history_file import load_history
from models.predict import ModelInfo
from models.registry import aliased
from tables.snapshot import Snapshot, current_snapshot
from training.challenge.challenge import Challenge, challenge
from training.jobs import Jobs
from training.leaks.gate import unused_overrules
from training.tasks import TASKS
from training.tracking import end_interrupted, log_trained
from training.train import Trained, require_possible, train_task
from workspace.errors import ForesaleError
from workspace.progress import SILENT, Progress
from workspace.workspace import Workspace

_AT_ONCE = 2  # fits, each in one thread: sums are the same on any machine, and threads do not wait for each other


@dataclass(frozen=True)
class Outcome:
    """What became of one task: its training, the registered version, whether that is champion, whether any version is, and
    the comparison with the champion there was."""

    trained: Trained
    model: ModelInfo
    promoted: bool
    in_force: bool
    challenge: Challenge | None = None

    def as_dict(self) -> dict[str, Any]:
        """The model as plain JSON types."""
        contender = self.trained.scorer.contender
        compared = self.challenge.as_dict() if self.challenge else None
        own = {"champion": self.promoted, "contender": contender, "in_force": self.in_force, "challenge": compared}
        return {**vars(self.model), **own}


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
    for name in names:
        require_possible(workspace, history, name)
    if left := end_interrupted(workspace):
        progress(f"{left} runs that an interrupted training left behind are ended as KILLED")
    found = {}
    one_thread, whole = threadpool_limits(1), ThreadPoolExecutor(max(1, len(names)))
    with one_thread, ThreadPoolExecutor(_AT_ONCE) as fits, whole:
        jobs = Jobs(progress, fits)
        trained = {whole.submit(train_task, workspace, history, TASKS[name], jobs): name for name in names}
        for done in as_completed(trained):
            if done.exception() is None:
                found[trained[done]] = _logged(workspace, snapshot, history, done.result(), progress)
    for done in trained:
        done.result()  # raises what became of a task that failed, once the others are kept
    found = {name: found[name] for name in names}
    if found and not tasks:
        for name in unused_overrules(outcome.trained.leaks for outcome in found.values()):
            progress(f"overrule of {name} is not used: nothing was found in any task")
    return found


def _logged(workspace: Workspace, snapshot: Snapshot, history: History, trained: Trained, progress: Progress) -> Outcome:
    """One finished task into MLflow at once: another that fails takes nothing of it away."""
    name = trained.task.name
    with progress.during(f"{name}: beside the champion"):
        compared = challenge(workspace, snapshot, history, trained)
    if compared is None and trained.verdict.passed and aliased(workspace, name) is not None:
        progress(f"{name}: the champion there was cannot be heard on these rows, and is replaced without a comparison")
    with progress.during(f"{name}: into MLflow"):
        model, promoted = log_trained(workspace, snapshot.name, trained, compared)
    outcome = Outcome(trained, model, promoted, promoted or aliased(workspace, name) is not None, compared)
    for line in _told(outcome):
        progress(f"{name}: {line}")
    return outcome


def _told(outcome: Outcome) -> Iterator[str]:
    trained = outcome.trained
    yield trained.test_evaluation.headline
    stays = "stays challenger" if trained.verdict.passed else "stays out"
    yield f"version {outcome.model.version} {'is champion' if outcome.promoted else stays} ({trained.verdict.reason})"
    yield from outcome.challenge.lines("en") if outcome.challenge else ()
    if outcome.promoted:
        return
    if outcome.in_force:
        yield "the champion there was stays in force"
    else:
        yield "everybody is answered with the base rate, said so; foresale check says what would help"
