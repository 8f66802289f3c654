"""The memory of the event kernel: what its tables hold. No code."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

MISSING = int(np.iinfo(np.int64).min)  # a measure that is absent
OPEN_END = 1 << 40  # what an event states as its end where it is open: seconds, in the year 36812
DAY = 86_400  # seconds
LAST, HIGHEST, LOWEST, CODES = range(4)  # what a held value or a list keeps
OK, UNSORTED, BAD_CODE = range(3)  # what the kernel returns
RECENCY, TENURE, GAP_MEAN, GAP_SD, LATENESS = range(5)


class Stream(NamedTuple):
    """The arrays of `window.Events`; channels are read as int64 so that no type is mixed."""

    offsets: Ints
    occurred: Ints
    known: Ints
    channels: Ints
    measures: Ints
    labels: npt.NDArray[np.int32]
    label_sizes: Ints


class Plan(NamedTuple):
    """What to keep for each event (first half) and what to write for each row (second half, first field: column)."""

    edges: Ints  # ages in seconds, ascending, from 0; index len(edges) means "all history"
    measures: Ints  # measures that are read; elsewhere a measure is its index here
    addend: Ints  # per series: 0 one, 1+u value of u, 1+U+u presence of u
    series: Ints  # per series: channel
    days: Ints  # per distinct-day counter: channel; its running total follows those of the series
    held: Ints  # LAST/HIGHEST/LOWEST, measure, channel
    lists: Ints  # CODES or HIGHEST, label or measure, channel, oldest edge that is read
    clocks: Ints  # per sequential channel: channel, needs deviation, first and last+1 half-life
    halves: Ints  # per half-life of a channel: first and last+1 decay
    rates: Floats  # per half-life of a channel: 1 / seconds
    decays: Ints  # per decay: measure (-1: counts), clock, half-life
    powers: Floats  # 2**(-i/64) for i < 64, then 2**-k
    diffs: Ints  # column, series, near edge, far edge
    means: Ints  # column, series of the sum, series of the count, near edge, far edge
    keeps: Ints  # column, held
    scans: Ints  # column, what, list, near edge, far edge; sorted by list
    times: Ints  # column, what, clock
    fades: Ints  # column, decay


class Work(NamedTuple):
    """Scratch of one call. Row n of a table is the n-th visible event; of `sums` and `days`, the state before it."""

    occurred: Ints
    channels: Ints
    place: Ints  # index in the stream
    before: Ints  # per list: the event before this one in the list
    content: Ints  # per list: its value or code
    sums: Ints  # per series and distinct-day counter: running total
    days: Ints  # per distinct-day counter: the newest period
    ints: Ints  # per clock: number, first, last; per held: value; per list: newest event
    floats: Floats  # per clock: mean and squares of the gaps; per decay: state
    kept_ints: Ints
    kept_floats: Floats
    addends: Ints
    reach: Ints  # per edge: number of visible events of at least that age
    bucket: Ints
    stamps: Ints
    stamp_start: Ints


class Rows(NamedTuple):
    """The rows to write: `order` names them sorted by (entity, as_of)."""

    order: Ints
    entity: Ints
    as_of: Ints
    out: Floats
