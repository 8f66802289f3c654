"""Finds the tables of a place and how each is to be read: encoding, delimiter, header, lines above it, sheets, tables."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from intake.words.names import sounds_like_a_number
from tables.formats.csv_head import csv_head, suffix_of
from tables.formats.databases import kind_of_database, open_sqlite, postgres
from tables.formats.workbook import sheet_names
from tables.sources import BOOK, CSV, DATABASE, PARQUET
from workspace.errors import ForesaleError, Unreadable
from workspace.mapping import WHITESPACE, Source

Listed = tuple[str, Source]  # the name it goes by, and how to read it
_DELIMITERS, _HEAD_LINES, _BLOCK = ",;\t|", 200, 1 << 20
_SYSTEM_SCHEMAS = ("pg_catalog", "information_schema")


def list_tables(place: str) -> list[Listed]:
    """Every table of a folder (and one level below), a file or a PostgreSQL URL; raises ForesaleError where there is none."""
    if re.match("postgres(ql)?://", place):
        found = list(_postgres(place))
    else:
        found = [table for path in _files(Path(place)) for table in _in_file(path)]
    if not found:
        raise ForesaleError(
            "no table is there",
            got=place,
            expected="CSV, Parquet, XLSX, DuckDB or SQLite files, or a PostgreSQL URL",
            do="name the folder that holds the files",
        )
    return _united(found)


def _files(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    if not place.is_dir():
        raise ForesaleError(
            "there is no such place", got=place, expected="a folder, a file or a PostgreSQL URL", do="check the path"
        )
    here = _readable(place)
    folders = sorted(folder for folder in place.iterdir() if folder.is_dir() and not folder.name.startswith((".", "_")))
    if not here and len(folders) == 1:
        return _files(folders[0])
    return [*here, *(path for folder in folders for path in _readable(folder))]


def _readable(folder: Path) -> list[Path]:
    known = (*CSV, *PARQUET, *BOOK, *DATABASE)
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_file()
        and not path.name.startswith((".", "~", "_"))
        and path.stem.lower() not in ("readme", "license", "requirements")
        and suffix_of(path) in known
        and path.stat().st_size
    )


def _stem(path: Path) -> str:
    return Path(path.stem).stem if path.suffix.lower() == ".gz" else path.stem


def _in_file(path: Path) -> Iterator[Listed]:
    suffix = suffix_of(path)
    if suffix in CSV:
        source = text_source(path)
        if source is not None:
            yield _stem(path), source
    elif suffix in PARQUET:
        yield path.stem, Source(path=str(path))
    elif suffix in BOOK:
        yield from _sheets(path)
    else:
        yield from _in_database(path)


def _sheets(path: Path) -> Iterator[Listed]:
    from python_calamine import CalamineWorkbook

    names = sheet_names(path)
    for name in names:
        rows = CalamineWorkbook.from_path(path).get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=_HEAD_LINES)
        cells = [["" if cell is None else str(cell).strip() for cell in row] for row in rows]
        if len(cells) < 2 or not cells[0]:
            continue
        skip = _above(cells)
        header = has_header(cells[skip:])
        columns = () if header else tuple(f"column{i}" for i in range(1, len(cells[skip]) + 1))
        title = path.stem if len(names) == 1 else f"{path.stem} {name}"
        yield title, Source(path=str(path), sheet=name, skip=skip, header=header, names=columns)


def _in_database(path: Path) -> Iterator[Listed]:
    kind = kind_of_database(path)
    if kind == "sqlite":
        with open_sqlite(path) as connection:
            names = connection.execute(
                "select name from sqlite_master where type in ('table', 'view') and name not like 'sqlite_%'"
            )
            yield from ((name, Source(path=str(path), table=name)) for (name,) in names.fetchall())
    elif kind == "duckdb":
        with duckdb.connect(str(path), read_only=True) as database:
            rows = database.execute(
                "select schema_name, table_name from duckdb_tables() union all select schema_name, view_name "
                "from duckdb_views() where not internal order by all"
            ).fetchall()
            yield from ((name, Source(path=str(path), table=f"{schema}.{name}")) for schema, name in rows)


def _postgres(url: str) -> Iterator[Listed]:
    try:
        with postgres(url) as connection:
            rows: list[Any] = connection.execute(
                "select table_schema, table_name from information_schema.tables where table_schema <> all(%s) order by 1, 2",
                [list(_SYSTEM_SCHEMAS)],
            ).fetchall()
    except Unreadable as error:
        raise ForesaleError("PostgreSQL does not answer", got=error.got, expected=error.expected, do=error.do) from error
    yield from ((name, Source(url=url, table=f"{schema}.{name}")) for schema, name in rows)


def _united(found: list[Listed]) -> list[Listed]:
    """Files that differ only by a number (a year, a part) and have the same head are one source."""
    groups: dict[tuple[object, ...], list[Listed]] = {}
    for name, source in found:
        groups.setdefault(_family(name, source), []).append((name, source))
    return [_one(group) for group in groups.values()]


def _family(name: str, source: Source) -> tuple[object, ...]:
    path = Path(source.path or "")
    if source.table or source.sheet or not re.search(r"\d", name):
        return (name, source.path, source.url, source.table, source.sheet)
    head = _first_line(path, source) if suffix_of(path) in CSV else ""
    return (str(path.parent), re.sub(r"\d+", "#", path.name), head, source.encoding)


def _one(group: list[Listed]) -> Listed:
    name, source = group[0]
    if len(group) == 1:
        return name, source
    path = Path(str(source.path))
    pattern = re.sub(r"\d[\d._-]*(?=\D*$)", "*", path.name) if len(group) > 1 else path.name
    matching = sorted(path.parent.glob(pattern))
    if len(matching) != len(group):
        return name, source
    return re.sub(r"[\d_. -]+$", "", name) or name, source.model_copy(update={"path": str(path.parent / pattern)})


def _first_line(path: Path, source: Source) -> str:
    if path.suffix.lower() == ".gz":
        return ""
    with path.open(encoding=source.encoding, errors="replace") as file:
        return file.readline()


# --- text files -----------------------------------------------------------------------------------------------------------


def text_source(path: Path) -> Source | None:
    """How a text file is to be read; None where it holds no table (a licence, a note)."""
    import gzip

    packed = path.suffix.lower() == ".gz"
    with gzip.open(path, "rb") if packed else path.open("rb") as file:
        raw = file.read(4 * _BLOCK)
    encoding = encoding_of(raw)
    lines = [line for line in raw.decode(encoding, errors="ignore").lstrip("\ufeff").splitlines()[:_HEAD_LINES] if line.strip()]
    delimiter = delimiter_of(lines)
    if delimiter is None:
        return None
    rows = split_rows(lines, delimiter)
    skip = _above(rows)
    header = has_header(rows[skip:])
    names = () if header else tuple(f"column{i}" for i in range(1, len(rows[skip]) + 1))
    plain = Source(path=str(path), encoding=encoding, skip=skip)
    stated = None if delimiter != WHITESPACE and csv_head(path, plain)[1] == delimiter else delimiter
    return Source(path=str(path), delimiter=stated, encoding=encoding, header=header, names=names, skip=skip)


def encoding_of(raw: bytes) -> str:
    """The encoding of the beginning of a file: a mark, else UTF-8 if it fits, else the common Chinese one, else a guess."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for size in range(4):  # the last character may be cut
        try:
            raw[: len(raw) - size].decode("utf-8")
            return "utf-8"
        except UnicodeDecodeError:
            continue
    return "gb18030" if _is_chinese(raw) else _guessed(raw)


def _is_chinese(raw: bytes) -> bool:
    """Whether nearly all pairs of high bytes are the common characters of GB 2312."""
    pairs = [raw[m.start()] for m in re.finditer(rb"[\x81-\xfe][\x40-\xfe]", raw[:_BLOCK])]
    common = sum(
        1
        for m in re.finditer(rb"[\x81-\xfe][\x40-\xfe]", raw[:_BLOCK])
        if (0xB0 <= m.group()[0] <= 0xF7 or 0xA1 <= m.group()[0] <= 0xA9) and m.group()[1] >= 0xA1
    )
    return bool(pairs) and common / len(pairs) > 0.9


def _guessed(raw: bytes) -> str:
    try:
        from charset_normalizer import from_bytes
    except ImportError:
        return "cp1252"
    best = from_bytes(raw[:_BLOCK]).best()
    return best.encoding.replace("_", "-") if best is not None and best.encoding != "ascii" else "cp1252"


def delimiter_of(lines: list[str]) -> str | None:
    """What separates the cells of most lines alike; runs of blanks where no sign does, None where nothing does."""
    best, score = None, 0.0
    for sign in _DELIMITERS:
        widths = Counter(len(row) for row in split_rows(lines, sign))
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
        found = count / len(lines) * min(width, 6) if width > 1 else 0.0
        best, score = (sign, found) if found > score else (best, score)
    if score >= 1.2:
        return best
    widths = Counter(len(line.split()) for line in lines)
    width, count = widths.most_common(1)[0] if widths else (0, 0)
    if width >= 2 and count / len(lines) > 0.95 and len(lines) > 2:
        return WHITESPACE
    return "," if _one_column(lines) else None


def _one_column(lines: list[str]) -> bool:
    return len(lines) > 2 and max(map(len, lines)) < 60 and not any(" " in line.strip() for line in lines[1:])


def split_rows(lines: list[str], delimiter: str) -> list[list[str]]:
    """The cells of each line."""
    if delimiter == WHITESPACE:
        return [line.split() for line in lines]
    return [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=delimiter)]


def _above(rows: list[list[str]]) -> int:
    """How many lines (a title, a date of export) stand above the table."""
    filled = [sum(bool(cell) for cell in row) for row in rows]
    usual = Counter(filled[1:]).most_common(1)[0][0] if len(filled) > 1 else filled[0]
    return next((i for i, count in enumerate(filled[:8]) if count >= max(2, 0.6 * usual) or usual < 2), 0)


def has_header(rows: list[list[str]]) -> bool:
    """Whether the first line names the columns: no cell is a number or a date, and hardly any occurs below."""
    first, below = rows[0], rows[1:]
    if any(sounds_like_a_number(cell) for cell in first):
        return False
    repeated = sum(bool(cell) and any(len(row) > i and row[i] == cell for row in below) for i, cell in enumerate(first))
    return repeated * 2 < len(first)
