"""Events that nobody has seen, stated one by one: the rows they would be, and what an answer would be with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol

import pyarrow as pa

from features.supposed import Subject
from models.prediction import Prediction
from tables.stated import Row, stated_row
from workspace.errors import ForesaleError
from workspace.schema import TABLES

Event = Mapping[str, object]
Kind = Literal["account", "opportunity"]


class Answering(Protocol):
    """What predicts: an engine."""

    def predict(self, task: str, ids: Sequence[str], as_of: datetime | None = None) -> list[Prediction]:
        """One prediction per id."""


class Supposing(Answering, Protocol):
    """An engine that can suppose events (serving/engine.py)."""

    def asks_accounts(self, task: str) -> bool:
        """Whether a task is about accounts."""

    def supposed(self, kind: Kind, key: str, events: Sequence[Event], as_of: datetime) -> Answering:
        """The same as if there were further events."""


def what_if(
    engine: Supposing, task: str, entity_id: str, events: Sequence[Event], as_of: datetime
) -> tuple[Prediction, Prediction]:
    """The answer as it is, and as it would be with supposed events: each a row of a canonical `table`.

    An event is about the entity asked for, and happens at `as_of`, unless it says otherwise; an id of its own is made. It
    tells what the model has seen of others, not what would follow. Raises UnknownEntity for an id that the history does not
    hold, and ForesaleError for an event that cannot be read.
    """
    now = engine.predict(task, [entity_id], as_of)[0]
    kind: Kind = "account" if engine.asks_accounts(task) else "opportunity"
    return now, engine.supposed(kind, entity_id, events, as_of).predict(task, [entity_id], as_of)[0]


def subject_stated(kind: Kind, key: str, events: Iterable[Event]) -> Subject:
    """The account and the deal that events make known; raises ForesaleError for a deal whose account they do not name."""
    if kind == "account":
        return Subject(key)
    for event in events:
        if event.get("table") == "opportunities" and event.get("opportunity_id") == key and event.get("account_id"):
            return Subject(str(event["account_id"]), key)
    raise ForesaleError(
        "a deal that nobody knows",
        got=key,
        expected="its own row of opportunities, with its account_id",
        do="add it to the events",
    )


def rows_of(
    events: Iterable[Event], tables: Mapping[str, pa.Table], subject: Subject, as_of: datetime, minor: int
) -> dict[str, pa.Table]:
    """Events as rows of canonical tables; raises ForesaleError for one that cannot be read."""
    found: dict[str, list[Row]] = {}
    for number, event in enumerate(events):
        table = str(event.get("table"))
        if table not in tables:
            raise ForesaleError(
                "an event of a table that the company does not have",
                got=table,
                expected=", ".join(tables),
                do="name one of these as `table`",
            )
        stated = {name: value for name, value in event.items() if name != "table"}
        found.setdefault(table, []).append(stated_row(table, {**_usual(table, subject, as_of, number), **stated}, minor))
    return {table: pa.Table.from_pylist(rows) for table, rows in found.items()}


def _usual(table: str, subject: Subject, as_of: datetime, number: int) -> Row:
    """What an event says unless told otherwise: whom it is about, when, and a number of its own."""
    schema = TABLES[table]
    known = {"account_id": subject.account_id, "opportunity_id": subject.opportunity_id, "occurred_at": as_of}
    own = {schema.key[0]: f"supposed-{number}"} if len(schema.key) == 1 and schema.key[0] not in known else {}
    return {name: value for name, value in {**own, **known}.items() if name in schema.names}
