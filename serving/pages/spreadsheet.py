"""Tables for a spreadsheet: UTF-8 that it recognises, and no cell that it would compute."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

Cell = str | float | None
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def as_csv(rows: Sequence[Sequence[Cell]]) -> bytes:
    """Rows as CSV with a byte order mark; a text that could be a formula begins with an apostrophe."""
    out = io.StringIO()
    csv.writer(out).writerows([[_plain(cell) for cell in row] for row in rows])
    return out.getvalue().encode("utf-8-sig")


def _plain(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
