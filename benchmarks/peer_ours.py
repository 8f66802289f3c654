"""Foresale's side: canonical Arrow tables in memory, through the public functions, to one frame."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.peer_task import FEATURES, NAMES, Asked, Task
from features.compute import account_spine
from features.feature import Feature
from features.history import build_history
from features.pipeline import prepare

Data = tuple[dict[str, pa.Table], Task]


def declared() -> tuple[Feature, ...]:
    """The features as our declarations, on the table orders."""
    return tuple(_declared(name, asked) for name, asked in zip(NAMES, FEATURES, strict=True))


def _declared(name: str, asked: Asked) -> Feature:
    where = () if asked.kind is None else (("kind", f"kind {asked.kind}"),)
    measure = None if asked.stat == "count" else "amount"
    return Feature(name, "engagement", name, name, "orders", asked.stat, measure, asked.days, where=where)


def load(task: Task) -> Data:
    """Ids and kinds as dictionaries, as our reader of Parquet makes them; a small run first loads the compiled kernel."""
    events = pq.read_table(task.events)
    pipeline((_tables(events.slice(0, 1_000), task.entities), replace(task, cutoffs=task.cutoffs[:1])))
    return _tables(events, task.entities), task


def _tables(events: pa.Table, entities: int) -> dict[str, pa.Table]:
    ids = pa.array([f"A{i:07}" for i in range(entities)])
    kinds = pa.array([f"kind {i}" for i in range(6)])
    coded = {name: pa.DictionaryArray.from_arrays(events[column].combine_chunks(), values)
             for name, column, values in (("account_id", "entity", ids), ("kind", "kind", kinds))}
    occurred = events["occurred"].cast(pa.timestamp("s")).cast(pa.timestamp("s", "UTC"))
    orders = pa.table({"order_id": events["id"], **coded, "occurred_at": occurred, "amount": events["amount"]})
    return {"accounts": pa.table({"account_id": ids}), "orders": orders}


def pipeline(data: Data) -> pd.DataFrame:
    """Group, sort, prepare and compute."""
    tables, task = data
    who = np.repeat(np.arange(task.entities), len(task.cutoffs))
    when = np.tile(np.array(task.cutoffs), task.entities)
    found = prepare(build_history(tables), declared()).frame(account_spine(who, when, 0), threads=2)
    return found.assign(entity=who, as_of=when)


def write(found: pd.DataFrame, path: str) -> None:
    pq.write_table(pa.Table.from_pandas(found, preserve_index=False), path, compression="lz4")


WAYS: dict[str, Any] = {"pipeline": pipeline}
