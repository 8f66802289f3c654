"""A snapshot: the canonical tables of one ingest on disk, and how they are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from tables.sql.text import file_literal
from workspace.errors import ForesaleError
from workspace.schema import TABLES
from workspace.workspace import Workspace

POINTER = "current"


@dataclass(frozen=True)
class Snapshot:
    """The accepted rows of every table under `folder`: a file a table, or a folder of files; beside them what was quarantined.

    `zone` is the company's time zone, in which its days begin.
    """

    folder: Path
    zone: str = "UTC"

    @property
    def name(self) -> str:
        """What the content is called: a hash of it, where ingest wrote it."""
        return self.folder.name

    @cached_property
    def files(self) -> dict[str, tuple[Path, ...]]:
        """The files of each table that is there, in order."""
        found = {
            name: (self.file(name),) if self.file(name).is_file() else tuple(sorted((self.folder / name).glob("*.parquet")))
            for name in TABLES
        }
        return {name: files for name, files in found.items() if files}

    def file(self, table: str) -> Path:
        """Where ingest writes a table."""
        return self.folder / f"{table}.parquet"

    def quarantine(self, table: str) -> Path:
        """Where the rows of a table lie that were not accepted, each with its reason."""
        return self.folder / "quarantine" / f"{table}.parquet"

    def relation(self, table: str) -> str:
        """The accepted rows of a table, to be read in DuckDB's SQL."""
        return f"read_parquet([{', '.join(file_literal(file) for file in self.files[table])}])"

    def columns(self, table: str) -> list[str]:
        """The columns that the files of a table hold."""
        return list(pq.read_schema(self.files[table][0]).names)

    def rows(self, table: str) -> int:
        """How many rows were accepted."""
        return sum(int(pq.read_metadata(file).num_rows) for file in self.files[table])

    def read(self, names: Iterable[str] = TABLES) -> dict[str, pa.Table]:
        """The tables that are there, whole."""
        return {name: pa.concat_tables([pq.read_table(f) for f in self.files[name]]) for name in names if name in self.files}

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """DuckDB in the company's time zone, closed at the end."""
        with duckdb.connect() as connection:
            connection.execute(f"set timezone = '{self.zone}'; set enable_progress_bar = false")
            yield connection


def current_snapshot(workspace: Workspace) -> Snapshot:
    """The snapshot in force; raises ForesaleError before the first ingest."""
    pointer = workspace.data_dir / POINTER
    if not pointer.is_file():
        raise ForesaleError("there is no ingested data yet", got=f"no {pointer}", do="run: foresale ingest")
    return Snapshot(workspace.data_dir / "snapshots" / pointer.read_text(encoding="utf-8").strip(), workspace.time_zone)
