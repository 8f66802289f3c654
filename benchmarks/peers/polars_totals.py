"""polars' running totals: sums over (entity, time) once, looked up as of both ends of every window by joins as of."""

from __future__ import annotations

import polars as pl

from benchmarks.peers.polars_parts import AMOUNT, ENTITY, OCCURRED, finished, labelled, passes, spine, steps
from benchmarks.peers.task import DAY, EDGES, GROUPS, LABELS, PARTS, SPANS, Task

_PLACE = pl.col("place")
_START = -1  # in place of days: the moment before the first event of an entity
_NEEDED = {days: [name + group for name, far, group in PARTS if far == days and name in "nsmd"] for days in EDGES[1:]}
_NEEDED |= {0: ["s", "m", "d", "squares", *(f"n{group}" for group in GROUPS)], _START: ["n", "squares"]}


def running_totals(data: tuple[pl.DataFrame, Task]) -> pl.DataFrame:
    """Only extremes and labels need the events of a window again."""
    events, task = data
    ready = steps(events.lazy()).collect()
    parts = _looked_up(_states(ready), task)
    for found in (_extremes(ready, task), *(labelled(ready, task, label) for label in LABELS)):
        parts = parts.join(found, on=["entity", "as_of"], how="left")
    return finished(parts)


def _states(ready: pl.DataFrame) -> pl.LazyFrame:
    """Totals over all entities; they may run over, differences are right all the same."""
    sums = {
        "s": AMOUNT.fill_null(0),
        "m": AMOUNT.is_not_null(),
        "d": pl.col("fresh"),
        "squares": pl.col("square").fill_null(0),
        **{f"n{group}": passes(group) if group else OCCURRED.is_not_null() for group in GROUPS},
    }
    newest = [pl.when(passes(group)).then(_PLACE).otherwise(-1).cum_max().alias(f"newest{group}") for group in GROUPS if group]
    first = pl.when(ENTITY.ne_missing(ENTITY.shift())).then(OCCURRED).forward_fill()
    states = ready.lazy().select(
        _PLACE,
        *newest,
        _PLACE.alias("newest"),
        first.alias("oldest"),
        pl.col("known").alias("latest"),
        *(of.cast(pl.Int64).cum_sum().alias(name) for name, of in sums.items()),
    )
    return states.collect().lazy().set_sorted("place")


def _looked_up(states: pl.LazyFrame, task: Task) -> pl.DataFrame:
    """The parts of windows and of all history."""
    rows = spine(task).with_columns((ENTITY.cast(pl.Int64) * 2**36).alias("base"))
    ends = dict(zip(_NEEDED, pl.collect_all([_as_of(states, rows.lazy(), days) for days in _NEEDED]), strict=True))
    now, start = ends[0], ends[_START]
    windowed = [
        (now[name + group] - ends[days][name + group]).alias(f"{name}{days}{group}")
        for name, days, group in PARTS
        if name in "nsmd"
    ]
    whole = rows.with_columns(
        *now.select("oldest", "latest", "^newest.*$"), *((now[name] - start[name]).alias(name) for name in ("n", "squares"))
    )
    return _own(whole).with_columns(windowed)


def _as_of(states: pl.LazyFrame, rows: pl.LazyFrame, days: int) -> pl.LazyFrame:
    """The totals at one end of a window; at the cutoff also what was newest."""
    at = pl.col("base") - 1 if days == _START else pl.col("base") + pl.col("as_of") - days * DAY
    kept = states if days == 0 else states.select("place", *_NEEDED[days])
    return rows.select(at.alias("place")).join_asof(kept, on="place").with_columns(pl.col(_NEEDED[days]).fill_null(0))


def _own(whole: pl.DataFrame) -> pl.DataFrame:
    """What belongs to the entity before is missing."""
    newest = [f"newest{group}" for group in GROUPS]
    own = [pl.when(pl.col(name) >= pl.col("base")).then(pl.col(name) - pl.col("base")).alias(name) for name in newest]
    return whole.with_columns(*own, pl.when(pl.col("n") > 0).then(pl.col("oldest", "latest")))


def _extremes(ready: pl.DataFrame, task: Task) -> pl.DataFrame:
    return pl.concat(pl.collect_all([_extreme(ready.lazy(), cutoff) for cutoff in task.cutoffs]))


def _extreme(events: pl.LazyFrame, cutoff: int) -> pl.LazyFrame:
    young = events.filter((cutoff >= OCCURRED) & (cutoff - SPANS[-1] * DAY < OCCURRED))
    amounts = {days: AMOUNT.filter(cutoff - days * DAY < OCCURRED) for days in SPANS}
    made = [made.alias(f"{name}{days}") for days, of in amounts.items() for name, made in (("h", of.max()), ("l", of.min()))]
    return young.group_by("entity").agg(made).with_columns(pl.lit(cutoff).alias("as_of"))
