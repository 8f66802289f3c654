"""The engine: one workspace's history and champions in memory, answering for any ids as of any date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
import pyarrow as pa

from features.history import History
from features.kernel.layout import DAY
from features.overlay import Tables, grouped, tables_of, with_rows
from features.parts import AccountParts
from features.population import end_of_history
from features.rows import NOBODY, Spine
from features.supposed import Subject
from models.change import Change, Reader, explain_change
from models.deals import Deals
from models.forecast import Part, forecast, months
from models.model import Floats
from models.predict import ModelInfo, Row, predict, shown_to_all
from models.prediction import Prediction
from models.registry import registered
from models.scorer import Scorer
from models.sentences import Value
from models.suggestions import Suggestion
from serving.known_facts import facts_of
from serving.loaded import GET_ONE, Loaded, UnknownEntity, load
from serving.next_actions import next_actions
from serving.runs import Facts
from serving.what_if import Event, Kind, rows_of, subject_stated
from tables.snapshot import Snapshot
from workspace.errors import ForesaleError
from workspace.workspace import Workspace


@dataclass(frozen=True)
class Engine:
    """Immutable, so any number of threads may ask it; a model change builds a new one and swaps."""

    workspace: Workspace
    history: History
    loaded: dict[str, Loaded]
    snapshot: Snapshot | None = None

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks that have a champion."""
        return tuple(self.loaded)

    @property
    def latest_as_of(self) -> datetime:
        """The last moment the history knows; a history without a single date stands as of the present day."""
        return end_of_history(self.history.latest)

    @property
    def models(self) -> dict[str, ModelInfo]:
        """Which registered model answers each task."""
        return {task: loaded.model for task, loaded in self.loaded.items()}

    def predict(
        self,
        task: str,
        ids: Sequence[str],
        as_of: datetime | None = None,
        *,
        with_features: bool = False,
        within_days: float | None = None,
    ) -> list[Prediction]:
        """Predictions in the order of `ids` (accounts, or opportunities for conversion), computed now; as of the last moment
        known unless told otherwise.

        `within_days` asks for the chance of a win within fewer days than the model's horizon. Raises UnknownEntity naming the
        ids the history does not hold, and ForesaleError for a horizon that the model has no answer for.
        """
        moment = as_of or self.latest_as_of
        loaded, second, spine = self._loaded(task), int(moment.timestamp()), self.rows(task, ids, moment)
        inside = loaded.scorer.population.members(self.history, spine)
        accounts = self.history.account_ids[spine.account]
        rows = [
            Row(key, account, second, _until(second, until, within_days), member)
            for key, account, until, member in zip(ids, accounts, spine.until.tolist(), inside.tolist(), strict=True)
        ]
        pipeline, own = loaded.pipeline.apart(spine)
        best = self._best_deals(loaded.scorer, spine)
        return predict(
            loaded.scorer,
            loaded.model,
            rows,
            pipeline.values(own),
            with_features=with_features,
            within_days=within_days,
            best_deals=best,
        )

    @cached_property
    def deals(self) -> Deals | None:
        """The deals and how likely each is won; None without a model for them, or without dates."""
        loaded = self.loaded.get("conversion")
        return Deals(loaded.scorer, loaded.pipeline) if loaded and not loaded.scorer.population.dateless else None

    def _best_deals(self, scorer: Scorer, spine: Spine, known_by: int | None = None) -> Floats | None:
        """The chance of a win that each account has, where a win speaks against what the scorer tells."""
        return self.deals.best(spine, known_by) if scorer.win_orders and self.deals else None

    def forecast(self, as_of: datetime) -> list[Part]:
        """Expected wins and revenue by month of the opportunities open at `as_of`, up to the horizon of conversion.

        Raises ForesaleError where conversion has no model, or one that does not know when wins come.
        """
        ids, loaded = self.population("conversion", as_of), self._loaded("conversion")
        timing = loaded.scorer.timing
        if timing is None:
            raise ForesaleError(
                "conversion cannot be forecast by month",
                got="a model that does not know when wins come",
                expected="one trained with tasks.conversion.horizon_days",
                do="set it in foresale.toml, and run: foresale train",
            )
        spans = months(as_of, timing.horizon_days, self.workspace.zone)
        pipeline, own = loaded.pipeline.apart(self.rows("conversion", ids, as_of))
        matrix = loaded.scorer.matrix(pipeline.values(own))
        ends = np.array([(until - as_of).total_seconds() / DAY for _, until in spans])
        within = shown_to_all(loaded.scorer, matrix)[:, None] * timing.by(matrix, ends)
        stated = self.facts(as_of).amounts_minor
        amounts = np.array([stated.get(key, 0) for key in ids], np.float64)
        return forecast(np.diff(within, axis=1, prepend=0.0), amounts, spans, timing.spread)

    def explain_change(self, task: str, entity_id: str, then: datetime, now: datetime, told: Prediction | None = None) -> Change:
        """Why a number moved between two moments; `told` is what was answered then, perhaps by an earlier version.

        Raises UnknownEntity for an id that the history does not hold, ForesaleError for one the task does not ask about.
        """
        loaded = self._loaded(task)
        spines = [self.rows(task, [entity_id], moment) for moment in (then, now)]
        for spine, moment in zip(spines, (then, now), strict=True):
            if not loaded.scorer.population.members(self.history, spine)[0]:
                raise ForesaleError(
                    f"{task} does not ask about {entity_id} at {moment.isoformat()}",
                    got="not in the population",
                    expected="an active account, or an open opportunity, at both moments",
                    do="choose moments at which there is a number",
                )
        teller = self._teller(task, told) if told and told.bundle_sha256 != loaded.model.bundle_sha256 else None
        readers = [self._reader(one, spines) for one in (loaded, teller) if one]
        own = [loaded.pipeline.apart(spine)[1] for spine in spines]
        return explain_change(entity_id, readers[0], own[0], own[1], told, readers[1] if teller else None)

    @cached_property
    def parts(self) -> AccountParts:
        """The canonical rows that the history was grouped from; raises ForesaleError for an engine without a snapshot."""
        if self.snapshot is None:
            raise ForesaleError(
                "no rows can be added here", got="an engine without its snapshot", do="open the company's own engine"
            )
        return AccountParts(self.snapshot)

    def supposing(self, task: str, tables: Tables, rows: Mapping[str, pa.Table]) -> Engine:
        """An engine that answers `task` for the accounts of some canonical tables as if further rows had been ingested."""
        bounding = {"conversion"} & self.loaded.keys() if self.scorer(task).win_orders else set()
        return self.with_rows(sorted({task} | bounding), tables, rows)

    def with_rows(self, tasks: Iterable[str], tables: Tables, rows: Mapping[str, pa.Table]) -> Engine:
        """The same for several tasks."""
        history = grouped(with_rows(tables, rows), self.history.zone, self.history.latest)
        return Engine(self.workspace, history, {name: self.loaded[name].on(history) for name in tasks}, self.snapshot)

    def supposed(
        self,
        kind: Kind,
        key: str,
        events: Sequence[Event],
        as_of: datetime | None = None,
        sent: Mapping[str, pa.Table] | None = None,
    ) -> Engine:
        """An engine for one account, or a deal and its account, as if there were further events, beside rows that were sent.

        It need not be known before: then the events hold its own row. Raises ForesaleError for an event that cannot be read.
        """
        known = self.holds(kind, key)
        subject = subject_stated(kind, key, events) if not known else Subject(key) if kind == "account" else self.of_deal(key)
        tables = with_rows(tables_of(self.parts, [subject.account_id]), sent or {})
        rows = rows_of(events, tables, subject, as_of or self.latest_as_of, self.workspace.minor_units)
        return self.with_rows(self.tasks, tables, rows)

    def next_actions(self, task: str, ids: Sequence[str], as_of: datetime) -> dict[str, tuple[Suggestion, ...]]:
        """What is worth doing about each id, the best first; nothing for one that the task does not ask about."""
        inside = self.scorer(task).population.members(self.history, self.rows(task, ids, as_of))
        asked = [key for key, member in zip(ids, inside, strict=True) if member]
        return {**dict.fromkeys(ids, ()), **next_actions(self, task, asked, as_of)} if asked else dict.fromkeys(ids, ())

    def scorer(self, task: str) -> Scorer:
        """The model of a task; raises ForesaleError without one."""
        return self._loaded(task).scorer

    def shown(self, task: str, ids: Sequence[str], as_of: datetime) -> list[float]:
        """The shown number of each id, without reasons; whether or not it is in the population."""
        loaded, spine = self._loaded(task), self.rows(task, ids, as_of)
        pipeline, own = loaded.pipeline.apart(spine)
        matrix, best = loaded.scorer.matrix(pipeline.values(own)), self._best_deals(loaded.scorer, spine)
        numbers: list[float] = shown_to_all(loaded.scorer, matrix, best).tolist()
        return numbers

    def subject(self, task: str, key: str) -> Subject:
        """The account that an id is, or the deal and its account."""
        return Subject(key) if self.asks_accounts(task) else self.of_deal(key)

    def of_deal(self, key: str) -> Subject:
        """A deal and its account."""
        account = self.history.opportunity_account[self.history.opportunity_codes[key]]
        return Subject(str(self.history.account_ids[account]), key)

    def evidence(self, task: str, ids: Sequence[str], as_of: datetime) -> list[dict[str, Value]]:
        """What is read of each id, by name."""
        loaded = self._loaded(task)
        pipeline, own = loaded.pipeline.apart(self.rows(task, ids, as_of))
        values = pipeline.values(own)
        return values.plain_rows(values.columns.names)

    def _reader(self, loaded: Loaded, spines: Sequence[Spine]) -> Reader:
        """A scorer over the history of one entity, whose rows then and now are `spines`."""
        of = {int(spine.as_of[0]): spine for spine in spines}
        return Reader(
            loaded.scorer,
            loaded.pipeline.apart(spines[0])[0],
            lambda as_of, known_by: self._best_deals(loaded.scorer, of[as_of], known_by),
        )

    def _teller(self, task: str, told: Prediction) -> Loaded:
        model, folder = registered(self.workspace, task, told.model_version)
        return load(self.workspace, self.history, model, folder)

    def population(self, task: str, as_of: datetime) -> list[str]:
        """The ids the task is about at `as_of`, sorted; without dates, those whose outcome is not known."""
        ids = self.everyone(task)
        spine = self.rows(task, ids, as_of)
        asked = self._loaded(task).scorer.population.asked(self.history, spine)
        return [key for key, member in zip(ids, asked, strict=True) if member]

    def holds(self, kind: Kind, key: str) -> bool:
        """Whether the history holds an account, or an opportunity, of this id."""
        return key in (self.history.account_codes if kind == "account" else self.history.opportunity_codes)

    def open_opportunities(self, accounts: Sequence[str], as_of: datetime | None = None) -> dict[str, list[str]]:
        """The opportunities of each account that conversion asks about at `as_of`, by id; KeyError for an unknown account."""
        place, rows = self.history.deals_of(np.array([self.history.account_codes[key] for key in accounts], np.int64))
        ids = self.history.opportunity_ids[rows].tolist()
        spine = self.rows("conversion", ids, as_of or self.latest_as_of)
        asked = self._loaded("conversion").scorer.population.asked(self.history, spine)
        found: dict[str, list[str]] = {account: [] for account in accounts}
        for key, at, member in zip(ids, place.tolist(), asked.tolist(), strict=True):
            if member:
                found[accounts[at]].append(key)
        return found

    def asks_accounts(self, task: str) -> bool:
        """Whether a task is about accounts (else about opportunities)."""
        return self._loaded(task).scorer.population.entity == "account"

    def everyone(self, task: str) -> list[str]:
        """Every account (or every opportunity) the task could ask about, sorted by id."""
        return list(self._index(task))

    def facts(self, as_of: datetime) -> Facts:
        """What the pages show beside predictions: names, owners, last contacts, and how accounts and open deals stood."""
        open_deals = self.population("conversion", as_of) if "conversion" in self.loaded else []
        deals = self.rows("conversion", open_deals, as_of) if open_deals else NOBODY
        return facts_of(self.workspace, self.history, as_of, deals)

    def _loaded(self, task: str) -> Loaded:
        if task not in self.loaded:
            raise ForesaleError(
                f"task {task} has no champion", got=task, expected=f"one of {', '.join(self.loaded) or 'none'}", do=GET_ONE
            )
        return self.loaded[task]

    def _index(self, task: str) -> dict[str, int]:
        return self._loaded(task).scorer.population.codes(self.history)

    def rows(self, task: str, ids: Sequence[str], as_of: datetime) -> Spine:
        """What is computed for some ids as of a moment; raises UnknownEntity for ids that the history does not hold."""
        index = self._index(task)
        if unknown := [key for key in ids if key not in index]:
            raise UnknownEntity(unknown)
        codes = np.array([index[key] for key in ids], np.int64)
        return self._loaded(task).scorer.population.rows(
            self.history, codes, np.full(len(codes), int(as_of.timestamp()), np.int64)
        )


def _until(second: int, until: int, within_days: float | None) -> int:
    return until if within_days is None else second + round(within_days * DAY)
