"""Rows that share a key: how many, whether they are equal, and what is said of them."""

from __future__ import annotations

from intake.drafts import Part
from intake.guess.columns import matched
from intake.look.profile import Column, Found, View
from intake.words.names import says
from tables.sql.text import quoted, stated_column

_CHANGED = "updated, update, modified, changed, last change, 更新, 修改, 变更"


def doubt_copies(view: View, part: Part, key: Column) -> None:
    """Say how many rows repeat a key, and which of them stays."""
    if not key.copies:
        return
    differ = differing(view, part.found, key)
    said = f"{key.copies:,} {'row' if key.copies == 1 else 'rows'} of {part.found.title} with a {key.name} of an earlier row"
    if not differ:
        part.doubts.append(f"{said}, equal in every column: one of each is kept, the copies go to quarantine as duplicate_key")
        return
    changed = next((column.name for column in part.found.columns if column.is_date and says(column.name, _CHANGED)), None)
    way = f'write deduplicate = {{ by = "{changed or "COLUMN"}" }}' + (
        "" if changed else " with the column that says which is newer"
    )
    part.doubts.append(
        f"{said}, {differ:,} of them with other values: one (the first in the order of all columns) is kept, the others go to "
        f"quarantine as duplicate_key. To keep the newest {way}; if they are different things, give them numbers of their own"
    )


def differing(view: View, found: Found, key: Column) -> int:
    """Rows that repeat a key and are equal to no earlier row."""
    columns = ", ".join(stated_column(column.name) for column in found.columns)
    return int(
        view.number(
            f"select sum(n - 1) from (select count(*) as n from (select distinct {stated_column(key.name)} as _key, {columns} "
            f"from {quoted(found.name)}) where _key is not null group by _key)"
        )
    )


def are_lines(view: View, found: Found, number: Column) -> bool:
    """Whether rows with the same number are lines of one order: they differ, and in what was bought."""
    bought = [column for _, column, _ in matched(found, "order_lines", {number.name}, ("product_id", "quantity"))]
    if not number.copies or not bought:
        return False
    listed = ", ".join(quoted(column.name) for column in bought)
    several = f"select {quoted(number.name)} from {quoted(found.name)} group by 1 having count(distinct ({listed},)) > 1"
    return view.number(f"select count(*) from ({several})") > number.copies / 2
