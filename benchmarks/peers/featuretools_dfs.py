"""featuretools' side: its own primitives at cutoff times, once per training window, nothing approximated.

Every feature is defined by hand, so that nothing is computed that was not asked for. The two that it has no words for are
made of others afterwards: the window with an offset, and lateness.
"""

from __future__ import annotations

import warnings
from functools import reduce
from typing import Any

import featuretools as ft
import numpy as np
import pandas as pd
from featuretools import primitives

from benchmarks.peers.task import FEATURES, LABELS, NAMED, ZERO_WITHOUT, Asked, Task

Data = tuple[Any, Task]
Named = dict[str, Any]
PRIMITIVES = {
    "count": primitives.Count,
    "sum": primitives.Sum,
    "mean": primitives.Mean,
    "max": primitives.Max,
    "min": primitives.Min,
    "last": primitives.Last,
    "distinct": primitives.NumUnique,
    "distinct_days": primitives.NUniqueDays,
    "recency": primitives.TimeSinceLast(unit="days"),
    "tenure": primitives.TimeSinceFirst(unit="days"),
    "gap_mean": primitives.AvgTimeBetween(unit="days"),
    "gap_sd": primitives.Std,
}
COLUMNS = {"count": "id", "distinct_days": "occurred", "recency": "occurred", "tenure": "occurred", "gap_mean": "occurred"}


def load(task: Task) -> Data:
    """The events and their entities as an EntitySet; what is filtered by has interesting values."""
    events = pd.read_parquet(task.events)
    events["occurred"] = pd.to_datetime(events["occurred"], unit="s")
    events = events.astype({"entity": "int64", "kind": "int64", "direction": "int64"})
    events["measured"] = events["amount"].notna().astype("int64")
    es = ft.EntitySet("accounts")
    types = dict.fromkeys(("kind", "direction", "measured", *LABELS), "Categorical") | {"amount": "Double"}
    es.add_dataframe(dataframe_name="events", dataframe=events, index="id", time_index="occurred", logical_types=types)
    es.add_dataframe(dataframe_name="entities", dataframe=pd.DataFrame({"entity": np.arange(task.entities)}), index="entity")
    es.add_relationship("entities", "entity", "events", "entity")
    return es, task


def synthesis(data: Data) -> pd.DataFrame:
    """All windows side by side."""
    es, task = data
    by_window = {days: _defined(es, days) for days in sorted({asked.far for asked in FEATURES})}
    parts = [_calculated(es, task, days, defined) for days, defined in by_window.items()]
    return _finished(reduce(lambda left, right: left.join(right), parts)).reset_index()


def _defined(es: Any, days: int) -> Named:
    """What is wanted of one window; for the count with an offset, the count up to its far end."""
    return {name: _feature(es, asked) for name, asked in NAMED if asked.far == days and asked.stat != "lateness"}


def _feature(es: Any, asked: Asked) -> Any:
    events = es["events"].ww
    where = ("measured", 1) if asked.stat == "last" else asked.where
    base = _gaps(es) if asked.stat == "gap_sd" else ft.Feature(events[asked.label or COLUMNS.get(asked.stat, "amount")])
    return ft.Feature(
        base,
        parent_dataframe_name="entities",
        primitive=PRIMITIVES[asked.stat],
        where=None if where is None else ft.Feature(events[where[0]]) == where[1],
    )


def _gaps(es: Any) -> Any:
    """Days since the event before of the same entity."""
    events, since = es["events"].ww, primitives.TimeSincePrevious(unit="days")
    return ft.Feature(events["occurred"], groupby=ft.Feature(events["entity"]), primitive=since)


def _calculated(es: Any, task: Task, days: int, defined: Named) -> pd.DataFrame:
    found: pd.DataFrame = ft.calculate_feature_matrix(
        list(defined.values()),
        entityset=es,
        cutoff_time=_cutoffs(task),
        n_jobs=1,
        training_window=f"{days} days" if days else None,
        cutoff_time_in_index=True,
    )
    names = {feature.get_name(): name for name, feature in defined.items()}
    found = found.rename(columns=names).rename_axis(index=["entity", "as_of"])
    return found[list(defined)].astype("float64")


def _finished(found: pd.DataFrame) -> pd.DataFrame:
    names = {asked: name for name, asked in NAMED}
    zeros = {name: 0.0 for name, asked in NAMED if asked.stat in ZERO_WITHOUT}
    found = found.fillna(zeros)
    later, gap = names[Asked("recency")], found[names[Asked("gap_mean")]]
    found[names[Asked("lateness")]] = found[later] / gap.where(gap > 0)
    for asked, name in names.items():
        if asked.offset:
            found[name] -= found[names[Asked("count", asked.offset)]]
    return found


def _cutoffs(task: Task) -> pd.DataFrame:
    when = pd.to_datetime(np.array(task.cutoffs), unit="s")
    return pd.DataFrame({"entity": np.tile(np.arange(task.entities), len(when)), "time": np.repeat(when, task.entities)})


def write(found: pd.DataFrame, path: str) -> None:
    seconds = found["as_of"].to_numpy("datetime64[s]").astype(np.int64)
    found.assign(as_of=seconds).to_parquet(path, compression="lz4")


warnings.filterwarnings("ignore")  # its own use of what pandas will drop
WAYS: dict[str, Any] = {"deep feature synthesis": synthesis}
