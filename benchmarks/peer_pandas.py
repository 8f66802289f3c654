"""pandas' side: the 73 features cutoff by cutoff, written in every fast way we know."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.peer_task import DAY, FEATURES, KINDS, NAMES, WINDOWS, Asked, Task

Data = tuple[pd.DataFrame, Task]
Columns = dict[str, Any]
Plan = Callable[[pd.DataFrame, int], Columns]


def load(task: Task) -> Data:
    """A missing amount adds nothing to a sum; `measured` says whether there is one."""
    events = pd.read_parquet(task.events, columns=["entity", "occurred", "kind", "amount"])
    known = events["amount"].notna()
    amount = events["amount"].fillna(0).astype(np.int64)
    return events.assign(entity=events["entity"].astype(np.int64), amount=amount, measured=known.astype(np.int64)), task


def buckets(events: pd.DataFrame, entities: int) -> Columns:
    """One group by of (entity, kind, age bucket), unstacked, then running totals over the buckets."""
    age = np.searchsorted(np.array(WINDOWS) * DAY, events["age"].to_numpy(), side="right")
    cell = (events["entity"].to_numpy() * KINDS + events["kind"].to_numpy()) * len(WINDOWS) + age
    sums = events.groupby(cell, sort=False)[["amount", "measured"]].sum().assign(n=pd.Series(cell).value_counts(sort=False))
    cells = sums.reindex(np.arange(entities * KINDS * len(WINDOWS)), fill_value=0)
    shape = (entities, KINDS, len(WINDOWS))
    return _columns({name: cells[column].to_numpy().reshape(shape).cumsum(axis=2)
                     for name, column in (("n", "n"), ("s", "amount"), ("m", "measured"))})


def _columns(totals: dict[str, np.ndarray]) -> Columns:
    """The features from arrays [entity, kind, window]."""
    every = {name: values.sum(axis=1) for name, values in totals.items()}
    return {name: _column(asked, totals, every) for name, asked in zip(NAMES, FEATURES, strict=True)}


def _column(asked: Asked, totals: dict[str, np.ndarray], every: dict[str, np.ndarray]) -> np.ndarray:
    window = WINDOWS.index(asked.days)
    if asked.stat == "mean":
        measured = every["m"][:, window]
        return np.divide(every["s"][:, window], measured, where=measured > 0, out=np.full(len(measured), np.nan))
    name = "n" if asked.stat == "count" else "s"
    return every[name][:, window] if asked.kind is None else totals[name][:, asked.kind, window]


def windows(events: pd.DataFrame, entities: int) -> Columns:
    """One group by of (entity, kind) per window."""
    found: dict[str, list[np.ndarray]] = {"n": [], "s": [], "m": []}
    cell = events["entity"] * KINDS + events["kind"]
    for days in WINDOWS:
        young = events["age"] < days * DAY
        sums = events[young].groupby(cell[young], sort=False).agg(n=("age", "size"), s=("amount", "sum"), m=("measured", "sum"))
        whole = sums.reindex(np.arange(entities * KINDS), fill_value=0)
        for name, values in found.items():
            values.append(whole[name].to_numpy().reshape(entities, KINDS))
    return _columns({name: np.stack(values, axis=2) for name, values in found.items()})


def every_cutoff(plan: Plan, data: Data) -> pd.DataFrame:
    """The plan at each cutoff, one below the other."""
    events, task = data
    parts = [pd.DataFrame(plan(_at(events, cutoff), task.entities), copy=False)
             .assign(entity=np.arange(task.entities), as_of=cutoff) for cutoff in task.cutoffs]
    return pd.concat(parts, ignore_index=True)


def _at(events: pd.DataFrame, cutoff: int) -> pd.DataFrame:
    age = cutoff - events["occurred"]
    return events.assign(age=age)[(age >= 0) & (age < WINDOWS[-1] * DAY)]


def running_totals(data: Data) -> pd.DataFrame:
    """Running totals over (entity, time), looked up as of both ends of every window: a window is a difference."""
    events, task = data
    order = np.argsort(events["entity"].to_numpy() * 2**36 + events["occurred"].to_numpy(), kind="stable")
    ordered = events.take(order)
    place = ordered["entity"].to_numpy() * 2**36 + ordered["occurred"].to_numpy()
    totals = dict(_totals(ordered))
    who, when = np.repeat(np.arange(task.entities), len(task.cutoffs)), np.tile(task.cutoffs, task.entities)
    ends = {days: np.searchsorted(place, who * 2**36 + when - days * DAY, side="right") for days in (0, *WINDOWS)}
    columns = {name: _difference(asked, totals, ends[0], ends[asked.days]) for name, asked in zip(NAMES, FEATURES, strict=True)}
    return pd.DataFrame({"entity": who, "as_of": when, **columns}, copy=False)


def _totals(ordered: pd.DataFrame) -> Iterator[tuple[str, np.ndarray]]:
    yield from ((name, _total(ordered[column])) for name, column in (("s", "amount"), ("m", "measured")))
    yield "n", np.arange(len(ordered) + 1)
    for kind in range(KINDS):
        of = ordered["kind"] == kind
        yield f"n{kind}", _total(of)
        yield f"s{kind}", _total(ordered["amount"] * of)


def _total(values: pd.Series) -> np.ndarray:
    return np.concatenate([[0], values.cumsum().to_numpy()])


def _difference(asked: Asked, totals: dict[str, np.ndarray], now: np.ndarray, before: np.ndarray) -> np.ndarray:
    if asked.stat == "mean":
        measured = totals["m"][now] - totals["m"][before]
        return np.divide(totals["s"][now] - totals["s"][before], measured, where=measured > 0, out=np.full(len(now), np.nan))
    total = totals[f"{'n' if asked.stat == 'count' else 's'}{'' if asked.kind is None else asked.kind}"]
    return total[now] - total[before]


def write(found: pd.DataFrame, path: str) -> None:
    found.astype(dict.fromkeys(NAMES, "float64")).to_parquet(path, compression="lz4")


WAYS: dict[str, Any] = {"buckets": partial(every_cutoff, buckets), "windows": partial(every_cutoff, windows),
                        "running totals in numpy": running_totals}
