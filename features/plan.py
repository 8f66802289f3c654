"""What the kernel has to compute for a set of declarations: one program per stream, each number once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from features.feature import ROW_STATS, Feature, Measure, Path, Term, Where, everything
from features.grouped import Grouped
from features.history import History
from features.kernel.layout import Floats, Ints
from features.kernel.run import MISSING, Events, Op, Program, compile_ops, run
from features.streams import CHANGES
from workspace.errors import ForesaleError

_CHANNELS = 64


@dataclass(frozen=True)
class Plan:
    """What the kernel computes from one stream: its operations, and which filters, columns and labels they read."""

    source: str
    path: Path
    places: dict[Measure, int]
    program: Program
    filters: dict[str, NDArray[np.uint64]]  # per column: for each level (the last: absent) the filters it passes
    columns: tuple[str, ...]
    labels: tuple[str, ...]

    def events(self, history: History) -> Events | None:
        """The stream's events as the kernel reads them; None where nothing happened to anybody."""
        grouped = history.streams[self.source, self.path]
        size = len(grouped.occurred)
        if not size:
            return None
        measures = [_numbers(grouped, name) for name in self.columns]
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

    @cached_property
    def silence(self) -> Floats:
        """The numbers of whoever nothing ever happened to: float64[ops]."""
        measures, labels = self.program.reads
        none = np.zeros(0, np.int64)
        shapes = none.astype(np.uint64), np.zeros((measures, 0), np.int64), np.zeros((labels, 0), np.int32)
        numbers = run(Events(np.zeros(1, np.int64), none, none, *shapes, (0,) * labels), self.program, [-1], [0])
        return numbers.ravel()


def measures(history: History, features: Sequence[Feature]) -> Iterator[Measure]:
    """What the kernel computes for declarations and their parts."""
    for member in (member for feature in features for member in everything(feature)):
        found = change_leaf(history, member) if member.stat in ROW_STATS else member.leaf
        yield from [found] if found is not None else []


def plans(history: History, wanted: Iterable[Measure]) -> tuple[Plan, ...]:
    """One plan per stream that the measures read, in a fixed order; each measure is computed once."""
    by_stream: dict[tuple[str, Path], list[Measure]] = {}
    for measure in dict.fromkeys(wanted):
        by_stream.setdefault((measure.source, measure.path), []).append(measure)
    return tuple(_plan(history.streams[stream], by_stream[stream]) for stream in sorted(by_stream))


def change_leaf(history: History, term: Term) -> Measure | None:
    """The latest change of a value of the entity's own row; None where no history of it is kept."""
    source, path = CHANGES.get(term.source, ("", "account"))
    grouped = history.streams.get((source, path))
    if grouped is None or term.measure not in grouped.levels.get("field", ()):
        return None
    value = "value" if term.categorical else "value_number"
    return Measure(source, "last", value, where=(("field", str(term.measure)),), path=path)


def _plan(grouped: Grouped, leaves: list[Measure]) -> Plan:
    source, path = leaves[0].source, leaves[0].path
    wheres = ((), *sorted({found.where for found in leaves} - {()}))
    if len(wheres) > _CHANNELS:
        raise ForesaleError(f"too many filters on {source}", got=len(wheres), expected=f"at most {_CHANNELS}", do="drop features")
    columns = tuple(sorted({found.column for found in leaves if found.column}))
    labels = tuple(sorted({found.label for found in leaves if found.label}))
    ops = [
        Op(
            found.stat,
            wheres.index(found.where),
            columns.index(found.column) if found.column else -1,
            found.window_days,
            found.offset_days,
            found.half_life_days,
            labels.index(found.label) if found.label else -1,
        )
        for found in leaves
    ]
    filtered = sorted({column for where in wheres for column, _ in where})
    filters = {column: _level_bits(grouped.levels[column], wheres, column) for column in filtered}
    return Plan(source, path, {found: i for i, found in enumerate(leaves)}, compile_ops(ops), filters, columns, labels)


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
