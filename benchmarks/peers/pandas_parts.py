"""What pandas' ways share: the events in order, the numbers of labels, and the features made of parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.peers.task import DAY, GROUPS, KINDS, LABELS, NAMED, SPANS, Asked, Task

Array = NDArray[Any]
Columns = dict[str, Array]
NEVER = 2**40


def steps(events: pd.DataFrame) -> pd.DataFrame:
    """In order, with the squared gap to the event before, whether it is the first of its day, and the last known amount."""
    place = events["entity"].to_numpy() * 2**36 + events["occurred"].to_numpy()
    order = np.argsort(events["id"].to_numpy())
    ordered = events.take(order[np.argsort(place[order], kind="stable")]).reset_index(drop=True)
    entity, at = ordered["entity"].to_numpy(), ordered["occurred"].to_numpy()
    same = np.concatenate([[False], entity[1:] == entity[:-1]])
    gap = np.where(same, np.diff(at, prepend=0), 0)
    fresh = ~same | (at // DAY != np.concatenate([[0], at[:-1] // DAY]))
    where = np.maximum.accumulate(np.where(ordered["measured"], np.arange(len(at)), 0))
    known = np.where(entity[where] == entity, ordered["value"].to_numpy()[where], np.nan)
    return ordered.assign(square=gap * gap, fresh=fresh.astype(np.int64), known=known)


def member(ordered: pd.DataFrame, group: str) -> Array:
    """Which events belong to the group."""
    where = GROUPS[group]
    return np.ones(len(ordered), bool) if where is None else (ordered[where[0]] == where[1]).to_numpy()


def until(ordered: pd.DataFrame, label: str) -> Array:
    """When the next event of the entity with the same label comes; before everything where there is no label."""
    codes, at = ordered[label].to_numpy(), ordered["occurred"].to_numpy()
    key = ordered["entity"].to_numpy() * 2**32 + codes
    order = np.argsort(key, kind="stable")
    follows = key[order[1:]] == key[order[:-1]]
    out = np.full(len(key), NEVER)
    out[order[:-1][follows]] = at[order[1:][follows]]
    return np.where(codes < 0, -1, out)


def labelled(ordered: pd.DataFrame, task: Task) -> Columns:
    """How many labels each row has, [entity, cutoff]: those are in a window whose latest event is."""
    entity, at = ordered["entity"].to_numpy(), ordered["occurred"].to_numpy()
    found = {f"{label}{days}": np.empty((task.entities, len(task.cutoffs)), np.int64) for label in LABELS for days in SPANS}
    for label in LABELS:
        end = until(ordered, label)
        for i, cutoff in enumerate(task.cutoffs):
            rows = np.flatnonzero((at <= cutoff) & (end > cutoff))
            for days in SPANS:
                found[f"{label}{days}"][:, i] = np.bincount(entity[rows[at[rows] > cutoff - days * DAY]], minlength=task.entities)
    return found


def finished(parts: Columns, as_of: Array) -> Columns:
    """The features made of parts, one value per row."""
    whole = _whole(parts, as_of)
    return {name: _feature(asked, {**parts, **whole}, as_of) for name, asked in NAMED}


def _whole(parts: Columns, as_of: Array) -> Columns:
    n, span = parts["n"], parts["newest"] - parts["oldest"]
    gap = _over(span, n - 1) / DAY
    squares = parts["squares"] - _over(span**2, n - 1)
    return {
        "tenure": (as_of - parts["oldest"]) / DAY,
        "gap_mean": gap,
        "last": parts["latest"],
        "gap_sd": np.sqrt(np.maximum(_over(squares, n - 2), 0)) / DAY,
        "lateness": _over((as_of - parts["newest"]) / DAY, gap),
    }


def _over(above: Array, below: Array) -> Array:
    """A ratio, missing unless what is below is positive."""
    out: Array = np.divide(above, below, where=below > 0, out=np.full(len(below), np.nan))
    return out


_NAMED_PARTS = {"count": "n", "sum": "s", "max": "h", "min": "l", "distinct_days": "d"}


def _feature(asked: Asked, parts: Columns, as_of: Array) -> Array:
    if asked.stat in parts:
        return parts[asked.stat]
    if asked.stat == "recency":
        return (as_of - parts[f"newest{asked.group}"]) / DAY
    if asked.stat == "mean":
        return _over(parts[f"s{asked.days}"], parts[f"m{asked.days}"])
    if asked.stat == "distinct":
        return parts[f"{asked.label}{asked.days}"] if asked.label in LABELS else _kinds(parts, asked.far)
    made = parts[f"{_NAMED_PARTS[asked.stat]}{asked.far}{asked.group}"]
    return made - parts[f"n{asked.offset}{asked.group}"] if asked.offset else made


def _kinds(parts: Columns, days: int) -> Array:
    return sum((parts[f"n{days}kind{kind}"] > 0 for kind in range(KINDS)), np.zeros(len(parts["n"]), np.int64))
