"""Rows that somebody states one by one, in JSON or in Python, rather than in a source: each value read for sure or refused."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from workspace.errors import ForesaleError
from workspace.schema import TABLES
from workspace.schema.columns import Column

Row = dict[str, Any]
PAST_TIMES = ("occurred_at", "received_at", "opened_at", "closed_at", "resolved_at", "renewed_at")  # never still to come
_LONGEST = {"id": 200, "category": 200, "text": 10_000}
_AMOUNTS = ("money", "number", "integer")
_MOST = 2**53
_MOMENT = "a moment with its offset, such as 2025-03-01T09:30:00+08:00"
_NOT_READ = object()


def stated_row(table: str, given: Mapping[str, object], minor_units: int) -> Row:
    """A canonical row: times in UTC seconds, money (stated in whole units of the currency) in minor units, ids as text.

    Raises ForesaleError naming the table or column, what it got, what it expected and what to do.
    """
    if table not in TABLES:
        raise ForesaleError("no such table", got=table, expected=", ".join(TABLES), do="name a canonical table")
    columns = {column.name: column for column in TABLES[table].columns}
    if unknown := [name for name in given if name not in columns]:
        _refuse(f"{table} has no such column", ", ".join(unknown[:5]), ", ".join(columns))
    row = {name: _value(table, columns[name], value, minor_units) for name, value in given.items() if value is not None}
    if missing := [name for name, column in columns.items() if column.required and name not in row]:
        _refuse(f"a row of {table} is not whole", f"no {', '.join(missing)}", "all that it needs")
    return _changed(row, minor_units) if table == "field_history" else row


def _changed(row: Row, minor_units: int) -> Row:
    """A change of a field, its value written as the column's own values are kept: times in seconds, money in minor units."""
    schema = TABLES.get(row["table"])
    column = next((column for column in schema.columns if column.name == row["field"]), None) if schema else None
    if column is None or "value" not in row or column.kind not in ("time", "opening", "money"):
        return row
    return {**row, "value": str(_value(row["table"], column, row["value"], minor_units))}


def _refuse(what: str, got: str, expected: str) -> NoReturn:
    raise ForesaleError(what, got=got, expected=expected, do="correct it, or leave it out")


def _value(table: str, column: Column, value: object, minor_units: int) -> object:
    read, expected = _READ[column.kind]
    found = _money(value, minor_units) if column.kind == "money" else read(value)
    too_long = isinstance(found, str) and len(found) > _LONGEST.get(column.kind, 0)
    negative = column.kind in _AMOUNTS and not column.signed and isinstance(found, int | float) and found < 0
    if found is _NOT_READ or too_long or negative:
        _refuse(f"{table}.{column.name} cannot be read", repr(value)[:80], f"{expected}, not negative" if negative else expected)
    return found


def _text(value: object) -> object:
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if text and text.isprintable() else _NOT_READ


def _note(value: object) -> object:
    return value.strip() if isinstance(value, str) and "\x00" not in value and value.strip() else _NOT_READ


def _second(value: object) -> object:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return int(moment.astimezone(UTC).timestamp()) if isinstance(moment, datetime) and moment.tzinfo else _NOT_READ
    except (ValueError, OverflowError):
        return _NOT_READ


def _money(value: object, minor_units: int) -> object:
    """An amount in minor units; one that the currency cannot hold is not rounded."""
    try:
        amount = Decimal(str(value)) * minor_units if isinstance(value, str | int | float | Decimal) else Decimal("NaN")
    except InvalidOperation:
        return _NOT_READ
    whole = amount.is_finite() and abs(amount) < _MOST and amount == amount.to_integral_value()
    return int(amount) if whole and not isinstance(value, bool) else _NOT_READ


def _number(value: object) -> object:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if plain and math.isfinite(value) and abs(value) < _MOST else _NOT_READ  # type: ignore[arg-type]


def _integer(value: object) -> object:
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _MOST else _NOT_READ


def _boolean(value: object) -> object:
    return value if isinstance(value, bool) else _NOT_READ


_READ: dict[str, tuple[Callable[[object], object], str]] = {
    "id": (_text, "a text of at most 200 characters"),
    "category": (_text, "a text of at most 200 characters"),
    "text": (_note, "a text of at most 10,000 characters"),
    "time": (_second, _MOMENT),
    "opening": (_second, _MOMENT),
    "money": (_number, "an amount in whole units of the currency, such as 1250.50"),
    "number": (_number, "a number"),
    "integer": (_integer, "a whole number"),
    "boolean": (_boolean, "true or false"),
}
