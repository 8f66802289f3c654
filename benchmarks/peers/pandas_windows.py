"""pandas' side: the features cutoff by cutoff, or by running totals in numpy, written in every fast way we know."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.peers.pandas_parts import Array, Columns, finished, labelled, member, steps
from benchmarks.peers.pandas_totals import running_totals
from benchmarks.peers.task import DAY, EDGES, GROUPS, KINDS, LABELS, NAMES, PARTS, Task

Data = tuple[pd.DataFrame, Task]
Plan = Callable[[pd.DataFrame, int], Columns]
_OF = {"s": "amount", "m": "measured", "d": "fresh", "h": "value", "l": "value"}
_DAYS = sorted({days for _, days, _ in PARTS})


def load(task: Task) -> Data:
    """A missing amount adds nothing to a sum; `measured` says whether there is one, `value` is missing then."""
    events = pd.read_parquet(task.events)
    known, value = events["amount"].notna(), events["amount"].astype(np.float64)
    amount = events["amount"].fillna(0).astype(np.int64)
    codes = events[["entity", "kind", "direction", *LABELS]].fillna(-1).astype(np.int64)
    return events[["id", "occurred"]].assign(**codes, amount=amount, value=value, measured=known.astype(np.int64)), task


# --- windows: as a user would, one filter and some group bys per window -------------------------------------------------


def windows(seen: pd.DataFrame, entities: int) -> Columns:
    parts = _history(seen, entities)
    for days in _DAYS:
        young = seen[seen["age"] < days * DAY]
        parts |= {f"{name}{days}": _whole(found, entities) for name, found in _aggregates(young).items()}
        for column, levels in (("kind", KINDS), ("direction", 2)):
            sizes = young.groupby(["entity", column]).size().unstack().reindex(index=range(entities), columns=range(levels))
            parts |= {f"n{days}{column}{level}": sizes[level].fillna(0).to_numpy() for level in range(levels)}
    return parts


def _aggregates(young: pd.DataFrame) -> dict[str, pd.Series]:
    """Of all kinds together; in pandas the different labels are counted, too."""
    by = young.groupby("entity")
    labels = {label: young[young[label] >= 0].groupby("entity")[label].nunique() for label in LABELS}
    return {
        "n": by.size(),
        "s": by["amount"].sum(),
        "m": by["measured"].sum(),
        "d": by["fresh"].sum(),
        "h": by["value"].max(),
        "l": by["value"].min(),
        **labels,
    }


def _whole(found: pd.Series, entities: int) -> Array:
    """For every entity, zero or missing without events."""
    return found.reindex(range(entities), fill_value=np.nan if found.name == "value" else 0).to_numpy()


def _history(seen: pd.DataFrame, entities: int) -> Columns:
    by = seen.groupby("entity")
    found = by.agg(n=("age", "size"), newest=("occurred", "last"), oldest=("occurred", "first"), squares=("square", "sum"))
    found["latest"] = seen.drop_duplicates("entity", keep="last").set_index("entity")["known"]
    whole = found.reindex(range(entities))
    whole[["n", "squares"]] = whole[["n", "squares"]].fillna(0)
    newest = {f"newest{group}": seen[member(seen, group)].groupby("entity")["occurred"].last() for group in GROUPS if group}
    return {
        **{str(name): column.to_numpy() for name, column in whole.items()},
        **{name: times.reindex(range(entities)).to_numpy() for name, times in newest.items()},
    }


# --- buckets: one group by of (entity, age bucket), one with kinds and one with directions ------------------------------


def buckets(seen: pd.DataFrame, entities: int) -> Columns:
    """Then running totals over the buckets; an entity's events are in order, so the last one is the newest."""
    young = seen[seen["age"] < EDGES[-1] * DAY]
    age = np.searchsorted(np.array(EDGES[1:]) * DAY, young["age"].to_numpy(), side="right")
    entity = young["entity"].to_numpy()
    parts = _history(seen, entities) | _totals(young, entity, age, entities)
    for column, levels in (("kind", KINDS), ("direction", 2)):
        cell = (entity * levels + young[column].to_numpy()) * (len(EDGES) - 1) + age
        sizes = np.bincount(cell, minlength=entities * levels * (len(EDGES) - 1)).reshape(entities, levels, -1).cumsum(axis=2)
        parts |= {f"n{days}{column}{level}": sizes[:, level, i] for i, days in enumerate(EDGES[1:]) for level in range(levels)}
    return parts


def _totals(young: pd.DataFrame, entity: Array, age: Array, entities: int) -> Columns:
    cell = entity * (len(EDGES) - 1) + age
    by = young.groupby(cell, sort=False)
    made = {
        "n": by.size(),
        "s": by["amount"].sum(),
        "m": by["measured"].sum(),
        "d": by["fresh"].sum(),
        "h": by["value"].max(),
        "l": by["value"].min(),
    }
    run = {"h": np.fmax, "l": np.fmin}
    whole = {name: run.get(name, np.add).accumulate(_cells(found, entities), axis=1) for name, found in made.items()}
    return {f"{name}{days}": values[:, i] for name, values in whole.items() for i, days in enumerate(EDGES[1:])}


def _cells(found: pd.Series, entities: int) -> Array:
    out = np.full(entities * (len(EDGES) - 1), np.nan if found.name == "value" else 0)
    out[found.index] = found.to_numpy()
    return out.reshape(entities, -1)


def every_cutoff(plan: Plan, data: Data) -> pd.DataFrame:
    """The plan at each cutoff, one below the other; what it does not count itself are labels by their latest event."""
    events, task = data
    ordered = steps(events)
    labels = labelled(ordered, task) if plan is buckets else {}
    parts = []
    for i, cutoff in enumerate(task.cutoffs):
        age = cutoff - ordered["occurred"]
        found = plan(ordered.assign(age=age)[age >= 0], task.entities) | {name: of[:, i] for name, of in labels.items()}
        made = finished(found, np.full(task.entities, cutoff))
        parts.append(pd.DataFrame(made, copy=False).assign(entity=np.arange(task.entities), as_of=cutoff))
    return pd.concat(parts, ignore_index=True)


def write(found: pd.DataFrame, path: str) -> None:
    found.astype(dict.fromkeys(NAMES, "float64")).to_parquet(path, compression="lz4")


WAYS: dict[str, Any] = {
    "windows": partial(every_cutoff, windows),
    "buckets": partial(every_cutoff, buckets),
    "running totals in numpy": running_totals,
}
