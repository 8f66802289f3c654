"""polars' side: the 73 features as expressions, cutoff by cutoff, written in every fast way we know."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import polars as pl

from benchmarks.peer_task import DAY, FEATURES, KINDS, NAMES, WINDOWS, Asked, Task

Data = tuple[pl.DataFrame, Task]
AGE, KIND, AMOUNT = pl.col("age"), pl.col("kind"), pl.col("amount")
Plan = Callable[[pl.LazyFrame], pl.LazyFrame]


def load(task: Task) -> Data:
    return pl.read_parquet(task.events).with_columns(pl.col("kind").cast(pl.Int8)), task


def direct(events: pl.LazyFrame) -> pl.LazyFrame:
    """One conditional aggregate per feature over the events."""
    return events.group_by("entity").agg(_direct(asked).alias(name) for name, asked in zip(NAMES, FEATURES, strict=True))


def _direct(asked: Asked) -> pl.Expr:
    passes = asked.days * DAY > AGE
    passes = passes if asked.kind is None else passes & (asked.kind == KIND)
    if asked.stat == "count":
        return passes.sum()
    chosen = AMOUNT.filter(passes)
    return chosen.mean() if asked.stat == "mean" else chosen.sum()


def buckets(events: pl.LazyFrame) -> pl.LazyFrame:
    """First one line per (entity, kind, age bucket), then conditional aggregates of these lines."""
    sums = (pl.len().alias("n"), AMOUNT.sum().alias("s"), AMOUNT.count().alias("m"))
    parts = _aged(events).group_by("entity", "kind", "age").agg(sums)
    return parts.group_by("entity").agg(_part(asked).alias(name) for name, asked in zip(NAMES, FEATURES, strict=True))


def _aged(events: pl.LazyFrame) -> pl.LazyFrame:
    bucket = pl.sum_horizontal((days * DAY <= AGE).cast(pl.Int8) for days in WINDOWS[:-1])
    return events.with_columns(bucket.alias("age"))


def _part(asked: Asked) -> pl.Expr:
    passes = WINDOWS.index(asked.days) >= AGE
    passes = passes if asked.kind is None else passes & (asked.kind == KIND)
    if asked.stat == "mean":
        return pl.col("s").filter(passes).sum() / pl.col("m").filter(passes).sum()
    return pl.col("n" if asked.stat == "count" else "s").filter(passes).sum()


def by_kind(events: pl.LazyFrame) -> pl.LazyFrame:
    """First one line per (entity, kind) with every window, then the kinds side by side."""
    parts = [made for days in WINDOWS for young in [days * DAY > AGE]
             for made in (young.sum().alias(f"n{days}"), AMOUNT.filter(young).sum().alias(f"s{days}"),
                          AMOUNT.filter(young).count().alias(f"m{days}"))]
    lines = events.group_by("entity", "kind").agg(parts)
    return lines.group_by("entity").agg(_line(asked).alias(name) for name, asked in zip(NAMES, FEATURES, strict=True))


def _line(asked: Asked) -> pl.Expr:
    if asked.stat == "mean":
        return pl.col(f"s{asked.days}").sum() / pl.col(f"m{asked.days}").sum()
    column = pl.col(f"{'n' if asked.stat == 'count' else 's'}{asked.days}")
    return (column if asked.kind is None else column.filter(asked.kind == KIND)).sum()


def masked(events: pl.LazyFrame) -> pl.LazyFrame:
    """Columns of zeros and ones first, then plain sums in one group by: nothing conditional inside a group."""
    aged = [(days * DAY > AGE).alias(f"w{days}") for days in WINDOWS]
    columns = [_masked(asked).alias(name) for name, asked in zip(NAMES, FEATURES, strict=True)]
    known = [(pl.col(f"w{days}") & AMOUNT.is_not_null()).alias(f"m{days}") for days in (30, 90, 365)]
    masks = events.with_columns(aged).with_columns(*columns, *known)
    sums = masks.group_by("entity").agg(pl.col(*NAMES, "m30", "m90", "m365").sum())
    means = [(pl.col(name) / pl.col(f"m{asked.days}")).alias(name) for name, asked in zip(NAMES, FEATURES, strict=True)
             if asked.stat == "mean"]
    return sums.with_columns(means).drop("m30", "m90", "m365")


def _masked(asked: Asked) -> pl.Expr:
    passes = pl.col(f"w{asked.days}")
    passes = passes if asked.kind is None else passes & (asked.kind == KIND)
    return passes if asked.stat == "count" else pl.when(passes).then(AMOUNT).otherwise(0)


def running_totals(data: Data) -> pl.DataFrame:
    """Running totals over (entity, time), looked up as of both ends of every window: a window is a difference."""
    events, task = data
    place = (pl.col("entity").cast(pl.Int64) * 2**36 + pl.col("occurred")).alias("place")
    totals = events.lazy().select(place, "kind", "amount").sort("place").select("place", *_totals())
    spine = _spine(task)
    found = {days: spine.lazy().select((pl.col("entity").cast(pl.Int64) * 2**36 + pl.col("as_of") - days * DAY).alias("place"))
             .join_asof(totals.set_sorted("place"), on="place").fill_null(0) for days in (0, *WINDOWS)}
    now, *before = pl.collect_all(list(found.values()))
    ends = dict(zip(WINDOWS, before, strict=True))
    return spine.with_columns(_difference(asked, now, ends[asked.days]).alias(name)
                              for name, asked in zip(NAMES, FEATURES, strict=True))


def _totals() -> list[pl.Expr]:
    columns = {"n": pl.col("place").is_not_null(), "s": AMOUNT.fill_null(0), "m": AMOUNT.is_not_null()}
    for kind in range(KINDS):
        columns |= {f"n{kind}": kind == KIND, f"s{kind}": pl.when(kind == KIND).then(AMOUNT.fill_null(0)).otherwise(0)}
    return [column.cast(pl.Int64).cum_sum().alias(name) for name, column in columns.items()]


def _difference(asked: Asked, now: pl.DataFrame, before: pl.DataFrame) -> pl.Series:
    kind = "" if asked.kind is None else asked.kind
    if asked.stat == "mean":
        return (now["s"] - before["s"]) / (now["m"] - before["m"])
    column = f"{'n' if asked.stat == 'count' else 's'}{kind}"
    return now[column] - before[column]


def _spine(task: Task) -> pl.DataFrame:
    entities = pl.DataFrame({"entity": pl.int_range(task.entities, dtype=pl.Int32, eager=True)})
    return entities.join(pl.DataFrame({"as_of": task.cutoffs}), how="cross")


def every_cutoff(plan: Plan, data: Data) -> pl.DataFrame:
    """The plan at each cutoff, all handed to polars at once; entities without events get zeros."""
    events, task = data
    frames = pl.collect_all([plan(_at(events, cutoff)).with_columns(pl.lit(cutoff).alias("as_of")) for cutoff in task.cutoffs])
    counted = [name for name, asked in zip(NAMES, FEATURES, strict=True) if asked.stat != "mean"]
    return _spine(task).join(pl.concat(frames), on=["entity", "as_of"], how="left").with_columns(pl.col(counted).fill_null(0))


def _at(events: pl.DataFrame, cutoff: int) -> pl.LazyFrame:
    aged = events.lazy().select("entity", "kind", "amount", (cutoff - pl.col("occurred")).alias("age"))
    return aged.filter((AGE >= 0) & (WINDOWS[-1] * DAY > AGE))


def write(found: pl.DataFrame, path: str) -> None:
    found.with_columns(pl.col(NAMES).cast(pl.Float64)).write_parquet(path, compression="lz4")


WAYS: dict[str, Any] = {**{name: partial(every_cutoff, plan) for name, plan in (
    ("direct", direct), ("buckets", buckets), ("by kind", by_kind), ("masked", masked))}, "running totals": running_totals}
