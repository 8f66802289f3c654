"""Frames of companies that do not fit into memory: part by part of the accounts, from canonical Parquet to Parquet.

Every part is computed as the whole would be, so the values are the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from features.errors import ForesaleError
from features.feature import Feature
from features.history import ENTITIES, History, build_history, referrals
from features.pipeline import Pipeline, Pools, available, counts, pooled, prepare, with_pools
from features.rows import Spine
from features.schema import TABLES
from features.streams import STREAMS, Stream

ACCOUNTS_A_PART = 20_000
_SAMPLE = 2_000
FOR_POOLS = ("accounts", "opportunities", "owners", "field_history", "stage_changes")
WHOLE = ("owners",)
NEEDED = tuple(name for name in TABLES if name in {*ENTITIES, *(stream.table for stream in STREAMS)})
Rows = Callable[[History], Spine]
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Company:
    """The canonical tables of one company on disk: `folder/<table>.parquet` or `folder/<table>/*.parquet`."""

    folder: Path
    zone: str = "UTC"

    @cached_property
    def tables(self) -> dict[str, ds.Dataset]:
        """The tables that are there; text columns are read as dictionaries."""
        found = {name: path for name in TABLES for path in (self.folder / f"{name}.parquet", self.folder / name) if path.exists()}
        return {name: ds.dataset(path, format=_reader(name)) for name, path in found.items()}

    @cached_property
    def account_ids(self) -> pa.Array:
        """Every account, sorted."""
        ids = self.tables["accounts"].to_table(columns=["account_id"])["account_id"]
        return pc.cast(ids, pa.string()).combine_chunks().sort()

    @cached_property
    def referrals(self) -> pa.Table | None:
        """Who referred whom, by the account that did."""
        opportunities = self.tables.get("opportunities")
        if opportunities is None or "referred_by_id" not in opportunities.schema.names:
            return None
        wanted = [name for name in ("referred_by_id", "opportunity_id", "opened_at", "received_at")
                  if name in opportunities.schema.names]
        return referrals(opportunities.to_table(columns=wanted, filter=ds.field("referred_by_id").is_valid()))

    @cached_property
    def latest(self) -> int:
        """The last second the company knows, as `History.latest` of the whole."""
        with duckdb.connect() as connection:
            connection.execute("set timezone = 'UTC'")
            return max((self._last(connection, stream) for stream in STREAMS if not stream.planned), default=0)

    def _last(self, connection: duckdb.DuckDBPyConnection, stream: Stream) -> int:
        names = self.tables[stream.table].schema.names if stream.table in self.tables else []
        if stream.time not in names:
            return 0
        connection.register("source", self.tables[stream.table])
        known = ", ".join(f"epoch({name})" for name in (stream.time, "received_at") if name in names)
        only = f"""and "{stream.only[0]}" = '{stream.only[1]}'""" if stream.only else ""
        found = connection.execute(f"select max(greatest({known})) from source where {stream.time} is not null {only}").fetchall()
        return int(found[0][0] or 0)

    def ranges(self, size: int) -> list[tuple[str, str]]:
        """The first and the last account of each part of `size` accounts."""
        ids = self.account_ids
        return [(ids[start].as_py(), ids[min(start + size, len(ids)) - 1].as_py()) for start in range(0, len(ids), size)]

    def part(self, first: str, last: str, tables: Iterable[str] = NEEDED) -> History:
        """The history of the accounts from `first` to `last`."""
        within = (ds.field("account_id") >= first) & (ds.field("account_id") <= last)
        chosen = {name: self._read(name, None if name in WHOLE else within) for name in tables if name in self.tables}
        if self.referrals is not None and "opportunities" in chosen:
            chosen["referrals"] = self.referrals.filter((pc.field("account_id") >= first) & (pc.field("account_id") <= last))
        return build_history(chosen, self.zone)

    def _read(self, name: str, rows: ds.Expression | None) -> pa.Table:
        dataset = self.tables[name]
        if rows is not None and "account_id" not in dataset.schema.names:
            raise ForesaleError(f"table {name} cannot be read in parts", got="no column account_id",
                                expected="the account of each row", do="ingest the sources again")
        return dataset.to_table(columns=[name for name in dataset.schema.names if name not in UNUSED], filter=rows)

    def features(self, declared: Sequence[Feature], known_by: int) -> tuple[Feature, ...]:
        """The features this company's data can carry: levels counted over everything, the rest seen in a sample of accounts."""
        first = self.account_ids[0].as_py()
        last = self.account_ids[min(_SAMPLE, len(self.account_ids)) - 1].as_py()
        return available(self.part(first, last), declared, known_by, lambda table, column: self._levels(table, column, known_by))

    def _levels(self, table: str, column: str, known_by: int) -> dict[str, int] | None:
        dataset = self.tables[table]
        if column not in dataset.schema.names:
            return None
        times = [f"epoch({name}) <= {known_by}" for name in ("occurred_at", "received_at") if name in dataset.schema.names]
        with duckdb.connect() as connection:
            connection.execute("set timezone = 'UTC'")
            connection.register("source", dataset)
            return dict(connection.execute(f'select "{column}"::varchar, count(*) from source where "{column}" is not null '
                                           f"{''.join(f'and {time} ' for time in times)}group by 1").fetchall())

    def pools(self, features: Sequence[Feature], size: int = ACCOUNTS_A_PART) -> Pools:
        """The pooled statistics of the whole company, counted part by part."""
        wanted = pooled(features)
        if not wanted:
            return {}
        parts = (self.part(*accounts, FOR_POOLS) for accounts in self.ranges(size))
        return with_pools(features, [{feature: counts(part, feature) for feature in wanted} for part in parts])


UNUSED = ("note", "name")


def _reader(name: str) -> ds.ParquetFileFormat:
    text = [column.name for column in TABLES[name].columns if column.kind in ("id", "category", "text")]
    return ds.ParquetFileFormat(read_options=ds.ParquetReadOptions(dictionary_columns=text))


def write_frames(company: Company, features: Sequence[Feature], rows: Rows, out: Path, *, size: int = ACCOUNTS_A_PART,
                 threads: int = 2, progress: Progress = lambda text: None) -> int:
    """Compute the rows of every part of the company and write `out/part-00000.parquet`, ...; returns how many rows.

    `rows` says which rows a part of the history has. Columns: account_id, opportunity_id, as_of, then the features.
    """
    out.mkdir(parents=True, exist_ok=True)
    pools, ranges = company.pools(features, size), company.ranges(size)
    progress(f"{len(features)} features, {len(ranges)} parts")

    def work(numbered: tuple[int, tuple[str, str]]) -> int:
        number, accounts = numbered
        history = company.part(*accounts)
        table = frame_table(prepare(history, features, pools), rows(history))
        _write(table, out / f"part-{number:05}.parquet")
        progress(f"part {number + 1} of {len(ranges)}: {table.num_rows} rows")
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
    for node, column in zip(pipeline.nodes, values.T, strict=True):
        columns[node.feature.name] = _level_column(node.levels, column) if node.feature.categorical else pa.array(column)
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
