"""What ids and names give away: rows made to try something, lines of a total, ids that are written in two ways."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from readiness.findings import EXAMPLES, Finding, found
from tables.acceptance import TableCount
from tables.snapshot import Snapshot
from tables.sql.text import file_literal, quoted
from workspace.schema import TABLES

_SAID = {
    "trial": r"(?i)(^|[^a-z])(test|demo|dummy|do not use)([^a-z]|$)|测试|演示|试用账号|样例",
    "total": r"(?i)^\s*(合\s*计|总\s*计|小\s*计|(sub|grand)?\s*total|sum)\s*[:：]?\s*$",
}


def names_and_ids(snapshot: Snapshot, counts: dict[str, TableCount]) -> Iterator[Finding]:
    """Findings about what every table calls its rows and those of other tables."""
    with snapshot.connect() as connection:
        for table, count in counts.items():
            yield from _named(connection, snapshot, table)
            for reason, rows in count.reasons.items():
                if reason.startswith("unknown_key:"):
                    yield from _spelt(connection, snapshot, table, reason, rows)


def _named(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot, table: str) -> Iterator[Finding]:
    schema, held = TABLES[table], snapshot.columns(table)
    there = [name for name in dict.fromkeys((*schema.key, "name")) if name in held]
    texts = [column.name for column in schema.columns if column.name in there and column.kind in ("id", "text")]
    for name, code in ((name, code) for name in texts for code in _SAID if name == "name" or code == "total"):
        rows, examples = connection.execute(
            f"select count(*), list({quoted(name)} order by {quoted(name)})[:{EXAMPLES}] from {snapshot.relation(table)} "
            f"where regexp_matches({quoted(name)}, '{_SAID[code]}')"
        ).fetchall()[0]
        if rows:
            yield found(f"{code}:{name}", table, rows, snapshot.rows(table), examples=tuple(examples))


def _spelt(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot, table: str, reason: str, of: int) -> Iterator[Finding]:
    """Rows in quarantine for an id that is there when case, blanks, leading zeros and a `.0` do not count."""
    name = reason.partition(":")[2]
    parent = str(next(column.refers for column in TABLES[table].columns if column.name == name))
    key = quoted(TABLES[parent].key[0])
    bad = file_literal(snapshot.quarantine(table))
    rows, examples = connection.execute(
        f"select coalesce(sum(n), 0)::bigint, list(mine || ' / ' || theirs order by mine)[:{EXAMPLES}] from "
        f"(select row->>'$.{name}' as mine, count(*) as n from read_parquet({bad}) where reason = ? group by 1) "
        f"join (select {_plain(key)} as plain, min({key}) as theirs from {snapshot.relation(parent)} group by 1) "
        f"on plain = {_plain('mine')}",
        [reason],
    ).fetchall()[0]
    if rows:
        yield found(f"spelt:{name}", table, rows, of, examples=tuple(examples), value=str(examples[0]))


def _plain(text: str) -> str:
    """An id without what people and spreadsheets add or drop; nothing where nothing is left."""
    return rf"nullif(ltrim(regexp_replace(regexp_replace(lower({text}), '\s+', '', 'g'), '\.0+$', ''), '0'), '')"
