"""The engine: one workspace's history and champions in memory, answering for any ids as of any date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from features.compute import Pipeline, account_spine, days_since_last, prepare
from features.history import History
from features.history_file import load_history
from features.kernel.layout import DAY
from features.population import end_of_history
from features.rows import Spine
from models.bundle import read_bundle, verify_in_child
from models.change import Change, Reader, explain_change
from models.forecast import Part, forecast, months
from models.predict import ModelInfo, Row, predict, shown_to_all
from models.prediction import Prediction
from models.registry import champion, registered
from models.scorer import Scorer
from serving.deals import Deals, deals_of
from serving.runs import Facts
from tables.snapshot import current_snapshot
from workspace.errors import ForesaleError
from workspace.workspace import Tasks, Workspace


class UnknownEntity(ForesaleError):
    """Ids that the history does not hold."""

    def __init__(self, ids: Sequence[str]) -> None:
        self.ids = list(ids)
        super().__init__(
            f"{len(self.ids)} unknown ids",
            got=", ".join(self.ids[:5]),
            expected="ids of the ingested history",
            do="ingest newer data, or check the ids",
        )


_GET_ONE = "run: foresale train; where its gate lets no version pass, see foresale promote --help"


@dataclass(frozen=True)
class Loaded:
    """One champion, ready to answer."""

    model: ModelInfo
    scorer: Scorer
    pipeline: Pipeline


@dataclass(frozen=True)
class Engine:
    """Immutable, so any number of threads may ask it; a model change builds a new one and swaps."""

    workspace: Workspace
    history: History
    loaded: dict[str, Loaded]

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
        self, task: str, ids: Sequence[str], as_of: datetime, *, with_features: bool = False, within_days: float | None = None
    ) -> list[Prediction]:
        """Predictions in the order of `ids` (accounts, or opportunities for conversion), computed now.

        `within_days` asks for the chance of a win within fewer days than the model's horizon. Raises UnknownEntity naming the
        ids the history does not hold, and ForesaleError for a horizon that the model has no answer for.
        """
        loaded, second = self._loaded(task), int(as_of.timestamp())
        spine = self.rows(task, ids, as_of)
        inside = loaded.scorer.population.members(self.history, spine)
        account_ids = self.history.accounts["account_id"]
        rows = [
            Row(key, str(account_ids.iat[account]), second, _until(second, until, within_days), bool(member))
            for key, account, until, member in zip(ids, spine.account, spine.until, inside, strict=True)
        ]
        pipeline, own = loaded.pipeline.apart(spine)
        return predict(
            loaded.scorer, loaded.model, rows, pipeline.frame(own), with_features=with_features, within_days=within_days
        )

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
        matrix = loaded.scorer.matrix(pipeline.frame(own))
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
        readers = [Reader(one.scorer, one.pipeline.apart(spines[0])[0]) for one in (loaded, teller) if one]
        own = [loaded.pipeline.apart(spine)[1] for spine in spines]
        return explain_change(entity_id, readers[0], own[0], own[1], told, readers[1] if teller else None)

    def _teller(self, task: str, told: Prediction) -> Loaded:
        model, folder = registered(self.workspace, task, told.model_version)
        return _load(self.history, model, folder)

    def population(self, task: str, as_of: datetime) -> list[str]:
        """The ids the task is about at `as_of`, sorted; without dates, those whose outcome is not known."""
        ids = self.everyone(task)
        spine = self.rows(task, ids, as_of)
        asked = self._loaded(task).scorer.population.asked(self.history, spine)
        return [key for key, member in zip(ids, asked, strict=True) if member]

    def holds(self, kind: Literal["account", "opportunity"], key: str) -> bool:
        """Whether the history holds an account, or an opportunity, of this id."""
        return key in (self.history.account_codes if kind == "account" else self.history.opportunity_codes)

    def open_opportunities(self, accounts: Sequence[str], as_of: datetime) -> dict[str, list[str]]:
        """The opportunities of each account that conversion asks about at `as_of`, by id; KeyError for an unknown account."""
        names = self.history.opportunities["opportunity_id"]
        owned = {key: [str(names.iat[row]) for row in self._deals.of(self.history.account_codes[key])] for key in accounts}
        ids = [key for keys in owned.values() for key in keys]
        asked = self._loaded("conversion").scorer.population.asked(self.history, self.rows("conversion", ids, as_of))
        open_now = {key for key, member in zip(ids, asked, strict=True) if member}
        return {account: [key for key in keys if key in open_now] for account, keys in owned.items()}

    @cached_property
    def _deals(self) -> Deals:
        return deals_of(self.history)

    def asks_accounts(self, task: str) -> bool:
        """Whether a task is about accounts (else about opportunities)."""
        return self._loaded(task).scorer.population.entity == "account"

    def everyone(self, task: str) -> list[str]:
        """Every account (or every opportunity) the task could ask about, sorted by id."""
        return list(self._index(task))

    def facts(self, as_of: datetime) -> Facts:
        """Names, owners and last contacts of accounts, owners and stated amounts of opportunities."""
        accounts, opportunities = self.history.accounts, self.history.opportunities
        ids = list(self.history.account_codes)
        spine = account_spine(np.arange(len(ids)), np.full(len(ids), int(as_of.timestamp()), np.int64), 0)
        days = days_since_last(self.history, "interactions", spine)
        last = {key: as_of - timedelta(days=float(gap)) for key, gap in zip(ids, days, strict=True) if not np.isnan(gap)}
        priced = opportunities.dropna(subset=["amount"]) if "amount" in opportunities else opportunities.iloc[:0].assign(amount=0)
        return Facts(
            _stated(accounts, "account_id", "name"),
            last,
            {str(key): int(amount) for key, amount in zip(priced["opportunity_id"], priced["amount"], strict=True)},
            _stated(accounts, "account_id", "owner_id"),
            _stated(opportunities, "opportunity_id", "owner_id"),
        )

    def _loaded(self, task: str) -> Loaded:
        if task not in self.loaded:
            raise ForesaleError(
                f"task {task} has no champion", got=task, expected=f"one of {', '.join(self.loaded) or 'none'}", do=_GET_ONE
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


def _stated(rows: pd.DataFrame, key: str, column: str) -> dict[str, str]:
    """What rows state in a column, by their ids; those that state nothing are left out."""
    if column not in rows:
        return {}
    known = rows.dropna(subset=[column])
    return dict(zip(known[key].astype(str), known[column].astype(str), strict=True))


def _until(second: int, until: int, within_days: float | None) -> int:
    return int(until) if within_days is None else second + round(within_days * DAY)


def load_engine(workspace: Workspace) -> Engine:
    """Read the current history and every champion; bundles are verified and parsed in a child process first.

    Raises ForesaleError when there is no data, no champion at all, or a bundle that does not verify.
    """
    history = load_history(current_snapshot(workspace))
    found = champions(workspace)
    verify_in_child({task: (folder, model.bundle_sha256) for task, (model, folder) in found.items()})
    return Engine(workspace, history, {task: _load(history, model, folder) for task, (model, folder) in found.items()})


def champions(workspace: Workspace) -> dict[str, tuple[ModelInfo, Path]]:
    """The champion of each task that has one, and its bundle's folder; raises ForesaleError when there is none at all."""
    found = {task: registered for task in Tasks.model_fields if (registered := champion(workspace, task))}
    if not found:
        raise ForesaleError("there is no model to serve", got="no champion in the registry", expected="at least one", do=_GET_ONE)
    return found


def _load(history: History, model: ModelInfo, folder: Path) -> Loaded:
    scorer = read_bundle(folder, model.bundle_sha256)
    return Loaded(model, scorer, prepare(history, scorer.reads))
