"""Orders and their lines: from one table of lines, from two tables, or from a table of orders without an amount."""

from __future__ import annotations

from typing import Protocol

from intake.drafts import Guess, Part, Proposal, Table
from intake.guess.columns import amount_column, event_date, matched, number_sql, quantity_column, take
from intake.guess.paths import Cast
from intake.guess.returns import negate_returns, summed
from intake.look.copies import are_lines, doubt_copies
from intake.look.profile import Column, Found
from intake.words import vocabulary
from intake.words.columns import COLUMNS
from intake.words.names import fit, says, slug
from tables.sql.text import quoted

_VOID = (
    "cancel, cancelled, canceled, draft, void, refunded, unavailable, quotation, returned, 退货, 取消, 已取消, 草稿, 作废, 退款"
)


class TakesAccount(Protocol):
    """Maps the account of a part."""

    def __call__(self, roles: Cast, role: str, part: Part) -> None: ...


def guess_purchases(roles: Cast, out: Proposal, *, account: TakesAccount) -> None:
    """Add orders and order_lines where a table holds them."""
    found = roles.single("orders")
    if found is None:
        paid = roles.single("payments")
        if paid is not None:
            _single(roles, out, paid, None, account)
            out.tables["orders"].doubts.append(
                f"no table of orders: {paid.title} stands for them too, so value and churn are about payments"
            )
        return
    number = order_number(found)
    each = (
        found.rows / max(roles.view.number(f"select count(distinct {quoted(number.name)}) from {quoted(found.name)}"), 1)
        if number is not None
        else 1.0
    )
    if number is not None and (are_lines(roles.view, found, number) if number.is_key else each > 1.02):
        _grouped(roles, out, found, number, account)
    else:
        _single(roles, out, found, number, account)


def order_number(found: Found) -> Column | None:
    """The column that numbers the orders."""

    def likely(column: Column) -> float:
        return fit(column.name, vocabulary.ORDER_NUMBER)

    return max(
        (
            column
            for column in found.columns
            if likely(column) >= 0.9 and not column.is_date and not column.is_decorated and column.filled > 0.9
        ),
        key=likely,
        default=None,
    )


def amount_of(found: Found) -> tuple[str, str, str]:
    """SQL of the amount of a row, the reason, and the doubt: an amount, quantity times price, or 1 where there is none."""
    column, sure = amount_column(found)
    quantity = quantity_column(found)
    price = next(
        (item for item in found.columns if item.is_amount and fit(item.name, vocabulary.UNIT_PRICE) > 0.7 and item is not column),
        None,
    )
    if column is not None and sure >= 0.4:
        others = [
            item.name
            for item in found.columns
            if item.is_amount and item is not column and item is not quantity and fit(item.name, COLUMNS["*", "amount"]) > 0.5
        ]
        return number_sql(column), f"{column.name}", f"{', '.join(others[:3])} could be the amount too" if others else ""
    if quantity is not None and price is not None:
        less, why, doubt = _discounted(found)
        return f"{number_sql(quantity)} * {number_sql(price)}{less}", f"{quantity.name} times {price.name}{why}", doubt
    return "1", "no column holds money", "value then counts purchases. Map amount to a column of money if there is one"


def _discounted(found: Found) -> tuple[str, str, str]:
    """A factor for a discount that is a share of the price, with its reason and what to check."""
    for _, column, _ in matched(found, "orders", set(), ("discount",)):
        if column.is_number and not column.is_flag and 0 <= column.shape.low < column.shape.high < 1:
            doubt = f"{column.name} lies between 0 and 1 and is taken for a share of the price"
            return f" * (1 - coalesce({number_sql(column)}, 0))", f", less {column.name}, a share of it", doubt
    return "", "", ""


def _single(roles: Cast, out: Proposal, found: Found, number: Column | None, account: TakesAccount) -> None:
    """Every row is an order."""
    part = Part(found, f"{found.rows:,} rows; every row is an order")
    account(roles, "orders", part)
    dated = event_date(found, "orders")
    if dated is not None:
        take(part, "occurred_at", dated)
    lines = roles.single("order_lines")
    if lines is not None and amount_column(found)[1] < 0.4:
        _amount_from_lines(roles, part, lines)
    else:
        _take_amount(part)
    negate_returns(roles.view, part)
    key = next((column for column in (number, *found.keys) if column is not None and column.is_key), None)
    if key is not None and key.name != part.columns["account_id"].value:
        part.columns["order_id"] = Guess(key.name, key.key_reason)
        doubt_copies(roles.view, part, key)
    else:
        _number(part)
    for name, column, _ in matched(found, "orders", part.used, ("discount", "margin", "received_at")):
        take(part, name, column)
    _doubt_cancelled(part)
    for link in roles.view.links:
        deals = roles.single("opportunities")
        if deals is not None and link.table == found.name and link.to == deals.name and link.inside > 0.5:
            part.columns["opportunity_id"] = Guess(link.column, f"keys of {deals.title}")
    out.tables["orders"] = Table("orders", [part])
    if lines is not None and key is not None:
        _lines_of(roles, out, lines, found, key, part)


def _doubt_cancelled(part: Part) -> None:
    """Rows that are no sales, as their status says; codes may hide them."""
    for column in part.found.columns:
        if not (column.is_category and says(column.name, "status, state, 状态")):
            continue
        void = [value for value in column.values if says(value, _VOID)]
        if void:
            part.doubts.append(
                f"{column.name} says {', '.join(void[:5])} in some rows: leave them out with where = "
                f"'\"{column.name}\" not in ({str(void)[1:-1]})' if they are no sales"
            )
        elif column.distinct <= 20 and all(value.isdigit() for value in column.values):
            codes = ", ".join(sorted(column.values)[:8])
            part.doubts.append(f"{column.name} holds the codes {codes}: leave out by where those that are no sales (cancelled)")


def _number(part: Part) -> None:
    found = part.found
    order = ", ".join(quoted(column.name) for column in found.columns)
    part.query = f"select *, '{slug(found.title, 'order')}-' || row_number() over (order by {order}) as row_key from {found.name}"
    part.columns["order_id"] = Guess(
        "row_key", "no column is unique: rows are numbered in a fixed order, so a file to which rows are added renumbers them"
    )


def _take_amount(part: Part) -> None:
    column, sure = amount_column(part.found)
    sql, reason, doubt = amount_of(part.found)
    if column is not None and sure >= 0.4:
        take(part, "amount", column, reason, doubt)
    elif sql == "1":
        part.values["amount"] = Guess("1", reason, doubt)
    else:
        part.sql["amount"] = Guess(sql, reason, doubt)


def _amount_from_lines(roles: Cast, part: Part, lines: Found) -> None:
    """Orders whose amount stands in their lines."""
    link = next((link for link in roles.view.links if link.table == lines.name and link.to == part.found.name), None)
    if link is None:
        return _take_amount(part)
    sql, reason, doubt = amount_of(lines)
    part.query = (
        f"select o.*, l._amount from {part.found.name} o left join (\n  select {quoted(link.column)} as _order, "
        f"sum({sql}) as _amount from {lines.name} "
        f"group by 1\n) l on trim(cast(l._order as varchar)) = trim(cast(o.{quoted(link.key)} as varchar)) where "
        f"l._amount is not null"
    )
    part.columns["amount"] = Guess("_amount", f"the sum of {reason} in {lines.title}", doubt)
    return None


def _lines_of(roles: Cast, out: Proposal, lines: Found, orders: Found, key: Column, order_part: Part) -> None:
    """Lines that find account and day through their order."""
    link = next((link for link in roles.view.links if link.table == lines.name and link.to == orders.name), None)
    account = order_part.columns["account_id"].value
    if link is None:
        roles.left_out[lines.title] = "its lines do not say which order they belong to"
        return
    part = Part(lines, f"{lines.rows:,} rows; lines of {orders.title}", join={orders.name: {link.column: link.key}})
    for other, on in order_part.join.items():
        part.join[other] = {own if "." in own else f"{orders.name}.{own}": theirs for own, theirs in on.items()}
    part.columns = {
        "order_id": Guess(link.column, f"keys of {orders.title}"),
        "account_id": Guess(account if "." in account else f"{orders.name}.{account}", "the account of the order"),
    }
    moment = order_part.columns.get("occurred_at")
    if moment is not None:
        part.columns["occurred_at"] = Guess(f"{orders.name}.{moment.value}", "the day of the order")
    else:
        part.sql["occurred_at"] = Guess(
            order_part.sql["occurred_at"].value.replace('"', f'{orders.name}."', 1), "the day of the order"
        )
    part.dates, part.day_first = dict(order_part.dates), order_part.day_first
    part.dates.pop("received_at", None)
    _line_columns(roles, part)
    negate_returns(roles.view, part, kinds=orders)
    own = next((column for column in lines.keys), None)
    if own is not None:
        part.columns["line_id"] = Guess(own.name, own.key_reason)
        doubt_copies(roles.view, part, own)
    else:
        part.sql["line_id"] = Guess(
            f"{lines.name}.{quoted(link.column)} || '-' || row_number() over (partition by "
            f"{lines.name}.{quoted(link.column)} order by "
            f"{', '.join(f'{lines.name}.{quoted(column.name)}' for column in lines.columns)})",
            "lines are numbered within their order",
        )
    out.tables["order_lines"] = Table("order_lines", [part])


def _line_columns(roles: Cast, part: Part) -> None:
    for name, column, _ in matched(part.found, "order_lines", part.used, ("product_id", "category", "quantity", "margin")):
        take(part, name, column)
    _take_amount(part)
    _category(roles, part)


def _category(roles: Cast, part: Part) -> None:
    """The category of a product from the table of products."""
    products = roles.single("products")
    link = next(
        (
            link
            for link in roles.view.links
            if products is not None and link.table == part.found.name and link.to == products.name
        ),
        None,
    )
    if products is None or link is None:
        return
    part.columns.setdefault("product_id", Guess(link.column, f"keys of {products.title}"))
    found = next(iter(matched(products, "order_lines", set(), ("category",))), None)
    named = [
        column
        for column in products.columns
        if not column.is_key and 1 < column.distinct <= 1000 and fit(column.name, COLUMNS["order_lines", "category"]) > 0.6
    ]
    column = max(named, key=lambda item: fit(item.name, COLUMNS["order_lines", "category"]), default=found[1] if found else None)
    if column is not None and "category" not in part.columns:
        part.join[products.name] = {link.column: link.key}
        part.columns["category"] = Guess(f"{products.name}.{column.name}", f"of {products.title}")


def _grouped(roles: Cast, out: Proposal, found: Found, number: Column, account: TakesAccount) -> None:
    """Rows are lines: those with the same number are one order."""
    amount, reason, doubt = amount_of(found)
    sql, returned = summed(roles.view, found, amount)
    whole = Part(found, f"{found.rows:,} rows; {number.name} recurs, so rows are lines and orders are put together")
    account(roles, "orders", whole)
    dated = event_date(found, "orders")
    name = whole.columns["account_id"].value
    if dated is None or "." in name:
        roles.left_out[found.title] = "its lines do not name the customer"
        return
    whole.derived = True
    line = Part(found, "the same rows, one by one")
    account(roles, "order_lines", line)
    for part in (whole, line):
        take(part, "occurred_at", dated)
    moment = "occurred_at"
    whole.query = (
        f"select {quoted(number.name)} as _order, {quoted(name)} as _account, min({quoted(dated.name)}) as "
        f"{quoted(dated.name)}, sum({sql}) as _amount\n"
        f"from {found.name} where {quoted(name)} is not null group by 1, 2"
    )
    whole.columns.update(
        {
            "order_id": Guess("_order", f"{number.name}: rows with the same one are one order"),
            "account_id": Guess("_account", whole.columns["account_id"].reason),
            "amount": Guess("_amount", f"the sum of {reason}", "; ".join(filter(None, (doubt, returned)))),
        }
    )
    if moment not in whole.filled:
        whole.columns[moment] = Guess(dated.name, "")
    if _split(roles, found, number, name):
        whole.sql["order_id"] = Guess("_order || '-' || _account", f"{number.name} is not the same customer's everywhere")
        del whole.columns["order_id"]
    out.tables["orders"] = Table("orders", [whole])
    product = next((True for _ in matched(found, "order_lines", line.used, ("product_id", "category"))), False)
    if product:
        out.tables["order_lines"] = Table("order_lines", [_lines(roles, line, number, whole)])


def _split(roles: Cast, found: Found, number: Column, account: str) -> bool:
    return (
        roles.view.number(
            f"select count(*) from (select 1 from {quoted(found.name)} where {quoted(account)} is not null group by "
            f"{quoted(number.name)} "
            f"having count(distinct {quoted(account)}) > 1)"
        )
        > 0
    )


def _lines(roles: Cast, part: Part, number: Column, whole: Part) -> Part:
    found = part.found
    order = ", ".join(quoted(column.name) for column in found.columns)
    part.query = (
        f"select *, {quoted(number.name)} || '-' || row_number() over (partition by {quoted(number.name)} order by "
        f"{order}) as _line\n"
        f"from {found.name} where {quoted(part.columns['account_id'].value)} is not null"
    )
    part.columns["line_id"] = Guess("_line", "lines are numbered within their order")
    joined = whole.sql.get("order_id")
    if joined is None:
        part.columns["order_id"] = Guess(number.name, "the order it belongs to")
    else:
        part.sql["order_id"] = Guess(f"{quoted(number.name)} || '-' || {quoted(part.columns['account_id'].value)}", joined.reason)
    _line_columns(roles, part)
    negate_returns(roles.view, part)
    return part
