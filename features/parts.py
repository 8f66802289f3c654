"""One company's canonical tables on disk, read for a part of the accounts at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from features.feature import Feature, Term
from features.history import ENTITIES, History, build_history, referrals
from features.pipeline import Pools, available, counts, pooled, with_pools
from features.pools import Counts
from features.streams import STREAMS, Stream
from tables.snapshot import Snapshot
from workspace.errors import ForesaleError
from workspace.schema import TABLES

ACCOUNTS_A_PART = 5_000  # small parts stay in the processor cache and never wait for fresh memory
_SAMPLE = 2_000
FOR_POOLS = ("accounts", "opportunities", "owners", "field_history", "stage_changes")
WHOLE = ("owners",)
NEEDED = tuple(name for name in TABLES if name in {*ENTITIES, *(stream.table for stream in STREAMS)})
UNUSED = ("note", "name")
_ANY = ("", "\U0010ffff")  # accounts of a row group that says nothing about itself


@dataclass(frozen=True)
class Piece:
    """One row group of a file, and its first and last account."""

    file: Path
    group: int
    first: str
    last: str


@dataclass(frozen=True)
class AccountParts:
    """The tables of a snapshot, whole companies at a time or some of their accounts.

    Files sorted by account are read only where a part needs them.
    """

    snapshot: Snapshot

    @cached_property
    def tables(self) -> dict[str, ds.Dataset]:
        """The tables as data sets: their columns and how many rows."""
        return {name: ds.dataset([str(file) for file in files], format="parquet") for name, files in self.snapshot.files.items()}

    @cached_property
    def pieces(self) -> dict[str, list[Piece]]:
        """The row groups of each table that names accounts."""
        return {
            name: [piece for file in files for piece in _pieces(file)]
            for name, files in self.snapshot.files.items()
            if "account_id" in self.tables[name].schema.names
        }

    @cached_property
    def account_ids(self) -> pa.Array:
        """Every account, sorted."""
        return pc.cast(self.tables["accounts"].to_table(["account_id"])["account_id"], pa.string()).combine_chunks().sort()

    @cached_property
    def referrals(self) -> pa.Table | None:
        """Who referred whom, by the account that did."""
        opportunities = self.tables.get("opportunities")
        if opportunities is None or "referred_by_id" not in opportunities.schema.names:
            return None
        wanted = [
            name
            for name in ("referred_by_id", "opportunity_id", "opened_at", "received_at")
            if name in opportunities.schema.names
        ]
        return referrals(opportunities.to_table(wanted, filter=ds.field("referred_by_id").is_valid())).sort_by("account_id")

    @cached_property
    def latest(self) -> int:
        """The last second the company knows, as `History.latest` of the whole."""
        with self.snapshot.connect() as connection:
            return max((self._last(connection, stream) for stream in STREAMS if not stream.planned), default=0)

    def _last(self, connection: duckdb.DuckDBPyConnection, stream: Stream) -> int:
        names = self.tables[stream.table].schema.names if stream.table in self.tables else []
        if stream.time not in names:
            return 0
        known = ", ".join(f"epoch({name})" for name in (stream.time, "received_at") if name in names)
        only = f"""and "{stream.only[0]}" = '{stream.only[1]}'""" if stream.only else ""
        found = connection.execute(
            f"select max(greatest({known})) from {self.snapshot.relation(stream.table)} where {stream.time} is not null {only}"
        ).fetchall()
        return int(found[0][0] or 0)

    def ranges(self, size: int) -> list[tuple[str, str]]:
        """The first and the last account of each part of `size` accounts."""
        ids = self.account_ids
        return [(ids[start].as_py(), ids[min(start + size, len(ids)) - 1].as_py()) for start in range(0, len(ids), size)]

    def part(self, first: str, last: str, tables: Iterable[str] = NEEDED) -> History:
        """The history of the accounts from `first` to `last`."""
        return build_history(self.read(first, last, tables), self.snapshot.zone)

    def read(self, first: str, last: str, tables: Iterable[str] = NEEDED) -> dict[str, pa.Table]:
        """The rows of the accounts from `first` to `last`; tables in `WHOLE` with all their rows.

        Raises ForesaleError for a table that does not name the account of each row.
        """
        chosen = {name: self._read(name, first, last) for name in tables if name in self.snapshot.files}
        if self.referrals is not None and "opportunities" in chosen:
            chosen["referrals"] = _within(self.referrals, first, last)
        return chosen

    def _read(self, name: str, first: str, last: str) -> pa.Table:
        columns = [column for column in self.tables[name].schema.names if column not in UNUSED]
        if name in WHOLE:
            return self.tables[name].to_table(columns)
        if name not in self.pieces:
            raise ForesaleError(
                f"table {name} cannot be read in parts",
                got="no column account_id",
                expected="the account of each row",
                do="ingest the sources again",
            )
        wanted = [piece for piece in self.pieces[name] if piece.first <= last and piece.last >= first]
        text = [column.name for column in TABLES[name].columns if column.kind in ("id", "category") and column.name in columns]
        read = [
            pq.ParquetFile(piece.file, read_dictionary=text).read_row_group(piece.group, columns, use_threads=False)
            for piece in wanted
        ]
        cut = [
            table if first <= piece.first and piece.last <= last else _within(table, first, last)
            for piece, table in zip(wanted, read, strict=True)
        ]
        return pa.concat_tables(cut) if cut else self.tables[name].schema.empty_table().select(columns)

    def features(self, declared: Sequence[Feature], known_by: int) -> tuple[Feature, ...]:
        """The features this company's data can carry: levels counted over everything, the rest seen in a sample of accounts."""
        first = self.account_ids[0].as_py()
        last = self.account_ids[min(_SAMPLE, len(self.account_ids)) - 1].as_py()
        count = cache(lambda table, column: self._levels(table, column, known_by))
        return available(self.part(first, last), declared, known_by, count)

    def _levels(self, table: str, column: str, known_by: int) -> dict[str, int] | None:
        names = self.tables[table].schema.names if table in self.tables else []
        if column not in names:
            return None
        times = [f"and coalesce(epoch({name}) <= {known_by}, true) " for name in ("occurred_at", "received_at") if name in names]
        with self.snapshot.connect() as connection:
            return dict(
                connection.execute(
                    f'select "{column}"::varchar, count(*) from {self.snapshot.relation(table)} '
                    f'where "{column}" is not null {"".join(times)}group by 1'
                ).fetchall()
            )

    def pools(self, features: Sequence[Feature], size: int = ACCOUNTS_A_PART, threads: int = 2) -> Pools:
        """The pooled statistics of the whole company, counted part by part."""
        wanted = pooled(features)
        if not wanted:
            return {}

        def work(accounts: tuple[str, str]) -> dict[Term, Counts]:
            part = self.part(*accounts, tables=FOR_POOLS)
            return {term: counts(part, term) for term in wanted}

        with ThreadPoolExecutor(threads) as pool:
            return with_pools(features, list(pool.map(work, self.ranges(size))))


def _pieces(file: Path) -> list[Piece]:
    metadata = pq.read_metadata(file)
    column = metadata.schema.to_arrow_schema().names.index("account_id")
    found = []
    for group in range(metadata.num_row_groups):
        says = metadata.row_group(group).column(column).statistics
        first, last = (says.min, says.max) if says is not None and says.has_min_max else _ANY
        found.append(Piece(file, group, first, last))
    return found


def _within(table: pa.Table, first: str, last: str) -> pa.Table:
    ids = table["account_id"]
    return table.filter(pc.and_(pc.greater_equal(ids, first), pc.less_equal(ids, last)))
