"""SQL that turns what a value of a source row says into its canonical type."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from tables.sql.numbers import Notation
from tables.sql.text import literals, quoted
from workspace.schema.columns import Column, Kind

_DAY_FORM = r"\d{4}-\d{1,2}-\d{1,2}"
_CLOCK_FORM = r"[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?"
_OFFSET_FORM = r"(?:Z|[+-]\d{2}(?::\d{2})?)"
_ODD_DATE = r"^(\d{4})\s*[年./]\s*(\d{1,2})\s*[月./]\s*(\d{1,2})(?:\s*日)?"
_HALF_DAY = r"\s*(上午|下午)\s*(\d{1,2}:\d{2}(?::\d{2})?)$"
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p")
_HALVED = ("%Y-%m-%d %I:%M %p", "%Y-%m-%d %I:%M:%S %p")


@dataclass(frozen=True)
class Reading:
    """How a company writes things: its zone, minor units of its currency, and what a part says of its dates and numbers.

    `dates` holds formats by canonical column; `day_first` settles 03/04/2025, None leaves it unreadable; `decimal_comma` settles
    1.234, None leaves it to the other values of its column.
    """

    zone: str
    minor_units: int
    dates: dict[str, str]
    day_first: bool | None = None
    decimal_comma: bool | None = None
    currency: str = ""


@dataclass(frozen=True)
class Mapped:
    """A canonical column and the column of the mapped row it comes from; `source_type` is DuckDB's name of its type.

    Text there is already `stated`.
    """

    column: Column
    source: str
    source_type: str

    @property
    def given(self) -> str:
        """Whether the source row had anything there."""
        return f"{quoted(self.source)} is not null"


# --- times ------------------------------------------------------------------------------------------------------------


def _day(expression: str, zone: str, *, end: bool) -> str:
    if end:
        return f"epoch(timezone('{zone}', ({expression} + interval 1 day)::timestamp))::bigint - 1"
    return f"epoch(timezone('{zone}', {expression}::timestamp))::bigint"


def _instant(expression: str, *, ceil: bool) -> str:
    return f"{'ceil' if ceil else 'floor'}(epoch({expression}))::bigint"


def _local(expression: str, zone: str, *, late: bool) -> str:
    """A timestamp without a zone; one at midnight that was written as a day is told apart by the caller."""
    return _instant(f"timezone('{zone}', {expression})", ceil=late)


def time_sql(expression: str, source_type: str, kind: Kind, reading: Reading, form: str | None = None) -> str:
    """Seconds since 1970 in UTC: a day counts as its end (an opening: its start), fractions never make it earlier."""
    late, zone = kind == "time", reading.zone
    if source_type != "VARCHAR" and not source_type.startswith(("DATE", "TIMESTAMP")):
        expression = f"cast({expression} as varchar)"
    if form is not None:
        return _formatted(expression, form, zone, late=late)
    if source_type == "DATE":
        return _day(expression, zone, end=late)
    if source_type == "TIMESTAMP WITH TIME ZONE":
        return _instant(expression, ceil=late)
    if source_type.startswith("TIMESTAMP"):
        return _local(f"{expression}::timestamp", zone, late=late)
    return _time_of_text(expression, reading, late=late)


def _time_of_text(text: str, reading: Reading, *, late: bool) -> str:
    """The usual forms first; what they cannot read is tried as the rarer ones. What none of them is stays unread."""
    zone, moment = reading.zone, _to_the_second(text)
    day, distance = settled_since(zone)
    usual = (
        f"case when strlen({text}) = 19 then case when {text} >= '{day}' "
        f"then epoch({moment})::bigint - {distance} else {_local(moment, zone, late=late)} end end"
    )
    text, iso = f"trim({text})", f"replace(trim({text}), '/', '-')"
    exact = _normal(iso)
    tries = [
        usual,
        f"case when strlen({text}) <= 10 then case when regexp_full_match({iso}, '{_DAY_FORM}') "
        f"then {_day(f'try_cast({iso} as date)', zone, end=late)} end "
        f"when regexp_full_match({exact}, '{_DAY_FORM}{_CLOCK_FORM}') then "
        f"{_local(f'try_cast({exact} as timestamp)', zone, late=late)} "
        f"when regexp_full_match({exact}, '{_DAY_FORM}{_CLOCK_FORM}{_OFFSET_FORM}') then "
        f"{_instant(f'try_cast({exact} as timestamptz)', ceil=late)} end",
        _rare_time(text, zone, late=late),
    ]
    if reading.day_first is not None:
        tries.append(_day_or_month_first(text, zone, day_first=reading.day_first, late=late))
    return f"coalesce({', '.join(tries)})"


def _to_the_second(text: str) -> str:
    """2025-03-01 10:30:00, and the same with slashes or T, which are read more slowly: a format reads nothing else."""
    usual, form = f"replace(replace({text}, '/', '-'), 'T', ' ')", "%Y-%m-%d %H:%M:%S"
    return f"coalesce(try_strptime({text}, '{form}'), try_strptime({usual}, '{form}'))"


@cache
def settled_since(zone: str) -> tuple[str, int]:
    """A new year since which the clocks of a zone have kept one distance from UTC, and this distance in seconds.

    A year, because text is compared with it, whatever stands between its parts. It spares a calendar's work for each row.
    Where clocks still change twice a year it lies far ahead.
    """
    weeks = [datetime(1970, 1, 1, tzinfo=ZoneInfo(zone)) + timedelta(weeks=week) for week in range(7_000)]
    distances = [week.utcoffset() for week in weeks]
    last = max((week for week in range(1, len(weeks)) if distances[week] != distances[week - 1]), default=0)
    return f"{weeks[last].year + 1}-01-01", int((distances[-1] or timedelta()).total_seconds())


def _normal(iso: str) -> str:
    """UTC and GMT as Z, an offset next to its clock and with a colon."""
    joined = f"regexp_replace(regexp_replace({iso}, '\\s*(?:UTC|GMT|z)$', 'Z'), '\\s+([+-]\\d\\d)', '\\1')"
    return f"regexp_replace({joined}, '([+-]\\d\\d)(\\d\\d)$', '\\1:\\2')"


def _rare_time(text: str, zone: str, *, late: bool) -> str:
    """Seconds or milliseconds since 1970, 20250301, 2025年3月1日, 2025.3.1, 2025/3/1 下午 3:05."""
    odd = f"regexp_replace({text}, '{_ODD_DATE}', '\\1-\\2-\\3')"
    english = f"replace(replace(regexp_replace({odd}, '{_HALF_DAY}', ' \\2 \\1'), '上午', 'AM'), '下午', 'PM')"
    halved = f"regexp_replace({english}, ' 0?0:', ' 12:')"
    return (
        f"case when regexp_matches({text}, '^\\d{{9,10}}$') then try_cast({text} as bigint) "
        f"when regexp_matches({text}, '^\\d{{13}}$') "
        f"then {'ceil' if late else 'floor'}(try_cast({text} as bigint) / 1000)::bigint "
        f"when regexp_matches({text}, '^\\d{{8}}$') then {_day(f'''try_strptime({text}, '%Y%m%d')::date''', zone, end=late)} "
        f"when regexp_full_match({odd}, '{_DAY_FORM}') then {_day(f'try_cast({odd} as date)', zone, end=late)} "
        f"when regexp_full_match({odd}, '{_DAY_FORM}{_CLOCK_FORM}') then "
        f"{_local(f'try_cast({odd} as timestamp)', zone, late=late)} "
        f"when regexp_matches({halved}, '^{_DAY_FORM} ') then {_local(_parsed(halved, _HALVED), zone, late=late)} end"
    )


def _day_or_month_first(text: str, zone: str, *, day_first: bool, late: bool) -> str:
    dashed = f"replace(replace({text}, '/', '-'), '.', '-')"
    days = ("%d-%m-%y", "%d-%m-%Y") if day_first else ("%m-%d-%y", "%m-%d-%Y")
    return (
        f"coalesce({_day(_parsed(dashed, days) + '::date', zone, end=late)}, "
        f"{_local(_parsed(dashed, [day + clock for day in days for clock in _CLOCKS[1:]]), zone, late=late)})"
    )


def _parsed(text: str, forms: tuple[str, ...] | list[str]) -> str:
    return f"try_strptime({text}, [{literals(forms)}])"


def _formatted(expression: str, form: str, zone: str, *, late: bool) -> str:
    text = f"cast({expression} as varchar)"
    if form == "epoch_ms":
        return f"{'ceil' if late else 'floor'}(try_cast({text} as double) / 1000)::bigint"
    if form == "excel":
        return _local(f"(timestamp '1899-12-30' + try_cast({text} as double) * interval 1 day)", zone, late=late)
    parsed = _parsed(text, (form,))
    has_clock = any(part in form for part in ("%H", "%I", "%c", "%X"))
    return _local(parsed, zone, late=late) if has_clock else _day(f"{parsed}::date", zone, end=late)


# --- numbers ----------------------------------------------------------------------------------------------------------


def notation(kind: Kind, reading: Reading) -> Notation:
    """How numbers of a kind of column are written."""
    return Notation(reading.currency, reading.decimal_comma, kind == "money")


def _number(expression: str, source_type: str, as_type: str, written: Notation) -> str:
    """A number: as it is, or as its text says."""
    return written.number(expression, as_type) if source_type == "VARCHAR" else f"try_cast({expression} as {as_type})"


def _money_sql(expression: str, source_type: str, reading: Reading) -> str:
    units = reading.minor_units
    if source_type in ("DOUBLE", "FLOAT"):
        return f"try_cast(round({expression} * {units}) as bigint)"
    return (
        f"try_cast(round({_number(expression, source_type, 'decimal(30, 6)', notation('money', reading))} * {units}) as bigint)"
    )


def _integer_sql(expression: str, source_type: str, reading: Reading) -> str:
    """Short text without a comma first: a narrow decimal is twelve times as fast as a wide one."""
    exact = f"try_cast({_number(expression, source_type, 'decimal(30, 6)', notation('integer', reading))} as bigint)"
    if source_type != "VARCHAR" or reading.decimal_comma:
        return exact
    return f"coalesce(try_cast({expression} as decimal(18, 0))::bigint, {exact})"


def _boolean_sql(expression: str, source_type: str) -> str:
    if source_type != "VARCHAR":
        return f"try_cast({expression} as boolean)"
    text = f"lower({expression})"
    return (
        f"case when {text} in ('是', '有', 'y', 'yes', 'on') then true when {text} in ('否', 'n', 'no', 'off') then false "
        f"else try_cast({text} as boolean) end"
    )


def value_sql(expression: str, source_type: str, column: Column, reading: Reading) -> str:
    """The canonical value; NULL where the source cannot be read as the column's type."""
    match column.kind:
        case "id" | "text" | "category":
            return f"cast({expression} as varchar)"
        case "time" | "opening":
            return time_sql(expression, source_type, column.kind, reading, reading.dates.get(column.name))
        case "money":
            return _money_sql(expression, source_type, reading)
        case "number":
            number = _number(expression, source_type, "double", notation("number", reading))
            return f"case when isfinite({number}) then {number} end"
        case "integer":
            return _integer_sql(expression, source_type, reading)
        case "boolean":
            return _boolean_sql(expression, source_type)


def changed_value_sql(mapped: list[Mapped], kinds: dict[tuple[str, str], Kind], reading: Reading) -> str:
    """The new value of a field, as text in canonical units: seconds for a time, minor units for money.

    `kinds` holds the kind of each column of accounts and opportunities.
    """
    of = {item.column.name: item for item in mapped}
    table, field = (
        value_sql(quoted(of[name].source), of[name].source_type, of[name].column, reading) for name in ("table", "field")
    )
    value, source_type = quoted(of["value"].source), of["value"].source_type
    branches = []
    for kind in ("time", "opening", "money"):
        rows = [f"('{name}', '{column}')" for (name, column), found in sorted(kinds.items()) if found == kind]
        typed = value_sql(value, source_type, Column("value", kind, "", ""), reading)
        branches += [f"when ({table}, {field}) in ({', '.join(rows)}) then cast({typed} as varchar)"] if rows else []
    return f"case {' '.join(branches)} else cast({value} as varchar) end"


def typed_sql(mapped: list[Mapped], kinds: dict[tuple[str, str], Kind], reading: Reading) -> str:
    """The SELECT list of canonical values."""
    history = {"table", "field", "value"} <= {item.column.name for item in mapped}
    return ", ".join(f"{_typed(item, mapped, kinds, reading, history=history)} as {quoted(item.column.name)}" for item in mapped)


def _typed(item: Mapped, mapped: list[Mapped], kinds: dict[tuple[str, str], Kind], reading: Reading, *, history: bool) -> str:
    if history and item.column.name == "value":
        return changed_value_sql(mapped, kinds, reading)
    return value_sql(quoted(item.source), item.source_type, item.column, reading)
