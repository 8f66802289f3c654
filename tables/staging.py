"""Rows of the sources as typed rows of one canonical table, piece by piece, in Parquet files that are used again.

A staged file is named after the SQL that made it and the finger-prints of what it read. So an ingest that was interrupted
goes on where it stopped, and one after new data reads only these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import duckdb

from tables import mapped_rows, row_rules, separators, sources
from tables.formats import csv_repair, databases, workbook
from tables.mapped_rows import PartSql
from tables.partitions import write_near
from tables.separators import unsettled
from tables.sources import Piece, Reader
from tables.sql import currencies, numbers, values
from tables.sql.text import literal, quoted
from workspace.errors import first_line
from workspace.mapping import Part
from workspace.schema.columns import TableSchema
from workspace.workspace import Workspace

_REASONS = {
    "MISSING COLUMNS": "too_few_columns",
    "TOO MANY COLUMNS": "too_many_columns",
    "UNQUOTED VALUE": "broken_quotes",
    "INVALID ENCODING": "wrong_encoding",
    "LINE SIZE OVER MAXIMUM": "line_too_long",
}
_CODE = sha256(
    b"".join(
        Path(str(module.__file__)).read_bytes()
        for module in (workbook, values, numbers, currencies, databases, csv_repair, mapped_rows, row_rules, separators, sources)
    )
).hexdigest()


@dataclass
class Stager:
    """Stages the tables of a workspace; `used` collects the files that this ingest is made of.

    `cuts` are the accounts at which staged rows are laid apart; `unsettled` are, of the table that was staged last, the columns
    where nobody can tell whether 1.234 has decimals, with their files.
    """

    connection: duckdb.DuckDBPyConnection
    workspace: Workspace
    reader: Reader
    folder: Path
    used: set[Path] = field(default_factory=set)
    cuts: list[str] = field(default_factory=list)
    unsettled: dict[str, list[Path]] = field(default_factory=dict)

    def table(self, schema: TableSchema) -> list[Path]:
        """The staged files of a table; raises ForesaleError for a mapping that its sources cannot carry."""
        table = self.workspace.tables[schema.name]
        numbered = [
            f"tables.{schema.name}.parts.{i}" if table.parts else f"tables.{schema.name}" for i in range(len(table.origins))
        ]
        files, self.unsettled = [], {}
        for part, place in zip(table.origins, numbered, strict=True):
            of_part = list(self._files(PartSql(self.connection, self.workspace, self.reader, schema, table, part, place)))
            for column in unsettled(self.connection, of_part):
                self.unsettled.setdefault(column, []).extend(of_part)
            files += of_part
        self.used.update(files)
        return list(dict.fromkeys(files))

    def _files(self, rows: PartSql) -> Iterator[Path]:
        part, said = rows.part, _said(rows.part)
        others = [name for name in self._read_by(part, said) if name != part.source]
        for name in others:
            self.connection.execute(f"create or replace view {quoted(name)} as {self.reader.relation(name)}")
        context = "\n".join((said, *(piece.fingerprint for name in others for piece in self.reader.pieces(name))))
        if re.search(r"read_\w+\s*\(|(?:from|join)\s+'", said, re.IGNORECASE):
            context += uuid4().hex  # it reads a file that is no source, so nobody knows whether it changed
        mine = [Piece(f"({part.query})", "")] if part.query is not None else self.reader.pieces(str(part.source))
        for piece in mine:
            yield from self._staged(rows, piece, context, others if piece is mine[0] else [])

    def _read_by(self, part: Part, said: str) -> list[str]:
        """The sources a part reads beside its own: joined, the outcome's, and those its SQL names."""
        declared = [join.source for join in part.join] + ([part.outcome.source] if part.outcome else [])
        named = [name for name in self.workspace.sources if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said, re.IGNORECASE)]
        return list(dict.fromkeys((*declared, *named)))

    def _staged(self, rows: PartSql, piece: Piece, context: str, others: list[str]) -> Iterator[Path]:
        """The typed rows of a piece, and the lines of it (and of the other sources read with it) that are no rows."""
        sql = rows.sql(piece.sql)
        target = self.folder / f"{_key(sql.replace(piece.sql, 'piece'), piece.fingerprint, context)}.parquet"
        apart = [(piece.rejects, piece.fingerprint)] + [
            (pieces[0].rejects, "".join(other.fingerprint for other in pieces))
            for name in others
            if (pieces := self.reader.pieces(name))
        ]
        rejected = {name: self.folder / f"{_key(rows.schema.name, print_)}-rejected.parquet" for name, print_ in apart if name}
        if not target.is_file():
            self._read(rows, piece, sql, target, rejected)
        yield from (path for path in (target, *rejected.values()) if path.is_file())

    def _read(self, rows: PartSql, piece: Piece, sql: str, target: Path, rejected: dict[str, Path]) -> None:
        """Write the rejected lines before the rows get their name, so that a kill in between loses none."""
        for name in rejected:
            self.connection.execute(f"drop table if exists {quoted(name)}; drop table if exists {quoted(name + '_scan')}")
        piece.fill()
        temporary = target.with_suffix(".writing")
        try:
            few = [column.name for column in rows.columns if column.kind == "category"]
            write_near(self.connection, sql, temporary, self.cuts if rows.schema.of_accounts else [], few)
        except duckdb.Error as error:
            raise rows.mistake("", first_line(error), "rows that can be read", "mend the expressions of this table") from error
        for name, path in rejected.items():
            if self._holds(name):
                write_near(self.connection, _rejected_sql(name), path, [])
        temporary.replace(target)

    def _holds(self, name: str) -> bool:
        sql = f"select 1 from duckdb_tables() where table_name = {literal(name)} and estimated_size > 0"
        return bool(self.connection.execute(sql).fetchall())


def _rejected_sql(rejects: str) -> str:
    """Lines that are no rows, once each, with the reason of their first error."""
    reasons = " ".join(f"when '{error}' then 'unreadable_row:{reason}'" for error, reason in _REASONS.items())
    return (
        f"select case error_type::varchar {reasons} else 'unreadable_row' end as _reason, to_json(csv_line)::varchar as _row "
        f"from (select distinct on (file_path, line) * from {quoted(rejects)} "
        f"join {quoted(rejects + '_scan')} using (scan_id, file_id) "
        "order by file_path, line, error_type, error_message)"
    )


def _said(part: Part) -> str:
    """All SQL that a part holds."""
    chosen = part.outcome.where if part.outcome else None
    return "\n".join(filter(None, (part.query, part.where, *part.sql.values(), chosen)))


def _key(*parts: str) -> str:
    """The name of a staged file; a new version of this code reads nothing that an old one wrote."""
    return sha256("\n".join((_CODE, *parts)).encode()).hexdigest()[:24]
