"""What to do next about some accounts or deals, and what a number would be with supposed rows in the CRM."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import pyarrow as pa

from features.facts.actions import Action
from features.history import History
from features.overlay import Tables, of_accounts, tables_of
from features.parts import AccountParts
from features.supposed import Row, Scene, Subject, kinds_of
from models.scorer import Scorer
from models.sentences import Value, speaker
from models.suggestions import Advisor, Suggestion, worth_doing


class Answering(Protocol):
    """What shows the number of an id, as it is and as if further rows had been ingested: an engine."""

    def shown(self, task: str, ids: Sequence[str], as_of: datetime) -> list[float]:
        """The number of each id."""


class Supposing(Answering, Protocol):
    """An engine with the rows that its history was made of (serving/engine.py)."""

    @property
    def history(self) -> History:
        """The history."""

    @property
    def parts(self) -> AccountParts:
        """The canonical rows it was grouped from."""

    def scorer(self, task: str) -> Scorer:
        """The model of a task."""

    def evidence(self, task: str, ids: Sequence[str], as_of: datetime) -> list[dict[str, Value]]:
        """What is read of each id."""

    def subject(self, task: str, key: str) -> Subject:
        """The account or the deal that an id is."""

    def supposing(self, task: str, tables: Tables, rows: Mapping[str, pa.Table]) -> Answering:
        """The same with further rows."""


def next_actions(engine: Supposing, task: str, ids: Sequence[str], as_of: datetime) -> dict[str, tuple[Suggestion, ...]]:
    """What is worth doing about each id, by what `task` says: what makes its number best first, then the other duties.

    Raises UnknownEntity for an id that the history does not hold.
    """
    values = dict(zip(ids, engine.evidence(task, ids, as_of), strict=True))
    accounts = sorted({engine.subject(task, key).account_id for key in ids})
    shown = dict(zip(ids, engine.shown(task, ids, as_of), strict=True))
    asked = _Asked(engine, task, as_of, values, shown, tables_of(engine.parts, accounts))
    wanted: dict[str, tuple[Action, list[str]]] = {}
    for key in ids:
        for action in worth_doing(engine.scorer(task), values[key]):
            wanted.setdefault(action.name, (action, []))[1].append(key)
    found: dict[str, list[Suggestion]] = {key: [] for key in ids}
    for action, subjects in wanted.values():
        for key, suggestion in asked.suggestions(action, subjects).items():
            found[key].append(suggestion)
    return {key: tuple(sorted(told, key=lambda one: -one.gain)) for key, told in found.items()}


@dataclass(frozen=True)
class _Asked:
    """Some ids of one task as of a moment, with what is read of each and what is shown."""

    engine: Supposing
    task: str
    as_of: datetime
    values: Mapping[str, Mapping[str, Value]]
    shown: Mapping[str, float]
    tables: Tables

    def suggestions(self, action: Action, ids: Sequence[str]) -> dict[str, Suggestion]:
        """One action for those of some ids for whom it can be done and is worth a word."""
        subjects = {key: self.engine.subject(self.task, key) for key in ids}
        tables = of_accounts(self.tables, {subject.account_id for subject in subjects.values()})
        scene = Scene(tables, int(self.as_of.timestamp()), kinds_of(self.engine.history))
        rows = {key: scene.rows(action, subject, number) for number, (key, subject) in enumerate(subjects.items())}
        possible = [key for key in ids if rows[key]]
        if not possible:
            return {}
        added = {action.event.table: _table([row for key in possible for row in rows[key]])}
        after = self.engine.supposing(self.task, tables, added).shown(self.task, possible, self.as_of)
        told = {key: self._advisor(key).suggestion(action, number) for key, number in zip(possible, after, strict=True)}
        return {key: suggestion for key, suggestion in told.items() if suggestion is not None}

    def _advisor(self, key: str) -> Advisor:
        spoken = speaker(self.engine.scorer(self.task))
        return Advisor(spoken, self.values[key], self.as_of.astimezone(spoken.zone), self.shown[key])


def _table(rows: Sequence[Row]) -> pa.Table:
    return pa.Table.from_pylist(list(rows))
