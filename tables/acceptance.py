"""Which staged rows of a table are accepted: what depends on the day, on other tables and on other rows; and writing them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from tables.mapped_rows import attribute_columns
from tables.partitions import ROWS_PER_GROUP, Groups, ranges, streamed
from tables.row_rules import context_reason_sql
from tables.sent_rows import MARK
from tables.separators import ambiguous_sql, mark
from tables.sql.text import file_literal, literal, quoted
from workspace.errors import ForesaleError
from workspace.schema import TABLES
from workspace.schema.columns import ARROW_TYPES, Column, TableSchema
from workspace.workspace import Workspace

_HASHES_AT_ONCE, _ANY_TIME = 33_000_000, 9_000_000_000_000  # seconds that can be a time at all


@dataclass(frozen=True)
class TableCount:
    """What became of one table's rows: `read == accepted + quarantined`."""

    read: int
    accepted: int
    quarantined: int
    reasons: dict[str, int]


@dataclass(frozen=True)
class Judge:
    """One table's staged files, the folder its rows are written to, and the last second that is not in the future.

    `cuts` are accounts at which many rows are divided to be sorted; `unsettled` are columns, with their files, in which 1.234 can
    be two numbers.
    """

    connection: duckdb.DuckDBPyConnection
    workspace: Workspace
    schema: TableSchema
    files: list[Path]
    folder: Path
    now: int
    cuts: list[str]
    unsettled: Mapping[str, Sequence[Path]]

    def count(self) -> TableCount:
        """Write accepted and quarantined rows; raises ForesaleError if a row is lost."""
        files = ", ".join(file_literal(path) for path in self.files)
        self.connection.execute(
            "create or replace view staged as select * rename (file_row_number as _row_number) from "
            f"read_parquet([{files}], union_by_name = true, filename = '_filename', file_row_number = true)"
        )
        self.connection.execute("create or replace temp table bad (_filename varchar, _row_number bigint, reason varchar)")
        self._context()
        self._duplicates()
        accepted = self._write_accepted(self.folder / f"{self.schema.name}.parquet")
        reasons = self._write_quarantine(self.folder / "quarantine" / f"{self.schema.name}.parquet")
        read = self._one("select count(*) from staged")
        if read != accepted + sum(reasons.values()):
            raise ForesaleError(
                f"table {self.schema.name} does not reconcile",
                got=(read, accepted, reasons),
                expected="read = accepted + quarantined",
                do="report this as a bug",
            )
        return TableCount(read, accepted, sum(reasons.values()), reasons)

    def _one(self, sql: str) -> int:
        return int(self.connection.execute(sql).fetchall()[0][0])

    @property
    def _columns(self) -> list[Column]:
        """The canonical columns that are there, in file order."""
        there = {row[0] for row in self.connection.execute("describe staged").fetchall()}
        return [
            column
            for column in (*self.schema.columns, *attribute_columns(self.workspace.tables[self.schema.name]))
            if column.name in there
        ]

    def _context(self) -> None:
        parents = {name for name in TABLES if name in self.workspace.tables and self._accepted(name).is_file()}
        referring = [column for column in self._columns if column.refers in parents and column.refers != self.schema.name]
        judged = [c for c in self._columns if c in referring or c.refers is None]
        reason = context_reason_sql(judged, parents, self.now, ambiguous_sql(self.unsettled))
        joins = " ".join(
            f"left join (select {TABLES[str(column.refers)].key[0]} as key from {self._rows_of(str(column.refers))}) "
            f"as {quoted('parent_' + column.name)} on {quoted('parent_' + column.name)}.key = t.{quoted(column.name)}"
            for column in referring
        )
        self.connection.execute(
            f"insert into bad select * from (select t._filename, t._row_number, {reason} as reason from staged t "
            f"{joins} where t._reason is null) where reason is not null"
        )

    def _accepted(self, table: str) -> Path:
        return self.folder / f"{table}.parquet"

    def _rows_of(self, table: str, *, numbered: bool = False) -> str:
        return f"read_parquet({file_literal(self._accepted(table))}, file_row_number = {numbered})"

    @property
    def _good(self) -> str:
        """FROM and WHERE of the rows nothing is held against yet."""
        if not self._one("select count(*) from bad"):
            return "staged t where t._reason is null"
        return "staged t anti join bad using (_filename, _row_number) where t._reason is null"

    def _duplicates(self) -> None:
        """Of rows with one key one of a source stays before one that was sent; of these the last by `_order`, and without it the
        first in the order of all columns."""
        names = [column.name for column in self._columns]
        if not all(part in names for part in self.schema.key):
            return
        key = ", ".join(f"t.{quoted(part)}" for part in self.schema.key)
        if not len(hashes := self._seen_twice(key)):
            return
        plain = ", ".join(quoted(part) for part in self.schema.key)
        self.connection.register("_hashes", pa.table({"hash": hashes}))
        self.connection.execute(
            f"create or replace temp table twice as select {key} from {self._good} and hash({key}) in (from _hashes) "
            "group by all having count(*) > 1"
        )
        self.connection.unregister("_hashes")
        last = "t._order desc nulls last, " if "_order" in self.connection.table("staged").columns else ""
        order = f"t._filename like '%{MARK}', {last}" + ", ".join(f"t.{quoted(name)}" for name in names)
        reason = "superseded" if last else "duplicate_key"
        self.connection.execute(
            f"insert into bad select _filename, _row_number, '{reason}' from (select t._filename, t._row_number, "
            f"row_number() over (partition by {key} order by {order}, t._filename, t._row_number) as place from "
            f"{self._good.replace(' where', f' semi join twice using ({plain}) where')}) where place > 1"
        )

    def _seen_twice(self, key: str) -> NDArray[np.uint64]:
        """Hashes that several good rows have: numbers are sorted faster than text, and so many at once fit into memory."""
        passes = self._one(f"select count(*) from {self._good}") // _HASHES_AT_ONCE + 1
        with ThreadPoolExecutor(1) as beside:
            hashes = f"select hash({key}) as hash from {self._good}"
            chosen = (f"{hashes} and hash({key}) % {passes} = {number}" for number in range(passes))
            found = [beside.submit(_repeated, np.asarray(self.connection.execute(sql).fetchnumpy()["hash"])) for sql in chosen]
        return np.concatenate([part.result() for part in found])

    def _filled(self) -> tuple[list[Column], str]:
        """Columns to write, and SELECT of the accepted rows: an opportunity's rows get its account where none is named."""
        columns, names = self._columns, {column.name for column in self._columns}
        account = next((c for c in self.schema.columns if c.name == "account_id" and not c.required), None)
        chosen = {column.name: f"t.{quoted(column.name)}" for column in columns}
        if account is None:
            return columns, f"select {_listed(chosen)} from {self._good}"
        key, own = (
            ("opportunity_id", "null")
            if "opportunity_id" in self.schema.names
            else ("entity_id", "case when t.\"table\" = 'accounts' then t.entity_id end")
        )
        parents = (
            self._rows_of("opportunities")
            if self._accepted("opportunities").is_file()
            else ("(select '' as opportunity_id, '' as account_id where false)")
        )
        chosen["account_id"] = f"coalesce({'t.account_id' if 'account_id' in names else 'null'}, {own}, p.of)"
        joined = self._good.replace(
            "staged t",
            f"staged t left join (select opportunity_id as id, account_id as of from {parents}) p on p.id = t.{key}",
            1,
        )
        return columns if "account_id" in names else [*columns, account], f"select {_listed(chosen)} from {joined}"

    def _write_accepted(self, path: Path) -> int:
        """Accepted rows by account and time, so that a part of the accounts is a part of the file."""
        columns, rows = self._filled()
        schema = pa.schema([(column.name, _arrow_type(column)) for column in columns])
        repeated = [column.name for column in columns if column.kind in ("id", "category") and self.schema.key != (column.name,)]
        written = 0
        told = ["account_id"] if "account_id" in schema.names else True  # what a part of the accounts is found by
        with Groups(path, schema, compression="zstd", use_dictionary=repeated, write_statistics=told) as out:
            for batch in self._sorted(schema.names, rows):
                out.add(pa.Table.from_batches([batch]).cast(schema))
                written += len(batch)
        return written

    def _sorted(self, names: list[str], rows: str) -> Iterator[pa.RecordBatch]:
        """Accepted rows by account, time and key; where they are many, part by part, and by numbers that stand for the text."""
        unique = self.schema.key if set(self.schema.key) <= set(names) else names
        order = [name for name in dict.fromkeys(("account_id", "occurred_at", "received_at", *unique)) if name in names]
        parts = ranges(self.cuts if self.schema.of_accounts else [], self._one("select count(*) from staged"))
        if len(parts) == 1:
            yield from self._streamed(f"select {_names(names)} from ({rows}) order by {_names(order)}")
            return
        times = [name for name in order if name in ("occurred_at", "received_at")]
        by = ", ".join(("_number", *map(quoted, times), f"hash({_names(unique)})"))
        accounts = f"select account_id, file_row_number as _number from {self._rows_of('accounts', numbered=True)}"
        for part in parts:
            chosen = f"(select * from ({rows}) where {part}) join ({accounts} where {part}) using (account_id)"
            yield from self._streamed(f"select {_names(names)} from {chosen} order by {by}")

    def _streamed(self, sql: str) -> Iterator[pa.RecordBatch]:
        return streamed(self.connection.sql(sql).to_arrow_reader(ROWS_PER_GROUP))

    def _write_quarantine(self, path: Path) -> dict[str, int]:
        """The rows that were not accepted: as the source had them, or as they were read where only others speak against them."""
        values = ", ".join(f"{quoted(column.name)} := {self._shown(column)}" for column in self._columns)
        rows = self.connection.sql(
            "select _reason as reason, _row as row from staged where _reason is not null union all "
            f"select bad.reason, to_json(struct_pack({values}))"
            "::varchar from staged t join bad using (_filename, _row_number) order by all"
        ).to_arrow_table()
        if rows.num_rows:
            pq.write_table(rows, path)
        found = rows.group_by("reason").aggregate([([], "count_all")]).sort_by("reason").to_pydict()
        return dict(zip(found["reason"], found["count_all"], strict=True))

    def _shown(self, column: Column) -> str:
        """A value as it is readable; where 1.234 can be two numbers, the text itself."""
        if column.name not in self.unsettled:
            return self._readable(column)
        text = f"t.{quoted(mark(column.name))}"
        return f"case when {text} <> '' then to_json({text}) else to_json({self._readable(column)}) end"

    def _readable(self, column: Column) -> str:
        """A value as a person writes it: time on the company's clock, money in its main unit."""
        value = f"t.{quoted(column.name)}"
        if column.kind in ("time", "opening"):
            local = f"timezone({literal(self.workspace.time_zone)}, to_timestamp({value}))"
            return f"case when abs({value}) < {_ANY_TIME} then strftime({local}, '%Y-%m-%d %H:%M:%S') else {value}::varchar end"
        return f"{value} / {self.workspace.minor_units}" if column.kind == "money" else value


def _repeated(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    numbers.sort()
    return np.unique(numbers[1:][numbers[1:] == numbers[:-1]])


def _names(names: Iterable[str]) -> str:
    return ", ".join(quoted(name) for name in names)


def _listed(chosen: dict[str, str]) -> str:
    return ", ".join(f"{expression} as {quoted(name)}" for name, expression in chosen.items())


def _arrow_type(column: Column) -> pa.DataType:
    if column.kind in ("time", "opening"):
        return pa.timestamp("s", tz="UTC")
    return pa.type_for_alias(ARROW_TYPES[column.kind])
