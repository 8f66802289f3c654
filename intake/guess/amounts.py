"""What a purchase is worth: a column of money, pieces times price, or one where nothing says it."""

from __future__ import annotations

from intake.drafts import Guess, Part
from intake.guess.columns import amount_column, matched, number_sql, quantity_column, take
from intake.look.profile import Found
from intake.words import vocabulary
from intake.words.columns import COLUMNS
from intake.words.names import fit


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


def take_amount(part: Part) -> None:
    """Map the amount of a part's rows."""
    column, sure = amount_column(part.found)
    sql, reason, doubt = amount_of(part.found)
    if column is not None and sure >= 0.4:
        take(part, "amount", column, reason, doubt)
    elif sql == "1":
        part.values["amount"] = Guess("1", reason, doubt)
    else:
        part.sql["amount"] = Guess(sql, reason, doubt)
