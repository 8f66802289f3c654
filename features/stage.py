"""Rows of the sources as typed rows of one canonical table, piece by piece, in Parquet files that are used again.

A staged file is named after the SQL that made it and the finger-prints of what it read. So an ingest that was interrupted
goes on where it stopped, and one after new data reads only these.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

import duckdb

from features.convert import literal, quoted
from features.mapping import Part
from features.part import PartSql, first_line
from features.schema import TableSchema
from features.sources import Piece, Reader
from features.workspace import Workspace

_REASONS = {
    "MISSING COLUMNS": "too_few_columns",
    "TOO MANY COLUMNS": "too_many_columns",
    "UNQUOTED VALUE": "broken_quotes",
    "INVALID ENCODING": "wrong_encoding",
    "LINE SIZE OVER MAXIMUM": "line_too_long",
}


@dataclass
class Stager:
    """Stages the tables of a workspace; `used` collects the files that this ingest is made of."""

    connection: duckdb.DuckDBPyConnection
    workspace: Workspace
    reader: Reader
    folder: Path
    used: set[Path] = field(default_factory=set)

    def table(self, schema: TableSchema) -> list[Path]:
        """The staged files of a table; raises ForesaleError for a mapping that its sources cannot carry."""
        table = self.workspace.tables[schema.name]
        numbered = [
            f"tables.{schema.name}.parts.{i}" if table.parts else f"tables.{schema.name}" for i in range(len(table.origins))
        ]
        files = [
            file
            for part, place in zip(table.origins, numbered, strict=True)
            for file in self._files(PartSql(self.connection, self.workspace, self.reader, schema, table, part, place))
        ]
        self.used.update(files)
        return files

    def _files(self, rows: PartSql) -> Iterator[Path]:
        part = rows.part
        if part.query is not None:
            self._views(part)
            pieces = [piece for name in self._named(part) for piece in self.reader.pieces(name)]
            rejects = tuple(dict.fromkeys(name for piece in pieces for name in piece.rejects))
            yield from self._staged(rows, Piece(f"({part.query})", "".join(piece.fingerprint for piece in pieces), rejects))
            return
        others = [part.outcome.source] if part.outcome else []
        context = "".join(
            piece.fingerprint for name in (*(join.source for join in part.join), *others) for piece in self.reader.pieces(name)
        )
        for piece in self.reader.pieces(str(part.source)):
            yield from self._staged(rows, replace(piece, fingerprint=piece.fingerprint + context))

    def _named(self, part: Part) -> list[str]:
        """The sources that a query may read: those whose name stands in it."""
        return [name for name in self.workspace.sources if name in str(part.query)]

    def _views(self, part: Part) -> None:
        for name in self._named(part):
            self.connection.execute(f"create or replace view {quoted(name)} as {self.reader.relation(name)}")

    def _staged(self, rows: PartSql, piece: Piece) -> Iterator[Path]:
        sql = rows.sql(piece.sql)
        key = sha256(f"{sql.replace(piece.sql, 'piece')}\n{piece.fingerprint}".encode()).hexdigest()[:24]
        target, rejected = self.folder / f"{key}.parquet", self.folder / f"{key}-rejected.parquet"
        if not target.is_file():
            for name in piece.rejects:
                self.connection.execute(f"drop table if exists {quoted(name)}; drop table if exists {quoted(name + '_scan')}")
            piece.fill()
            self._copy(rows, sql, target)
            if found := [name for name in piece.rejects if self._holds(name)]:
                _copy_to(self.connection, " union all ".join(map(_rejected_sql, found)), rejected)
        yield from (path for path in (target, rejected) if path.is_file())

    def _copy(self, rows: PartSql, sql: str, target: Path) -> None:
        try:
            _copy_to(self.connection, sql, target)
        except duckdb.Error as error:
            raise rows.mistake("", first_line(error), "rows that can be read", "mend the expressions of this table") from error

    def _holds(self, name: str) -> bool:
        sql = f"select 1 from duckdb_tables() where table_name = {literal(name)} and estimated_size > 0"
        return bool(self.connection.execute(sql).fetchall())


def _rejected_sql(rejects: str) -> str:
    """Lines that are no rows, once each, with the reason of their first error."""
    reasons = " ".join(f"when '{error}' then 'unreadable_row:{reason}'" for error, reason in _REASONS.items())
    return (
        f"select case error_type::varchar {reasons} else 'unreadable_row' end as reason, to_json(csv_line)::varchar as _row "
        f"from (select distinct on (file_path, line) * from {quoted(rejects)} "
        f"join {quoted(rejects + '_scan')} using (scan_id, file_id) "
        "order by file_path, line, error_type, error_message)"
    )


def _copy_to(connection: duckdb.DuckDBPyConnection, sql: str, target: Path) -> None:
    temporary = target.with_suffix(".writing")
    connection.execute(f"copy ({sql}) to {literal(str(temporary))} (format parquet, compression lz4_raw)")
    temporary.replace(target)
