"""Sources to canonical Parquet: typed, UTC, minor units; every row that is not accepted is quarantined with a reason.

A finished ingest is a folder named after its own content, and one small file says which folder is current. So running
it twice gives the same bytes, and killing it midway leaves the old state.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from features.convert import Mapped, quoted, reason_sql, typed_sql
from features.drift import note_changes
from features.errors import ForesaleError
from features.schema import ARROW_TYPES, TABLES, Column, Kind, TableSchema
from features.workspace import Attribute, Table, Workspace

_ROWS_PER_GROUP = 131_072
_ATTRIBUTE_KINDS: dict[str, Kind] = {"categorical": "category", "numeric": "number", "money": "money"}


@dataclass(frozen=True)
class TableCount:
    """What became of one table's rows: `read == accepted + quarantined`."""

    read: int
    accepted: int
    quarantined: int
    reasons: dict[str, int]


@dataclass(frozen=True)
class IngestResult:
    """The snapshot made (or found unchanged) and the counts per table."""

    snapshot: Path
    counts: dict[str, TableCount]

    def as_dict(self) -> dict[str, Any]:
        """Counts as plain JSON."""
        return {name: vars(count) for name, count in self.counts.items()}


def ingest(workspace: Workspace, progress: Callable[[str], None] = lambda text: None, now: int | None = None) -> IngestResult:
    """Read every source, write a new snapshot and make it current.

    `now` (UTC seconds, default the clock) bounds dates: later than its day is quarantined as `future_date`.
    Raises ForesaleError for a source or column that is not there.
    """
    moment = _end_of_day(workspace, int(time.time()) if now is None else now)
    building = workspace.data_dir / "snapshots" / f".building-{os.getpid()}"
    shutil.rmtree(building, ignore_errors=True)
    (building / "quarantine").mkdir(parents=True)
    counts: dict[str, TableCount] = {}
    with _connect(workspace) as connection:
        for name in (name for name in TABLES if name in workspace.tables):
            progress(f"reading {name}")
            counts[name] = _ingest_table(connection, workspace, TABLES[name], building, moment)
    return _publish(workspace, building, counts)


def _end_of_day(workspace: Workspace, now: int) -> int:
    """The last second of the day in the company's zone: a row dated today is not in the future."""
    day = datetime.fromtimestamp(now, workspace.zone).replace(hour=0, minute=0, second=0)
    return int((day + timedelta(days=1)).timestamp()) - 1


def current_snapshot(workspace: Workspace) -> Path:
    """The folder of canonical tables in force; raises ForesaleError before the first ingest."""
    pointer = workspace.data_dir / "current"
    if not pointer.is_file():
        raise ForesaleError("there is no ingested data yet", got=f"no {pointer}", do="run: foresale ingest")
    return workspace.data_dir / "snapshots" / pointer.read_text(encoding="utf-8").strip()


def _connect(workspace: Workspace) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    connection.execute("set enable_progress_bar = false")
    for name in workspace.sources:
        path = workspace.source_path(name)
        if not path.is_file() and not any(path.glob("*.parquet")):
            raise ForesaleError(f"source {name} is not there", got=path,
                                expected="a CSV or Parquet file, or a folder of Parquet files",
                                do=f"mend sources.{name} in the workspace")
        text, is_csv = str(path).replace("'", "''"), path.suffix.lower() in (".csv", ".tsv", ".txt")
        text += "/*.parquet" if path.is_dir() else ""
        reader = (f"read_csv('{text}', all_varchar = true, header = true, null_padding = true)" if is_csv
                  else f"read_parquet('{text}')")
        try:
            connection.execute(f"create view {quoted(name)} as select * from {reader}")
        except duckdb.Error as error:
            raise ForesaleError(f"source {name} cannot be read", got=str(error).split("\n")[0],
                                expected="a CSV file with a header, or Parquet", do=f"mend {path}") from error
    return connection


def attribute_columns(table: Table) -> tuple[Column, ...]:
    """The declared attributes of a table as canonical columns."""
    def column(name: str, attribute: Attribute) -> Column:
        kind = _ATTRIBUTE_KINDS[attribute.kind]
        return Column(name, kind, attribute.zh, attribute.en, signed=True)
    return tuple(column(name, attribute) for name, attribute in table.attributes.items())


def _mapping(connection: duckdb.DuckDBPyConnection, schema: TableSchema, table: Table) -> list[Mapped]:
    """Which source column feeds which canonical one; optional columns the source lacks are left out."""
    found = {row[0]: row[1] for row in connection.execute("describe raw").fetchall()}
    sources = {**table.columns, **{name: a.column for name, a in table.attributes.items() if a.column}}
    mapped = []
    columns = (*schema.columns, *attribute_columns(table))
    unknown = sorted(set(table.columns) - {column.name for column in columns})
    if unknown:
        raise ForesaleError(f"table {schema.name} has no canonical column {unknown[0]}", got=f"columns.{unknown[0]}",
                            expected=", ".join(c.name for c in schema.columns), do="rename it, or map it as an attribute")
    for column in columns:
        source = sources.get(column.name, column.name)
        if source in found:
            mapped.append(Mapped(column, source, found[source]))
        elif column.required or column.name in sources or column.name in table.attributes:
            raise ForesaleError(f"table {schema.name} needs column {column.name}", got=f"no source column {source}",
                                expected=f"one of {', '.join(found)}",
                                do=f"set tables.{schema.name}.columns.{column.name}")
    return mapped


def _ingest_table(connection: duckdb.DuckDBPyConnection, workspace: Workspace, schema: TableSchema, folder: Path,
                  now: int) -> TableCount:
    table = workspace.tables[schema.name]
    origin = table.query or f"select * from {quoted(str(table.source))}"
    try:
        connection.execute(f"create or replace temp table raw as {origin}")
    except duckdb.Error as error:
        raise ForesaleError(f"table {schema.name} cannot be read", got=str(error).split("\n")[0],
                            expected="a query over the declared sources", do=f"mend tables.{schema.name}") from error
    mapped = _mapping(connection, schema, table)
    _classify(connection, workspace, schema, mapped, now)
    columns = [item.column for item in mapped] + _fill_account(connection, workspace, schema, mapped)
    accepted = _write_accepted(connection, columns, schema.key, folder / f"{schema.name}.parquet")
    _write_quarantine(connection, folder / "quarantine" / f"{schema.name}.parquet")
    if len(schema.key) == 1 and schema.key[0] in {column.name for column in columns}:
        account = "account_id" if "account_id" in {column.name for column in columns} else "null as account_id"
        connection.execute(f"create or replace temp table ok_{schema.name} as "
                           f"select {schema.key[0]} as key, {account} from typed where reason is null")
    reasons = dict(connection.execute("select reason, count(*) from typed where reason is not null "
                                      "group by all order by all").fetchall())
    read = connection.execute("select count(*) from raw").fetchall()[0][0]
    count = TableCount(read, accepted, sum(reasons.values()), reasons)
    if read != count.accepted + count.quarantined:
        raise ForesaleError(f"table {schema.name} does not reconcile", got=count, expected="read = accepted + quarantined",
                            do="report this as a bug")
    return count


def _fill_account(connection: duckdb.DuckDBPyConnection, workspace: Workspace, schema: TableSchema,
                  mapped: list[Mapped]) -> list[Column]:
    """Give rows of an opportunity (or of a field's history) their account where the source names none."""
    column = next((c for c in schema.columns if c.name == "account_id" and not c.required), None)
    if column is None:
        return []
    key, own = ("opportunity_id", "null") if "opportunity_id" in schema.names else (
        "entity_id", "case when \"table\" = 'accounts' then entity_id end")
    named = column.name in {item.column.name for item in mapped}
    columns = "* replace (coalesce(typed.account_id, {}) as account_id)" if named else "typed.*, {} as account_id"
    parents = "ok_opportunities" if "opportunities" in workspace.tables else "(select '' as key, '' as account_id where false)"
    connection.execute(f"create or replace temp table typed as select {columns.format(f'coalesce({own}, ok.account_id)')} "
                       f"from typed left join (select key, account_id as of from {parents}) ok on typed.{key} = ok.key"
                       .replace("ok.account_id", "ok.of"))
    return [] if named else [column]


def _classify(connection: duckdb.DuckDBPyConnection, workspace: Workspace, schema: TableSchema, mapped: list[Mapped],
              now: int) -> None:
    """Fill `typed`: canonical values, the source row as JSON, and the first reason against it."""
    known = {row[0].removeprefix("ok_") for row in
             connection.execute("select table_name from duckdb_tables() where table_name like 'ok_%'").fetchall()}
    reason = reason_sql(schema, mapped, known, now)
    key = ", ".join(quoted(part) for part in schema.key)
    order = ", ".join(quoted(item.column.name) for item in mapped)
    connection.execute(
        f"create or replace temp table typed as "
        f"with converted as (select {typed_sql(mapped, _kinds(workspace), workspace.time_zone, workspace.minor_units)}, "
        f"to_json(raw)::varchar as _row from raw), "
        f"judged as (select *, {reason} as _reason from converted) "
        f"select *, coalesce(_reason, case when row_number() over (partition by {key}, _reason is null "
        f"order by {order}, _row) > 1 then 'duplicate_key' end) as reason from judged")


def _kinds(workspace: Workspace) -> dict[tuple[str, str], Kind]:
    """The kind of every column of the tables whose history may be kept."""
    return {(name, column.name): column.kind for name in ("accounts", "opportunities") if name in workspace.tables
            for column in (*TABLES[name].columns, *attribute_columns(workspace.tables[name]))}


def _write_accepted(connection: duckdb.DuckDBPyConnection, columns: list[Column], key: tuple[str, ...], path: Path) -> int:
    """Accepted rows by account and time, so that a part of the accounts is a part of the file."""
    schema = pa.schema([(column.name, _arrow_type(column)) for column in columns])
    names = ", ".join(quoted(name) for name in schema.names)
    order = ", ".join(quoted(part) for part in dict.fromkeys(("account_id", "occurred_at", "received_at", *key))
                      if part in schema.names)
    reader = connection.sql(f"select {names} from typed where reason is null order by {order}").to_arrow_reader(
        _ROWS_PER_GROUP)
    rows = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in reader:
            writer.write_table(pa.Table.from_batches([batch]).cast(schema), row_group_size=_ROWS_PER_GROUP)
            rows += batch.num_rows
    return rows


def _arrow_type(column: Column) -> pa.DataType:
    if column.kind in ("time", "opening"):
        return pa.timestamp("s", tz="UTC")
    return pa.type_for_alias(ARROW_TYPES[column.kind])


def _write_quarantine(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    rows = connection.sql("select reason, _row as row from typed where reason is not null order by all").to_arrow_table()
    if rows.num_rows:
        pq.write_table(rows, path)


def _publish(workspace: Workspace, building: Path, counts: dict[str, TableCount]) -> IngestResult:
    report = json.dumps({name: vars(count) for name, count in counts.items()}, indent=1, sort_keys=True)
    (building / "counts.json").write_text(report, encoding="utf-8")
    name = _content_hash(building)[:16]
    target = building.parent / name
    if target.exists():
        shutil.rmtree(building)
    else:
        building.rename(target)
    previous = (workspace.data_dir / "current").read_text(encoding="utf-8") if (workspace.data_dir / "current").exists() else ""
    if previous != name:
        note_changes(workspace, building.parent / previous, target)
    write_atomically(workspace.data_dir / "current", name)
    for folder in building.parent.iterdir():
        if folder.name not in (name, previous):
            shutil.rmtree(folder, ignore_errors=True)
    return IngestResult(target, counts)


def _content_hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(str(path.relative_to(folder)).encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def write_atomically(path: Path, text: str) -> None:
    """Write to a temporary name beside `path` and rename, so a reader sees the old file or the new one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
