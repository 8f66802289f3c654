"""Copies of the score store: SQLite's own backup, which is whole whatever is written meanwhile."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import make_url

from workspace.errors import ForesaleError


def backup(url: str, target: Path) -> int:
    """Copy the store into a new file, for its owner only; its size. Raises ForesaleError for PostgreSQL, or a file in use."""
    source = _file_of(url)
    if not source.is_file():
        raise ForesaleError("there is no score store yet", got=f"no {source}", do="run: foresale score")
    if target.exists():
        raise ForesaleError("the file is there already", got=target, expected="a new one", do="name another")
    unfinished = target.with_name(f"{target.name}.writing")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(0o600)
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(unfinished)) as copy:
        live.backup(copy)
    _require_whole(unfinished)
    unfinished.replace(target)
    return target.stat().st_size


def restore(url: str, source: Path) -> Path | None:
    """Put a copy in place of the store; the file where the former one is kept, None where there was none."""
    target = _file_of(url)
    _require_whole(source)
    kept = target.with_name(f"{target.name}.before-restore") if target.is_file() else None
    arriving = target.with_name(f"{target.name}.arriving")
    shutil.copyfile(source, arriving)
    arriving.chmod(0o600)
    if kept is not None:
        with closing(sqlite3.connect(target)) as store:
            store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        target.replace(kept)
    for beside in ("-wal", "-shm"):
        target.with_name(target.name + beside).unlink(missing_ok=True)
    arriving.replace(target)
    return kept


def _file_of(url: str) -> Path:
    made = make_url(url)
    if made.get_backend_name() != "sqlite" or not made.database:
        raise ForesaleError(
            "only a store in a file is copied by foresale",
            got=made.get_backend_name(),
            expected="SQLite",
            do="use the database's own tools, such as pg_dump and pg_restore",
        )
    return Path(made.database)


def _require_whole(file: Path) -> None:
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as copy:
            found = copy.execute("PRAGMA integrity_check").fetchone()[0]
            tables = {row[0] for row in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.Error as error:
        found, tables = str(error), set()
    if found != "ok" or "api_keys" not in tables:
        raise ForesaleError(
            "no whole score store", got=f"{file}: {found}", expected="a file of foresale backup", do="name another"
        )
