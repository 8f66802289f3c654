"""The compiled heart of the event kernel: one serial pass over the events of each entity, for all its cutoffs.

Rows arrive sorted by (entity, as_of). For one entity the visible events are laid out one after the other; table
`sums` holds the running totals of every additive series after each of them, so a window is one difference of two
int64 numbers. Sequential states (first, last, gaps, decays) advance event by event. What is visible only grows from
one cutoff to the next, so everything before the first hidden event is kept, and only what follows it is done again:
each value is the result of the same operations in the same order, whatever else is in the batch.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zlib import crc32

import numba
import numpy as np

from features.kernel import layout, states
from features.kernel.layout import (
    CODES,
    DAY,
    GAP_MEAN,
    GAP_SD,
    HIGHEST,
    MISSING,
    OK,
    RECENCY,
    TENURE,
    Floats,
    Ints,
    Plan,
    Rows,
    Stream,
    Work,
)
from features.kernel.states import add, count_days, half_life, lend, njit, reset, see, work_space


@njit
def _advance(occurred: Ints, start: int, stop: int, limit: int) -> int:
    """The number of events at or before `limit`, at least `start`: a few steps, then halving."""
    nearby = min(start + 16, stop)
    while start < nearby and occurred[start] <= limit:
        start += 1
    if start < nearby or start == stop:
        return start
    while start < stop:
        middle = (start + stop) >> 1
        if occurred[middle] <= limit:
            start = middle + 1
        else:
            stop = middle
    return start


@njit
def _write_windows(plan: Plan, work: Work, out: Floats, row: int) -> None:
    for j in range(len(plan.diffs)):
        s, near, far = (plan.diffs[j, 1], work.reach[plan.diffs[j, 2]], work.reach[plan.diffs[j, 3]])
        out[row, plan.diffs[j, 0]] = np.float64(work.sums[near, s] - work.sums[far, s])
    for j in range(len(plan.means)):
        near, far = work.reach[plan.means[j, 3]], work.reach[plan.means[j, 4]]
        total = work.sums[near, plan.means[j, 1]] - work.sums[far, plan.means[j, 1]]
        number = work.sums[near, plan.means[j, 2]] - work.sums[far, plan.means[j, 2]]
        out[row, plan.means[j, 0]] = np.float64(total) / np.float64(number) if number else np.nan
    base = 3 * len(plan.clocks)
    for j in range(len(plan.keeps)):
        held = work.ints[base + plan.keeps[j, 1]]
        out[row, plan.keeps[j, 0]] = np.nan if held == MISSING else np.float64(held)


@njit
def _scan(plan: Plan, work: Work, k: int, what: int, stamp: int) -> None:
    """Walk list k from its newest event: the extreme, or the number of new codes, of each age bucket."""
    codes = what == CODES
    work.bucket[:] = 0 if codes else MISSING
    oldest, b = work.reach[plan.lists[k, 3]], 0
    n = work.ints[len(work.ints) - len(plan.lists) + k]
    while n >= oldest:
        while n < work.reach[b + 1]:
            b += 1
        value, held = work.content[n, k], work.bucket[b]
        if codes:
            mark = work.stamp_start[k] + value
            if work.stamps[mark] != stamp:
                work.stamps[mark] = stamp
                work.bucket[b] = held + 1
        elif held == MISSING or (value > held if what == HIGHEST else value < held):
            work.bucket[b] = value
        n = work.before[n, k]


@njit
def _write_scans(plan: Plan, work: Work, stamp: int, out: Floats, row: int) -> None:
    for j in range(len(plan.scans)):
        what, k = plan.scans[j, 1], plan.scans[j, 2]
        if j == 0 or what != plan.scans[j - 1, 1] or k != plan.scans[j - 1, 2]:
            _scan(plan, work, k, what, stamp)
        best = 0 if what == CODES else MISSING
        for b in range(plan.scans[j, 3], plan.scans[j, 4]):
            value = work.bucket[b]
            if what == CODES:
                best += value
            elif value != MISSING and (best == MISSING or (value > best if what == HIGHEST else value < best)):
                best = value
        out[row, plan.scans[j, 0]] = np.nan if best == MISSING else np.float64(best)


@njit
def _time(work: Work, c: int, what: int, as_of: int) -> float:
    seen, first, last = work.ints[3 * c], work.ints[3 * c + 1], work.ints[3 * c + 2]
    if seen == 0 or (what >= GAP_MEAN and seen == 1):
        return np.nan
    if what == TENURE:
        return float((as_of - first) / DAY)
    if what == GAP_SD:
        return float(np.sqrt(work.floats[2 * c + 1] / (seen - 2)) / DAY) if seen > 2 else np.nan
    recency = float((as_of - last) / DAY)
    if what == RECENCY:
        return recency
    gap = float((last - first) / (seen - 1) / DAY)
    if what == GAP_MEAN:
        return gap
    return recency / gap if gap > 0.0 else np.nan


@njit
def _write_states(plan: Plan, work: Work, as_of: int, out: Floats, row: int) -> None:
    for j in range(len(plan.times)):
        out[row, plan.times[j, 0]] = _time(work, plan.times[j, 2], plan.times[j, 1], as_of)
    base = 2 * len(plan.clocks)
    for j in range(len(plan.fades)):
        d = plan.fades[j, 1]
        state = work.floats[base + d]
        if state != 0.0:
            age = as_of - work.ints[3 * plan.decays[d, 1] + 2]
            state *= half_life(age * plan.rates[plan.decays[d, 2]], plan.powers)
        out[row, plan.fades[j, 0]] = state


@njit
def _write(plan: Plan, work: Work, rows: Rows, row: int, stamp: int, n: int) -> None:
    now = rows.as_of[row]
    work.reach[0] = n
    for b in range(1, len(plan.edges)):
        work.reach[b] = _advance(work.occurred, work.reach[b], n, now - plan.edges[b])
    _write_windows(plan, work, rows.out, row)
    _write_scans(plan, work, stamp, rows.out, row)
    _write_states(plan, work, now, rows.out, row)


@njit
def _longest(stream: Stream, rows: Rows) -> int:
    longest = 0
    for row in rows.order:
        entity = rows.entity[row]
        longest = max(longest, stream.offsets[entity + 1] - stream.offsets[entity] if entity >= 0 else 0)
    return longest


@numba.njit(error_model="numpy")
def _fill(own_stream: Stream, own_plan: Plan, own_work: Work, own_rows: Rows) -> int:
    stream, plan, work, rows = lend(own_stream), lend(own_plan), lend(own_work), lend(own_rows)
    phase, status, current, dirty = np.int64(-1), OK, np.int64(-2), False
    begin = end = clean = np.int64(0)
    for stamp, row in enumerate(rows.order, 1):
        now = rows.as_of[row]
        if rows.entity[row] != current:
            current, clean, dirty = rows.entity[row], np.int64(0), False
            begin = stream.offsets[current] if current >= 0 else np.int64(0)
            end = stream.offsets[current + 1] if current >= 0 else np.int64(0)
            reset(plan, work)
        elif dirty:
            work.ints[:] = work.kept_ints
            work.floats[:] = work.kept_floats
        if now % DAY != phase:
            phase = now % DAY
            count_days(plan, work, 0, clean, phase)
        i, n = see(stream, work, begin + clean, end, clean, now, False)
        status = max(status, add(stream, plan, work, clean, n, phase))
        clean = n
        i, n = see(stream, work, i, end, n, now, True)
        dirty = n > clean
        if dirty:
            work.kept_ints[:] = work.ints
            work.kept_floats[:] = work.floats
            status = max(status, add(stream, plan, work, clean, n, phase))
        _write(plan, work, rows, row, stamp, n)
    return status


def _compile(sources: int) -> Any:
    """Compile or load from the cache. Numba's cache watches this file only; `sources` makes it see the other two."""

    def fill(stream: Stream, plan: Plan, rows: Rows) -> int:
        """Write the rows; return OK or what is wrong with the events."""
        work = work_space(stream, plan, _longest(stream, rows))
        work.reach[0] = _fill(stream, plan, work, rows)  # read below, so that the scratch outlives its loan
        return int(work.reach[0]) if sources else OK

    return numba.njit(nogil=True, cache=True, error_model="numpy")(fill)


fill = _compile(1 + crc32(b"".join(Path(str(module.__file__)).read_bytes() for module in (layout, states))))
