"""Sources as DuckDB relations: CSV, Parquet, workbooks, DuckDB and SQLite files, PostgreSQL. Nothing is held in memory.

A source is a list of pieces. A piece has a finger-print of what it holds, so what was read of it before is used again; a
CSV file that only grew is its old pieces and one more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb

from tables.fingerprints import digests
from tables.formats.csv_head import csv_head, opened, suffix_of
from tables.formats.csv_repair import sound
from tables.formats.databases import copy_postgres, copy_sqlite, kind_of_database, pull_postgres
from tables.formats.workbook import sheet_as_parquet
from tables.sql.text import file_literal, literal, quoted
from workspace.errors import ForesaleError, Unreadable, first_line
from workspace.files import write_atomically
from workspace.mapping import WHITESPACE, Source
from workspace.workspace import Workspace

CSV, PARQUET, BOOK = (".csv", ".tsv", ".txt"), (".parquet",), (".xlsx", ".xls", ".xlsm", ".ods")
DATABASE = (".duckdb", ".db", ".sqlite", ".sqlite3", ".ddb")
_CHUNK, _MOST_PIECES = 1 << 20, 32
_NATIVE = ("utf-8", "utf8")


@dataclass(frozen=True)
class Piece:
    """Rows to be read by `sql`; `rejects` names the DuckDB table that gets the lines that are no rows.

    `rest` is a slice of a growing file that is copied only when it is read: whole file, copy,
    first and last byte, and how many lines of the file's head stand above it. `shape` says how many columns its text has and
    what separates them.
    """

    sql: str
    fingerprint: str
    rejects: str | None = None
    rest: tuple[Path, Path, int, int, int] | None = None
    shape: tuple[int, str] = (0, "")

    def fill(self) -> None:
        """Make the copy that `sql` reads, once."""
        if self.rest is None or self.rest[1].stat().st_size:
            return
        path, target, begin, end, above = self.rest
        with path.open("rb") as file, target.open("wb") as copy:
            copy.writelines(file.readline() for _ in range(above))
            file.seek(begin)
            while file.tell() < end and (block := file.read(min(_CHUNK, end - file.tell()))):
                copy.write(block)
        sound(target, *self.shape, target.with_suffix(".sound")).replace(target)


@dataclass(frozen=True)
class Reader:
    """Opens the sources of a workspace. Copies (of a workbook, a database, another encoding) are written to `scratch`.

    `memory` is the file that remembers how far a growing file had been read. `since` asks for changes in PostgreSQL from that
    moment on instead of from the newest one seen. `signs` are the numbers of quotes and carriage returns of text files.
    """

    connection: duckdb.DuckDBPyConnection
    workspace: Workspace
    scratch: Path
    memory: Path
    since: str | None = None
    known: dict[str, tuple[Piece, ...]] = field(default_factory=dict)
    signs: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def pieces(self, name: str) -> tuple[Piece, ...]:
        """The pieces of a source, looked for once; raises ForesaleError where it cannot be read."""
        if name not in self.known:
            self.known[name] = self._pieces(name)
        return self.known[name]

    def _pieces(self, name: str) -> tuple[Piece, ...]:
        source = self._declared(name)
        try:
            if source.url is not None:
                return (self._copied(name, source, source.url),)
            return tuple(piece for path in self._files(source) for piece in self._of_file(name, source, path))
        except Unreadable as error:
            raise self._mistake(name, error.got, error.expected, error.do) from error
        except (duckdb.Error, UnicodeError, LookupError, OSError) as error:
            raise self._mistake(
                name,
                f"{source.path}: {first_line(error)}",
                "a file that can be read as its name says",
                f"mend the file, or how sources.{name} reads it (delimiter, encoding, header)",
            ) from error

    def relation(self, name: str) -> str:
        """All rows of a source as SQL."""
        for piece in self.pieces(name):
            piece.fill()
        return " union all by name ".join(f"select * from {piece.sql}" for piece in self.pieces(name))

    def _declared(self, name: str) -> Source:
        if name not in self.workspace.sources:
            raise self._mistake(
                name,
                "nothing",
                f"a source; there are {', '.join(sorted(self.workspace.sources))}",
                f"add sources.{name}, or name one that is there",
            )
        return self.workspace.sources[name]

    def _mistake(self, name: str, got: object, expected: str, do: str) -> ForesaleError:
        return self.workspace.mistake(f"sources.{name}", got=got, expected=expected, do=do)

    def _files(self, source: Source) -> list[Path]:
        path = Path(str(source.path))
        if path.is_file():
            return [path]
        found = sorted(path.iterdir()) if path.is_dir() else sorted(path.parent.glob(path.name)) if path.parent.is_dir() else []
        files = [file for file in found if file.is_file() and suffix_of(file) in (*CSV, *PARQUET) and file.stat().st_size]
        if not files:
            raise Unreadable(
                f"{path}, which is not there",
                "a CSV, Parquet, XLSX, DuckDB or SQLite file, or a folder or pattern of CSV or Parquet files",
                "mend the path; it starts at the folder of the workspace file",
            )
        return files

    def _of_file(self, name: str, source: Source, path: Path) -> Iterator[Piece]:
        suffix = suffix_of(path)
        if suffix in CSV:
            yield from self._csv(name, source, path)
        elif suffix in PARQUET:
            yield self._checked(Piece(f"read_parquet({file_literal(path)})", _stamp(path)))
        elif suffix in BOOK:
            yield self._book(name, source, path)
        else:
            yield self._database(name, source, path)

    def _checked(self, piece: Piece) -> Piece:
        self.connection.execute(f"describe select * from {piece.sql}")
        return piece

    # --- text files ---------------------------------------------------------------------------------------------------

    def _csv(self, name: str, source: Source, path: Path) -> Iterator[Piece]:
        if not _as_is(path, source):
            yield self._csv_piece(name, source, path, _stamp(path))
            return
        bounds = self._bounds(path)
        for begin, (end, digest) in zip((0, *(end for end, _ in bounds[:-1])), bounds, strict=True):
            whole = begin == 0 and end == path.stat().st_size
            part = path if whole else self.scratch / f"{_digest(str(path), str(begin), str(end))}.csv"
            if not whole:
                part.write_bytes(b"")
            piece = self._csv_piece(name, source, part, f"{path}-{begin}-{end}-{digest}", header_of=path)
            yield piece if whole else replace(piece, rest=(path, part, begin, end, (source.skip + source.header) * (begin > 0)))

    def _csv_piece(self, name: str, source: Source, path: Path, stamp: str, header_of: Path | None = None) -> Piece:
        names, delimiter = csv_head(header_of or path, source)
        text = path if header_of or _as_is(path, source) else self._utf8(path, source)
        copy = self.scratch / f"{_digest(str(text))}.sound"
        text = sound(text, len(names), delimiter, copy, self.signs.get(text))
        rejects = f"rejects_{_digest(name)}"
        sql = _read_csv(text, names, delimiter, source.skip + source.header, rejects)
        return Piece(sql, _digest(stamp, source.model_dump_json()), rejects, shape=(len(names), delimiter))

    def _utf8(self, path: Path, source: Source) -> Path:
        """A copy in UTF-8, runs of blanks as one tab; what cannot be read in its encoding is an error, not a question mark."""
        target = self.scratch / f"{_digest(str(path))}.csv"
        with opened(path, source.encoding) as given, target.open("w", encoding="utf-8", newline="") as copy:
            if source.delimiter == WHITESPACE:
                copy.writelines("\t".join(line.split()) + "\n" for line in given)
            while text := given.read(_CHUNK):
                copy.write(text)
        return target

    def _bounds(self, path: Path) -> list[tuple[int, str]]:
        """Where the pieces of a file end, with the digest of all before: as remembered, if the file only grew."""
        memory: dict[str, Any] = json.loads(self.memory.read_text(encoding="utf-8")) if self.memory.is_file() else {}
        read = digests(path, [end for end, _ in memory.get(str(path), [])])
        self.signs[path] = read.signs
        known = [(end, digest) for end, digest in memory.get(str(path), []) if end <= read.size]
        grown = [digest for _, digest in known] == read.found[:-1] and len(known) < _MOST_PIECES and not read.cut
        bounds = [*known, (read.size, read.found[-1])] if grown else [(read.size, read.found[-1])]
        if len(bounds) > 1 and bounds[-1] == bounds[-2]:
            bounds.pop()
        write_atomically(self.memory, json.dumps({**memory, str(path): bounds}, indent=1))
        return bounds

    # --- workbooks and databases --------------------------------------------------------------------------------------

    def _book(self, name: str, source: Source, path: Path) -> Piece:
        target = sheet_as_parquet(path, source, self.scratch / f"{_digest(name)}.parquet")
        return self._checked(Piece(f"read_parquet({file_literal(target)})", _digest(_stamp(path), source.model_dump_json())))

    def _database(self, name: str, source: Source, path: Path) -> Piece:
        kind = kind_of_database(path)
        if source.table is None or kind is None:
            raise Unreadable(
                path,
                "CSV (.csv, .tsv, .txt), Parquet, XLSX, or a DuckDB or SQLite file and its `table`",
                f"write sources.{name} = {{ path = ..., table = ... }}",
            )
        log = path.with_name(f"{path.name}.wal")
        stamp = _digest(_stamp(path), source.table, _stamp(log) if log.is_file() else "")
        if kind == "sqlite":
            copy = copy_sqlite(path, source.table, self.scratch / f"{_digest(name)}.csv")
            return self._text(copy, digests(copy, []).found[-1])  # what was written lately may lie beside the file
        alias = quoted(f"db_{name}")
        self.connection.execute(f"attach if not exists {literal(str(path))} as {alias} (read_only)")
        return self._checked(Piece(f"{alias}.{'.'.join(quoted(part) for part in source.table.split('.'))}", stamp))

    def _copied(self, name: str, source: Source, url: str) -> Piece:
        """A table of PostgreSQL: all of it, or, with `since`, what changed beside what was pulled before; the latest by key."""
        if source.since is None:
            return self._text(*copy_postgres(url, source, self.scratch / f"{_digest(name)}.csv"))
        folder = self.memory.parent / "pulled" / _digest(name, source.model_dump_json())
        pieces = [self._text(path, _stamp(path)) for path in pull_postgres(url, source, folder, self.since)]
        rows = " union all by name ".join(f"select *, {i} as _pull from {piece.sql}" for i, piece in enumerate(pieces))
        keys = ", ".join(quoted(column) for column in source.key)
        return Piece(
            f"(select distinct on ({keys}) * exclude (_pull) from ({rows}) order by _pull desc)",
            _digest(*(piece.fingerprint for piece in pieces)),
        )

    def _text(self, path: Path, stamp: str) -> Piece:
        """A copy that we wrote."""
        return Piece(_read_csv(path, *csv_head(path, Source(path=str(path), delimiter=",")), 1), stamp)


def _read_csv(path: Path, names: tuple[str, ...], delimiter: str, skip: int, rejects: str | None = None) -> str:
    """DuckDB's reader, every column as text; lines that are no rows go to the table `rejects`, or end the query."""
    columns = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in names)
    kept = (
        f", store_rejects = true, rejects_limit = 0, rejects_table = {literal(rejects)}, "
        f"rejects_scan = {literal(rejects + '_scan')}"
        if rejects
        else ""
    )
    return (
        f"read_csv({file_literal(path)}, columns = {{{columns}}}, auto_detect = false, delim = {literal(delimiter)}, "
        f"quote = '\"', escape = '\"', header = false, skip = {skip}{kept})"
    )


def _as_is(path: Path, source: Source) -> bool:
    """Whether DuckDB can read the file where it lies."""
    return suffix_of(path) == path.suffix.lower() and source.encoding.lower() in _NATIVE and source.delimiter != WHITESPACE


def _stamp(path: Path) -> str:
    about = path.stat()
    return _digest(str(path), str(about.st_size), str(about.st_mtime_ns))


def _digest(*parts: str) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()[:24]
