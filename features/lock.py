"""One run at a time may change what is ingested."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

from features.errors import ForesaleError


@contextmanager
def alone(data_dir: Path) -> Iterator[None]:
    """Hold the lock of a data folder; the operating system lets go of it however the process ends."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "ingest.lock").open("w") as lock:
        try:
            flock(lock, LOCK_EX | LOCK_NB)
        except BlockingIOError as error:
            raise ForesaleError(
                "another ingest or nightly run is under way", got=f"a lock on {lock.name}", do="wait for it to end"
            ) from error
        yield
