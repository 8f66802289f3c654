"""A grouped history on disk, mapped into memory: opened at once, and one account is found without reading the others.

One file of arrays and one index beside it. The name of both carries a check sum of the code that groups, so a new version
never reads what an old one wrote.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from features import derived, grouped, history, streams
from features.grouped import Grouped
from features.history import Column, History, build_history, entity_frames
from features.kernel import arrays, layout
from tables.snapshot import Snapshot
from workspace.schema import TABLES

_ALIGN = 64
Array = NDArray[Any]
_MODULES = (arrays, derived, grouped, history, streams, layout)
_CODE = crc32(repr(TABLES).encode() + b"".join(Path(str(module.__file__)).read_bytes() for module in _MODULES))


def load_history(snapshot: Snapshot) -> History:
    """The history of a snapshot, grouped once, then mapped; in memory where its folder cannot be written to."""
    index = snapshot.folder / f"history-{_CODE:08x}.json"
    if not _complete(index):
        grouped = build_history(snapshot.read(), snapshot.zone)
        if not os.access(snapshot.folder, os.W_OK):
            return grouped
        write_history(grouped, index)
    return open_history(index, snapshot)


def _complete(index: Path) -> bool:
    """Whether the arrays beside an index are all there."""
    binary = index.with_suffix(".bin")
    return index.is_file() and binary.is_file() and binary.stat().st_size == json.loads(index.read_text(encoding="utf-8"))["size"]


def write_history(grouped: History, index: Path) -> None:
    """Write `index` and the arrays beside it, each to a temporary name first."""
    places: dict[str, tuple[str, int, int]] = {}
    with TemporaryDirectory(dir=index.parent, prefix=".history-") as folder:
        binary, text = Path(folder) / "arrays", Path(folder) / "index"
        with binary.open("wb") as file:
            for name, values in _arrays(grouped):
                file.write(b"\0" * (-file.tell() % _ALIGN))
                places[name] = (values.dtype.str, file.tell(), len(values))
                file.write(np.ascontiguousarray(values).data)
        described = {
            "arrays": places,
            "size": binary.stat().st_size,
            "levels": dict(_levels(grouped)),
            "earliest": grouped.earliest,
            "latest": grouped.latest,
        }
        text.write_text(json.dumps(described, ensure_ascii=False), encoding="utf-8")
        binary.replace(index.with_suffix(".bin"))
        text.replace(index)


def _arrays(grouped: History) -> Iterator[tuple[str, Array]]:
    for (stream, path), events in grouped.streams.items():
        start = f"{stream}/{path}"
        yield from ((f"{start}/{name}", getattr(events, name)) for name in ("offsets", "occurred", "known"))
        yield from ((f"{start}/measures/{name}", values) for name, values in events.measures.items())
        yield from ((f"{start}/codes/{name}", values) for name, values in events.codes.items())
    for (table, name), column in grouped.columns.items():
        yield f"{table}//{name}", column.values


def _levels(grouped: History) -> Iterator[tuple[str, tuple[str, ...]]]:
    for (stream, path), events in grouped.streams.items():
        yield from ((f"{stream}/{path}/codes/{name}", levels) for name, levels in events.levels.items())
    yield from (
        (f"{table}//{name}", column.levels) for (table, name), column in grouped.columns.items() if column.levels is not None
    )


def open_history(index: Path, snapshot: Snapshot) -> History:
    """Map the arrays; the rows of accounts and opportunities are read from the snapshot."""
    described = json.loads(index.read_text(encoding="utf-8"))
    empty = not described["size"]  # which cannot be mapped
    whole = np.zeros(0, np.uint8) if empty else np.memmap(index.with_suffix(".bin"), np.uint8, "r").view(np.ndarray)
    found = {
        name: whole[start : start + size * np.dtype(kind).itemsize].view(kind)
        for name, (kind, start, size) in described["arrays"].items()
    }
    levels = {name: tuple(values) for name, values in described["levels"].items()}
    columns = {
        (table, name): Column(found[key], levels.get(key))
        for key in found
        if "//" in key
        for table, _, name in [key.partition("//")]
    }
    streams = {
        (stream, path): _grouped(found, levels, f"{stream}/{path}/")
        for key in found
        if key.endswith("/offsets")
        for stream, path, _ in [key.split("/")]
    }
    accounts, opportunities = entity_frames(snapshot.read(("accounts", "opportunities")))
    return History(accounts, opportunities, streams, columns, described["earliest"], described["latest"], snapshot.zone)


def _grouped(found: dict[str, Array], levels: dict[str, tuple[str, ...]], start: str) -> Grouped:
    offsets, occurred, known = (found[f"{start}{name}"] for name in ("offsets", "occurred", "known"))
    return Grouped(
        offsets,
        occurred,
        known,
        _under(found, f"{start}measures/"),
        _under(found, f"{start}codes/"),
        _under(levels, f"{start}codes/"),
    )


def _under(named: dict[str, Any], start: str) -> dict[str, Any]:
    return {name.removeprefix(start): value for name, value in named.items() if name.startswith(start)}
