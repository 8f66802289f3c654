"""What a running server holds: the engine, swapped whole when models change, and the ranked list of the latest run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.exc import SQLAlchemyError

from models.change import Change
from models.predict import ModelInfo
from models.prediction import Prediction
from models.suggestions import Suggestion
from serving.access.busy import Slots
from serving.insight.latest import Latest, latest_of
from serving.insight.ranking import AccountRow, Board
from serving.problems import Problem
from serving.runs import Run, ScoredRun
from serving.settings import Settings
from serving.store.scores import Store
from serving.telemetry import Metrics
from serving.what_if import Event, Kind
from workspace.workspace import Workspace


class Predictor(Protocol):
    """What serving asks of an engine (serving/engine.py): models and a history that answer for any ids."""

    @property
    def workspace(self) -> Workspace:
        """The company."""

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks with a model."""

    @property
    def latest_as_of(self) -> datetime:
        """The last moment the history knows."""

    @property
    def models(self) -> dict[str, ModelInfo]:
        """The model of each task."""

    def predict(
        self, task: str, ids: Sequence[str], as_of: datetime | None = None, *, within_days: float | None = None
    ) -> list[Prediction]:
        """One prediction per id, in order, as far as it is known unless told otherwise; of conversion also within fewer days.

        Raises UnknownEntity for ids that the history does not hold, ForesaleError for a horizon without an answer.
        """

    def holds(self, kind: Kind, key: str) -> bool:
        """Whether there is an account, or an opportunity, of this id."""

    def open_opportunities(self, accounts: Sequence[str], as_of: datetime | None = None) -> dict[str, list[str]]:
        """The opportunities of each account that conversion asks about at a moment, by id."""

    def explain_change(self, task: str, entity_id: str, then: datetime, now: datetime, told: Prediction | None = None) -> Change:
        """Why a number moved between two moments."""

    def next_actions(self, task: str, ids: Sequence[str], as_of: datetime) -> dict[str, tuple[Suggestion, ...]]:
        """What is worth doing about each id."""

    def supposed(self, kind: Kind, key: str, events: Sequence[Event], as_of: datetime | None = None) -> Predictor:
        """The same for one account or deal, as if there were further events; raises ForesaleError for one it cannot read."""


LoadEngine = Callable[[], Predictor]


def _no_scores() -> Problem:
    return Problem(503, "no-scores", "No scores are stored yet. Run `foresale score` first.", headers={"retry-after": "60"})


def no_model(engine: Predictor, task: str, status: int = 422, **place: str) -> Problem:
    """A task that no model answers; `place` says where in the request it is named."""
    detail = f"No model is loaded for {task}. Loaded: {', '.join(engine.tasks)}."
    return Problem(status, "task-not-loaded", detail, errors=[{**place, "detail": detail}])


class EngineHolder:
    """The engine in use. A reload replaces it in one step after the new one is whole; a failure keeps the old one."""

    def __init__(self, load: LoadEngine, metrics: Metrics, log: Any) -> None:
        self._load, self._metrics, self._log = load, metrics, log
        self._reloading = threading.Lock()
        self._first: Future[Predictor] | None = None
        self._engine: Predictor | None = None
        self._loader = ThreadPoolExecutor(1, "engine-loader")

    def start(self, before: Callable[[], object]) -> None:
        """Begin loading in the background: the server answers /livez meanwhile. `before` is done first; should it fail, whoever
        asks for the same does it again."""
        self._loader.submit(before)
        self._first = self._loader.submit(self.reload)
        self._first.add_done_callback(self._report)

    def _report(self, first: Future[Predictor]) -> None:
        if not first.cancelled() and (error := first.exception()):
            self._log.error("models not loaded", kind=type(error).__name__, error=str(error))

    def stop(self) -> None:
        """Wait for a load in progress."""
        self._loader.shutdown(cancel_futures=True)

    def reload(self) -> Predictor:
        """Load a new engine and use it from the next request on. One reload runs at a time."""
        with self._reloading:
            engine = self._load()
            self._metrics.loaded(engine.models)
            self._engine = engine
        return engine

    @property
    def missing(self) -> str | None:
        """Why there is no engine yet, or None."""
        if self._engine is not None:
            return None
        failed = self._first is not None and self._first.done()
        return "the models could not be loaded: see the server's log" if failed else "the models are still loading"

    @property
    def engine(self) -> Predictor:
        """The engine in use. Raises Problem 503 until the first one is loaded."""
        if self._engine is None:
            raise Problem(503, "not-ready", f"Not ready: {self.missing}.", headers={"retry-after": "5"})
        return self._engine


@dataclass
class Runtime:
    """Everything a request needs. What follows from the latest run is computed once per run."""

    settings: Settings
    store: Store
    metrics: Metrics
    holder: EngineHolder
    _latest: Latest | None = None
    slots: Slots = field(init=False)
    _ranking: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.slots = Slots(self.settings.most_at_once)

    def latest(self) -> Latest | None:
        """The latest stored run; None before the first."""
        run = self.store.latest_run()
        if run is None or self._is_latest(run):
            return self._latest if run else None
        with self._ranking:
            if not self._is_latest(run):
                self._latest = self._ranked()
            return self._latest

    def _is_latest(self, run: Run) -> bool:
        return self._latest is not None and self._latest.board.run == run

    def board(self) -> Board:
        """The ranked accounts of the latest run. Raises Problem 503 before the first run."""
        return self.stored().board

    def stored(self) -> Latest:
        """The latest run. Raises Problem 503 before the first one."""
        latest = self.latest()
        if latest is None:
            raise _no_scores()
        return latest

    def _ranked(self) -> Latest | None:
        workspace, snapshot = self.settings.workspace, self.store.scored_run()
        if snapshot is None:
            return None
        return latest_of(snapshot, workspace)

    def account(self, account_id: str) -> tuple[AccountRow, ScoredRun]:
        """One account's row and its stored predictions. Raises Problem 404 when the latest run does not know it."""
        row, snapshot = self.board().by_id.get(account_id), self.store.scored_run(account_id)
        if row is None or snapshot is None:
            raise Problem(404, "unknown-account", "The latest scores hold no account with this id.")
        return row, snapshot

    def next_actions(self, predictions: Iterable[Prediction]) -> dict[tuple[str, str], tuple[Suggestion, ...]]:
        """What is worth doing, by task and id; nothing where another model than the one in use told the number."""
        engine = None if self.holder.missing else self.holder.engine
        told = [one for one in predictions if engine and one.bundle_sha256 == engine.models[one.task].bundle_sha256]
        return {
            (one.task, one.entity_id): engine.next_actions(one.task, [one.entity_id], one.as_of)[one.entity_id]
            for one in told
            if engine
        }

    def waiting_for(self) -> list[str]:
        """Why the server cannot answer everything yet: empty when it is ready."""
        return [reason for reason in (self.holder.missing, self._store_missing()) if reason]

    def _store_missing(self) -> str | None:
        try:
            return None if self.store.latest_run() else "no scores are stored: run `foresale score`"
        except SQLAlchemyError:
            return "the score store does not answer"
