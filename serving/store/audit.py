"""The audit trail as a chain: each line holds a hash over itself and the line before, so none is changed or taken out unseen."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Row, insert, select

from serving.store.tables import audit

_FIRST = "0" * 64


@dataclass(frozen=True)
class Line:
    """Who did what to what, and when."""

    at: datetime
    actor: str
    action: str
    target: str

    def after(self, before: str) -> str:
        """The hash of this line after the line with that hash."""
        told = [before, self.at.astimezone(UTC).isoformat(), self.actor, self.action, self.target]
        return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class Chain:
    """How many lines hold together, the hash of the last, and the number of the first that does not (None: all do)."""

    lines: int
    last: str
    broken: int | None = None


def add_line(connection: Connection, line: Line) -> None:
    """Write a line after the last one. Writers wait for each other: SQLite locks, PostgreSQL is told to."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE audit IN EXCLUSIVE MODE")
    last = connection.execute(select(audit.c.sha256).order_by(audit.c.id.desc()).limit(1)).scalar()
    connection.execute(
        insert(audit).values(
            at=line.at, actor=line.actor, action=line.action, target=line.target, sha256=line.after(last or _FIRST)
        )
    )


def verify(connection: Connection, known: str | None = None) -> Chain:
    """Walk the chain from its first line; lines of a version that kept no hashes come before it.

    `known` is a hash that was told earlier: a chain without it has lost its end, or was made anew.
    """
    before, lines, seen = _FIRST, 0, known is None
    for row in connection.execute(select(audit).order_by(audit.c.id)):
        if row.sha256 is None and not lines:
            continue
        if row.sha256 != _line(row).after(before):
            return Chain(lines, before, row.id)
        before, lines = row.sha256, lines + 1
        seen = seen or before == known
    return Chain(lines, before, None if seen else lines + 1)


def _line(row: Row[tuple[object, ...]]) -> Line:
    return Line(row.at, row.actor, row.action, row.target)
