"""A sheet of a workbook as Parquet, every cell as text, dates in ISO form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineWorkbook

from workspace.errors import Unreadable
from workspace.mapping import Source


def sheet_names(path: Path) -> list[str]:
    """The sheets of a workbook."""
    return list(CalamineWorkbook.from_path(path).sheet_names)


def sheet_as_parquet(path: Path, source: Source, target: Path) -> Path:
    """Write one sheet; the first one unless `sheet` names another."""
    try:
        book = CalamineWorkbook.from_path(path)
    except CalamineError as error:
        raise Unreadable(
            f"{path}: {error}", "a workbook without a password", "save it again as XLSX, or export it as CSV"
        ) from error
    name = source.sheet or book.sheet_names[0]
    if name not in book.sheet_names:
        raise Unreadable(f"{path} without a sheet {name}", f"a sheet among {', '.join(book.sheet_names)}", "mend `sheet`")
    rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)[source.skip :]
    if not rows:
        raise Unreadable(f"{path}, sheet {name}, without a row", "a header and rows", "mend `sheet` or `skip`")
    names = source.names or tuple(unique_names(_text(cell) or "" for cell in rows[0]))
    lines = [row for row in rows[int(source.header) :] if any(_text(cell) for cell in row)]
    columns = {
        column: pa.array([_text(row[i]) if i < len(row) else None for row in lines], pa.string())
        for i, column in enumerate(names)
    }
    pq.write_table(pa.table(columns), target)
    return target


def unique_names(names: Iterable[str]) -> Iterator[str]:
    """Trimmed names, with a number behind one that is there already: DuckDB does not tell ID from Id."""
    seen: set[str] = set()
    for position, name in enumerate(names, 1):
        plain = unique = name.strip() or f"column{position}"
        number = 1
        while unique.lower() in seen:
            number += 1
            unique = f"{plain}_{number}"
        seen.add(unique.lower())
        yield unique


def _text(cell: object) -> str | None:
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ") if cell.time() != time() else cell.date().isoformat()
    if isinstance(cell, date | time | timedelta):
        return str(cell)
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return None if cell == "" or cell is None else str(cell)
