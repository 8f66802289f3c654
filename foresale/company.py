"""One company as an object: what a notebook uses and what the commands call, a method a verb."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foresale.moments import Moment, parsed
from workspace.files import alone
from workspace.progress import SILENT, Progress
from workspace.workspace import Workspace, load_workspace

if TYPE_CHECKING:
    import pandas as pd

    from display.words import Language
    from features.history import History
    from models.change import Change
    from models.prediction import Prediction
    from models.suggestions import Suggestion
    from readiness.check import Checkup
    from serving.engine import Engine
    from serving.store.scores import Store
    from tables.ingest import IngestResult
    from tables.sent_rows import Sent
    from tables.snapshot import Snapshot
    from training.promote import Overrule
    from training.run import Outcome


def open_company(file: str | Path = "foresale.toml", progress: Progress = SILENT) -> Company:
    """The company that a workspace file describes. Nothing is read but that file.

    Raises ForesaleError naming file, key, what it got, what it expected and what to do.
    """
    return Company(load_workspace(file), progress)


@dataclass(frozen=True)
class Company:
    """One company: its validated workspace, and whom to tell how far the work is."""

    workspace: Workspace
    progress: Progress = SILENT

    def ingest(self, *, full: bool = False, since: str | None = None) -> IngestResult:
        """Read what is new in the sources into canonical tables, one run at a time; `full` reads everything again.

        Every row is accepted or quarantined with a reason; the result holds the counts and the snapshot. Events that the CRM
        sent count too, where no source has their row.
        """
        from tables.ingest import ingest

        self._forget_engine()
        with self.alone():
            return ingest(self.workspace, self.progress, since=since, full=full, sent=self._sent())

    def _sent(self) -> Sent:
        """What the CRM sent as events."""
        from serving.store.events import all_sent

        with self.store() as store:
            return all_sent(store)

    def check(self) -> Checkup:
        """Ingest, and judge whether the data can carry each task, what is damaged, and what would help."""
        from readiness.check import check

        with self.alone():
            return check(self.workspace, self.progress)

    @property
    def snapshot(self) -> Snapshot:
        """The canonical tables in force; raises ForesaleError before the first ingest."""
        from tables.snapshot import current_snapshot

        return current_snapshot(self.workspace)

    @property
    def history(self) -> History:
        """The events of the snapshot in force, grouped by account and opportunity, mapped from disk."""
        from features.history_file import load_history

        return load_history(self.snapshot)

    def frame(self, task: str, as_of: Moment = None) -> pd.DataFrame:
        """Inputs of everyone `task` is about at a moment: an index of ids, one column a feature.

        `as_of` is a moment with its offset, or a day: the last second before it begins in the company's time zone. Unset
        it is the end of the history. Raises ForesaleError for a moment after that.
        """
        from features.catalog import feature_set
        from features.frames import frame_as_of
        from features.population import end_of_history, moment_asked
        from training.splits.dateless import known_at_creation
        from training.tasks import population_of

        history = self.history
        moment = moment_asked(self._stated(as_of), end_of_history(history.latest))
        population = population_of(self.workspace, task)
        declared = feature_set(self.workspace, population.entity)
        features = known_at_creation(declared) if population.dateless else declared
        return frame_as_of(history, population, features, int(moment.timestamp()))

    def training_set(self, task: str) -> pd.DataFrame:
        """Every row that a model of `task` may be fitted on, at the cutoffs that the workspace declares.

        An index of ids and `as_of`, one column a feature, and the outcome as the last column, `label`: 1 or 0, money in
        minor units. Only outcomes that were settled before the test begins.
        """
        from features.rows import indexed
        from training.train import training_rows

        history = self.history
        rows = training_rows(self.workspace, history, task)
        return indexed(history, rows.spine, rows.frame).assign(label=rows.label)

    def export(self, task: str, out: Path, as_of: datetime | None = None, *, spark: bool = False) -> tuple[int, datetime]:
        """Write everyone's features for a task as Parquet files into an empty folder; how many rows, and as of when."""
        from features.export import export_features

        return export_features(self.workspace, task, as_of, out, spark=spark, progress=self.progress)

    def train(self, tasks: Iterable[str] | None = None) -> dict[str, Outcome]:
        """Fit each task, compare it with its rivals, log it to MLflow, and promote what passes the gate."""
        with self.progress.during("loading the training libraries"):
            from training.run import train_all

        self._forget_engine()
        return train_all(self.workspace, tasks, self.progress)

    def compared(self, task: str, version: str, language: Language) -> list[str]:
        """What the comparison of a version with the champion of its day came to, in words; nothing where there was none."""
        from training.promote import compared

        return compared(self.workspace, task, version, language)

    def promote(self, task: str, version: str, despite: str | None = None) -> Overrule | None:
        """Make a version the champion: one that passed its gate and the comparison with the champion, or one that did not,
        `despite` that; that reason, who gave it and when are kept with the version, and returned."""
        from training.promote import promote

        self._forget_engine()
        return promote(self.workspace, task, version, despite)

    def rollback(self, task: str) -> str:
        """Make the champion before the present one champion again; its version."""
        from training.promote import rollback

        self._forget_engine()
        return rollback(self.workspace, task)

    @cached_property
    def engine(self) -> Engine:
        """The champions over the history, kept until this object ingests, trains or promotes.

        Raises ForesaleError when there is no model at all.
        """
        from serving.loading import load_engine

        return load_engine(self.workspace)

    def predict(
        self, task: str, ids: Sequence[str], as_of: Moment = None, *, within_days: float | None = None
    ) -> list[Prediction]:
        """Predictions with reasons for accounts (or, for conversion, opportunities), computed now, in the order of `ids`.

        `within_days` asks for the chance of a win within fewer days than the task's horizon; it never falls as days grow.
        Raises ForesaleError naming the ids that the history does not hold, or the longest horizon there is.
        """
        return self.engine.predict(task, ids, self.moment(as_of), within_days=within_days)

    def forecast(self, as_of: Moment = None) -> pd.DataFrame:
        """What the opportunities open at a moment will bring, a row a month up to the horizon of conversion.

        Columns `first`, `until`, `wins`, `revenue` (minor units), and the ends of their 80 % ranges (`wins_range`,
        `revenue_range`). Raises ForesaleError where conversion has no model or no dates.
        """
        import pandas as pd

        return pd.DataFrame([vars(part) for part in self.engine.forecast(self.moment(as_of))])

    def explain_change(
        self, task: str, entity_id: str, then: Moment, now: Moment = None, told: Prediction | None = None
    ) -> Change:
        """Why a number moved between two moments: corrected data, another model, time that passed, and new events by fact.

        `told` is the prediction of that moment as it was stored, perhaps by an earlier version of the model; without it the
        present model answers for both. Raises ForesaleError where there is no number at one of the moments.
        """
        from features.population import moment_asked

        first, last = (moment_asked(self._stated(moment), self.engine.latest_as_of) for moment in (then, now))
        return self.engine.explain_change(task, entity_id, first, last, told)

    def next_actions(self, task: str, ids: Sequence[str], as_of: Moment = None) -> dict[str, tuple[Suggestion, ...]]:
        """What is worth doing about each account (or, for conversion, opportunity), the best first, with what is seen to follow.

        An association that the model has seen in other customers, shown where it has seen enough of them; never a promise.
        """
        return self.engine.next_actions(task, ids, self.moment(as_of))

    def what_if(
        self, task: str, entity_id: str, events: Sequence[Mapping[str, object]], as_of: Moment = None
    ) -> tuple[Prediction, Prediction]:
        """The answer as it is, and as it would be with supposed events, such as `{"table": "interactions", "kind": "visit"}`.

        Each is a row of a canonical table, money in whole units; unless it says otherwise it is about the entity asked for and
        happens at `as_of`. Raises ForesaleError for an event that cannot be read.
        """
        from serving.what_if import what_if

        return what_if(self.engine, task, entity_id, events, self.moment(as_of))

    def score(self, as_of: Moment = None, out: Path | None = None) -> tuple[int, datetime]:
        """Predict for everyone and store it; how many, and as of when. With `out`: on Spark, into Parquet files."""
        if out is not None:
            from serving.cluster import write_scores

            return write_scores(self.workspace, self._stated(as_of), out)
        from serving.batch import score_and_store

        with self.progress.during("loading history and models"):
            moment = self.moment(as_of)
        with self.store() as store:
            return score_and_store(self.engine, store, moment, self.progress), moment

    def scores(self) -> pd.DataFrame:
        """The latest stored predictions, one a row, as `Prediction` names its parts; empty before the first run."""
        import pandas as pd

        with self.store() as store:
            run = store.latest_run()
            return pd.DataFrame([prediction.as_dict() for prediction in store.predictions(run)] if run else [])

    def despite(self) -> dict[str, str]:
        """The champions that did not pass their gate, and why each is used all the same."""
        from models.registry import despite

        return {task: why for task in self.engine.tasks if (why := despite(self.workspace, task))}

    def report_changes(self) -> Path:
        """Write what changed since the scored run before, in both languages; the file."""
        from serving.batch import write_change_reports

        with self.store() as store:
            return write_change_reports(self.workspace, store)

    def alone(self) -> AbstractContextManager[None]:
        """Hold the company's lock over several steps; raises ForesaleError when another run does."""
        return alone(self.workspace.data_dir)

    def serve(self, **settings: Any) -> None:
        """Serve the API and the pages until interrupted; `settings` are those of `serving.settings.Settings`."""
        from serving.app import serve
        from serving.live import live
        from serving.loading import load_engine
        from serving.settings import Settings

        with self.store() as store:
            serve(Settings(self.workspace, **settings), lambda: live(load_engine(self.workspace), store), store)

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The score store, closed at the end."""
        from serving.store.scores import open_store

        self.workspace.data_dir.mkdir(parents=True, exist_ok=True)
        with open_store(self.workspace.store_url) as store:
            yield store

    def moment(self, as_of: Moment = None) -> datetime:
        """The moment that the engine answers for: the end of the history unless told otherwise.

        Raises ForesaleError for one after it.
        """
        from features.population import moment_asked

        return moment_asked(self._stated(as_of), self.engine.latest_as_of)

    def _forget_engine(self) -> None:
        self.__dict__.pop("engine", None)

    def _stated(self, as_of: Moment) -> datetime | None:
        """The moment meant; nobody has looked yet whether the history reaches it."""
        moment = parsed(as_of) if isinstance(as_of, str) else as_of
        if isinstance(moment, date) and not isinstance(moment, datetime):
            return datetime(moment.year, moment.month, moment.day, tzinfo=self.workspace.zone) - timedelta(seconds=1)
        return moment
