"""Whether the dot of 1.234 parts thousands or stands before decimals: what the other values of its column say.

Staged rows carry, beside each column of numbers that was read from text, the texts whose dot could be either, and an empty
text where a dot can only stand before decimals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from tables.sql.text import file_literal, literal, literals, quoted

_MARK = "dots of "


def mark(column: str) -> str:
    """The staged column beside a column of numbers."""
    return f"{_MARK}{column}"


def unsettled(connection: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> list[str]:
    """The columns in which dots stand only where thousands are parted; `files` are all rows of one part of a table."""
    marks = sorted({name for path in files for name in pq.read_schema(path).names if name.startswith(_MARK)})
    if not marks:
        return []
    asked = ", ".join(f"coalesce(max({quoted(name)}) <> '' and min({quoted(name)}) <> '', false)" for name in marks)
    rows = f"read_parquet([{', '.join(map(file_literal, files))}], union_by_name = true)"
    found = connection.execute(f"select {asked} from {rows}").fetchall()[0]
    return [name.removeprefix(_MARK) for name, doubtful in zip(marks, found, strict=True) if doubtful]


def ambiguous_sql(columns: Mapping[str, Sequence[Path]]) -> list[tuple[str, str]]:
    """Reasons against staged rows `t` of unsettled columns, with their conditions."""
    return [
        (literal(f"ambiguous_number:{name}"), f"t.{quoted(mark(name))} <> '' and t._filename in ({literals(map(str, files))})")
        for name, files in columns.items()
    ]
