"""DuckDB's side: the features in SQL, written in every fast way we know.

Ways over `sorted` read a table that was sorted by entity and time beforehand, and that sorting is not timed: a favour.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.peers.duckdb_totals import running_totals, running_totals_shared
from benchmarks.peers.sql import AGE, FRESH, INSIDE, joined, label_counts, listed, of_labels, only
from benchmarks.peers.task import DAY, LABELS, NAMED, Asked, Task

STEPS = f"""steps AS (SELECT *, occurred - lag(occurred) OVER w AS gap, {FRESH} AS fresh FROM {{source}}
                      WINDOW w AS (PARTITION BY entity ORDER BY occurred, id))"""


def load(task: Task) -> duckdb.DuckDBPyConnection:
    """The events as a table, also one sorted, and the rows wanted."""
    con = duckdb.connect()
    con.execute("SET threads = 2; SET enable_progress_bar = false")
    con.execute(f"CREATE TABLE events AS FROM '{task.events}'")
    con.execute("CREATE TABLE sorted AS FROM events ORDER BY entity, occurred, id")
    con.execute("SET preserve_insertion_order = false")
    con.register("incoming", pa.table({"as_of": task.cutoffs}))
    con.execute("CREATE TABLE cutoffs AS FROM incoming")
    con.execute(f"CREATE TABLE spine AS SELECT range::INTEGER AS entity, as_of FROM range({task.entities}), cutoffs")
    return con


# --- direct: one join with the rows, one conditional aggregate per feature ---------------------------------------------


def direct(source: str) -> str:
    columns = listed({name: _direct(asked) for name, asked in NAMED})
    return f"""WITH {STEPS.format(source=source)} SELECT c.entity, c.as_of, {columns}
               FROM spine c LEFT JOIN steps e ON e.entity = c.entity AND e.occurred <= c.as_of GROUP BY c.entity, c.as_of"""


_GAP = f"((max(e.occurred) - min(e.occurred)) / nullif(count(e.entity) - 1, 0) / {DAY})"
_DIRECT = {
    "count": "count(e.entity){}",
    "sum": "coalesce(sum(e.amount){}, 0)",
    "mean": "avg(e.amount){}",
    "max": "max(e.amount){}",
    "min": "min(e.amount){}",
    "last": "arg_max(e.amount, (e.occurred, e.id)){}",
    "distinct_days": f"count(DISTINCT {AGE} // {DAY}){{}}",
    "recency": f"(c.as_of - max(e.occurred){{}}) / {DAY}",
    "tenure": f"(c.as_of - min(e.occurred)) / {DAY}",
    "gap_mean": _GAP,
    "gap_sd": f"stddev_samp(e.gap) / {DAY}",
    "lateness": f"(c.as_of - max(e.occurred)) / {DAY} / nullif({_GAP}, 0)",
    "distinct": "count(DISTINCT e.{label}){}",
}


def _direct(asked: Asked) -> str:
    return _DIRECT[asked.stat].format(only(asked.where, asked.far, asked.offset), label=asked.label)


# --- by kind: one line per (row, kind) with every window, then the kinds side by side ----------------------------------


def by_kind(source: str) -> str:
    """Fewest conditions per event. Of the other labels, those are in a window whose latest event is."""
    return _of_lines(source, "spine c ON e.entity = c.entity AND", "c.entity")


def by_kind_shared(source: str) -> str:
    """The same, but the cutoffs are joined by time alone, since every entity has the same ones."""
    return _of_lines(source, "cutoffs c ON", "e.entity")


def _of_lines(source: str, rows: str, entity: str) -> str:
    parts = listed(_parts())
    lines = f"SELECT {entity}, c.as_of, e.kind, {parts} FROM steps e JOIN {rows} e.occurred <= c.as_of GROUP BY ALL"
    columns = listed({name: _line(asked) for name, asked in NAMED if asked.label not in LABELS})
    counts = {
        label: label_counts(f"""SELECT {entity}, c.as_of, c.as_of - max(e.occurred) AS age FROM {source} e
                                      JOIN {rows} {INSIDE} WHERE e.{label} IS NOT NULL GROUP BY {entity}, c.as_of, e.{label}""")
        for label in LABELS
    }
    return f"""WITH {STEPS.format(source=source)}, folded AS (SELECT c.entity, c.as_of, {columns} FROM spine c
                   LEFT JOIN ({lines}) e ON e.entity = c.entity AND e.as_of = c.as_of GROUP BY c.entity, c.as_of)
               SELECT c.*, {of_labels()} FROM folded c {joined(counts)}"""


def _parts() -> dict[str, str]:
    """What a line holds: every windowed part that some feature is made of, and the parts of all history."""
    windowed = {
        f"{part}{days}{group}": f"({made}{only(where, days)})::BIGINT"
        for _, asked in NAMED
        if asked.stat in _WINDOWED
        for part, made in _WINDOWED[asked.stat].items()
        for days in (asked.far, asked.offset)
        if days
        for group, where in [(asked.group, asked.where) if _sided(asked) else ("", None)]
    }
    return windowed | {
        "n": "count(*)",
        "newest": "max(e.occurred)",
        "oldest": "min(e.occurred)",
        "gaps": "sum(e.gap)::BIGINT",
        "squares": "sum(e.gap * e.gap)::BIGINT",
        "newestdirection1": "max(e.occurred) FILTER (WHERE e.direction = 1)",
        "newestat": "max((e.occurred, e.id)) FILTER (WHERE e.amount IS NOT NULL)",
        "newestamount": "arg_max(e.amount, (e.occurred, e.id))",
    }


_WINDOWED = {
    "count": {"n": "count(*)"},
    "distinct": {"n": "count(*)"},
    "sum": {"s": "sum(e.amount)"},
    "mean": {"s": "sum(e.amount)", "m": "count(e.amount)"},
    "distinct_days": {"d": "sum(e.fresh)"},
    "max": {"h": "max(e.amount)"},
    "min": {"l": "min(e.amount)"},
}
_MEAN_GAP = f"((max(newest) - min(oldest)) / nullif(sum(n) - 1, 0) / {DAY})"
_VARIANCE = "(sum(squares) - sum(gaps)::DOUBLE ** 2 / (sum(n) - 1)) / (sum(n) - 2)"
_LINE = {
    "sum": "coalesce(sum(s{far}), 0)",
    "distinct_days": "coalesce(sum(d{far}), 0)",
    "mean": "sum(s{far}) / nullif(sum(m{far}), 0)",
    "max": "max(h{far})",
    "min": "min(l{far})",
    "distinct": "count(*) FILTER (WHERE n{far} > 0)",
    "last": "arg_max(newestamount, newestat)",
    "recency": f"(c.as_of - max(newest{{side}}){{kind}}) / {DAY}",
    "tenure": f"(c.as_of - min(oldest)) / {DAY}",
    "gap_mean": _MEAN_GAP,
    "gap_sd": f"CASE WHEN sum(n) > 2 THEN sqrt(greatest({_VARIANCE}, 0)) / {DAY} END",
    "lateness": f"(c.as_of - max(newest)) / {DAY} / nullif({_MEAN_GAP}, 0)",
}


def _sided(asked: Asked) -> bool:
    return asked.group.startswith("direction")


def _line(asked: Asked) -> str:
    side = asked.group if _sided(asked) else ""
    kind = "" if side or asked.where is None else f" FILTER (WHERE kind = {asked.where[1]})"
    count = "coalesce(sum(n{far}{side}){kind}, 0)" + (" - coalesce(sum(n{offset}), 0)" if asked.offset else "")
    return _LINE.get(asked.stat, count).format(far=asked.far, offset=asked.offset, side=side, kind=kind)


def query(sql: str, con: duckdb.DuckDBPyConnection) -> pa.Table:
    """Arrow columns, doubles, in no order: what DuckDB hands over fastest."""
    return con.sql(f"SELECT entity, as_of, COLUMNS('^f\\d+$')::DOUBLE FROM ({sql})").to_arrow_table()


def write(found: pa.Table, path: str) -> None:
    pq.write_table(found, path, compression="lz4")


_PLANS = {
    "direct": direct,
    "by kind": by_kind,
    "by kind shared cutoffs": by_kind_shared,
    "running totals": running_totals,
    "running totals shared cutoffs": running_totals_shared,
}
WAYS: dict[str, Any] = {
    f"{name}{' sorted' if source == 'sorted' else ''}": partial(query, plan(source))
    for name, plan in _PLANS.items()
    for source in ("events", "sorted")
}
