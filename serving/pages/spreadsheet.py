"""Tables for a spreadsheet: UTF-8 that it recognises, and no cell that it would compute."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from display.spreadsheet import no_formula

Cell = str | float | None


def as_csv(rows: Sequence[Sequence[Cell]]) -> bytes:
    """Rows as CSV with a byte order mark; a text that could be a formula begins with an apostrophe."""
    out = io.StringIO()
    csv.writer(out).writerows([[_plain(cell) for cell in row] for row in rows])
    return out.getvalue().encode("utf-8-sig")


def _plain(cell: Cell) -> Cell:
    return no_formula(cell) if isinstance(cell, str) else cell
