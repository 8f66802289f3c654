"""Sources to canonical Parquet: typed, UTC, minor units; every row that is not accepted is quarantined with a reason.

A finished ingest is a folder named after its own content, and one small file says which folder is current. So running
it twice gives the same bytes, and killing it midway leaves the old state. Rows stream: what does not fit into memory is
sorted on disk.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from tables.acceptance import Judge, TableCount
from tables.changed_columns import note_changes
from tables.partitions import cuts_of
from tables.sent_rows import NOTHING_SENT, Sent
from tables.snapshot import POINTER, Snapshot
from tables.sources import Reader
from tables.sql.text import literal
from tables.staging import Stager
from workspace.files import write_atomically
from workspace.progress import SILENT, Progress
from workspace.schema import TABLES
from workspace.workspace import Workspace

_MEMORY_MB, _MOST_THREADS = 1_200, 4


@dataclass(frozen=True)
class IngestResult:
    """The snapshot made (or found unchanged) and the counts per table."""

    snapshot: Snapshot
    counts: dict[str, TableCount]

    def as_dict(self) -> dict[str, Any]:
        """Counts as plain JSON."""
        return {name: vars(count) for name, count in self.counts.items()}


def ingest(
    workspace: Workspace,
    progress: Progress = SILENT,
    now: int | None = None,
    *,
    since: str | None = None,
    full: bool = False,
    sent: Sent = NOTHING_SENT,
) -> IngestResult:
    """Read every source, write a new snapshot and make it current.

    `now` (UTC seconds, default the clock) bounds dates: later than its day is quarantined as `future_date`. What an earlier
    ingest read is used again unless `full`; `since` is the moment from which changes are asked of PostgreSQL. Rows that were
    `sent` count where no source has a row of the same key.
    Raises ForesaleError for a source or column that is not there.
    """
    moment = end_of_day(workspace, int(time.time()) if now is None else now)
    building, staged = workspace.data_dir / "snapshots" / f".building-{os.getpid()}", workspace.data_dir / "staged"
    for folder in (building, *([staged] if full else [])):
        shutil.rmtree(folder, ignore_errors=True)
    for folder in (building / "quarantine", building / ".scratch", staged):
        folder.mkdir(parents=True, exist_ok=True)
    for unfinished in staged.glob("*.writing"):
        unfinished.unlink()
    counts: dict[str, TableCount] = {}
    with _connect(building / ".scratch") as connection:
        reader = Reader(connection, workspace, building / ".scratch", staged / "read.json", since)
        stager = Stager(connection, workspace, reader, staged)
        names = [name for name in TABLES if name in workspace.tables]
        for number, name in enumerate(names, 1):
            place = f"{name}, table {number} of {len(names)}"
            with progress.during(f"reading {place}"):
                files = stager.table(TABLES[name])
                files += sent.staged(TABLES[name], files, building / ".scratch")
            with progress.during(f"sorting {place}"):
                counts[name] = Judge(
                    connection, workspace, TABLES[name], files, building, moment, stager.cuts, stager.unsettled
                ).count()
            if name == "accounts":
                stager.cuts = cuts_of(building / "accounts.parquet")
    shutil.rmtree(building / ".scratch")
    sent.note(building)
    for path in set(staged.glob("*.parquet")) - stager.used:
        path.unlink()
    return _publish(workspace, building, counts)


def end_of_day(workspace: Workspace, now: int) -> int:
    """The last second of the day of `now` in the company's zone: a row dated today is not in the future."""
    day = datetime.fromtimestamp(now, workspace.zone).replace(hour=0, minute=0, second=0)
    return int((day + timedelta(days=1)).timestamp()) - 1


def _connect(scratch: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    settings = {
        "timezone": "'UTC'",
        "enable_progress_bar": "false",
        "memory_limit": f"'{_MEMORY_MB}MB'",
        "disabled_optimizers": "'common_subexpressions'",  # it would compute what only odd values need
        "temp_directory": literal(str(scratch / "spill")),
        "preserve_insertion_order": "false",
        "threads": str(min(os.cpu_count() or 1, _MOST_THREADS)),
    }
    for name, value in settings.items():
        connection.execute(f"set {name} = {value}")
    return connection


def _publish(workspace: Workspace, building: Path, counts: dict[str, TableCount]) -> IngestResult:
    report = json.dumps({name: vars(count) for name, count in counts.items()}, indent=1, sort_keys=True)
    (building / "counts.json").write_text(report, encoding="utf-8")
    name = _content_hash(building)[:16]
    target = building.parent / name
    if target.exists():
        shutil.rmtree(building)
    else:
        building.rename(target)
    pointer = workspace.data_dir / POINTER
    previous = pointer.read_text(encoding="utf-8") if pointer.exists() else ""
    if previous != name:
        note_changes(workspace, Snapshot(building.parent / previous), Snapshot(target))
    write_atomically(pointer, name)
    for folder in building.parent.iterdir():
        if folder.name not in (name, previous):
            shutil.rmtree(folder, ignore_errors=True)
    return IngestResult(Snapshot(target, workspace.time_zone), counts)


def _content_hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(str(path.relative_to(folder)).encode())
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
