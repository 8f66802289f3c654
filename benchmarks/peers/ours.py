"""Foresale's side: canonical Arrow tables in memory, through the public functions, to one frame.

The events stand in the table orders, with further columns as a workspace may map them: it yields one stream, and so it is
grouped once, as everyone's events are. The table interactions is grouped twice, for roles of contacts nobody asks for here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.peers.task import KINDS, NAMED, Asked, Task
from features.compute import account_spine
from features.feature import Feature
from features.history import build_history
from features.pipeline import prepare

Data = tuple[dict[str, pa.Table], Task]
STATS = {"recency": "recency_days", "tenure": "tenure_days", "gap_mean": "gap_mean_days", "gap_sd": "gap_sd_days"}
LABELS = {"contact": "contact_id", "owner": "owner_id", "kind": "kind"}
LEVELS = {"kind": [f"kind {kind}" for kind in range(KINDS)], "direction": ["out", "in"]}


def declared() -> tuple[Feature, ...]:
    """The features as our declarations, on the table orders."""
    return tuple(_declared(name, asked) for name, asked in NAMED)


def _declared(name: str, asked: Asked) -> Feature:
    where = () if asked.where is None else ((asked.where[0], LEVELS[asked.where[0]][asked.where[1]]),)
    measure = "amount" if asked.stat in ("sum", "mean", "max", "min", "last") else None
    return Feature(
        name,
        "engagement",
        name,
        name,
        "orders",
        STATS.get(asked.stat, asked.stat),
        measure,
        asked.days,
        asked.offset,
        where=where,
        label=LABELS.get(asked.label or ""),
    )


def load(task: Task) -> Data:
    """Ids and labels as dictionaries, as our reader of Parquet makes them; a small run first loads the compiled kernel."""
    events = pq.read_table(task.events)
    pipeline((_tables(events.slice(0, 1_000), task.entities), replace(task, cutoffs=task.cutoffs[:1])))
    return _tables(events, task.entities), task


def _tables(events: pa.Table, entities: int) -> dict[str, pa.Table]:
    ids = [f"A{i:07}" for i in range(entities)]
    coded = {
        "account_id": _coded(events, "entity", ids),
        **{name: _coded(events, name, own) for name, own in LEVELS.items()},
        "contact_id": _coded(events, "contact"),
        "owner_id": _coded(events, "owner"),
    }
    occurred = events["occurred"].cast(pa.timestamp("s")).cast(pa.timestamp("s", "UTC"))
    orders = pa.table({"order_id": events["id"], **coded, "occurred_at": occurred, "amount": events["amount"]})
    return {"accounts": pa.table({"account_id": pa.array(ids)}), "orders": orders}


def _coded(events: pa.Table, column: str, levels: list[str] | None = None) -> pa.DictionaryArray:
    """The column as a dictionary of text; without `levels`, made of as many as it needs."""
    codes = events[column].combine_chunks()
    most = pa.compute.max(codes).as_py()
    return pa.DictionaryArray.from_arrays(codes, pa.array(levels or [f"{column} {i:07}" for i in range((most or 0) + 1)]))


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
