"""Frames of companies that do not fit into memory: part by part of the accounts, from canonical Parquet to Parquet.

Every part is computed as the whole would be, so the values are the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from features.feature import Feature
from features.history import History
from features.parts import ACCOUNTS_A_PART, AccountParts
from features.pipeline import Pipeline, available, prepare
from features.population import Population
from features.rows import Spine, indexed
from workspace.progress import SILENT, Progress

Rows = Callable[[History], Spine]


def frame_as_of(history: History, population: Population, declared: Sequence[Feature], moment: int) -> pd.DataFrame:
    """Inputs of everyone in a population at a moment (UTC seconds), under their ids: as a frame is read in a notebook."""
    codes = np.arange(len(population.codes(history)), dtype=np.int64)
    spine = population.rows(history, codes, np.full(len(codes), moment, np.int64))
    members = spine.take(population.asked(history, spine))
    features = available(history, declared, moment)
    return indexed(history, members, prepare(history, features).frame(members))


def write_frames(
    company: AccountParts,
    features: Sequence[Feature],
    rows: Rows,
    out: Path,
    *,
    size: int = ACCOUNTS_A_PART,
    threads: int = 2,
    progress: Progress = SILENT,
) -> int:
    """Compute the rows of every part of the company and write `out/part-00000.parquet`, ...; returns how many rows.

    `rows` says which rows a part of the history has. Columns: account_id, opportunity_id, as_of, then the features.
    """
    out.mkdir(parents=True, exist_ok=True)
    pools, ranges = company.pools(features, size), company.ranges(size)
    progress(f"{len(features)} features, {len(ranges)} parts")
    progress.step("parts", 0, len(ranges))
    done = count(1)

    def work(numbered: tuple[int, tuple[str, str]]) -> int:
        number, accounts = numbered
        history = company.part(*accounts)
        table = frame_table(prepare(history, features, pools), rows(history))
        _write(table, out / f"part-{number:05}.parquet")
        progress.step("parts", next(done), len(ranges))
        return int(table.num_rows)

    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(work, enumerate(ranges)))


def frame_table(pipeline: Pipeline, spine: Spine) -> pa.Table:
    """The keys and the features of rows as an Arrow table."""
    history, values = pipeline.history, pipeline.values(spine)
    columns: dict[str, pa.Array] = {
        "account_id": _keys(history.accounts["account_id"].to_numpy(), spine.account),
        "opportunity_id": _keys(history.opportunities["opportunity_id"].to_numpy(), spine.opportunity),
        "as_of": pa.array(spine.as_of).cast(pa.timestamp("s", "UTC")),
    }
    for name, levels, column in zip(values.columns.names, values.columns.levels, values.matrix.T, strict=True):
        columns[name] = pa.array(column) if levels is None else _level_column(levels, column)
    return pa.table(columns)


def _keys(ids: np.ndarray, rows: np.ndarray) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(rows, mask=rows < 0), pa.array(ids, pa.string()))


def _level_column(levels: Sequence[str], codes: np.ndarray) -> pa.Array:
    absent = np.isnan(codes)
    indices = pa.array(np.where(absent, 0, codes).astype(np.int32), mask=absent)
    return pa.DictionaryArray.from_arrays(indices, pa.array(levels, pa.string()))


def _write(table: pa.Table, path: Path) -> None:
    temporary = path.with_name(f".{path.name}")
    pq.write_table(table, temporary, compression="lz4", use_dictionary=["account_id", "opportunity_id"])
    temporary.replace(path)
