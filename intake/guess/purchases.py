"""Orders: from one table of lines, from two tables, or from a table of orders without an amount."""

from __future__ import annotations

from typing import Protocol

from intake.drafts import Guess, Part, Proposal, Table
from intake.guess.amounts import amount_of, take_amount
from intake.guess.columns import amount_column, event_date, matched, take
from intake.guess.order_lines import lines_of_orders, numbered_lines
from intake.guess.paths import Cast
from intake.guess.returns import negate_returns, summed
from intake.look.copies import are_lines, doubt_copies
from intake.look.profile import Column, Found
from intake.words import vocabulary
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
        take_amount(part)
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
        lines_of_orders(roles, out, lines, found, key, part)


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


def _amount_from_lines(roles: Cast, part: Part, lines: Found) -> None:
    """Orders whose amount stands in their lines."""
    link = next((link for link in roles.view.links if link.table == lines.name and link.to == part.found.name), None)
    if link is None:
        return take_amount(part)
    sql, reason, doubt = amount_of(lines)
    part.query = (
        f"select o.*, l._amount from {part.found.name} o left join (\n  select {quoted(link.column)} as _order, "
        f"sum({sql}) as _amount from {lines.name} "
        f"group by 1\n) l on trim(cast(l._order as varchar)) = trim(cast(o.{quoted(link.key)} as varchar)) where "
        f"l._amount is not null"
    )
    part.columns["amount"] = Guess("_amount", f"the sum of {reason} in {lines.title}", doubt)
    return None


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
        out.tables["order_lines"] = Table("order_lines", [numbered_lines(roles, line, number, whole)])


def _split(roles: Cast, found: Found, number: Column, account: str) -> bool:
    return (
        roles.view.number(
            f"select count(*) from (select 1 from {quoted(found.name)} where {quoted(account)} is not null group by "
            f"{quoted(number.name)} "
            f"having count(distinct {quoted(account)}) > 1)"
        )
        > 0
    )
