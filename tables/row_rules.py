"""SQL that names what is wrong with a row: in itself, and by the day and the other tables."""

from __future__ import annotations

from tables.sql.text import quoted
from tables.sql.values import Mapped
from workspace.schema.columns import Column, TableSchema

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


def _column_reasons(mapped: Mapped) -> list[tuple[str, str]]:
    column, value = mapped.column, quoted(mapped.column.name)
    unreadable = "unparsable_date" if column.kind in ("time", "opening") else "wrong_type"
    as_given = column.kind in ("id", "category")
    reasons = [] if as_given else [(f"{unreadable}:{column.name}", f"{value} is null and {mapped.given}")]
    if column.required:
        reasons.append((f"missing:{column.name}", f"{value} is null"))
    if column.kind in ("money", "number", "integer") and not column.signed:
        reasons.append((f"negative:{column.name}", f"{value} < 0"))
    return reasons


def reason_sql(schema: TableSchema, mapped: list[Mapped], present: set[str]) -> str:
    """A CASE giving the first reason that a row carries in itself, or NULL; `present` are the canonical columns it has."""
    rules = [reason for item in mapped for reason in _column_reasons(item)]
    for reason, condition in _ROW_RULES.get(schema.name, ()):
        if all(column.name in present for column in schema.columns if column.name in condition):
            rules.append((reason, condition))
    return _first(rules)


def context_reason_sql(columns: list[Column], parents: set[str], now: int) -> str:
    """A CASE giving the first reason that depends on the day or on other tables; `now` is UTC seconds.

    Parents are views `key_<table>`, joined as `parent_<column>`.
    """
    rules = [
        (f"future_date:{column.name}", f"t.{quoted(column.name)} > {now}")
        for column in columns
        if column.kind in ("time", "opening") and not column.future
    ]
    rules += [
        (f"unknown_key:{column.name}", f"t.{quoted(column.name)} is not null and {quoted('parent_' + column.name)}.key is null")
        for column in columns
        if column.refers in parents
    ]
    return _first(rules)


def _first(rules: list[tuple[str, str]]) -> str:
    rows = " ".join(f"when {condition} then '{reason}'" for reason, condition in rules)
    return f"case {rows} end" if rules else "null::varchar"
