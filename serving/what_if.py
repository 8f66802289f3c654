"""What an answer would be with some rows in the CRM that are not there: the same code over the same history, and them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import pyarrow as pa

from features.overlay import tables_of
from features.supposed import Subject
from models.prediction import Prediction
from serving.engine import Engine
from tables.stated import Row, stated_row
from workspace.errors import ForesaleError
from workspace.schema import TABLES

Event = Mapping[str, object]


def what_if(engine: Engine, task: str, entity_id: str, events: Sequence[Event], as_of: datetime) -> tuple[Prediction, Prediction]:
    """The answer as it is, and as it would be with supposed events: each a row of a canonical `table`.

    An event is about the entity asked for, and happens at `as_of`, unless it says otherwise; an id of its own is made. It
    tells what the model has seen of others, not what would follow. Raises UnknownEntity for an id that the history does not
    hold, and ForesaleError for an event that cannot be read.
    """
    now = engine.predict(task, [entity_id], as_of)[0]
    subject = engine.subject(task, entity_id)
    tables = tables_of(engine.parts, [subject.account_id])
    rows = _rows(events, tables, subject, as_of, engine.workspace.minor_units)
    return now, engine.supposing(task, tables, rows).predict(task, [entity_id], as_of)[0]


def _rows(
    events: Iterable[Event], tables: Mapping[str, pa.Table], subject: Subject, as_of: datetime, minor_units: int
) -> dict[str, pa.Table]:
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
        found.setdefault(table, []).append(stated_row(table, {**_usual(table, subject, as_of, number), **stated}, minor_units))
    return {table: pa.Table.from_pylist(rows) for table, rows in found.items()}


def _usual(table: str, subject: Subject, as_of: datetime, number: int) -> Row:
    """What an event says unless told otherwise: whom it is about, when, and a number of its own."""
    schema = TABLES[table]
    known = {"account_id": subject.account_id, "opportunity_id": subject.opportunity_id, "occurred_at": as_of}
    own = {schema.key[0]: f"supposed-{number}"} if len(schema.key) == 1 else {}
    return {name: value for name, value in {**own, **known}.items() if name in schema.names}
