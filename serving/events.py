"""CloudEvents as rows of canonical tables: each judged by itself, so that one bad event never costs the others."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from serving.engine import Engine
from serving.store.events import Received
from tables.ingest import end_of_day
from tables.stated import PAST_TIMES, Row, stated_row
from workspace.errors import ForesaleError
from workspace.schema import TABLES

PREFIX = "foresale."
_LONGEST = 200
Ids = dict[str, set[str]]


class _Refused(Exception):
    """Why an event is no row, in a code and in words."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(f"{code}: {words}")


@dataclass(frozen=True)
class Judge:
    """What events are judged by: the company's tables and ids, and the present moment."""

    engine: Engine
    now: datetime

    def judged(self, sent: Sequence[object]) -> list[Received]:
        """Every event, accepted or with its reason, in the order sent; what one of them makes known, later ones may name."""
        read = [self._read(one) for one in sent]
        known = self._ids([one for one in read if one.reason is None])
        return [self._placed(one, known) if one.reason is None else one for one in read]

    def _read(self, sent: object) -> Received:
        """The event by itself: its envelope, and its data as a row."""
        source, event_id = _key(sent)
        blank = Received(source, event_id, self.now, "", "", {"sent": _cut(sent)})
        try:
            table, data = _envelope(sent)
            row = self._row(table, data)
        except _Refused as refused:
            return replace(blank, reason=str(refused))
        except ForesaleError as error:
            return replace(blank, reason=f"unreadable: {error.what}; got {error.got}; expected {error.expected}")
        return Received(source, event_id, self.now, table, str(row.get("account_id", "")), row)

    def _row(self, table: str, data: Mapping[str, object]) -> Row:
        there = self.engine.parts.tables
        if table not in TABLES or table not in there or "account_id" not in there[table].schema.names:
            carried = sorted(name for name in there if "account_id" in there[name].schema.names)
            raise _Refused("unknown_type", f"{table}; expected {PREFIX} before one of {', '.join(carried)}")
        row = stated_row(table, data, self.engine.workspace.minor_units)
        second = int(self.now.timestamp())
        if late := [name for name in PAST_TIMES if row.get(name, 0) > end_of_day(self.engine.workspace, second)]:
            raise _Refused("future_date", late[0])
        held = {name: value for name, value in row.items() if name in there[table].schema.names}
        return {"received_at": second, **held} if "received_at" in there[table].schema.names else held

    def _ids(self, read: Sequence[Received]) -> Ids:
        """The ids, of those that events name, that the company holds or that an event makes known."""
        named: Ids = {}
        for one in read:
            for column in TABLES[one.table].columns:
                if column.refers and column.name in one.row:
                    named.setdefault(column.refers, set()).add(one.row[column.name])
        found = {table: self._held(table, ids) for table, ids in named.items()}
        for one in read:
            found.setdefault(one.table, set()).add(str(one.row.get(TABLES[one.table].key[0])))
        return found

    def _held(self, table: str, ids: Iterable[str]) -> set[str]:
        index = {"accounts": self.engine.history.account_codes, "opportunities": self.engine.history.opportunity_codes}
        if table in index:
            return {key for key in ids if key in index[table]}
        data = self.engine.parts.tables.get(table)
        if data is None:
            return set(ids)  # a table that the company does not have is not referred to either
        key = TABLES[table].key[0]
        return set(data.to_table([key], filter=pc.is_in(ds.field(key), pa.array(sorted(ids), pa.string())))[key].to_pylist())

    def _placed(self, one: Received, known: Ids) -> Received:
        """The event with its account; quarantined where it names what nobody knows."""
        for column in TABLES[one.table].columns:
            if column.refers and one.row.get(column.name, "") and one.row[column.name] not in known.get(column.refers, set()):
                return replace(one, reason=f"unknown_{column.name}: {one.row[column.name]}")
        account = one.account_id or self._account_of(one.row)
        if not account:
            return replace(one, reason="no_account: the row names neither an account nor an opportunity")
        return replace(one, account_id=account, row={**one.row, "account_id": account})

    def _account_of(self, row: Row) -> str:
        key = str(row.get("opportunity_id", ""))
        return self.engine.of_deal(key).account_id if key in self.engine.history.opportunity_codes else ""


def _envelope(sent: object) -> tuple[str, Mapping[str, object]]:
    """The table and the data of a CloudEvent 1.0."""
    if not isinstance(sent, dict):
        raise _Refused("no_event", "not a JSON object")
    if sent.get("specversion") != "1.0":
        raise _Refused("unknown_specversion", f"{sent.get('specversion')!r:.40}; expected '1.0'")
    for name in ("id", "source"):
        if not _named(sent.get(name)):
            raise _Refused(f"no_{name}", f"expected a text of 1 to {_LONGEST} characters")
    kind, data = sent.get("type"), sent.get("data")
    if not isinstance(kind, str) or not kind.startswith(PREFIX):
        raise _Refused("unknown_type", f"{kind!r:.60}; expected {PREFIX} and a table")
    if not isinstance(data, dict):
        raise _Refused("no_data", "expected an object: a row of the table")
    return kind.removeprefix(PREFIX), data


def _named(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST and value.isprintable()


def _key(sent: object) -> tuple[str, str]:
    """By what the event is kept once; one that names itself badly is kept by its content."""
    if isinstance(sent, dict) and _named(sent.get("id")) and _named(sent.get("source")):
        return sent["source"], sent["id"]
    return "", hashlib.sha256(json.dumps(sent, sort_keys=True).encode()).hexdigest()


def _cut(sent: object) -> str:
    """What was sent, as text that fits into a row."""
    return json.dumps(sent, ensure_ascii=False)[:2000]
