"""The program of the event kernel: operations as data, compiled to small integer tables.

What two operations share (a running total, a chain of events, a decay) is kept once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from features.kernel.layout import CODES, DAY, HIGHEST, LAST, LOWEST, Floats, Ints, Plan
from workspace.errors import ForesaleError

Stat = Literal[
    "count",
    "sum",
    "mean",
    "max",
    "min",
    "distinct",
    "distinct_days",
    "last",
    "recency_days",
    "tenure_days",
    "gap_mean_days",
    "gap_sd_days",
    "lateness",
    "decay_count",
    "decay_sum",
]
STATS: tuple[Stat, ...] = get_args(Stat)
WINDOWED: tuple[Stat, ...] = ("count", "sum", "mean", "max", "min")
TRAILING: tuple[Stat, ...] = ("distinct", "distinct_days")
TIMES: tuple[Stat, ...] = ("recency_days", "tenure_days", "gap_mean_days", "gap_sd_days", "lateness")
DECAYS: tuple[Stat, ...] = ("decay_count", "decay_sum")
MEASURED: tuple[Stat, ...] = ("sum", "mean", "max", "min", "last", "decay_sum")
HELD: dict[Stat, int] = {"last": LAST, "max": HIGHEST, "min": LOWEST}
ONE, VALUE, PRESENT = range(3)
_PROGRAMS = 256  # some 30 a model
Key = tuple[int, ...]


@dataclass(frozen=True)
class Op:
    """One number to compute for each row: a statistic of the events of a channel.

    Windows are `(as_of - offset - window, as_of - offset]` in days of 86400 seconds, over what is visible at as_of.
    """

    stat: Stat
    channel: int = 0
    measure: int = -1
    window_days: int | None = None  # None: all history
    offset_days: int = 0
    half_life_days: int = 0
    label: int = -1

    def __post_init__(self) -> None:
        if self.stat not in STATS:
            refuse("unknown statistic", self, f"one of {', '.join(STATS)}")
        rules = (
            (0 <= self.channel < 64, "a channel from 0 to 63"),
            ((self.measure >= 0) == (self.stat in MEASURED), f"a measure for {', '.join(MEASURED)} and no other"),
            ((self.label >= 0) == (self.stat == "distinct"), "a label for distinct and no other"),
            ((self.half_life_days > 0) == (self.stat in DECAYS), "half_life_days > 0 for decays, 0 for others"),
            (self.window_days is None or self.stat in WINDOWED + TRAILING, "no window for this statistic"),
            (self.window_days is None or self.window_days > 0, "window_days > 0, or None for all history"),
            (self.offset_days >= 0, "offset_days >= 0"),
            (self.offset_days == 0 or self.stat in WINDOWED, f"an offset only for {', '.join(WINDOWED)}"),
        )
        for holds, expected in rules:
            if not holds:
                refuse("inconsistent operation", self, expected)


@dataclass(frozen=True)
class Program:
    """Operations compiled for the kernel; column j of the result is `ops[j]`."""

    ops: tuple[Op, ...]
    plan: Plan

    @cached_property
    def reads(self) -> tuple[int, int]:
        """How many measures and labels the events must have."""
        return max((op.measure for op in self.ops), default=-1) + 1, max((op.label for op in self.ops), default=-1) + 1


def refuse(what: str, got: object, expected: str) -> None:
    raise ForesaleError(what, got=got, expected=expected, do="mend the declaration or the arrays it is run on")


def compile_ops(ops: Sequence[Op]) -> Program:
    """Turn operations into a program in which shared work is done once; the same operations are compiled once."""
    return _compiled(tuple(ops))


@lru_cache(maxsize=_PROGRAMS)
def _compiled(ops: tuple[Op, ...]) -> Program:
    found: dict[str, set[Key]] = {}
    for op in ops:
        for table, key in _needs(op):
            found.setdefault(table, set()).add(key)
    found.setdefault("edge", set()).add((0,))
    index = {name: {key: i for i, key in enumerate(sorted(keys))} for name, keys in found.items()}
    rows: dict[str, list[Key]] = {}
    for column, op in enumerate(ops):
        table, row = _row(op, index)
        rows.setdefault(table, []).append((column, *row))
    return Program(ops, _plan(index, rows))


def _needs(op: Op) -> Iterator[tuple[str, Key]]:
    """What the kernel must keep for one operation."""
    c, m = op.channel, op.measure
    if m >= 0:
        yield "measure", (m,)
    if op.stat in WINDOWED + TRAILING:
        yield "edge", (op.offset_days * DAY,)
        if op.window_days is not None:
            yield "edge", ((op.offset_days + op.window_days) * DAY,)
    if op.stat in ("count", "sum", "mean"):
        yield "series", (ONE, -1, c) if op.stat == "count" else (VALUE, m, c)
    if op.stat == "mean":
        yield "series", (PRESENT, m, c)
    elif op.stat == "distinct_days":
        yield "day", (c,)
    elif _is_held(op):
        yield "held", (HELD[op.stat], m, c)
    elif op.stat in ("max", "min", "distinct"):
        yield "list", _list(op)
    elif op.stat in TIMES + DECAYS:
        yield "clock", (c,)
    if op.stat == "gap_sd_days":
        yield "deviation", (c,)
    if op.stat in DECAYS:
        yield "half", (c, op.half_life_days)
        yield "decay", (c, op.half_life_days, m)


def _is_held(op: Op) -> bool:
    return op.stat == "last" or (op.stat in ("max", "min") and op.window_days is None and op.offset_days == 0)


def _list(op: Op) -> Key:
    return (CODES, op.label, op.channel) if op.label >= 0 else (HIGHEST, op.measure, op.channel)


def _row(op: Op, index: dict[str, dict[Key, int]]) -> tuple[str, Key]:
    """Where the kernel finds the number of one operation: the table of the plan, and its row after the column."""
    c, m = op.channel, op.measure
    if op.stat in TIMES:
        return "times", (TIMES.index(op.stat), index["clock"][c,])
    if op.stat in DECAYS:
        return "fades", (index["decay"][c, op.half_life_days, m],)
    if _is_held(op):
        return "keeps", (index["held"][HELD[op.stat], m, c],)
    edges = index["edge"]
    far = len(edges) if op.window_days is None else edges[(op.offset_days + op.window_days) * DAY,]
    span = (edges[op.offset_days * DAY,], far)
    if op.stat in ("max", "min", "distinct"):
        return "scans", (HELD.get(op.stat, CODES), index["list"][_list(op)], *span)
    if op.stat == "mean":
        return "means", (index["series"][VALUE, m, c], index["series"][PRESENT, m, c], *span)
    if op.stat == "distinct_days":
        return "diffs", (len(index.get("series", ())) + index["day"][c,], *span)
    return "diffs", (index["series"][(ONE, -1, c) if op.stat == "count" else (VALUE, m, c)], *span)


def _plan(index: dict[str, dict[Key, int]], rows: dict[str, list[Key]]) -> Plan:
    keys = {name: list(table) for name, table in index.items()}
    used = {m: i for i, (m,) in enumerate(keys.get("measure", []))} | {-1: -1}
    halves, decays, clocks = (keys.get("half", []), keys.get("decay", []), keys.get("clock", []))
    scans = sorted(rows.get("scans", []), key=lambda row: (row[2], row[1]))
    deepest = {row[2]: max(r[4] for r in scans if r[2] == row[2]) for row in scans}
    lists = [
        (kind, what if kind == CODES else used[what], c, deepest[i]) for i, (kind, what, c) in enumerate(keys.get("list", []))
    ]
    addends = {ONE: 1, VALUE: 1, PRESENT: len(used)}  # len(used) is 1 + the number of measures
    spans = [(c, (c,) in index.get("deviation", ()), *_span(halves, (c,))) for (c,) in clocks]
    return Plan(
        edges=_flat([s for (s,) in keys["edge"]]),
        measures=_flat([m for (m,) in keys.get("measure", [])]),
        addend=_flat([addends[kind] + used[m] for kind, m, _ in keys.get("series", [])]),
        series=_flat([c for _, _, c in keys.get("series", [])]),
        days=_flat([c for (c,) in keys.get("day", [])]),
        held=_table([(kind, used[m], c) for kind, m, c in keys.get("held", [])], 3),
        lists=_table(lists, 4),
        clocks=_table(spans, 4),
        halves=_table([_span(decays, half) for half in halves], 2),
        rates=_sealed(np.array([1.0 / (days * DAY) for _, days in halves], np.float64)),
        decays=_table([(used[m], index["clock"][c,], index["half"][c, h]) for c, h, m in decays], 3),
        powers=_powers(),
        diffs=_table(rows.get("diffs", []), 4),
        means=_table(rows.get("means", []), 5),
        keeps=_table(rows.get("keeps", []), 2),
        scans=_table(scans, 5),
        times=_table(rows.get("times", []), 3),
        fades=_table(rows.get("fades", []), 2),
    )


def _span(keys: list[Key], prefix: Key) -> Key:
    """The first and last+1 position of the sorted keys that begin with a prefix."""
    places = [i for i, key in enumerate(keys) if key[: len(prefix)] == prefix]
    return (places[0], places[-1] + 1) if places else (0, 0)


def _sealed(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    array.flags.writeable = False
    return array


def _flat(values: Sequence[int]) -> Ints:
    return _sealed(np.array(values, np.int64))


def _table(rows: Sequence[Key], width: int) -> Ints:
    return _sealed(np.array(rows, np.int64).reshape(-1, width))


@lru_cache(maxsize=1)
def _powers() -> Floats:
    """2**(-i/64) rounded correctly on every machine, then 2**-k."""
    fine = [float(Decimal(2) ** (Decimal(-i) / 64)) for i in range(64)]
    return _sealed(np.array(fine + [2.0**-k for k in range(1024)]))
