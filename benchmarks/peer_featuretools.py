"""featuretools' side: deep feature synthesis with cutoff times, once per training window, nothing approximated."""

from __future__ import annotations

import warnings
from functools import reduce
from typing import Any

import featuretools as ft
import numpy as np
import pandas as pd

from benchmarks.peer_task import FEATURES, KINDS, NAMES, WINDOWS, Asked, Task

Data = tuple[Any, Task]


def load(task: Task) -> Data:
    """The events and their entities as an EntitySet; kinds are interesting values."""
    events = pd.read_parquet(task.events)
    events["occurred"] = pd.to_datetime(events["occurred"], unit="s")
    events = events.astype({"entity": "int64", "kind": "int64"})
    es = ft.EntitySet("accounts")
    types = {"kind": "Categorical", "amount": "Double"}
    es.add_dataframe(dataframe_name="events", dataframe=events, index="id", time_index="occurred", logical_types=types)
    es.add_dataframe(dataframe_name="entities", dataframe=pd.DataFrame({"entity": np.arange(task.entities)}), index="entity")
    es.add_relationship("entities", "entity", "events", "entity")
    es.add_interesting_values(dataframe_name="events", values={"kind": list(range(KINDS))})
    return es, task


def synthesis(data: Data) -> pd.DataFrame:
    """The five windows side by side."""
    es, task = data
    return reduce(lambda left, right: left.join(right), [_window(es, task, days) for days in WINDOWS]).reset_index()


def _window(es: Any, task: Task, days: int) -> pd.DataFrame:
    defined = ft.dfs(entityset=es, target_dataframe_name="entities", agg_primitives=["count", "sum", "mean"],
                     where_primitives=["count", "sum"], trans_primitives=[], max_depth=1, features_only=True)
    names = {_title(asked): name for name, asked in zip(NAMES, FEATURES, strict=True) if asked.days == days}
    wanted = [feature for feature in defined if feature.get_name() in names]
    assert len(wanted) == len(names), [feature.get_name() for feature in defined]
    found = ft.calculate_feature_matrix(wanted, entityset=es, cutoff_time=_cutoffs(task), n_jobs=1,
                                        training_window=f"{days} days", cutoff_time_in_index=True)
    found = found.rename(columns=names).rename_axis(index=["entity", "as_of"])
    return found[[name for name in NAMES if name in found]].astype("float64")


def _title(asked: Asked) -> str:
    """The name featuretools gives to a feature."""
    where = "" if asked.kind is None else f" WHERE kind = {asked.kind}"
    return f"COUNT(events{where})" if asked.stat == "count" else f"{asked.stat.upper()}(events.amount{where})"


def _cutoffs(task: Task) -> pd.DataFrame:
    when = pd.to_datetime(np.array(task.cutoffs), unit="s")
    return pd.DataFrame({"entity": np.tile(np.arange(task.entities), len(when)), "time": np.repeat(when, task.entities)})


def write(found: pd.DataFrame, path: str) -> None:
    seconds = found["as_of"].to_numpy("datetime64[s]").astype(np.int64)
    found.assign(as_of=seconds).to_parquet(path, compression="lz4")


warnings.filterwarnings("ignore")  # its own use of what pandas will drop
WAYS: dict[str, Any] = {"deep feature synthesis": synthesis}
