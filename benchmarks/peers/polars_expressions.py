"""polars' side: the features as expressions, written in every fast way we know."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import polars as pl

from benchmarks.peers.polars_parts import AGE, AMOUNT, OCCURRED, finished, labelled, part, passes, spine, steps
from benchmarks.peers.polars_totals import running_totals
from benchmarks.peers.task import DAY, GROUPS, LABELS, NAMED, NAMES, PARTS, ZERO_WITHOUT, Asked, Task

Data = tuple[pl.DataFrame, Task]
Plan = Callable[[pl.LazyFrame], pl.LazyFrame]


def load(task: Task) -> Data:
    return pl.read_parquet(task.events).with_columns(pl.col("kind", "direction").cast(pl.Int8)), task


# --- direct: one conditional aggregate per feature over the events -----------------------------------------------------


def direct(data: Data) -> pl.DataFrame:
    """Entities without events get zeros."""
    found = _every_cutoff(_directly, steps(data[0].lazy()).collect(), data[1])
    zeros = [name for name, asked in NAMED if asked.stat in ZERO_WITHOUT]
    return found.with_columns(pl.col(zeros).fill_null(0))


def _directly(events: pl.LazyFrame) -> pl.LazyFrame:
    return events.group_by("entity").agg(_direct(asked).alias(name) for name, asked in NAMED)


def _direct(asked: Asked) -> pl.Expr:
    chosen = passes(asked.group, asked.far, asked.offset)
    if asked.stat == "count":
        return chosen.sum()
    if asked.stat in _TIMES:
        return _TIMES[asked.stat]
    column = {"distinct": pl.col(asked.label or "id"), "distinct_days": AGE // DAY, "recency": AGE}
    return _STATS[asked.stat](column.get(asked.stat, AMOUNT).filter(chosen))


_GAP = (AGE.max() - AGE.min()) / pl.when(pl.len() > 1).then(pl.len() - 1) / DAY
_TIMES = {
    "tenure": AGE.max() / DAY,
    "gap_mean": _GAP,
    "gap_sd": pl.col("gap").std() / DAY,
    "lateness": AGE.min() / DAY / pl.when(_GAP > 0).then(_GAP),
}
_STATS: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    "sum": pl.Expr.sum,
    "mean": pl.Expr.mean,
    "max": pl.Expr.max,
    "min": pl.Expr.min,
    "last": lambda of: of.drop_nulls().last(),
    "distinct": lambda of: of.drop_nulls().n_unique(),
    "distinct_days": pl.Expr.n_unique,
    "recency": lambda of: of.min() / DAY,
}


# --- parts: aggregates that features are made of, of other labels only the latest event of each -------------------------


def in_parts(plan: Plan, data: Data) -> pl.DataFrame:
    """The plan's parts at each cutoff, the numbers of labels beside them, and the features of it all."""
    events, task = data
    ready = steps(events.lazy()).collect()
    parts = _every_cutoff(plan, ready, task)
    for label in LABELS:
        parts = parts.join(labelled(ready, task, label), on=["entity", "as_of"], how="left")
    return finished(parts)


def _history() -> list[pl.Expr]:
    newest = [OCCURRED.filter(passes(group)).max().alias(f"newest{group}") for group in GROUPS]
    return [
        *newest,
        OCCURRED.min().alias("oldest"),
        pl.len().cast(pl.Int64).alias("n"),
        pl.col("square").sum().alias("squares"),
        pl.col("known").last().alias("latest"),
    ]


def grouped(events: pl.LazyFrame) -> pl.LazyFrame:
    """One conditional aggregate per part."""
    return events.group_by("entity").agg(*_history(), *(part(*key) for key in PARTS))


def masked(events: pl.LazyFrame) -> pl.LazyFrame:
    """Columns of zeros and ones first, then plain aggregates in one group by: nothing conditional inside a group."""
    masks = [_mask(*key).alias("".join(map(str, key))) for key in PARTS]
    times = [pl.when(passes(group)).then(OCCURRED).alias(f"newest{group}") for group in GROUPS]
    sums, highest, lowest = ([f"{name}{days}{group}" for name, days, group in PARTS if name in of] for of in ("nsmd", "h", "l"))
    newest = [f"newest{group}" for group in GROUPS]
    return (
        events.with_columns(*masks, *times)
        .group_by("entity")
        .agg(pl.col(sums).sum(), pl.col([*highest, *newest]).max(), pl.col(lowest).min(), *_history()[len(GROUPS) :])
    )


def _mask(name: str, days: int, group: str) -> pl.Expr:
    chosen = passes(group, days)
    if name in "nd":
        return (chosen if name == "n" else chosen & pl.col("fresh")).cast(pl.Int32)
    if name == "m":
        return (chosen & AMOUNT.is_not_null()).cast(pl.Int32)
    return pl.when(chosen).then(AMOUNT)


def by_kind(events: pl.LazyFrame) -> pl.LazyFrame:
    """First one line per (entity, kind) with every window, then the kinds side by side."""
    own = sorted({(name, days, group if group.startswith("direction") else "") for name, days, group in PARTS})
    sided = [made for made in _history() if "kind" not in made.meta.output_name()]
    lines = events.group_by("entity", "kind").agg(*sided, pl.col("row").last(), *(part(*key) for key in own))
    return lines.group_by("entity").agg(*(_folded(*key) for key in PARTS), *_folded_history())


def _folded(name: str, days: int, group: str) -> pl.Expr:
    kind = group.startswith("kind")
    column = pl.col(f"{name}{days}{'' if kind else group}")
    chosen = column.filter(passes(group)) if kind else column
    return {"h": chosen.max, "l": chosen.min}.get(name, chosen.sum)().alias(f"{name}{days}{group}")


def _folded_history() -> list[pl.Expr]:
    kinds = [pl.col("newest").filter(passes(group)).max().alias(f"newest{group}") for group in GROUPS if group.startswith("kind")]
    sides = [pl.col(f"newest{group}").max() for group in GROUPS if not group.startswith("kind")]
    latest = pl.col("latest").filter(pl.col("row") == pl.col("row").max()).first()
    return [*kinds, *sides, pl.col("oldest").min(), pl.col("n", "squares").sum(), latest]


def _every_cutoff(plan: Plan, ready: pl.DataFrame, task: Task) -> pl.DataFrame:
    """The plan at each cutoff, all handed to polars at once."""
    frames = [
        plan(ready.lazy().filter(cutoff >= OCCURRED).with_columns((cutoff - OCCURRED).alias("age"))).with_columns(
            pl.lit(cutoff).alias("as_of")
        )
        for cutoff in task.cutoffs
    ]
    return spine(task).join(pl.concat(pl.collect_all(frames)), on=["entity", "as_of"], how="left")


def write(found: pl.DataFrame, path: str) -> None:
    found.with_columns(pl.col(NAMES).cast(pl.Float64)).write_parquet(path, compression="lz4")


WAYS: dict[str, Any] = {
    "direct": direct,
    **{name: partial(in_parts, plan) for name, plan in (("parts", grouped), ("by kind", by_kind), ("masked", masked))},
    "running totals": running_totals,
}
