"""Which column's values are the keys of another table: names and contents together."""

from __future__ import annotations

from collections.abc import Iterator

from features.convert import quoted
from intake.profile import Column, Found, Link, View
from intake.words import is_id, words_of


def find_links(view: View) -> Iterator[Link]:
    for home in view.tables:
        for key in home.keys[:4]:
            keys = f"keys {home.name} {key.name}"
            view.connection.execute(
                f"create temp table {quoted(keys)} as select distinct trim(cast({quoted(key.name)} as varchar)) as "
                f"v from {quoted(home.name)}"
            )
            for table in view.tables:
                if table.name != home.name:
                    yield from (
                        link for column in table.columns if (link := _link(view, table, column, home, key, keys)) is not None
                    )


def _link(view: View, table: Found, column: Column, home: Found, key: Column, keys: str) -> Link | None:
    if column.is_date or column.is_flag or column.distinct < 2 or column.length > 64 or not _alike(column, key):
        return None
    named = _same_thing(column, home, key)
    if not named and (key.is_number or column.distinct < 20):
        return None
    sample = quoted(f"sample {table.name}")
    distinct = f"select distinct {quoted(column.name)} as v from {sample} where {quoted(column.name)} is not null"
    both = view.number(f"select count(*) from ({distinct}) semi join {quoted(keys)} using (v)")
    inside = both / column.distinct
    if inside < (0.05 if named == 2 else 0.5 if named else 0.9):
        return None
    return Link(table.name, column.name, home.name, key.name, inside, both / max(key.all_distinct, 1))


def _alike(column: Column, key: Column) -> bool:
    return column.is_number == key.is_number and column.shape.of("integer") >= key.shape.of("integer") - 0.1


def _same_thing(column: Column, home: Found, key: Column) -> int:
    """2: the column is named like the key; 1: like the table; 0: neither."""
    words, key_words = words_of(column.name), words_of(key.name)
    if words == key_words and len("".join(words)) > 2 and words not in (("name",), ("no",), ("number",), ("code",)):
        return 2
    title = set(words_of(home.title)) - {"info", "data", "table", "list", "master", "export"}
    if (set(words) & title and (is_id(column.name) or set(words) <= title)) or (
        not column.name.isascii() and _shared(column.name, home.title + key.name)
    ):
        return 1
    return 0


def _shared(name: str, other: str) -> bool:
    """Whether two Chinese names share a word of two characters that is not a word for a number."""
    pairs = {name[i : i + 2] for i in range(len(name) - 1)} - {"编号", "号码", "名称", "编码", "代码", "日期", "时间"}
    return any(pair in other for pair in pairs)
