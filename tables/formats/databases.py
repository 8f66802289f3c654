"""Tables of PostgreSQL and SQLite as CSV files, row by row: read only, and never a password in a message."""

from __future__ import annotations

import csv
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from tables.sql.text import quoted
from workspace.errors import Unreadable, first_line
from workspace.mapping import Source

_MOST_PIECES = 32


def kind_of_database(path: Path) -> Literal["sqlite", "duckdb"] | None:
    """Which database a file is, by its first bytes."""
    with path.open("rb") as file:
        head = file.read(16)
    return "sqlite" if head == b"SQLite format 3\0" else "duckdb" if head[8:12] == b"DUCK" else None


def open_sqlite(path: Path) -> sqlite3.Connection:
    """An SQLite file that is only read."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)


def copy_sqlite(path: Path, table: str, target: Path) -> Path:
    """Write a table of an SQLite file to `target`."""
    try:
        with open_sqlite(path) as connection, target.open("w", encoding="utf-8", newline="") as file:
            rows = connection.execute(f"select * from {quoted(table)}")
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([column[0] for column in rows.description])
            writer.writerows(rows)
    except sqlite3.Error as error:
        raise Unreadable(f"{path}: {error}", "a table or view of this file, with text in UTF-8", "mend `table`") from error
    return target


def copy_postgres(url: str, source: Source, target: Path) -> tuple[Path, str]:
    """Write a PostgreSQL table to `target` in one read-only transaction; returns it and a digest of its rows."""
    return target, _pull(url, source, target, None)


def pull_postgres(url: str, source: Source, folder: Path, since: str | None) -> list[Path]:
    """The pulled pieces of a table, oldest first, after one more pull of what changed: from `since`, or from the newest seen.

    Rows as new as the newest one, and rows that say nothing there, are pulled again; their key tells that they are the same.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pieces = sorted(folder.glob("*.csv"))
    whole = len(pieces) >= _MOST_PIECES  # now and then all is pulled again, so that the pieces stay few
    start = None if whole else since if since is not None and pieces else _newest(pieces[-1:], str(source.since))
    pulling, target = folder / ".pulling", folder / f"{int(pieces[-1].stem) + 1 if pieces else 0:06}.csv"
    digest = _pull(url, source, pulling, start)
    if pieces and digest == sha256(pieces[-1].read_bytes()).hexdigest()[:24]:
        return pieces
    pulling.replace(target)
    for old in pieces if whole else []:
        old.unlink()
    return [target] if whole else [*pieces, target]


def _newest(pieces: list[Path], since: str) -> str | None:
    """The greatest value of a column in the newest piece: numbers by size, times as PostgreSQL's ISO text."""
    found = [row[since] for piece in pieces for row in _read(piece) if row[since]]
    return max(found, key=lambda value: (len(value) if value.isdigit() else 0, value), default=None)


def _read(path: Path) -> Iterator[dict[str, str]]:
    csv.field_size_limit(1 << 30)  # the body of an e-mail may be long
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@contextmanager
def postgres(url: str) -> Iterator[Any]:
    """A read-only connection to PostgreSQL; raises Unreadable where there is none, or for a URL with a password."""
    psycopg = _driver()
    if re.match(r"\w+://[^/@]*:[^@]*@", url):
        raise Unreadable("a url with a password", "a url without one", "put the password into ~/.pgpass or PGPASSWORD")
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            connection.read_only = True
            yield connection
    except psycopg.Error as error:
        raise Unreadable(
            first_line(error),
            "a PostgreSQL server that lets this user read the table",
            "mend `url` or `table`; a password belongs in ~/.pgpass or PGPASSWORD",
        ) from error


def _pull(url: str, source: Source, target: Path, start: str | None) -> str:
    with postgres(url) as connection:
        return _copy(connection, source, target, start)


def _driver() -> ModuleType:
    try:
        import psycopg
        import psycopg.sql  # reached as an attribute below
    except ImportError as error:
        raise Unreadable("no driver psycopg", "the driver of PostgreSQL", "pip install 'foresale[postgres]'") from error
    return psycopg


def _copy(connection: Any, source: Source, target: Path, start: str | None) -> str:
    digest, sql = sha256(), _driver().sql
    query = sql.SQL("select * from {}").format(sql.Identifier(*str(source.table).split(".")))
    if start is not None:
        since = sql.Identifier(source.since)
        query += sql.SQL(" where {} >= {} or {} is null").format(since, sql.Literal(start), since)
    if source.key:
        query += sql.SQL(" order by {}").format(sql.SQL(", ").join(map(sql.Identifier, source.key)))
    with connection.cursor() as cursor, target.open("wb") as file:
        cursor.execute("set client_encoding = 'UTF8'")
        cursor.execute("set timezone = 'UTC'")
        cursor.execute("set datestyle = 'ISO, YMD'")
        with cursor.copy(sql.SQL("copy ({}) to stdout (format csv, header)").format(query)) as rows:
            for block in rows:
                file.write(block)
                digest.update(block)
    return digest.hexdigest()[:24]
