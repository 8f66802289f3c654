"""The event kernel: every feature of every (entity, cutoff) row in one pass over the events.

A feature is data, so the kernel takes a compiled program of operations, not code. The value of one row is the same to
the last bit alone, in any batch, in any order, with any number of threads: `window_kernel` says how.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import numpy.typing as npt

from features.kernel import fill as kernel
from features.kernel.layout import BAD_CODE, MISSING, UNSORTED, Floats, Ints, Rows, Stream
from features.kernel.program import STATS, Op, Program, compile_ops, refuse

__all__ = ["MISSING", "STATS", "Events", "Op", "Program", "Take", "compile_ops", "run", "run_parts", "run_plain"]
_PART = 4_096  # rows
Take = Callable[[Ints | slice, Floats], None]  # which rows, and their values


@dataclass(frozen=True)
class Events:
    """What happened to every entity: one stream of events grouped by entity, so that any past date can be asked.

    Inside an entity the order is (occurred, received, source, id). Arrays are taken as read-only views.
    """

    offsets: Ints  # [n_entities + 1] where the events of each entity begin
    occurred: Ints  # [n] seconds UTC
    known: Ints  # [n] seconds UTC, max(occurred, received)
    channels: npt.NDArray[np.uint64]  # [n] bit c is set if the event belongs to channel c; channel 0 is every event
    measures: Ints  # [n_measures, n] MISSING where absent
    labels: npt.NDArray[np.int32]  # [n_labels, n] codes from 0, -1 where absent
    label_sizes: tuple[int, ...] = ()  # [n_labels] number of codes

    def __post_init__(self) -> None:
        n = len(self.occurred)
        shapes = {"known": (n,), "channels": (n,), "measures": (len(self.measures), n)}
        shapes |= {"labels": (len(self.label_sizes), n)}
        types = {"channels": np.uint64, "labels": np.int32}
        for name in ("offsets", "occurred", "known", "channels", "measures", "labels"):
            array = np.asarray(getattr(self, name), dtype=types.get(name, np.int64), order="C").view()
            if array.shape != shapes.get(name, array.shape):
                refuse(f"Events.{name} has the wrong shape", array.shape, str(shapes[name]))
            array.flags.writeable = False  # one type for the compiler, whatever the source
            object.__setattr__(self, name, array)
        first, later = self.offsets[:1], self.offsets[1:]
        if not (first == 0).all() or self.offsets[-1:].tolist() != [n] or (later < self.offsets[:-1]).any():
            refuse("Events.offsets does not cover the events", None, f"ascending from 0 to {n}")

    @cached_property
    def stream(self) -> Stream:
        sizes = np.array(self.label_sizes, np.int64)
        sizes.flags.writeable = False
        channels = self.channels.view(np.int64)
        return Stream(self.offsets, self.occurred, self.known, channels, self.measures, self.labels, sizes)


def run(events: Events, program: Program, entity: npt.ArrayLike, as_of: npt.ArrayLike, *, threads: int = 1) -> Floats:
    """The features of each (entity, as_of) row, float64 [rows, ops].

    Rows may come in any order and repeat entities; entity -1 is one without history. `as_of` is in seconds UTC.
    """
    out = np.empty((len(np.atleast_1d(entity)), len(program.ops)))

    def take(rows: Ints | slice, values: Floats) -> None:
        out[rows] = values

    run_parts(events, program, entity, as_of, take, threads=threads)
    return out


def run_parts(
    events: Events, program: Program, entity: npt.ArrayLike, as_of: npt.ArrayLike, take: Take, *, threads: int = 1
) -> None:
    """The same, handed over part by part: `take` gets the rows and their values, small enough for the processor's cache.

    With several threads `take` is called from each of them, for different rows.
    """
    who, when = _rows(events, program, entity, as_of)
    order = _order(who, when)
    parts = _parts(order, who)
    work = partial(_fill, events, program, who, when, take)
    if threads <= 1 or len(parts) < 2:
        for part in parts:
            work(part)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, parts))


def run_plain(events: Events, program: Program, entity: npt.ArrayLike, as_of: npt.ArrayLike) -> Floats:
    """The same numbers as `run` in plain Python, without a compiler: the oracle of the tests and the fallback."""
    from features.kernel.oracle import plain_row

    who, when = _rows(events, program, entity, as_of)
    rows = [plain_row(events, program, int(e), int(t)) for e, t in zip(who, when, strict=True)]
    return np.array(rows, np.float64).reshape(len(who), len(program.ops))


def _rows(events: Events, program: Program, entity: npt.ArrayLike, as_of: npt.ArrayLike) -> tuple[Ints, Ints]:
    """Checked, read-only copies or views of the rows asked for."""
    who, when = (np.asarray(a, dtype=np.int64, order="C").view() for a in (entity, as_of))
    if who.ndim != 1 or who.shape != when.shape:
        refuse("entity and as_of do not match", (who.shape, when.shape), "two vectors of one length")
    if len(who) and not (who.min() >= -1 and who.max() < len(events.offsets) - 1):
        refuse("unknown entity", (who.min(), who.max()), f"-1 (no history) to {len(events.offsets) - 2}")
    measures, labels = program.reads
    if measures > len(events.measures) or labels > len(events.label_sizes):
        refuse(
            "the events lack a measure or label",
            (measures, labels),
            f"{len(events.measures)} measures, {len(events.labels)} labels",
        )
    who.flags.writeable = when.flags.writeable = False
    return who, when


def _order(who: Ints, when: Ints) -> Ints:
    """Rows by (entity, as_of); rows that are equal get equal values, so their order does not matter."""
    if len(who) < 2:
        return np.arange(len(who))
    same = who[1:] == who[:-1]
    if ((who[1:] > who[:-1]) | (same & (when[1:] >= when[:-1]))).all():
        return np.arange(len(who))
    low, span = int(when.min()), int(when.max()) - int(when.min()) + 1
    if span * (int(who.max()) + 2) < 2**62:
        return np.argsort(who * span + (when - low))
    return np.lexsort((when, who))


def _parts(order: Ints, who: Ints) -> list[Ints]:
    """Cut the sorted rows into pieces of some _PART rows, never inside an entity."""
    if len(order) <= _PART:
        return [order] if len(order) else []
    sorted_who = who[order]
    cuts = np.searchsorted(sorted_who, sorted_who[np.arange(_PART, len(order), _PART)])
    return [part for part in np.split(order, np.unique(cuts)) if len(part)]


def _fill(events: Events, program: Program, who: Ints, when: Ints, take: Take, part: Ints) -> None:
    """Compute one part and hand it over; rows that lie side by side are handed over as a slice."""
    first, last = int(part[0]), int(part[-1])
    in_a_row = last - first == len(part) - 1 and bool((part[1:] > part[:-1]).all())
    rows = slice(first, last + 1) if in_a_row else part
    values = np.empty((len(part), len(program.ops)))
    status = kernel.fill(events.stream, program.plan, Rows(np.arange(len(part)), who[rows], when[rows], values))
    if status == UNSORTED:
        refuse("events are not sorted", None, "inside an entity, order by (occurred, received, source, id)")
    if status == BAD_CODE:
        refuse("a label code is beyond its size", None, f"codes below label_sizes = {events.label_sizes}")
    take(rows, values)
