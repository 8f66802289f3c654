"""Columns declared as fixed whose values changed from one ingest to the next, with no field history that says when."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tables.snapshot import Snapshot
from tables.sql.text import quoted
from workspace.files import write_atomically
from workspace.schema import TABLES
from workspace.workspace import Workspace

_FILE = "changed.json"
_TABLES = ("accounts", "opportunities")


@dataclass(frozen=True)
class Changed:
    """How many of the keys that two snapshots share hold another value of one column."""

    table: str
    column: str
    keys: int
    changed: int


def note_changes(workspace: Workspace, earlier: Snapshot, later: Snapshot) -> None:
    """Compare two snapshots and write down what changed, for the training that follows.

    What an earlier ingest found stays, as long as the column is declared fixed. A table that the workspace meanwhile reads
    in another way is not compared: its values changed with good reason.
    """
    noted, now = _noted(workspace), {name: _mapping(workspace, name) for name in _TABLES}
    same = [name for name in _TABLES if noted["mapping"].get(name) == now[name]]
    found = [change for name in same for change in _changes(workspace, name, earlier, later)]
    again = {(change.table, change.column) for change in found}
    kept = [
        change
        for change in changed_columns(workspace)
        if change.table in same
        and change.column in _fixed(workspace, change.table)
        and (change.table, change.column) not in again
    ]
    text = json.dumps({"mapping": now, "changed": [vars(change) for change in (*kept, *found)]}, indent=1)
    write_atomically(workspace.data_dir / _FILE, text)


def changed_columns(workspace: Workspace) -> tuple[Changed, ...]:
    """What differed between one snapshot and the next, so far."""
    return tuple(Changed(**change) for change in _noted(workspace)["changed"])


def _noted(workspace: Workspace) -> dict[str, Any]:
    file = workspace.data_dir / _FILE
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else {"mapping": {}, "changed": []}


def _mapping(workspace: Workspace, table: str) -> str:
    """How a table is read from its sources, as text."""
    declared = workspace.tables.get(table)
    columns = {name: attribute.column for name, attribute in declared.attributes.items()} if declared else {}
    return json.dumps([declared.model_dump_json(exclude={"known_at_creation", "attributes"}), columns]) if declared else ""


def _changes(workspace: Workspace, table: str, earlier: Snapshot, later: Snapshot) -> list[Changed]:
    both = (earlier, later)
    if not all(table in snapshot.files for snapshot in both):
        return []
    held = [set(snapshot.columns(table)) for snapshot in both]
    columns = [name for name in _fixed(workspace, table) if name in held[0] & held[1]]
    return _counted(table, columns, earlier, later) if columns else []


def _fixed(workspace: Workspace, table: str) -> tuple[str, ...]:
    """The columns of a table that the workspace declares known at creation or constant."""
    declared = workspace.tables.get(table)
    return () if declared is None else (*declared.known_at_creation, *declared.attributes)


def _counted(table: str, columns: list[str], earlier: Snapshot, later: Snapshot) -> list[Changed]:
    """Changes of the keys that both snapshots hold, but for those that field_history dates."""
    key = TABLES[table].key[0]
    dated = (
        f"select entity_id, field from {later.relation('field_history')} where \"table\" = '{table}'"
        if "field_history" in later.files
        else "select '' as entity_id, '' as field where false"
    )
    counts = ", ".join(
        f"count(*) filter (where a.{quoted(name)} is distinct from b.{quoted(name)} and ({key}, '{name}') not in "
        "(select (entity_id, field) from dated))"
        for name in columns
    )
    with later.connect() as connection:
        row = connection.execute(
            f"with dated as materialized ({dated}) select count(*), {counts} "
            f"from {earlier.relation(table)} a join {later.relation(table)} b using ({key})"
        ).fetchall()[0]
    return [Changed(table, name, row[0], changed) for name, changed in zip(columns, row[1:], strict=True) if changed]
