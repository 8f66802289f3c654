"""Which source column is which canonical column: names and contents together; and how its values are to be read."""

from __future__ import annotations

from collections.abc import Iterator

from intake.drafts import Guess, Part
from intake.look.forms import Shape
from intake.look.profile import Column, Found
from intake.words import vocabulary
from intake.words.columns import COLUMNS
from intake.words.names import fit, is_id, place, says, who
from tables.sql.text import quoted
from workspace.schema import TABLES
from workspace.schema.columns import Column as Canonical

_ENOUGH = 0.5
_PAID, _LISTED = "actual, paid, net, 实付, 实收, 实际, 成交", "list, plan, original, standard, msrp, 原价, 标价, 定价"
_NOT_EVENTS = (
    "birth, birthday, updated, update, modified, last, next, due, expiry, expires, expected, deadline, "
    "生日, 出生, 更新, 修改, 下次, 到期, 预计"
)


def matched(found: Found, table: str, but: set[str], names: tuple[str, ...] | None = None) -> Iterator[tuple[str, Column, float]]:
    """Canonical columns of a table with the source column that fits best; `but` are source columns already taken."""
    taken = set(but)
    pairs = [
        (score, canonical.name, column)
        for canonical in TABLES[table].columns
        if names is None or canonical.name in names
        for column in found.columns
        if column.name not in taken
        and suits(canonical, column)
        and (score := similarity(table, canonical.name, column.name, found.title)) >= _ENOUGH
    ]
    done: set[str] = set()

    def order(pair: tuple[float, str, Column]) -> tuple[float, int, int]:
        return -pair[0], place(pair[2].name, _phrases_of(table, pair[1])), found.columns.index(pair[2])

    for score, name, column in sorted(pairs, key=order):
        if name not in done and column.name not in taken:
            done.add(name)
            taken.add(column.name)
            yield name, column, score


def similarity(table: str, canonical: str, name: str, title: str = "") -> float:
    """How surely a name means a canonical column of a table."""
    phrases = _phrases_of(table, canonical)
    return fit(name, phrases, title) if phrases else 0.0


def _phrases_of(table: str, canonical: str) -> str:
    return COLUMNS.get((table, canonical)) or COLUMNS.get(("*", canonical), "")


def suits(canonical: Canonical, column: Column) -> bool:
    """Whether the contents of a column can be of the canonical kind."""
    if not column.filled:
        return False
    match canonical.kind:
        case "time" | "opening":
            return column.is_date
        case "money":
            return column.is_amount and not is_id(column.name) and not who(column.name)
        case "number" | "integer":
            return column.is_amount and not is_id(column.name)
        case "category":
            return not column.is_date and column.length < 60 and (column.is_category or column.distinct <= 50)
        case "boolean":
            return column.is_flag
    counted = column.is_number and not is_id(column.name) and canonical.name in ("owner_id", "parent_id", "referred_by_id")
    return not column.is_date and column.type not in ("BOOLEAN", "DOUBLE", "FLOAT") and not counted


def event_date(found: Found, table: str) -> Column | None:
    """The column that says when something happened."""
    dates = [column for column in found.columns if column.is_date and column.filled > 0.5]

    def likely(column: Column) -> float:
        return (
            similarity(table, "occurred_at", column.name, found.title)
            + column.filled
            - (1.0 if says(column.name, _NOT_EVENTS) else 0.0)
        )

    return max(dates, key=lambda column: (likely(column), -found.columns.index(column)), default=None)


def amount_column(found: Found) -> tuple[Column | None, float]:
    """The column that holds the amount of a row, and how surely; a unit price is none."""
    best, score = None, 0.0
    for column in found.columns:
        if column.is_amount and not column.is_flag and not is_id(column.name) and not who(column.name):
            named = says(column.name, "unit, each, 单价") or fit(column.name, vocabulary.UNIT_PRICE) == 1.0
            if named and quantity_column(found) is not None:
                continue
            signed = 0.4 if column.shape.of("sign") > _ENOUGH else 0.0
            sure = similarity("orders", "amount", column.name, found.title) + signed
            sure -= 0.5 * bool(
                says(
                    column.name,
                    "discount, disc, tax, freight, shipping, cost, fee, count, quantity, qty, number of, "
                    "returned, refund, refunded, 折扣, 优惠, 税, 运费, 成本, 数量, 退款, 退货",
                )
            )
            sure += 0.1 * (bool(says(column.name, _PAID)) - bool(says(column.name, _LISTED)))
            best, score = (column, sure) if sure > score else (best, score)
    return best, score


def quantity_column(found: Found) -> Column | None:
    """The column that counts pieces; the price of a unit does not."""
    counted = [
        column
        for column in found.columns
        if column.is_amount
        and not column.is_date
        and similarity("order_lines", "quantity", column.name) > 0.5
        and fit(column.name, vocabulary.UNIT_PRICE) < 0.7
    ]
    return max(counted, key=lambda column: similarity("order_lines", "quantity", column.name), default=None)


def take(part: Part, canonical: str, column: Column, reason: str = "", doubt: str = "") -> None:
    """Map a column, with whatever its values need to be read."""
    kind = next((item.kind for item in TABLES_OF[canonical] if item.name == canonical), "category")
    reason = reason or f"named {column.name}"
    if kind in ("time", "opening"):
        _take_date(part, canonical, column, reason, doubt)
    elif kind == "money":
        _take_money(part, canonical, column, reason, doubt)
    else:
        part.columns[canonical] = Guess(column.name, reason, doubt)


TABLES_OF: dict[str, list[Canonical]] = {}
for _schema in TABLES.values():
    for _column in _schema.columns:
        TABLES_OF.setdefault(_column.name, []).append(_column)


# --- dates ------------------------------------------------------------------------------------------------------------


def _take_date(part: Part, canonical: str, column: Column, reason: str, doubt: str) -> None:
    shape, name = column.shape, quoted(column.name)
    reason = f"{reason}; {form_of(column)}"
    if shape.month_format:
        part.dates[canonical] = shape.month_format
    elif column.is_excel:
        part.dates[canonical] = "excel"
    elif shape.of("epoch_ms") > _ENOUGH:
        part.dates[canonical] = "epoch_ms"
    if shape.of("year_last") > 0:
        part.day_first = _stronger(part.day_first, day_first(shape))
    readable = shape.of("year_first", "compact", "year_last", "epoch_s", "epoch_ms") if not part.dates.get(canonical) else 1.0
    if column.type == "VARCHAR" and readable < 0.99:
        doubt = (
            doubt
            or f"{1 - readable:.0%} of {column.name} fit no known form of a date and go to quarantine: add "
            f'dates.{canonical} = "%d.%m.%Y" or the like'
        )
    if column.type.startswith("TIMESTAMP") and shape.of("midnight") > 0.999:
        part.sql[canonical] = Guess(f"{name}::date", f"{reason}; every clock says midnight, so it is a day", doubt)
    elif column.type == "VARCHAR" and shape.of("year_first") > 0.999 and shape.of("midnight") > 0.999:
        part.sql[canonical] = Guess(
            f"split_part(split_part({name}, ' ', 1), 'T', 1)", f"{reason}; every clock says midnight, so it is a day", doubt
        )
    elif column.type not in ("VARCHAR", "DATE") and not column.type.startswith("TIMESTAMP") and canonical not in part.dates:
        part.sql[canonical] = Guess(f"cast({name} as varchar)", reason, doubt)
    else:
        part.columns[canonical] = Guess(column.name, reason, doubt)


def form_of(column: Column) -> str:
    """The form of a date column in words."""
    shape = column.shape
    if column.type == "DATE" or column.type.startswith("TIMESTAMP"):
        return column.type.lower()
    names = {
        "year_first": "year first",
        "compact": "yyyymmdd",
        "year_last": "day and month before the year",
        "epoch_s": "seconds since 1970",
        "epoch_ms": "milliseconds since 1970",
        "month_name": f"like {column.values[0] if column.values else ''}",
    }
    found = [text for form, text in names.items() if shape.of(form) > 0.01]
    return " and ".join(found) or ("days of a spreadsheet" if column.is_excel else "dates")


def day_first(shape: Shape) -> Guess:
    """Whether 03/04/2025 is the third of April: what the values prove, else what their look suggests."""
    if shape.first > 12 >= shape.second:
        return Guess("true", f"first numbers up to {shape.first}")
    if shape.second > 12 >= shape.first:
        return Guess("false", f"second numbers up to {shape.second}: the month comes first")
    if shape.first > 12:
        return Guess(
            "true",
            "both orders occur",
            "day first and month first are mixed: rows of one of them go to quarantine or get a wrong day. Split "
            "them into `parts` with `where`",
        )
    return Guess(
        "true",
        "no number above 12 settles it",
        "03/04/2025 may be the 3rd of April or the 4th of March: set day_first = false if the month comes first",
    )


def _stronger(old: Guess | None, new: Guess) -> Guess:
    """What is proven wins over what is not."""
    return new if old is None or (old.doubt and not new.doubt) else old


# --- amounts ----------------------------------------------------------------------------------------------------------


def _take_money(part: Part, canonical: str, column: Column, reason: str, doubt: str) -> None:
    shape = column.shape
    looks = [
        text
        for form, text in (("sign", "currency signs"), ("thousands", "thousands separators"), ("myriad", "万"))
        if shape.of(form) > 0.01
    ]
    if shape.of("decimal_comma") > 0.2:
        part.decimal_comma = True
        looks.append("a decimal comma")
    elif column.type == "VARCHAR" and shape.unclear_dots:
        part.doubts.append(
            f"{column.name}: dots stand only before three digits. Set decimal_comma = true if 1.234 is 1234, false if it has "
            "decimals; until then such rows go to quarantine"
        )
    unit = unit_of(column.name)
    reason = f"{reason}; {', '.join(looks)}" if looks else reason
    if unit > 1 and shape.of("myriad") < 0.01:
        part.sql[canonical] = Guess(f"{number_sql(column)} * {unit}", f"{reason}; its name says a unit of {unit}", doubt)
    else:
        part.columns[canonical] = Guess(column.name, reason, doubt)


def unit_of(name: str) -> int:
    """The unit that a name of an amount tells."""
    return (
        10_000
        if "万" in name
        else 1000
        if "千元" in name or says(name, "thousand, k")
        else 1_000_000
        if says(name, "million, mn")
        else 1
    )


def number_sql(column: Column) -> str:
    """A number over the source row: plain ones cast, others without what is no digit."""
    name = quoted(column.name)
    if column.type != "VARCHAR":
        return name
    if column.is_number:
        return f"try_cast({name} as decimal(18, 4))"
    if column.shape.of("decimal_comma") > 0.2:
        return f"try_cast(replace(regexp_replace({name}, '[^0-9,-]', '', 'g'), ',', '.') as decimal(18, 4))"
    scale = (
        f" * case when contains({name}, '亿') then 100000000 when contains({name}, '万') then 10000 else 1 end"
        if column.shape.of("myriad")
        else ""
    )
    return f"try_cast(regexp_replace({name}, '[^0-9.-]', '', 'g') as decimal(18, 4)){scale}"
