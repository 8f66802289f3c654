"""Files that a reader sees whole, and a folder that one run at a time may change."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from workspace.errors import ForesaleError


def write_atomically(path: Path, text: str) -> None:
    """Write to a temporary name beside `path` and rename, so a reader sees the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


@contextmanager
def alone(data_dir: Path) -> Iterator[None]:
    """Hold the lock of a data folder; the operating system lets go of it however the process ends.

    Who holds it may ask again. Raises ForesaleError at once when another process does.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    lock = FileLock(data_dir / "ingest.lock", timeout=0, is_singleton=True)
    try:
        lock.acquire()
    except Timeout as error:
        raise ForesaleError(
            "another ingest or nightly run is under way", got=f"a lock on {lock.lock_file}", do="wait for it to end"
        ) from error
    try:
        yield
    finally:
        lock.release()
