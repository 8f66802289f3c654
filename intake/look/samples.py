"""What is in each table: a sample of its rows, a profile of every column, and which column's values are another's keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb

from intake.look.files import list_tables
from intake.look.forms import shape_of, shape_select
from intake.look.links import find_links, with_named_keys, without_borrowed_keys
from intake.look.profile import Column, Found, View
from intake.words.names import named_like_a_key, slug
from tables.sources import Reader
from tables.sql.text import literal, quoted, stated_column
from workspace.errors import ForesaleError, first_line
from workspace.mapping import Source
from workspace.workspace import Workspace, parse_workspace

_SAMPLE, _TOP, _SAME = 20_000, 40, 0.9


def look(place: str, scratch: Path) -> View:
    """Profile every table of a place; copies of workbooks and databases are written to `scratch`."""
    scratch.mkdir(parents=True, exist_ok=True)
    listed = list(_named(list_tables(place)))
    connection = duckdb.connect(config={"temp_directory": str(scratch / "spill"), "memory_limit": "1500MB", "threads": "2"})
    connection.execute("set timezone = 'UTC'; set enable_progress_bar = false")
    reader = Reader(connection, _workspace({name: source for name, _, source in listed}, scratch), scratch, scratch / "read.json")
    view = View(connection, reader)
    for name, title, source in listed:
        try:
            found = _profiled(view, name, title, source)
        except (ForesaleError, duckdb.Error, OSError, ValueError) as error:
            view.failed[title] = first_line(error)
            continue
        if found.rows and len(found.columns) > 1:
            view.tables.append(found)
        else:
            view.failed[title] = "no rows" if not found.rows else "only one column"
    view.tables = [with_named_keys(table, view.tables) for table in view.tables]
    view.links = list(find_links(view))
    without_borrowed_keys(view)
    return view


def _workspace(sources: dict[str, Source], scratch: Path) -> Workspace:
    """The least that a reader of sources asks for."""
    raw = {
        "name": "first-look",
        "title_zh": "-",
        "title_en": "-",
        "time_zone": "UTC",
        "currency": "USD",
        "data_dir": str(scratch),
        "sources": {name: source.model_dump(exclude_defaults=True) for name, source in sources.items()},
        "tables": {"accounts": {"query": "select 1"}},
    }
    return parse_workspace(raw, Path("foresale.toml").resolve())


def _named(listed: list[tuple[str, Source]]) -> Iterator[tuple[str, str, Source]]:
    seen: set[str] = set()
    for position, (title, source) in enumerate(listed, 1):
        name = slug(title, f"table_{position}")
        name = name if name not in seen else f"{name}_{position}"
        seen.add(name)
        yield name, title, source


def _profiled(view: View, name: str, title: str, source: Source) -> Found:
    view.connection.execute(f"create or replace view {quoted(name)} as {view.reader.relation(name)}")
    types = {row[0]: str(row[1]) for row in view.connection.execute(f"describe {quoted(name)}").fetchall()}
    rows = int(view.number(f"select count(*) from {quoted(name)}"))
    texts = ", ".join(f"{stated_column(column)} as {quoted(column)}" for column in types)
    view.connection.execute(
        f"create or replace temp table {quoted('sample ' + name)} as select {texts} from "
        f"(select * from {quoted(name)} using sample reservoir({_SAMPLE} rows) repeatable (1))"
    )
    columns = tuple(_column(view, name, column, kind, rows) for column, kind in types.items())
    return Found(name, title, source, rows, columns)


def _column(view: View, table: str, name: str, kind: str, rows: int) -> Column:
    value, sample = quoted(name), quoted(f"sample {table}")
    relation = view.connection.execute(
        f"select count(*) as _rows, count({value}) as _filled, count(distinct {value}) as _distinct, "
        f"avg(length({value})) as _length, "
        f"{shape_select(value)} from {sample}"
    )
    row = dict(zip((item[0] for item in relation.description), relation.fetchone() or (), strict=False))
    filled, distinct = int(row["_filled"]), int(row["_distinct"])
    top = view.connection.execute(
        f"select {value}, count(*) from {sample} where {value} is not null group by 1 order by 2 desc, 1 limit {_TOP}"
    ).fetchall()
    column = Column(
        name,
        kind,
        filled / max(int(row["_rows"]), 1),
        distinct,
        filled / max(distinct, 1),
        shape_of(row),
        float(row["_length"] or 0),
        tuple((str(text), int(count)) for text, count in top),
        all_distinct=distinct,
    )
    return _checked(view, table, column, rows)


def _checked(view: View, table: str, column: Column, rows: int) -> Column:
    """Whether a column that is unique in the sample is unique everywhere, or a key with a few copies."""
    stated_, distinct = round(column.filled * rows), column.distinct
    unique = column.filled >= 0.999 and column.repeats == 1 and rows > 1
    if rows > _SAMPLE and column.repeats <= 1.5 and column.filled >= 0.98:
        text = stated_column(column.name)
        counted = view.one(f"select count(v), count(distinct v) from (select {text} as v from {quoted(table)})")
        stated_, distinct = int(str(counted[0])), int(str(counted[1]))
        unique = distinct >= rows * 0.9999
    elif rows > _SAMPLE:
        return replace(column, unique=unique)
    column = replace(column, unique=unique, all_distinct=distinct, stated=stated_)
    return replace(column, near=column.nearly_unique and named_like_a_key(column.name))


# --- links ------------------------------------------------------------------------------------------------------------


def describe(table: Found) -> str:
    """Where a table came from, in a few words."""
    source = table.source
    place = Path(source.path).name if source.path else "PostgreSQL"
    return f"{place}{f' / {source.table or source.sheet}' if source.table or source.sheet else ''}"


def text_of(value: str) -> str:
    """A value as SQL text."""
    return literal(value)
