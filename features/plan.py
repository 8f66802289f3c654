"""What the kernel has to compute for a set of declarations: one program per stream, each number once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.feature import CALENDAR, LAST_STATS, POOLED, ROW_STATS, Feature, Path, everything
from features.history import Grouped, History
from features.kernel.layout import Ints
from features.kernel.run import MISSING, Events, Op, Program, compile_ops
from features.streams import CHANGES
from workspace.errors import ForesaleError

Where = tuple[tuple[str, str], ...]
_CHANNELS = 64


@dataclass(frozen=True)
class Plan:
    """What the kernel computes from one stream: its operations, and which filters, measures and labels they read."""

    source: str
    path: Path
    places: dict[Feature, int]
    program: Program
    filters: dict[str, NDArray[np.uint64]]  # per column: for each level (the last: absent) the filters it passes
    measures: tuple[str, ...]
    labels: tuple[str, ...]

    def events(self, history: History) -> Events:
        """The stream's events as the kernel reads them."""
        grouped = history.streams[self.source, self.path]
        size = len(grouped.occurred)
        measures = [_numbers(grouped, name) for name in self.measures]
        labels = [grouped.codes[name] for name in self.labels]
        return Events(
            grouped.offsets,
            grouped.occurred,
            grouped.known,
            _channels(grouped, self.filters),
            np.stack(measures) if measures else np.zeros((0, size), np.int64),
            np.stack(labels) if labels else np.zeros((0, size), np.int32),
            tuple(len(grouped.levels[name]) for name in self.labels),
        )


def plans(history: History, features: Sequence[Feature]) -> tuple[Plan, ...]:
    """One plan per stream that the declarations and their parts read, in a fixed order."""
    leaves = dict.fromkeys(found for feature in features for found in _leaves(history, feature))
    streams = sorted({(found.source, found.path) for found in leaves})
    return tuple(
        _plan(history.streams[stream], [found for found in leaves if (found.source, found.path) == stream]) for stream in streams
    )


def leaf(feature: Feature) -> Feature:
    """The number the kernel computes for a declaration: no words, nothing that completes it."""
    return Feature(
        "",
        "",
        "",
        "",
        feature.source,
        "last" if feature.stat in LAST_STATS else feature.stat,
        feature.measure,
        feature.window_days,
        feature.offset_days,
        feature.half_life_days,
        feature.where,
        feature.label,
        path=feature.path,
    )


def change_leaf(history: History, feature: Feature) -> Feature | None:
    """The latest change of a value of the entity's own row; None where no history of it is kept."""
    source, path = CHANGES.get(feature.source, ("", "account"))
    grouped = history.streams.get((source, path))
    if grouped is None or feature.measure not in grouped.levels.get("field", ()):
        return None
    return Feature(
        "",
        "",
        "",
        "",
        source,
        "last",
        "value" if feature.categorical else "value_number",
        where=(("field", str(feature.measure)),),
        path=path,
    )


def _leaves(history: History, feature: Feature) -> Iterator[Feature]:
    for member in everything(feature):
        if member.stat in ROW_STATS:
            found = change_leaf(history, member)
            yield from [found] if found is not None else []
        elif member.stat not in (POOLED, CALENDAR):
            yield leaf(member)


def _plan(grouped: Grouped, leaves: list[Feature]) -> Plan:
    source, path = leaves[0].source, leaves[0].path
    wheres = ((), *sorted({found.where for found in leaves} - {()}))
    if len(wheres) > _CHANNELS:
        raise ForesaleError(f"too many filters on {source}", got=len(wheres), expected=f"at most {_CHANNELS}", do="drop features")
    measures = tuple(sorted({found.measure for found in leaves if found.measure}))
    labels = tuple(sorted({found.label for found in leaves if found.label}))
    ops = [
        Op(
            found.stat,
            wheres.index(found.where),
            measures.index(found.measure) if found.measure else -1,
            found.window_days,
            found.offset_days,
            found.half_life_days,
            labels.index(found.label) if found.label else -1,
        )
        for found in leaves
    ]
    columns = sorted({column for where in wheres for column, _ in where})
    filters = {column: _level_bits(grouped.levels[column], wheres, column) for column in columns}
    return Plan(source, path, {found: i for i, found in enumerate(leaves)}, compile_ops(ops), filters, measures, labels)


def _numbers(grouped: Grouped, name: str) -> Ints:
    """A measure, or a code as a number."""
    if name in grouped.measures:
        return grouped.measures[name]
    codes = grouped.codes[name].astype(np.int64)
    return np.where(codes < 0, MISSING, codes)


def _channels(grouped: Grouped, filters: dict[str, NDArray[np.uint64]]) -> NDArray[np.uint64]:
    """Bit c of an event is set where it passes filter c."""
    bits = np.full(len(grouped.occurred), np.uint64(2**64 - 1))
    for column, passed in filters.items():
        bits &= passed[grouped.codes[column]]
    return bits


def _level_bits(levels: tuple[str, ...], wheres: Sequence[Where], column: str) -> NDArray[np.uint64]:
    """For each level of a column (the last: absent) the filters it passes; those that do not name the column it passes."""
    table = np.zeros(len(levels) + 1, np.uint64)
    place = {level: i for i, level in enumerate(levels)}
    for channel, where in enumerate(wheres):
        wanted = [value for name, value in where if name == column]
        rows = [place[value] for value in wanted if value in place] if wanted else slice(None)
        table[rows] |= np.uint64(1) << np.uint64(channel)
    return table
