"""Running totals in numpy: sums over (entity, time) once, looked up as of both ends of every window."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.peers.pandas_parts import Array, Columns, finished, labelled, member, steps
from benchmarks.peers.task import DAY, EDGES, GROUPS, PARTS, SPANS, Task

_COLUMNS = {"s": "amount", "m": "measured", "d": "fresh"}


def running_totals(data: tuple[pd.DataFrame, Task]) -> pd.DataFrame:
    """A window is a slice of the events in order: its sums are differences, its extremes are those of the slice."""
    events, task = data
    ordered = steps(events)
    who, when = np.repeat(np.arange(task.entities), len(task.cutoffs)), np.tile(task.cutoffs, task.entities)
    place = ordered["entity"].to_numpy() * 2**36 + ordered["occurred"].to_numpy()
    ends = {days: np.searchsorted(place, who * 2**36 + when - days * DAY, side="right") for days in EDGES}
    start = np.searchsorted(place, who * 2**36)
    parts = _history(ordered, start, ends[0]) | _windows(ordered, ends) | _extremes(ordered, ends)
    parts |= {name: values.ravel() for name, values in labelled(ordered, task).items()}
    return pd.DataFrame({"entity": who, "as_of": when, **finished(parts, when)}, copy=False)


def _windows(ordered: pd.DataFrame, ends: dict[int, Array]) -> Columns:
    needed = sorted({(name, group) for name, _, group in PARTS if name in "nsmd"})
    totals = {
        (name, group): _total(member(ordered, group) if name == "n" else ordered[_COLUMNS[name]].to_numpy())
        for name, group in needed
    }
    now = {key: total[ends[0]] for key, total in totals.items()}
    return {
        f"{name}{days}{group}": now[name, group] - totals[name, group][ends[days]]
        for name, days, group in PARTS
        if name in "nsmd"
    }


def _total(values: Array) -> Array:
    return np.concatenate([[0], values.cumsum(dtype=np.int64)])


def _history(ordered: pd.DataFrame, start: Array, now: Array) -> Columns:
    """The parts of all history; missing without events."""
    at, squares = ordered["occurred"].to_numpy(), _total(ordered["square"].to_numpy())
    some, last = now > start, np.maximum(now - 1, 0)
    newest = {f"newest{group}": _newest(member(ordered, group), at, start, last, some) for group in GROUPS}
    return {
        "n": now - start,
        "squares": squares[now] - squares[start],
        **newest,
        "oldest": np.where(some, at[np.minimum(start, len(at) - 1)], np.nan),
        "latest": np.where(some, ordered["known"].to_numpy()[last], np.nan),
    }


def _newest(chosen: Array, at: Array, start: Array, last: Array, some: Array) -> Array:
    """When the last event of a group was."""
    where = np.maximum.accumulate(np.where(chosen, np.arange(len(chosen)), -1))[last]
    return np.where(some & (where >= start), at[where], np.nan)


def _extremes(ordered: pd.DataFrame, ends: dict[int, Array]) -> Columns:
    value = ordered["value"].to_numpy()
    return {
        f"{name}{days}": _sliced(of, value, ends[days], ends[0])
        for name, of in (("h", np.fmax), ("l", np.fmin))
        for days in SPANS
    }


def _sliced(of: np.ufunc, value: Array, begin: Array, end: Array) -> Array:
    """The extreme of each slice; empty ones are missing."""
    pairs = np.stack([begin, end], axis=1).ravel()
    found = of.reduceat(np.append(value, np.nan), pairs)[::2]
    return np.where(end > begin, found, np.nan)
