"""DuckDB's side: the 73 features in SQL, written in every fast way we know.

Ways over `sorted` read a table that was sorted by entity and time beforehand, and that sorting is not timed: a favour.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.peer_task import DAY, FEATURES, NAMES, WINDOWS, Asked, Task

YEAR = WINDOWS[-1] * DAY
AGE = "(c.as_of - e.occurred)"
AGED = " ".join(f"WHEN {AGE} < {days * DAY} THEN {days}" for days in WINDOWS)
JOIN = f"e.occurred <= c.as_of AND e.occurred > c.as_of - {YEAR}"


def load(task: Task) -> duckdb.DuckDBPyConnection:
    """The events as a table, also one sorted, and the rows wanted."""
    con = duckdb.connect()
    con.execute("SET threads = 2; SET enable_progress_bar = false")
    con.execute(f"CREATE TABLE events AS FROM '{task.events}'")
    con.execute("CREATE TABLE sorted AS FROM events ORDER BY entity, occurred")
    con.execute("SET preserve_insertion_order = false")
    con.register("incoming", pa.table({"as_of": task.cutoffs}))
    con.execute("CREATE TABLE cutoffs AS FROM incoming")
    con.execute(f"CREATE TABLE spine AS SELECT range::INTEGER AS entity, as_of FROM range({task.entities}), cutoffs")
    return con


def direct(source: str) -> str:
    """One join with the rows, one conditional aggregate per feature."""
    columns = ", ".join(f"{_direct(asked)} AS {name}" for name, asked in zip(NAMES, FEATURES, strict=True))
    return f"SELECT c.entity, c.as_of, {columns} FROM spine c LEFT JOIN {source} e ON e.entity = c.entity AND {JOIN} GROUP BY ALL"


def _direct(asked: Asked) -> str:
    tests = f"{AGE} < {asked.days * DAY}" + ("" if asked.kind is None else f" AND e.kind = {asked.kind}")
    made = {"count": "count(e.entity)", "sum": "sum(e.amount)", "mean": "avg(e.amount)"}[asked.stat]
    only = f"{made} FILTER (WHERE {tests})"
    return f"coalesce({only}, 0)" if asked.stat == "sum" else only


def buckets(source: str) -> str:
    """First one line per (row, kind, age bucket), then conditional aggregates of these lines."""
    columns = ", ".join(f"{_part(asked)} AS {name}" for name, asked in zip(NAMES, FEATURES, strict=True))
    parts = f"""SELECT c.entity, c.as_of, e.kind, CASE {AGED} END AS age, count(*) AS n, count(e.amount) AS m,
                       sum(e.amount)::BIGINT AS s FROM {source} e JOIN spine c ON e.entity = c.entity AND {JOIN} GROUP BY ALL"""
    return f"SELECT entity, as_of, {columns} FROM spine LEFT JOIN ({parts}) USING (entity, as_of) GROUP BY ALL"


def _part(asked: Asked) -> str:
    only = f"FILTER (WHERE age <= {asked.days}" + (")" if asked.kind is None else f" AND kind = {asked.kind})")
    if asked.stat == "mean":
        return f"sum(s) {only} / sum(m) {only}"
    return f"coalesce(sum({'n' if asked.stat == 'count' else 's'}) {only}, 0)"


def by_kind(source: str) -> str:
    """First one line per (row, kind) with every window, then the kinds side by side: fewest conditions per event."""
    return _of_lines(f"{source} e JOIN spine c ON e.entity = c.entity AND {JOIN}", "c.entity")


def by_kind_shared(source: str) -> str:
    """The same, but the cutoffs are joined by time alone, since every entity has the same ones."""
    return _of_lines(f"{source} e JOIN cutoffs c ON {JOIN}", "e.entity")


def _of_lines(joined: str, entity: str) -> str:
    parts = ", ".join(f"({made} FILTER (WHERE {AGE} < {days * DAY}))::BIGINT AS {name}{days}" for days in WINDOWS
                      for made, name in (("count(*)", "n"), ("sum(e.amount)", "s"), ("count(e.amount)", "m")))
    columns = ", ".join(f"{_line(asked)} AS {name}" for name, asked in zip(NAMES, FEATURES, strict=True))
    lines = f"SELECT {entity}, c.as_of, e.kind, {parts} FROM {joined} GROUP BY ALL"
    return f"SELECT entity, as_of, {columns} FROM spine LEFT JOIN ({lines}) USING (entity, as_of) GROUP BY ALL"


def _line(asked: Asked) -> str:
    if asked.stat == "mean":
        return f"sum(s{asked.days}) / sum(m{asked.days})"
    only = "" if asked.kind is None else f" FILTER (WHERE kind = {asked.kind})"
    return f"coalesce(sum({'n' if asked.stat == 'count' else 's'}{asked.days}){only}, 0)"


def query(sql: str, con: duckdb.DuckDBPyConnection) -> pa.Table:
    """Arrow columns, doubles, in no order: what DuckDB hands over fastest."""
    return con.sql(f"SELECT entity, as_of, COLUMNS('f\\d+')::DOUBLE FROM ({sql})").to_arrow_table()


def write(found: pa.Table, path: str) -> None:
    pq.write_table(found, path, compression="lz4")


_PLANS = {"direct": direct, "buckets": buckets, "by kind": by_kind, "by kind shared cutoffs": by_kind_shared}
WAYS: dict[str, Any] = {f"{name}{' sorted' if source == 'sorted' else ''}": partial(query, plan(source))
                        for name, plan in _PLANS.items() for source in ("events", "sorted")}
