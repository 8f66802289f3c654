"""SQL that names what is wrong with a row: in itself, and by the day and the other tables."""

from __future__ import annotations

from collections.abc import Sequence

from tables.sql.currencies import written
from tables.sql.text import literal, literals, quoted
from tables.sql.values import Mapped, Reading, notation
from workspace.schema.columns import Column, TableSchema

CURRENCY = "_currency"  # what a source row says of its currency, where that is mapped
Rules = Sequence[tuple[str, str]]  # SQL of a reason and of when it holds
NUMBERS = ("money", "number", "integer")
_ROW_RULES: dict[str, tuple[tuple[str, str], ...]] = {
    "opportunities": (
        ("missing:opened_at", "opened_at is null"),
        ("closed_before_opened", "closed_at < opened_at"),
        ("outcome_without_date", "outcome is not null and closed_at is null"),
        ("wrong_value:outcome", "outcome not in ('won', 'lost')"),
    ),
    "contracts": (("ends_before_start", "ends_at < starts_at"),),
    "cases": (("resolved_before_opened", "resolved_at < occurred_at"),),
    "interactions": (("wrong_value:direction", "direction not in ('in', 'out')"),),
}


def _column_reasons(mapped: Mapped, reading: Reading) -> list[tuple[str, str]]:
    column, value = mapped.column, quoted(mapped.column.name)
    as_given = column.kind in ("id", "category")
    reasons = [] if as_given else [(_unread(mapped, reading), f"{value} is null and {mapped.given}")]
    if column.required:
        reasons.append((literal(f"missing:{column.name}"), f"{value} is null"))
    if column.kind in NUMBERS and not column.signed:
        reasons.append((literal(f"negative:{column.name}"), f"{value} < 0"))
    return reasons


def _unread(mapped: Mapped, reading: Reading) -> str:
    """SQL of the reason against a value that cannot be read."""
    column = mapped.column
    if column.kind in NUMBERS and mapped.source_type == "VARCHAR":
        return notation(column.kind, reading).unread(quoted(mapped.source), column.name)
    return literal(f"{'unparsable_date' if column.kind in ('time', 'opening') else 'wrong_type'}:{column.name}")


def reason_sql(schema: TableSchema, mapped: list[Mapped], present: set[str], reading: Reading, *, priced: bool = False) -> str:
    """A CASE giving the first reason that a row carries in itself, or NULL; `present` are the canonical columns it has.

    Where rows are `priced`, each names its currency.
    """
    rules = [reason for item in mapped for reason in _column_reasons(item, reading)]
    for reason, condition in _ROW_RULES.get(schema.name, ()):
        if all(column.name in present for column in schema.columns if column.name in condition):
            rules.append((literal(reason), condition))
    own = literals(way.upper() for way in written(reading.currency))
    abroad = [("'foreign_currency:currency'", f"upper({CURRENCY}) not in ({own})")] if priced else []
    return _first([*abroad, *rules])


def context_reason_sql(columns: list[Column], parents: set[str], now: int, others: Rules = ()) -> str:
    """A CASE giving the first reason that depends on the day or on other tables; `now` is UTC seconds.

    Parents are views `key_<table>`, joined as `parent_<column>`. `others` are reasons that come first.
    """
    rules = [
        *others,
        *(
            (literal(f"future_date:{column.name}"), f"t.{quoted(column.name)} > {now}")
            for column in columns
            if column.kind in ("time", "opening") and not column.future
        ),
    ]
    rules += [
        (
            literal(f"unknown_key:{column.name}"),
            f"t.{quoted(column.name)} is not null and {quoted('parent_' + column.name)}.key is null",
        )
        for column in columns
        if column.refers in parents
    ]
    return _first(rules)


def _first(rules: Rules) -> str:
    rows = " ".join(f"when {condition} then {reason}" for reason, condition in rules)
    return f"case {rows} end" if rules else "null::varchar"
