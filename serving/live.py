"""An engine that knows what the CRM has sent since the last ingest: accounts with new events are answered with them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pyarrow as pa

from features.overlay import tables_of
from models.change import Change
from models.predict import ModelInfo
from models.prediction import Prediction
from models.suggestions import Suggestion
from serving.engine import Engine
from serving.store.events import Key, accepted, key_of
from serving.store.scores import Store
from serving.what_if import Event, Kind
from tables.sent_rows import sent_through
from tables.stated import PAST_TIMES, Row
from workspace.workspace import Workspace

_KEPT = 500  # accounts whose history with new rows is kept


@dataclass
class Inbox:
    """The accepted events that the snapshot in use does not hold, by account.

    `numbers` holds the last one of each account, `deals` the account of each new deal.
    """

    rows: dict[str, dict[str, dict[Key, Row]]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    deals: dict[str, str] = field(default_factory=dict)
    through: int = 0

    def read(self, store: Store) -> None:
        """Take in what the store holds beyond what is here."""
        for number, table, account, row in accepted(store, self.through):
            kept, key = self.rows.setdefault(account, {}).setdefault(table, {}), key_of(table, row)
            kept[key] = {**kept.get(key, {}), **row}
            if table == "opportunities":
                self.deals[str(row["opportunity_id"])] = account
            self.numbers[account] = self.through = number

    def of(self, account: str) -> dict[str, pa.Table]:
        """The rows of an account by table."""
        return {table: pa.Table.from_pylist(list(rows.values())) for table, rows in self.rows.get(account, {}).items()}

    def latest(self, account: str) -> int:
        """The last second that they know."""
        rows = [row for rows in self.rows.get(account, {}).values() for row in rows.values()]
        return max((row[name] for row in rows for name in PAST_TIMES if row.get(name)), default=0)


@dataclass
class Live:
    """Answers as `engine` does, and for accounts with new events as after an ingest of these. Safe to share between threads."""

    engine: Engine
    store: Store
    inbox: Inbox = field(default_factory=Inbox)
    _over: OrderedDict[str, tuple[int, Engine]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def refresh(self) -> None:
        """Take in what came since."""
        with self._lock:
            self.inbox.read(self.store)

    @property
    def workspace(self) -> Workspace:
        """The company."""
        return self.engine.workspace

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks with a model."""
        return self.engine.tasks

    @property
    def models(self) -> dict[str, ModelInfo]:
        """The model of each task."""
        return self.engine.models

    @property
    def latest_as_of(self) -> datetime:
        """The last moment of the ingested history."""
        return self.engine.latest_as_of

    def latest_of(self, account: str) -> datetime:
        """The last moment known of one account."""
        return max(self.latest_as_of, datetime.fromtimestamp(self.inbox.latest(account), UTC))

    def account_of(self, task: str, key: str) -> str | None:
        """The account that an id is, or whose deal it is; None for one that nobody knows."""
        if self.engine.asks_accounts(task):
            return key if key in self.engine.history.account_codes or key in self.inbox.rows else None
        if key in self.engine.history.opportunity_codes:
            return self.engine.of_deal(key).account_id
        return self.inbox.deals.get(key)

    def over(self, account: str) -> Engine:
        """The engine that answers for an account: with its new rows, where there are any."""
        if account not in self.inbox.rows:
            return self.engine
        with self._lock:
            last, kept = self.inbox.numbers[account], self._over.get(account)
            if kept is None or kept[0] != last:
                kept = last, self._with_rows(account)
            self._over[account] = kept
            self._over.move_to_end(account)
            while len(self._over) > _KEPT:
                self._over.popitem(last=False)
            return kept[1]

    def _with_rows(self, account: str) -> Engine:
        return self.engine.with_rows(self.engine.tasks, tables_of(self.engine.parts, [account]), self.inbox.of(account))

    def holds(self, kind: Kind, key: str) -> bool:
        """Whether there is an account, or an opportunity, of this id, ingested or sent."""
        return self.engine.holds(kind, key) or key in (self.inbox.rows if kind == "account" else self.inbox.deals)

    def predict(
        self, task: str, ids: Sequence[str], as_of: datetime | None = None, *, within_days: float | None = None
    ) -> list[Prediction]:
        """One prediction per id, in order, as of a moment or as far as each account is known; raises as `Engine.predict` does."""
        accounts = {key: self.account_of(task, key) for key in ids}
        found: dict[str, Prediction] = {}
        for engine, own, latest in self._by_engine(accounts):
            found |= dict(zip(own, engine.predict(task, own, as_of or latest, within_days=within_days), strict=True))
        return [found[key] for key in ids]

    def open_opportunities(self, accounts: Sequence[str], as_of: datetime | None = None) -> dict[str, list[str]]:
        """The opportunities of each account that conversion asks about, by id; of one with events as far as they reach."""
        found = self.engine.open_opportunities([key for key in accounts if key not in self.inbox.rows], as_of)
        for key in (key for key in accounts if key in self.inbox.rows):
            found |= self.over(key).open_opportunities([key], as_of or self.latest_of(key))
        return found

    def supposed(self, kind: Kind, key: str, events: Sequence[Event], as_of: datetime | None = None) -> Engine:
        """An engine for one account or deal as if there were further events, with what was sent of it."""
        account = key if kind == "account" else self.inbox.deals.get(key) or self.account_of("conversion", key) or ""
        latest = self.latest_of(account)
        return self.engine.supposed(kind, key, events, as_of or latest, self.inbox.of(account))

    def explain_change(self, task: str, entity_id: str, then: datetime, now: datetime, told: Prediction | None = None) -> Change:
        """Why a number moved between two moments."""
        account = self.account_of(task, entity_id)
        return (self.over(account) if account else self.engine).explain_change(task, entity_id, then, now, told)

    def _by_engine(self, accounts: Mapping[str, str | None]) -> Iterator[tuple[Engine, list[str], datetime]]:
        """The ids of each engine that answers, and how far it knows them."""
        others = [key for key, account in accounts.items() if account not in self.inbox.rows]
        yield from [(self.engine, others, self.latest_as_of)] if others else []
        for key, account in accounts.items():
            if account in self.inbox.rows and account:
                yield self.over(account), [key], self.latest_of(account)

    def next_actions(self, task: str, ids: Sequence[str], as_of: datetime) -> dict[str, tuple[Suggestion, ...]]:
        """What is worth doing about each id, by the ingested history."""
        return self.engine.next_actions(task, ids, as_of)


def live(engine: Engine, store: Store) -> Live:
    """An engine that answers with what the store has received beyond its snapshot."""
    through = sent_through(engine.snapshot) if engine.snapshot else 0
    found = Live(engine, store, Inbox(through=through))
    found.refresh()
    return found
