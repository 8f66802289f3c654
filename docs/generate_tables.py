"""Writes docs/tables.md from workspace/schema/: `python docs/generate_tables.py`. A test checks that it is current."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from workspace.schema import TABLES
from workspace.schema.columns import Column, TableSchema

TARGET = Path(__file__).with_name("tables.md")
_HEAD = """# Canonical tables

Generated from `workspace/schema/` by `python docs/generate_tables.py`; edit the declarations, not this page.

Foresale reads every source into these tables. Only `accounts` must be there, and one table of events; a feature whose
table or column is absent is left out. Map a source to a table in the [workspace](workspace.md).

| type | stored as | read from |
|---|---|---|
| id, text, category | text, trimmed; empty counts as missing | anything |
| time | UTC, whole seconds | a time; a date alone counts as the **end** of that day in the workspace's time zone |
| opening | UTC, whole seconds | the same, but a date alone counts as the **start** of that day |
| money | int64, minor units (cents, fen) | an amount in whole units of the workspace's currency |
| number | double | a number |
| integer | int64 | a whole number |
| boolean | true or false | true/false, 1/0, yes/no |

A row goes to quarantine with a reason when a required value is missing, a value cannot be read, a date lies in the
future, a number is negative, or it points at a row that is not there, unless the column's notes below allow it.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *(line for table in TABLES.values() for line in _table(table))])


def _table(table: TableSchema) -> Iterator[str]:
    yield f"## {table.name} {table.zh}"
    yield ""
    yield f"{table.en[0].upper()}{table.en[1:]}. Key: {', '.join(f'`{part}`' for part in table.key)}."
    yield ""
    yield "| column | type | unit | required | 含义 | meaning | notes |"
    yield "|---|---|---|---|---|---|---|"
    yield from (_row(column) for column in table.columns)
    yield ""


def _row(column: Column) -> str:
    notes = [f"points at `{column.refers}`"] if column.refers else []
    notes += ["may lie in the future"] if column.future else []
    notes += ["may be negative"] if column.signed else []
    required = "yes" if column.required else ""
    return f"| `{column.name}` | {column.kind} | {column.unit} | {required} | {column.zh} | {column.en} | {', '.join(notes)} |"


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
    print(f"wrote {TARGET}")
