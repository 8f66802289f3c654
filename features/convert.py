"""SQL that turns one source column into its canonical type, and SQL that names what is wrong with a row."""

from __future__ import annotations

from dataclasses import dataclass

from features.schema import Column, Kind, TableSchema

_DATE_ONLY = r"^\s*\d{4}[-/]\d{1,2}[-/]\d{1,2}\s*$"
_EPOCH = r"^\s*\d{9,10}\s*$"
_WITH_OFFSET = r"(?:[zZ]|[+-]\d{2}(?::?\d{2})?)\s*$"
_ROW_RULES: dict[str, tuple[tuple[str, str], ...]] = {
    "opportunities": (("missing:opened_at", "opened_at is null"),
                      ("closed_before_opened", "closed_at < opened_at"),
                      ("outcome_without_date", "outcome is not null and closed_at is null"),
                      ("wrong_value:outcome", "outcome not in ('won', 'lost')")),
    "contracts": (("ends_before_start", "ends_at < starts_at"),),
    "cases": (("resolved_before_opened", "resolved_at < occurred_at"),),
    "interactions": (("wrong_value:direction", "direction not in ('in', 'out')"),),
}


@dataclass(frozen=True)
class Mapped:
    """A canonical column and the source column it comes from; `source_type` is DuckDB's name of its type."""

    column: Column
    source: str
    source_type: str


def quoted(name: str) -> str:
    """A DuckDB identifier."""
    return '"' + name.replace('"', '""') + '"'


def _day(expression: str, zone: str, *, end: bool) -> str:
    if end:
        return f"epoch(timezone('{zone}', ({expression} + interval 1 day)::timestamp))::bigint - 1"
    return f"epoch(timezone('{zone}', {expression}::timestamp))::bigint"


def _instant(expression: str, *, ceil: bool) -> str:
    return f"{'ceil' if ceil else 'floor'}(epoch({expression}))::bigint"


def _time_sql(mapped: Mapped, zone: str) -> str:
    """Seconds since 1970 in UTC: a day counts as its end (an opening: its start), fractions never make it earlier."""
    name, late = quoted(mapped.source), mapped.column.kind == "time"
    if mapped.source_type == "DATE":
        return _day(name, zone, end=late)
    if mapped.source_type == "TIMESTAMP WITH TIME ZONE":
        return _instant(name, ceil=late)
    if mapped.source_type.startswith("TIMESTAMP"):
        return _instant(f"timezone('{zone}', {name}::timestamp)", ceil=late)
    text = f"replace(trim(cast({name} as varchar)), '/', '-')"
    day = _day(f"try_cast({text} as date)", zone, end=late)
    absolute = _instant(f"try_cast({text} as timestamptz)", ceil=late)
    local = _instant(f"timezone('{zone}', try_cast({text} as timestamp))", ceil=late)
    return (f"case when regexp_matches({text}, '{_DATE_ONLY}') then {day} "
            f"when regexp_matches({text}, '{_EPOCH}') then try_cast({text} as bigint) "
            f"when regexp_matches({text}, ':.*{_WITH_OFFSET}') then {absolute} else {local} end")


def _money_sql(mapped: Mapped, minor_units: int) -> str:
    name = quoted(mapped.source)
    if mapped.source_type in ("DOUBLE", "FLOAT"):
        return f"try_cast(round({name} * {minor_units}) as bigint)"
    return f"try_cast(round(try_cast({name} as decimal(30, 6)) * {minor_units}) as bigint)"


def value_sql(mapped: Mapped, zone: str, minor_units: int) -> str:
    """The canonical value; NULL where the source cannot be read as the column's type."""
    name = quoted(mapped.source)
    match mapped.column.kind:
        case "id" | "text" | "category":
            return f"nullif(trim(cast({name} as varchar)), '')"
        case "time" | "opening":
            return _time_sql(mapped, zone)
        case "money":
            return _money_sql(mapped, minor_units)
        case "number":
            return f"try_cast({name} as double)"
        case "integer":
            return f"try_cast({name} as bigint)"
        case "boolean":
            return f"try_cast({name} as boolean)"


def _column_reasons(mapped: Mapped, now: int) -> list[tuple[str, str]]:
    column, value, given = mapped.column, quoted(mapped.column.name), quoted("_source_" + mapped.column.name)
    unreadable = "unparsable_date" if column.kind in ("time", "opening") else "wrong_type"
    reasons = [(f"{unreadable}:{column.name}", f"{value} is null and {given}")]
    if column.required:
        reasons.append((f"missing:{column.name}", f"{value} is null"))
    if column.kind in ("time", "opening") and not column.future:
        reasons.append((f"future_date:{column.name}", f"{value} > {now}"))
    if column.kind in ("money", "number", "integer") and not column.signed:
        reasons.append((f"negative:{column.name}", f"{value} < 0"))
    return reasons


def reason_sql(schema: TableSchema, mapped: list[Mapped], known_tables: set[str], now: int) -> str:
    """A CASE giving the first reason against a row, or NULL. `now` is UTC seconds; parents are views `ok_<table>`."""
    rules = [reason for item in mapped for reason in _column_reasons(item, now)]
    present = {item.column.name for item in mapped}
    for reason, condition in _ROW_RULES.get(schema.name, ()):
        if all(column.name in present for column in schema.columns if column.name in condition):
            rules.append((reason, condition))
    for item in mapped:
        parent = item.column.refers
        if parent in known_tables and parent != schema.name:
            name = quoted(item.column.name)
            rules.append((f"unknown_key:{item.column.name}",
                          f"{name} is not null and {name} not in (select key from ok_{parent})"))
    rows = " ".join(f"when {condition} then '{reason}'" for reason, condition in rules)
    return f"case {rows} end"


def changed_value_sql(mapped: list[Mapped], kinds: dict[tuple[str, str], Kind], zone: str, minor_units: int) -> str:
    """The new value of a field, as text in canonical units: seconds for a time, minor units for money.

    `kinds` holds the kind of each column of accounts and opportunities.
    """
    of = {item.column.name: item for item in mapped}
    table, field = (value_sql(of[name], zone, minor_units) for name in ("table", "field"))
    branches = []
    for kind in ("time", "opening", "money"):
        rows = [f"('{name}', '{column}')" for (name, column), found in sorted(kinds.items()) if found == kind]
        as_kind = Mapped(Column("value", kind, "", ""), of["value"].source, of["value"].source_type)
        branches += [f"when ({table}, {field}) in ({', '.join(rows)}) then "
                     f"cast({value_sql(as_kind, zone, minor_units)} as varchar)"] if rows else []
    return f"case {' '.join(branches)} else {value_sql(of['value'], zone, minor_units)} end"


def typed_sql(mapped: list[Mapped], kinds: dict[tuple[str, str], Kind], zone: str, minor_units: int) -> str:
    """The SELECT list of canonical values, each followed by whether the source had anything there."""
    parts = []
    history = {"table", "field", "value"} <= {item.column.name for item in mapped}
    for item in mapped:
        name, source = item.column.name, quoted(item.source)
        value = (changed_value_sql(mapped, kinds, zone, minor_units) if history and name == "value"
                 else value_sql(item, zone, minor_units))
        parts.append(f"{value} as {quoted(name)}")
        parts.append(f"nullif(trim(cast({source} as varchar)), '') is not null as {quoted('_source_' + name)}")
    return ", ".join(parts)
