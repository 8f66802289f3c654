"""A sheet of a workbook as Parquet, every cell as text, dates in ISO form."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import CalamineWorkbook

from features.errors import Unreadable
from features.mapping import Source


def sheet_names(path: Path) -> list[str]:
    """The sheets of a workbook."""
    return list(CalamineWorkbook.from_path(path).sheet_names)


def sheet_as_parquet(path: Path, source: Source, target: Path) -> Path:
    """Write one sheet; the first one unless `sheet` names another."""
    book = CalamineWorkbook.from_path(path)
    name = source.sheet or book.sheet_names[0]
    if name not in book.sheet_names:
        raise Unreadable(f"{path} without a sheet {name}", f"a sheet among {', '.join(book.sheet_names)}", "mend `sheet`")
    rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)[source.skip :]
    names = source.names or tuple(_text(cell) or f"column{i}" for i, cell in enumerate(rows[0], 1))
    lines = [row for row in rows[int(source.header) :] if any(_text(cell) for cell in row)]
    columns = {
        column: pa.array([_text(row[i]) if i < len(row) else None for row in lines], pa.string())
        for i, column in enumerate(names)
    }
    pq.write_table(pa.table(columns), target)
    return target


def _text(cell: object) -> str | None:
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ") if cell.time() != time() else cell.date().isoformat()
    if isinstance(cell, date | time | timedelta):
        return str(cell)
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return None if cell == "" or cell is None else str(cell)
