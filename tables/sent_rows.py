"""Rows that were sent one by one and are in no source yet: an ingest reads them beside the sources."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tables.snapshot import Snapshot
from tables.stated import Row
from workspace.schema.columns import TableSchema

MARK = "-sent.parquet"  # how the name of their file ends
_THROUGH = "sent.json"
_TYPES = {
    "time": pa.int64(),
    "opening": pa.int64(),
    "money": pa.int64(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
}


@dataclass(frozen=True)
class Sent:
    """Accepted rows by table, and the number of the last of them."""

    rows: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    through: int = 0

    def staged(self, schema: TableSchema, files: Sequence[Path], folder: Path) -> list[Path]:
        """The rows of a table as a staged file: the columns that its sources have, no others."""
        rows = self.rows.get(schema.name, [])
        if not rows or not files:
            return []
        there = {name for file in files for name in pq.read_schema(file).names}
        types = [(column.name, _TYPES.get(column.kind, pa.string())) for column in schema.columns if column.name in there]
        table = pa.Table.from_pylist(list(rows), schema=pa.schema(types))
        path = folder / f"{schema.name}{MARK}"
        pq.write_table(table.append_column("_reason", pa.nulls(len(rows), pa.string())), path)
        return [path]

    def note(self, folder: Path) -> None:
        """Say in the folder of a snapshot how far it reaches."""
        if self.through:
            (folder / _THROUGH).write_text(json.dumps({"through": self.through}), encoding="utf-8")


NOTHING_SENT = Sent()


def sent_through(snapshot: Snapshot) -> int:
    """The number of the last row that a snapshot took up; 0 for none."""
    file = snapshot.folder / _THROUGH
    return int(json.loads(file.read_text(encoding="utf-8"))["through"]) if file.is_file() else 0
