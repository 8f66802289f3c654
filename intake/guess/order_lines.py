"""Lines of orders: rows of a table of their own, or the rows of which orders are put together."""

from __future__ import annotations

from intake.drafts import Guess, Part, Proposal, Table
from intake.guess.amounts import take_amount
from intake.guess.columns import matched, take
from intake.guess.paths import Cast
from intake.guess.returns import negate_returns
from intake.look.copies import doubt_copies
from intake.look.profile import Column, Found
from intake.words.columns import COLUMNS
from intake.words.names import fit
from tables.sql.text import quoted


def lines_of_orders(roles: Cast, out: Proposal, lines: Found, orders: Found, key: Column, order_part: Part) -> None:
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


def numbered_lines(roles: Cast, part: Part, number: Column, whole: Part) -> Part:
    """The rows of a table of lines, each with a number within the order that it is put into."""
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


def _line_columns(roles: Cast, part: Part) -> None:
    for name, column, _ in matched(part.found, "order_lines", part.used, ("product_id", "category", "quantity", "margin")):
        take(part, name, column)
    take_amount(part)
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
