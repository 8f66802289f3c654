"""The event kernel against DuckDB's best SQL: many features for many (entity, cutoff) rows, and one row alone.

Both start from the same unsorted DuckDB table and give the same values (checked for every row). `kernel_sql` holds the
SQL; for the windows the fastest of three ways of writing it is the measure.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from benchmarks import harness
from benchmarks.kernel_sql import AMOUNT, DAY, DURATION, MEASURE, WINDOWS, bucket_sql, combined_sql, direct_sql
from features.kernel.run import MISSING, Events, Op, compile_ops, run

PRODUCT, REGION = range(2)
LABELS = (800, 12)
KINDS = 6  # channel 1 + kind; channel 0 is every event
THREADS = os.cpu_count() or 1
FIRST_CUTOFF = 2 * 365 * DAY
SORT = "ORDER BY entity, events.occurred, events.known, events.id"


@dataclass(frozen=True)
class Size:
    events: int
    entities: int
    cutoffs: int
    repeats: int
    calls: int


FULL = Size(10_000_000, 100_000, 12, 5, 5_000)
SQL = Size(2_500_000, 25_000, 12, 5, 0)  # a quarter: at full size the SQL takes minutes a run
QUICK = Size(150_000, 1_500, 12, 3, 2_000)


def features() -> list[Op]:
    """The whole mix, as a catalogue would ask for them."""
    gaps = ("gap_mean_days", "gap_sd_days", "lateness")
    ops = windows() + states()
    ops += [Op("count", window_days=90, offset_days=90), Op("count", window_days=365, offset_days=365)]
    ops += [Op("last", 0, AMOUNT), Op("lateness", 1), *(Op(stat, 2) for stat in gaps)]
    return ops + [Op("decay_count", 1 + k, half_life_days=h) for k in range(1, KINDS) for h in (28, 90, 180)]


def windows() -> list[Op]:
    """What SQL is best at: counts, sums, means and extremes of trailing windows."""
    channels = range(1 + KINDS)
    ops = [Op("count", c, window_days=w) for c in channels for w in WINDOWS]
    ops += [Op("sum", c, AMOUNT, w) for c in channels for w in WINDOWS]
    ops += [Op("mean", 0, m, w) for m in (AMOUNT, DURATION) for w in (30, 90, 365)]
    return ops + [Op("max", 0, m, w) for m in (AMOUNT, DURATION) for w in (90, 365)]


def states() -> list[Op]:
    """What SQL can still say in the same pass: distinct values, recency, cadence, decays, all history."""
    ops = [Op("distinct_days", window_days=w) for w in (30, 90, 365)]
    ops += [Op("distinct", label=label, window_days=w) for label in (PRODUCT, REGION) for w in (90, 365)]
    ops += [Op("recency_days", c) for c in range(1 + KINDS)]
    ops += [Op("tenure_days"), Op("gap_mean_days"), Op("gap_mean_days", 1), Op("count"), Op("sum", 0, AMOUNT)]
    ops += [Op("decay_count", c, half_life_days=h) for c in (0, 1) for h in (28, 90, 180)]
    return ops + [Op("decay_sum", 0, AMOUNT, half_life_days=h) for h in (28, 90, 180)]


# --- the data ---------------------------------------------------------------------------------------------------------


def fill(con: duckdb.DuckDBPyConnection, size: Size) -> None:
    """Three years of events in no order, a few entities with many; 3 % are known days later; the spine of rows."""
    rng, n = np.random.default_rng(1), size.events
    weights = rng.gamma(0.8, 1.0, size.entities)
    occurred = rng.integers(0, 3 * 365 * DAY, n)
    columns: dict[str, npt.NDArray[Any]] = {
        "id": np.arange(n),
        "entity": rng.choice(size.entities, n, p=weights / weights.sum()).astype(np.int32),
        "occurred": occurred,
        "known": occurred + np.where(rng.random(n) < 0.03, rng.integers(0, 10 * DAY, n), 0),
        "kind": rng.choice(KINDS, n, p=[0.4, 0.25, 0.15, 0.1, 0.07, 0.03]).astype(np.int32),
        "amount": np.where(rng.random(n) < 0.3, rng.integers(100, 500_000, n), -1),
        "duration": np.where(rng.random(n) < 0.5, rng.integers(1, 5_000, n), -1),
        "product": rng.integers(0, LABELS[PRODUCT], n).astype(np.int32),
        "region": rng.integers(0, LABELS[REGION], n).astype(np.int32),
    }
    _load(con, "raw", columns)
    con.execute(
        "CREATE TABLE events AS SELECT * REPLACE (nullif(amount, -1) AS amount, nullif(duration, -1) AS duration) FROM raw"
    )
    con.execute("DROP TABLE raw")
    who, when = spine(size)
    _load(con, "spine", {"entity": who.astype(np.int32), "as_of": when})


def _load(con: duckdb.DuckDBPyConnection, name: str, columns: dict[str, npt.NDArray[Any]]) -> None:
    con.register("incoming", pa.table(columns))
    con.execute(f"CREATE TABLE {name} AS SELECT * FROM incoming")
    con.unregister("incoming")


def spine(size: Size) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Every entity at monthly cutoffs, in no order."""
    order = np.random.default_rng(2).permutation(size.entities * size.cutoffs)
    return order // size.cutoffs, FIRST_CUTOFF + order % size.cutoffs * 30 * DAY


def read(con: duckdb.DuckDBPyConnection, size: Size) -> Events:
    """Sort in DuckDB and take the columns as arrays."""
    values = ", ".join(f"coalesce({m}, CAST({MISSING} AS BIGINT)) AS {m}" for m in MEASURE.values())
    table = con.sql(f"SELECT entity, occurred, known, kind, {values}, product, region FROM events {SORT}").to_arrow_table()
    column = {name: table[name].to_numpy() for name in table.column_names}
    return Events(
        offsets=np.searchsorted(column["entity"], np.arange(size.entities + 1)),
        occurred=column["occurred"],
        known=column["known"],
        channels=np.uint64(1) | np.left_shift(np.uint64(2), column["kind"].astype(np.uint64)),
        measures=np.stack([column["amount"], column["duration"]]),
        labels=np.stack([column["product"], column["region"]]),
        label_sizes=LABELS,
    )


# --- the measurements -------------------------------------------------------------------------------------------------


def query(con: duckdb.DuckDBPyConnection, sql: str) -> Any:
    """A result as DuckDB makes it fastest: Arrow columns, doubles, in no order."""
    return con.sql(f"SELECT entity, as_of, COLUMNS('f\\d+')::DOUBLE FROM ({sql})").to_arrow_table()


def differing(table: Any, ops: list[Op], events: Events) -> int:
    """How many values of a result of SQL differ from the kernel's by more than 1e-9."""
    theirs = np.column_stack([table[f"f{j}"].to_numpy() for j in range(len(ops))])
    ours = run(events, compile_ops(ops), table["entity"].to_numpy(), table["as_of"].to_numpy(), threads=THREADS)
    return int((~np.isclose(ours, theirs, rtol=1e-9, atol=1e-9, equal_nan=True)).sum())


def speed(con: duckdb.DuckDBPyConnection, size: Size, events: Events) -> dict[str, Any]:
    program, (who, when) = compile_ops(features()), spine(size)
    values = len(who) * len(program.ops)
    runs: dict[str, Callable[[], object]] = {
        f"{t} threads": partial(run, events, program, who, when, threads=t) for t in sorted({1, THREADS})
    }
    order = np.lexsort((when, who))
    runs["sorted rows"] = partial(run, events, program, who[order], when[order], threads=THREADS)
    runs["with sorting events"] = lambda: run(read(con, size), program, who, when, threads=THREADS)
    found = {name: harness.measure(work, repeats=size.repeats) for name, work in runs.items()}
    million = {name: {**t.facts(), "million_values_per_s": values / t.median / 1e6} for name, t in found.items()}
    rows = [(name, t["median_s"], t["million_values_per_s"], t["peak_mb"]) for name, t in million.items()]
    title = f"{size.events:,} events, {len(who):,} rows x {len(program.ops)} features = {values / 1e6:,.0f} M values"
    harness.show(title, ("kernel", "seconds", "M values/s", "peak MB"), rows)
    return {"features": len(program.ops), "rows": len(who), "values": values, "kernel": million}


def against_sql(con: duckdb.DuckDBPyConnection, size: Size, events: Events) -> dict[str, Any]:
    con.execute("SET preserve_insertion_order = true")
    con.execute(f"CREATE TABLE clustered AS SELECT * FROM events {SORT}")
    con.execute("SET preserve_insertion_order = false")
    small, whole = windows(), windows() + states()
    plans = {"direct": direct_sql(small), "clustered": direct_sql(small, "clustered"), "buckets": bucket_sql(small)}
    plans["buckets clustered"] = bucket_sql(small, "clustered")
    both = {"combined": combined_sql(whole), "combined clustered": combined_sql(whole, "clustered")}
    return {
        "windows": _compare(con, size, events, "windows", small, plans),
        "windows and states": _compare(con, size, events, "windows and states", whole, both),
    }


def _compare(
    con: duckdb.DuckDBPyConnection, size: Size, events: Events, name: str, ops: list[Op], plans: dict[str, str]
) -> dict[str, Any]:
    program, (who, when) = compile_ops(ops), spine(size)
    theirs: dict[str, harness.Timing] = {}
    wrong: dict[str, int] = {}
    for plan, sql in plans.items():
        wrong[plan] = differing(query(con, sql), ops, events)
        theirs[plan] = harness.measure(partial(query, con, sql), repeats=3)
    best = min(theirs, key=lambda plan: theirs[plan].median)
    ours = harness.measure(lambda: run(events, program, who, when, threads=THREADS), repeats=size.repeats)
    whole = harness.measure(lambda: run(read(con, size), program, who, when, threads=THREADS), repeats=size.repeats)
    rows: list[tuple[object, ...]] = [
        (f"DuckDB {p}", t.median, theirs[best].median / t.median, t.peak_mb, wrong[p]) for p, t in theirs.items()
    ]
    rows += [("kernel, sorting included", whole.median, theirs[best].median / whole.median, whole.peak_mb, "")]
    rows += [("kernel, sorted arrays", ours.median, theirs[best].median / ours.median, ours.peak_mb, "")]
    title = f"{name}: {len(ops)} features, {len(who):,} rows, {size.events:,} events, {THREADS} threads each"
    harness.show(title, ("engine", "seconds", "times faster than the best SQL", "peak MB", "values that differ"), rows)
    return {
        "features": len(ops),
        "sampled": f"a world of {size.entities:,} entities, {size.events:,} events; every row of it for both",
        "duckdb": {plan: t.facts() for plan, t in theirs.items()},
        "values_that_differ": wrong,
        "best_sql": best,
        "kernel": ours.facts(),
        "kernel_with_sort": whole.facts(),
        "ratio_sorted": theirs[best].median / ours.median,
        "ratio_with_sort": theirs[best].median / whole.median,
    }


def at_full_size(con: duckdb.DuckDBPyConnection, size: Size, events: Events, best: str) -> dict[str, Any]:
    """The SQL that won on the smaller world, once at full size, beside the kernel with its sorting: minutes, so one run."""
    ops = windows() + states()
    if "clustered" in best:
        con.execute("SET preserve_insertion_order = true")
        con.execute(f"CREATE TABLE clustered AS SELECT * FROM events {SORT}")
        con.execute("SET preserve_insertion_order = false")
    sql = combined_sql(ops, "clustered") if "clustered" in best else combined_sql(ops)
    program, (who, when) = compile_ops(ops), spine(size)
    theirs = harness.measure(partial(query, con, sql), repeats=1)
    ours = harness.measure(lambda: run(read(con, size), program, who, when, threads=THREADS), repeats=3)
    ratio = theirs.median / ours.median
    title = f"full size: {len(ops)} features, {len(who):,} rows, {size.events:,} events"
    harness.show(
        title,
        ("engine", "seconds", "peak MB"),
        [("DuckDB, one run", theirs.median, theirs.peak_mb), ("kernel, sorting included", ours.median, ours.peak_mb)],
    )
    return {"features": len(ops), "duckdb": theirs.facts(), "kernel_with_sort": ours.facts(), "ratio_with_sort": ratio}


def one_row(size: Size) -> dict[str, Any]:
    """The whole feature row of one entity with 500 events, through the public function, as serving asks for it."""
    rng, n, program = np.random.default_rng(3), 500, compile_ops(features())
    occurred = np.sort(rng.integers(0, FIRST_CUTOFF, n))
    kinds = rng.integers(0, KINDS, n).astype(np.uint64)
    events = Events(
        offsets=np.array([0, n]),
        occurred=occurred,
        known=occurred + np.where(rng.random(n) < 0.03, 5 * DAY, 0),
        channels=np.uint64(1) | np.left_shift(np.uint64(2), kinds),
        measures=rng.integers(1, 5_000, (2, n)),
        labels=np.stack([rng.integers(0, size, n) for size in LABELS]).astype(np.int32),
        label_sizes=LABELS,
    )
    who, when = np.array([0]), np.array([FIRST_CUTOFF])
    found = harness.latencies_ms(lambda: run(events, program, who, when), calls=size.calls)
    harness.show("one entity, 500 events, one row", ("calls", "p50 ms", "p99 ms", "max ms"), [list(found.values())])
    return found


def _world(size: Size) -> tuple[duckdb.DuckDBPyConnection, Events]:
    con = duckdb.connect()
    con.execute(f"SET threads = {THREADS}; SET preserve_insertion_order = false; SET enable_progress_bar = false")
    fill(con, size)
    return con, read(con, size)


def main() -> None:
    options = harness.arguments("kernel", __doc__)
    size, sql_size = (QUICK, QUICK) if options.quick else (FULL, SQL)
    facts = harness.machine("numpy", "numba", "duckdb", "pyarrow")
    con, events = _world(size)
    run(events, compile_ops(features()), [0], [0])  # compile or load the kernel
    result = {"machine": facts, "quick": options.quick, "size": vars(size), "threads": THREADS, "one_row": one_row(size)}
    result |= speed(con, size, events)
    con.close()
    con, events = _world(sql_size)
    result |= {"against_sql": against_sql(con, sql_size, events)}
    con.close()
    if not options.quick:
        con, events = _world(size)
        best = result["against_sql"]["windows and states"]["best_sql"]
        result |= {"full_size": at_full_size(con, size, events, best)}
    harness.write(options.json, result)


if __name__ == "__main__":
    main()
