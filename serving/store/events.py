"""The events that a CRM sent: each kept once by (source, id), as a row of a canonical table or with the reason why it is none."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, tuple_
from sqlalchemy.exc import IntegrityError

from serving.store.chunks import chunks
from serving.store.scores import Store
from serving.store.tables import events
from tables.sent_rows import Sent
from workspace.schema import TABLES

Key = tuple[Any, ...]
_KEY = tuple_(events.c.source, events.c.event_id)


@dataclass(frozen=True)
class Received:
    """One event as it was judged: a row of `table` about an account, or the `reason` why it is none (and then what was sent)."""

    source: str
    event_id: str
    received_at: datetime
    table: str
    account_id: str
    row: dict[str, Any]
    reason: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """By what an event is the same as another."""
        return self.source, self.event_id


def keep(store: Store, received: Sequence[Received], actor: str) -> set[int]:
    """Keep events in one transaction; the places of those that were accepted before, or earlier among these.

    One that was put aside may be sent again, mended.
    """
    try:
        return _kept(store, received, actor)
    except IntegrityError:  # another process kept one of them in between
        return _kept(store, received, actor)


def _kept(store: Store, received: Sequence[Received], actor: str) -> set[int]:
    with store.write() as connection:
        done, again, kept = _accepted(connection, received), set[int](), dict[tuple[str, str], Received]()
        for place, one in enumerate(received):
            if one.key in done:
                again.add(place)
                continue
            kept[one.key] = one
            if one.reason is None:
                done.add(one.key)
        if kept:
            for keys in chunks(list(kept)):
                connection.execute(delete(events).where(_KEY.in_(keys)))
            connection.execute(insert(events), [_columns(one, actor) for one in kept.values()])
    return again


def _accepted(connection: Connection, received: Sequence[Received]) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for keys in chunks([one.key for one in received]):
        query = select(events.c.source, events.c.event_id).where(_KEY.in_(keys), events.c.reason.is_(None))
        found |= {(row.source, row.event_id) for row in connection.execute(query)}
    return found


def _columns(one: Received, actor: str) -> dict[str, Any]:
    return {
        "source": one.source,
        "event_id": one.event_id,
        "received_at": one.received_at,
        "actor": actor,
        "table_name": one.table,
        "account_id": one.account_id,
        "row": json.dumps(one.row, ensure_ascii=False),
        "reason": one.reason,
    }


def all_sent(store: Store) -> Sent:
    """Every accepted event, for an ingest; of those with one key what each states last."""
    rows: dict[str, dict[Key, dict[str, Any]]] = {}
    through = 0
    for number, table, _, row in accepted(store):
        kept, key = rows.setdefault(table, {}), key_of(table, row)
        kept[key] = {**kept.get(key, {}), **row}
        through = number
    return Sent({table: list(kept.values()) for table, kept in rows.items()}, through)


def key_of(table: str, row: Mapping[str, Any]) -> Key:
    """By what a row of a table is the same as another."""
    return tuple(row.get(name) for name in TABLES[table].key)


def accepted(store: Store, after: int = 0) -> Iterator[tuple[int, str, str, dict[str, Any]]]:
    """The accepted events numbered above `after`, in order: number, table, account, row."""
    query = select(events).where(events.c.id > after, events.c.reason.is_(None)).order_by(events.c.id)
    with store.read() as connection:
        for row in connection.execute(query):
            yield row.id, row.table_name, row.account_id, json.loads(row.row)
