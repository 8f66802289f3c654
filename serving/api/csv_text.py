"""A list as CSV that a spreadsheet opens without running anything in it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from datetime import date

from display.spreadsheet import no_formula
from serving.api.answers import Purse
from serving.api.listing import Page
from serving.insight.ranking import LISTED
from serving.insight.records import Column, Record

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


def csv_of(page: Page, purse: Purse, languages: Sequence[str]) -> str:
    """A header and a line per row (RFC 4180); money without its currency, which has a column of its own at the end."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*(column.name for column in page.columns), "currency"])
    for record in page.rows:
        writer.writerow([*(harmless(_cell(column, record, purse, languages)) for column in page.columns), purse.currency])
    return out.getvalue()


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: plain numbers as they are, else with an apostrophe before it."""
    return text if _NUMBER.fullmatch(text) else no_formula(text)


def _cell(column: Column, record: Record, purse: Purse, languages: Sequence[str]) -> str:
    value = record[column.name]
    if value is None:
        return ""
    if column.kind == "money":
        return purse.money(value).amount
    if column.kind == "reasons":
        return "; ".join(getattr(reason, language) for reason in value[:LISTED] for language in languages)
    return value.isoformat() if isinstance(value, date) else str(value)
