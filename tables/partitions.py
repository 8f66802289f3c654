"""Parquet files in which the rows of near accounts lie together: sorted whole they are sorted a part at a time, in memory.

Where the parts are cut decides how fast that goes, and never which rows come out.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice, pairwise
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tables.sql.text import literal

ROWS_PER_GROUP = 131_072
_BATCHES_AT_ONCE = 12
_MOST_PARTS, _FEWEST_ACCOUNTS, _ROWS_AT_ONCE = 48, 4_000, 2_000_000
_PART, _MOST_WAITING = "_part", 200_000_000


def cuts_of(accounts: Path) -> list[str]:
    """Accounts that cut the others into parts of about the same number, from the file of accepted accounts."""
    ids = pq.read_table(accounts, columns=["account_id"]).column("account_id")
    parts = min(_MOST_PARTS, len(ids) // _FEWEST_ACCOUNTS)
    return [str(ids[len(ids) * part // parts]) for part in range(1, parts)]


def ranges(cuts: list[str], rows: int) -> list[str]:
    """Conditions on `account_id` that divide so many rows, in order, into parts that can be sorted in memory."""
    parts = min(rows // _ROWS_AT_ONCE + 1, len(cuts) + 1)
    chosen = [cuts[(len(cuts) + 1) * part // parts - 1] for part in range(1, parts)]
    if not chosen:
        return ["true"]
    between = [f"account_id >= {literal(low)} and account_id < {literal(high)}" for low, high in pairwise(chosen)]
    return [f"account_id < {literal(chosen[0])}", *between, f"account_id >= {literal(chosen[-1])}"]


class Groups:
    """Writes groups of rows in a thread while the next are made; what waits in memory is bounded."""

    def __init__(self, path: Path, schema: pa.Schema, **options: Any) -> None:
        self.schema, self._writer, self._beside = schema, pq.ParquetWriter(path, schema, **options), ThreadPoolExecutor(1)
        self._waiting: deque[tuple[int, Future[None]]] = deque()

    def __enter__(self) -> Groups:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._writer, self._beside:
            while self._waiting and error is None:
                self._waiting.popleft()[1].result()

    def add(self, rows: pa.Table) -> None:
        """One group."""
        while self._waiting and rows.nbytes + sum(size for size, _ in self._waiting) > _MOST_WAITING:
            self._waiting.popleft()[1].result()
        self._waiting.append((rows.nbytes, self._beside.submit(self._writer.write_table, rows, len(rows))))


def streamed(batches: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """The batches of a query; what goes wrong in DuckDB between two of them is an error of DuckDB, as it is elsewhere."""
    while True:
        try:
            batch = batches.read_next_batch()
        except StopIteration:
            return
        except OSError as error:
            raise duckdb.Error(str(error)) from error
        yield batch


def write_near(
    connection: duckdb.DuckDBPyConnection, sql: str, target: Path, cuts: list[str], repeated: list[str] | None = None
) -> None:
    """The rows of a query as Parquet, each group from one part of the accounts; without `cuts` as they come.

    `repeated` names columns of few values.
    """
    if not cuts:
        connection.execute(f"copy ({sql}) to {literal(str(target))} (format parquet, compression lz4_raw)")
        return
    batches = connection.sql(f"select *, {_part_sql(cuts)}::utinyint as {_PART} from ({sql})").to_arrow_reader(ROWS_PER_GROUP)
    schema = batches.schema.remove(batches.schema.get_field_index(_PART))
    few = [name for name in repeated or [] if name in schema.names]
    with Groups(target, schema, compression="snappy", use_dictionary=few or False, write_statistics=["account_id"]) as out:
        rows = streamed(batches)
        while several := list(islice(rows, _BATCHES_AT_ONCE)):
            for group in _apart(several):
                out.add(group)


def _apart(batches: list[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The rows of each part of some batches, without the number of the part."""
    held: defaultdict[int, list[pa.RecordBatch]] = defaultdict(list)
    for batch in batches:
        number = batch.column(_PART).to_numpy()
        rows = batch.drop_columns([_PART]).take(pa.array(np.argsort(number, kind="stable")))
        counts = np.bincount(number)
        for part, begin in zip(np.flatnonzero(counts), (np.cumsum(counts) - counts)[counts > 0], strict=True):
            held[int(part)].append(rows.slice(begin, counts[part]))
    return (pa.Table.from_batches(held[part]) for part in sorted(held))


def _part_sql(cuts: list[str], first: int = 0) -> str:
    """The number of a row's part, by halving."""
    if not cuts:
        return str(first)
    half = len(cuts) // 2
    below, above = _part_sql(cuts[:half], first), _part_sql(cuts[half + 1 :], first + half + 1)
    return f"case when account_id < {literal(cuts[half])} then {below} else {above} end"
