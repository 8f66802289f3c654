"""Which column's values are the keys of another table: names and contents together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from intake.look.profile import Column, Found, Link, View
from intake.words.names import is_id, who, words_of
from tables.sql.text import quoted


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
    if (not named and (key.is_number or column.distinct < 20)) or (named == 1 and key.is_number and not _only(column, home, key)):
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


def _only(column: Column, home: Found, key: Column) -> bool:
    """Whether a name has no word but those of the table and its key: numbers of two things overlap by chance."""
    words = {word for word in words_of(column.name) if not is_id(word)}
    return not column.name.isascii() or words <= {*words_of(home.title), *words_of(key.name)}


def _shared(name: str, other: str) -> bool:
    """Whether two Chinese names share a word of two characters that is not a word for a number."""
    pairs = {name[i : i + 2] for i in range(len(name) - 1)} - {"编号", "号码", "名称", "编码", "代码", "日期", "时间"}
    return any(pair in other for pair in pairs)


# --- keys with a few copies ---------------------------------------------------------------------------------------------


def with_named_keys(table: Found, tables: list[Found]) -> Found:
    """A name of the customer that other tables have too is a key, though a few rows repeat it."""

    def shared(column: Column) -> bool:
        others = [other for one in tables if one is not table for other in one.columns]
        return any(words_of(other.name) == words_of(column.name) and not other.is_key for other in others)

    if any(column.is_key and is_id(column.name) for column in table.columns):
        return table
    columns = (
        replace(column, near=True) if column.nearly_unique and who(column.name) >= 0.8 and shared(column) else column
        for column in table.columns
    )
    return replace(table, columns=tuple(columns))


def without_borrowed_keys(view: View) -> None:
    """A column whose values are the keys of a larger table is no key of its own, though few rows repeat one."""
    borrowed = {(link.table, link.column) for link in view.links if link.inside > 0.9 and _larger(view, link)}
    for place, table in enumerate(view.tables):
        columns = tuple(
            replace(column, near=column.near and (table.name, column.name) not in borrowed) for column in table.columns
        )
        view.tables[place] = replace(table, columns=columns)
    view.links = [link for link in view.links if any(key.name == link.key for key in view.table(link.to).keys)]


def _larger(view: View, link: Link) -> bool:
    column, key = view.table(link.table).column(link.column), view.table(link.to).column(link.key)
    return column is not None and key is not None and key.all_distinct > column.all_distinct
