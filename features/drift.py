"""Columns declared as fixed whose values changed from one ingest to the next, with no field history that says when."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from features.convert import quoted
from features.schema import TABLES
from features.workspace import Workspace

_FILE = "changed.json"
_TABLES = ("accounts", "opportunities")


@dataclass(frozen=True)
class Changed:
    """How many of the keys that two snapshots share hold another value of one column."""

    table: str
    column: str
    keys: int
    changed: int


def note_changes(workspace: Workspace, earlier: Path, later: Path) -> None:
    """Compare two snapshots and write down what changed, for the training that follows.

    A table that the workspace meanwhile reads in another way is not compared: its values changed with good reason.
    """
    before, now = _noted(workspace)["mapping"], {name: _mapping(workspace, name) for name in _TABLES}
    found = [vars(change) for name in _TABLES if before.get(name) == now[name]
             for change in _changes(workspace, name, earlier, later)]
    (workspace.data_dir / _FILE).write_text(json.dumps({"mapping": now, "changed": found}, indent=1), encoding="utf-8")


def changed_columns(workspace: Workspace) -> tuple[Changed, ...]:
    """What differed between the snapshot in force and the one before; nothing where there was none."""
    return tuple(Changed(**change) for change in _noted(workspace)["changed"])


def _noted(workspace: Workspace) -> dict[str, Any]:
    file = workspace.data_dir / _FILE
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else {"mapping": {}, "changed": []}


def _mapping(workspace: Workspace, table: str) -> str:
    """How a table is read from its sources, as text."""
    declared = workspace.tables.get(table)
    columns = {name: attribute.column for name, attribute in declared.attributes.items()} if declared else {}
    return json.dumps([declared.source, declared.query, declared.columns, columns]) if declared else ""


def _changes(workspace: Workspace, table: str, earlier: Path, later: Path) -> list[Changed]:
    files = [folder / f"{table}.parquet" for folder in (earlier, later)]
    if not all(file.is_file() for file in files):
        return []
    held = [set(pq.read_schema(file).names) for file in files]
    dated = _with_history(later, table)
    columns = [name for name in _fixed(workspace, table) if name in held[0] & held[1] and name not in dated]
    return _counted(table, columns, *files) if columns else []


def _fixed(workspace: Workspace, table: str) -> tuple[str, ...]:
    """The columns of a table that the workspace declares known at creation or constant."""
    declared = workspace.tables.get(table)
    return () if declared is None else (*declared.known_at_creation, *declared.attributes)


def _with_history(snapshot: Path, table: str) -> set[str]:
    """The columns of a table whose changes are dated by field_history."""
    file = snapshot / "field_history.parquet"
    if not file.is_file():
        return set()
    rows = pq.read_table(file, columns=["table", "field"], filters=[("table", "=", table)])
    return set(rows["field"].to_pylist())


def _counted(table: str, columns: list[str], earlier: Path, later: Path) -> list[Changed]:
    key = TABLES[table].key[0]
    counts = ", ".join(f"count(*) filter (where a.{quoted(name)} is distinct from b.{quoted(name)})" for name in columns)
    with duckdb.connect() as connection:
        row = connection.execute(f"select count(*), {counts} from read_parquet(?) a join read_parquet(?) b using ({key})",
                                 [str(earlier), str(later)]).fetchall()[0]
    return [Changed(table, name, row[0], changed) for name, changed in zip(columns, row[1:], strict=True) if changed]
