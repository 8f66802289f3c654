"""Canonical tables in memory: event arrays grouped by entity in the total order, and the rows entities start from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.errors import ForesaleError
from features.feature import Path as EntityPath
from features.schema import TABLES
from features.window import MISSING

Ints = NDArray[np.int64]
THOUSANDTHS = 1000


@dataclass(frozen=True)
class Stream:
    """Which table yields events, at which time, filtered by which columns, with which measures and labels.

    `planned` events may lie in the future (an opening), so they do not tell how far the history reaches.
    """

    name: str
    table: str
    time: str
    key: str
    channels: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    paths: tuple[EntityPath, ...] = ("account",)
    planned: bool = False


STREAMS = (
    Stream("interactions", "interactions", "occurred_at", "interaction_id", ("kind", "direction"), ("duration_s",),
           ("kind", "contact_id"), ("account", "opportunity")),
    Stream("orders", "orders", "occurred_at", "order_id", (), ("amount", "discount", "margin")),
    Stream("order_lines", "order_lines", "occurred_at", "line_id", (), ("amount",), ("product_id", "category")),
    Stream("opportunities_opened", "opportunities", "opened_at", "opportunity_id", ("source",), ("amount",),
           planned=True),
    Stream("surveys", "surveys", "occurred_at", "survey_id", (),
           ("service_quality", "product_quality", "service_attitude", "after_sales", "recommend")),
    Stream("judgements", "judgements", "occurred_at", "judgement_id", ("subject",), ("score",)),
    Stream("cases", "cases", "occurred_at", "case_id", ("severity", "kind")),
    Stream("opportunities_closed", "opportunities", "closed_at", "opportunity_id", ("outcome",), ("amount",)),
)


@dataclass(frozen=True)
class Grouped:
    """One stream grouped by entity: CSR offsets and arrays in the order (entity, occurred, known, key).

    `levels[column]` lists the values of a channel column and `codes[column]` their index per event (-1: absent).
    """

    offsets: Ints
    occurred: Ints
    known: Ints
    measures: dict[str, Ints]
    codes: dict[str, NDArray[np.int32]]
    levels: dict[str, tuple[str, ...]]
    search_key: Ints


@dataclass(frozen=True, eq=False)
class History:
    """Everything the models may look at; times are UTC seconds. Rows of `accounts` and `opportunities` are sorted by id."""

    accounts: pd.DataFrame
    opportunities: pd.DataFrame
    streams: dict[tuple[str, EntityPath], Grouped]
    account_codes: dict[str, int]
    opportunity_codes: dict[str, int]
    latest: int


def load_history(snapshot: Path) -> History:
    """Read a snapshot written by ingest.py."""
    whole = {pa.int64(): pd.Int64Dtype()}
    tables = {path.stem: pq.read_table(path).to_pandas(types_mapper=whole.get) for path in sorted(snapshot.glob("*.parquet"))}
    return build_history(tables)


def build_history(tables: dict[str, pd.DataFrame]) -> History:
    """Group canonical tables (times as UTC timestamps) into a History. `accounts` must be there."""
    if "accounts" not in tables:
        raise ForesaleError("the history has no accounts", got=sorted(tables), expected="a table accounts", do="ingest it")
    accounts = tables["accounts"].sort_values("account_id", ignore_index=True)
    opportunities = tables.get("opportunities", pd.DataFrame({"opportunity_id": [], "account_id": []}))
    opportunities = opportunities.sort_values("opportunity_id", ignore_index=True)
    account_codes = _codes(accounts["account_id"])
    opportunity_codes = _codes(opportunities["opportunity_id"])
    opportunities["account"] = opportunities["account_id"].map(account_codes).astype("int64")
    streams = {}
    for stream in STREAMS:
        for path in stream.paths:
            codes = account_codes if path == "account" else opportunity_codes
            table = tables.get(stream.table)
            if table is not None and stream.time in table and f"{path}_id" in table:
                streams[(stream.name, path)] = _group(stream, table, table[f"{path}_id"], codes)
    planned = {stream.name for stream in STREAMS if stream.planned}
    latest = max((int(grouped.known.max()) for (name, _), grouped in streams.items()
                  if name not in planned and len(grouped.known)), default=0)
    return History(accounts, opportunities, streams, account_codes, opportunity_codes, latest)


def seconds(times: pd.Series) -> Ints:
    """UTC timestamps as seconds since 1970; missing ones are MISSING."""
    out = times.to_numpy("datetime64[s]").astype(np.int64)
    out[times.isna().to_numpy()] = MISSING
    return out


def _codes(ids: pd.Series) -> dict[str, int]:
    return {str(key): code for code, key in enumerate(ids)}


def _group(stream: Stream, table: pd.DataFrame, ids: pd.Series, codes: dict[str, int]) -> Grouped:
    entity = ids.map(codes)
    keep = (entity.notna() & table[stream.time].notna()).to_numpy()
    table, group = table[keep], entity[keep].to_numpy(np.int64)
    occurred = seconds(table[stream.time])
    received = seconds(table["received_at"]) if "received_at" in table else occurred
    known = np.maximum(occurred, received)
    key_rank = table[stream.key].rank(method="first").to_numpy()
    order = np.lexsort((key_rank, known, occurred, group))
    group, occurred, known, table = group[order], occurred[order], known[order], table.iloc[order]
    offsets = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=len(codes)))]).astype(np.int64)
    attributes = [column for column in table.columns.astype(str) if column not in {c.name for c in TABLES[stream.table].columns}]
    numeric = [column for column in attributes if pd.api.types.is_numeric_dtype(table[column])]
    encoded = {column: _encode(table[column]) for column in (*stream.channels, *stream.labels, *attributes)
               if column in table and column not in numeric}
    return Grouped(offsets, occurred, known, {m: _measure(table[m]) for m in (*stream.measures, *numeric) if m in table},
                   {column: values for column, (values, _) in encoded.items()},
                   {column: levels for column, (_, levels) in encoded.items()}, search_key(group.astype(np.int64), occurred))


def search_key(entity: Ints, at: Ints) -> Ints:
    """One sortable integer for (entity, time), so that a pair is found by one binary search."""
    return entity * 2**36 + np.clip(at, -(2**34), 2**34) + 2**35


def _measure(values: pd.Series) -> Ints:
    """Integers as they are; a numeric attribute (a float column) in thousandths, so that sums stay exact."""
    whole = values if pd.api.types.is_integer_dtype(values) else (values * THOUSANDTHS).round()
    out = whole.fillna(0).to_numpy(np.int64).copy()
    out[values.isna().to_numpy()] = MISSING
    return out


def _encode(values: pd.Series) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    codes, levels = pd.factorize(values, sort=True)
    return codes.astype(np.int32), tuple(str(level) for level in levels)
