"""What several of polars' ways share: the events in order, the parts of features, and the features made of them."""

from __future__ import annotations

import polars as pl

from benchmarks.peers.task import DAY, GROUPS, KINDS, LABELS, NAMED, SPANS, ZERO_WITHOUT, Asked, Task

AGE, AMOUNT, ENTITY, OCCURRED = pl.col("age"), pl.col("amount"), pl.col("entity"), pl.col("occurred")


def steps(events: pl.LazyFrame) -> pl.LazyFrame:
    """In order and numbered, with the gap to the event before, whether it is the first of its day, the last known amount."""
    same = ENTITY.shift() == ENTITY
    gap = pl.when(same).then(OCCURRED - OCCURRED.shift())
    fresh = (same & (OCCURRED.shift() // DAY == OCCURRED // DAY)).fill_null(False).not_()
    own = pl.when(AMOUNT.is_not_null()).then(ENTITY).forward_fill() == ENTITY
    ordered = events.with_columns((ENTITY.cast(pl.Int64) * 2**36 + OCCURRED).alias("place")).sort("id")
    return (
        ordered.sort("place", maintain_order=True)
        .with_row_index("row")
        .with_columns(
            gap.alias("gap"),
            (gap * gap).alias("square"),
            fresh.alias("fresh"),
            pl.when(own).then(AMOUNT.forward_fill()).alias("known"),
        )
    )


def passes(group: str, days: int = 0, offset: int = 0) -> pl.Expr:
    """Whether an event belongs to the group and lies in the window (0 days: all history)."""
    where = GROUPS[group]
    tests = [pl.col(where[0]) == where[1]] if where else []
    tests += [days * DAY > AGE] if days else []
    tests += [offset * DAY <= AGE] if offset else []
    return pl.all_horizontal(tests) if tests else pl.lit(True)


def part(name: str, days: int, group: str) -> pl.Expr:
    """A conditional aggregate."""
    chosen = passes(group, days)
    amounts = AMOUNT.filter(chosen)
    made = {
        "n": chosen.sum,
        "d": pl.col("fresh").filter(chosen).sum,
        "s": amounts.sum,
        "m": amounts.count,
        "h": amounts.max,
        "l": amounts.min,
    }[name]()
    return (made if name in "hl" else made.cast(pl.Int64)).alias(f"{name}{days}{group}")


def labelled(ordered: pl.DataFrame, task: Task, label: str) -> pl.DataFrame:
    """How many labels each row has: those are in a window whose latest event is, and its next one is after the cutoff."""
    key = (ENTITY.cast(pl.Int64) * 2**32 + pl.col(label)).alias("key")
    events = ordered.lazy().filter(pl.col(label).is_not_null()).select("entity", "occurred", key).sort("key", maintain_order=True)
    until = pl.when(pl.col("key") == pl.col("key").shift(-1)).then(OCCURRED.shift(-1)).otherwise(2**40).alias("until")
    ready = events.select("entity", "occurred", until).collect().lazy()
    found = [
        ready.filter((cutoff >= OCCURRED) & (pl.col("until") > cutoff) & (cutoff - SPANS[-1] * DAY < OCCURRED))
        .group_by("entity")
        .agg((cutoff - days * DAY < OCCURRED).sum().alias(f"{label}{days}") for days in SPANS)
        .with_columns(pl.lit(cutoff).alias("as_of"))
        for cutoff in task.cutoffs
    ]
    return pl.concat(pl.collect_all(found))


def spine(task: Task) -> pl.DataFrame:
    entities = pl.DataFrame({"entity": pl.int_range(task.entities, dtype=pl.Int32, eager=True)})
    return entities.join(pl.DataFrame({"as_of": task.cutoffs}), how="cross")


def finished(parts: pl.DataFrame) -> pl.DataFrame:
    """The features made of parts; rows without events have zeros and missing values."""
    made = [_feature(asked).alias(name) for name, asked in NAMED]
    zeros = [name for name, asked in NAMED if asked.stat in ZERO_WITHOUT]
    return parts.lazy().select("entity", "as_of", *made).with_columns(pl.col(zeros).fill_null(0)).collect()


_AS_OF, _N, _NEWEST, _OLDEST = (pl.col(name) for name in ("as_of", "n", "newest", "oldest"))
_GAP = (_NEWEST - _OLDEST) / pl.when(_N > 1).then(_N - 1) / DAY
_VARIANCE = (pl.col("squares") - (_NEWEST - _OLDEST).cast(pl.Float64).pow(2) / (_N - 1)) / pl.when(_N > 2).then(_N - 2)
_WHOLE = {
    "last": pl.col("latest"),
    "tenure": (_AS_OF - _OLDEST) / DAY,
    "gap_mean": _GAP,
    "gap_sd": _VARIANCE.clip(lower_bound=0).sqrt() / DAY,
    "lateness": (_AS_OF - _NEWEST) / DAY / pl.when(_GAP > 0).then(_GAP),
}
_NAMED_PARTS = {"count": "n", "sum": "s", "max": "h", "min": "l", "distinct_days": "d"}


def _feature(asked: Asked) -> pl.Expr:
    if asked.stat in _WHOLE:
        return _WHOLE[asked.stat]
    if asked.stat == "recency":
        return (_AS_OF - pl.col(f"newest{asked.group}")) / DAY
    if asked.stat == "mean":
        return pl.col(f"s{asked.days}") / pl.col(f"m{asked.days}")
    if asked.stat == "distinct":
        return pl.col(f"{asked.label}{asked.days}") if asked.label in LABELS else _kinds(asked.far)
    made = pl.col(f"{_NAMED_PARTS[asked.stat]}{asked.far}{asked.group}")
    return made - pl.col(f"n{asked.offset}{asked.group}") if asked.offset else made


def _kinds(days: int) -> pl.Expr:
    return pl.sum_horizontal((pl.col(f"n{days}kind{kind}") > 0).cast(pl.Int64) for kind in range(KINDS))
