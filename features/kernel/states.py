"""The event kernel, first half: bring the states of one entity from one visible event to the next.

Everything is scalar IEEE arithmetic without fast-math, also 2**-x, so the bits do not depend on libm, SIMD or threads.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numba
import numpy as np
from numba.core.cgutils import unpack_tuple
from numba.extending import intrinsic

from features.kernel.layout import BAD_CODE, CODES, DAY, HIGHEST, LAST, MISSING, OK, UNSORTED, Floats, Plan, Stream, Work

LN2_64 = 0.010830424696249145  # ln 2 / 64


def njit(function: Callable[..., Any]) -> Callable[..., Any]:
    """A step, inlined into the loop over the rows: passing 40 arrays to a real call costs more than most steps."""
    jit: Callable[..., Any] = numba.njit(forceinline=True, error_model="numpy")(function)
    return jit


def _lend_code(context: Any, arrays: Any) -> Any:
    """The same arrays without reference counts, 10 times faster in a loop; the caller must keep the arrays alive."""

    def build(target: Any, builder: Any, signature: Any, values: Any) -> Any:
        lent, unpack = [], cast(Any, unpack_tuple)
        for kind, value in zip(signature.args[0], unpack(builder, values[0]), strict=True):
            view = target.make_array(kind)(target, builder, value=value)
            view.meminfo, view.parent = view.meminfo.type(None), view.parent.type(None)
            lent.append(view._getvalue())
        return target.make_tuple(builder, signature.return_type, lent)

    return arrays(arrays), build


lend: Any = intrinsic(_lend_code)


@njit
def half_life(x: float, powers: Floats) -> float:
    """2**-x for x >= 0 to about 1e-15, in plain multiplications and additions: the same bits on every machine."""
    scaled = x * 64.0
    if scaled >= 65408.0:  # below the smallest normal number
        return 0.0
    k = int(scaled + 0.5)
    f = (k - scaled) * LN2_64
    p = 1.0 + f * (1.0 + f * (0.5 + f * (1 / 6 + f * (1 / 24 + f * (1 / 120)))))
    return float(powers[k & 63] * p * powers[64 + (k >> 6)])


@njit
def work_space(stream: Stream, plan: Plan, longest: int) -> Work:
    n_lists, n_days, n_edges = len(plan.lists), len(plan.days), len(plan.edges)
    n_ints = 3 * len(plan.clocks) + len(plan.held) + n_lists
    n_floats = 2 * len(plan.clocks) + len(plan.decays)
    starts = np.zeros(n_lists + 1, np.int64)
    for k in range(n_lists):
        starts[k + 1] = starts[k] + (stream.label_sizes[plan.lists[k, 1]] if plan.lists[k, 0] == CODES else 0)
    return Work(
        np.empty(longest, np.int64),
        np.empty(longest, np.int64),
        np.empty(longest, np.int64),
        np.empty((longest, n_lists), np.int64),
        np.empty((longest, n_lists), np.int64),
        np.empty((longest + 1, len(plan.addend) + n_days), np.int64),
        np.empty((longest + 1, n_days), np.int64),
        np.empty(n_ints, np.int64),
        np.empty(n_floats, np.float64),
        np.empty(n_ints, np.int64),
        np.empty(n_floats, np.float64),
        np.ones(1 + 2 * len(plan.measures), np.int64),
        np.zeros(n_edges + 1, np.int64),
        np.empty(n_edges + 1, np.int64),
        np.zeros(starts[n_lists], np.int64),
        starts,
    )


@njit
def reset(plan: Plan, work: Work) -> None:
    """The state of an entity without events."""
    work.ints[:] = MISSING
    work.ints[: 3 * len(plan.clocks)] = 0
    work.ints[len(work.ints) - len(plan.lists) :] = -1
    work.floats[:] = 0.0
    work.sums[0, :] = 0
    work.days[0, :] = MISSING
    work.reach[:] = 0


@njit
def see(stream: Stream, work: Work, i: int, end: int, n: int, now: int, skip: bool) -> tuple[int, int]:
    """Lay out the visible events from i on, up to the first hidden one or, with `skip`, past it."""
    while i < end and stream.occurred[i] <= now:
        if stream.known[i] <= now:
            work.occurred[n] = stream.occurred[i]
            work.channels[n] = stream.channels[i]
            work.place[n] = i
            n += 1
        elif not skip:
            break
        i += 1
    return i, n


@njit
def _total(stream: Stream, plan: Plan, work: Work, start: int, stop: int) -> None:
    """Running totals: the mask is all ones where the event is in the channel of the series."""
    used = len(plan.measures)
    for n in range(start, stop):
        for u in range(used):
            value = stream.measures[plan.measures[u], work.place[n]]
            work.addends[1 + u] = 0 if value == MISSING else value
            work.addends[1 + used + u] = 0 if value == MISSING else 1
        for s in range(len(plan.addend)):
            mask = -((work.channels[n] >> plan.series[s]) & 1)
            work.sums[n + 1, s] = work.sums[n, s] + (work.addends[plan.addend[s]] & mask)


@njit
def count_days(plan: Plan, work: Work, start: int, stop: int, phase: int) -> None:
    """Running number of distinct 24-hour periods: an event counts if it is the first of its period in its channel."""
    first = len(plan.addend)
    for n in range(start, stop if len(plan.days) else start):
        day = (phase - work.occurred[n]) // DAY
        for d in range(len(plan.days)):
            member = (work.channels[n] >> plan.days[d]) & 1
            last = work.days[n, d]
            work.days[n + 1, d] = day if member else last
            work.sums[n + 1, first + d] = work.sums[n, first + d] + (member if day != last else 0)


@njit
def _hold(stream: Stream, plan: Plan, work: Work, start: int, stop: int) -> None:
    """Last, highest and lowest value so far; MISSING means none."""
    for h in range(len(plan.held)):
        kind, measure, channel = plan.held[h, 0], plan.measures[plan.held[h, 1]], plan.held[h, 2]
        held = work.ints[3 * len(plan.clocks) + h]
        for n in range(start, stop):
            value = stream.measures[measure, work.place[n]]
            member = (work.channels[n] >> channel) & 1 and value != MISSING
            if member and (kind == LAST or held == MISSING or (value > held if kind == HIGHEST else value < held)):
                held = value
        work.ints[3 * len(plan.clocks) + h] = held


@njit
def _link(stream: Stream, plan: Plan, work: Work, start: int, stop: int) -> int:
    """Chain each event to the one before it in the lists that it belongs to."""
    status = OK
    for k in range(len(plan.lists)):
        codes, which, channel = plan.lists[k, 0] == CODES, plan.lists[k, 1], plan.lists[k, 2]
        top = len(work.ints) - len(plan.lists) + k
        for n in range(start, stop):
            if codes:
                value = np.int64(stream.labels[which, work.place[n]])
                if value >= stream.label_sizes[which]:
                    status, value = BAD_CODE, np.int64(-1)
                absent = value < 0
            else:
                value = stream.measures[plan.measures[which], work.place[n]]
                absent = value == MISSING
            if (work.channels[n] >> channel) & 1 and not absent:
                work.content[n, k] = value
                work.before[n, k] = work.ints[top]
                work.ints[top] = n
    return status


@njit
def _tick(stream: Stream, plan: Plan, work: Work, start: int, stop: int) -> None:
    """First, last, number, gaps (Welford) and decays of each sequential channel."""
    for c in range(len(plan.clocks)):
        channel = plan.clocks[c, 0]
        for n in range(start, stop):
            if (work.channels[n] >> channel) & 1:
                at, seen = work.occurred[n], work.ints[3 * c]
                gap = at - work.ints[3 * c + 2] if seen else 0
                work.ints[3 * c] = seen + 1
                work.ints[3 * c + 2] = at
                if seen == 0:
                    work.ints[3 * c + 1] = at
                elif plan.clocks[c, 1]:
                    delta = gap - work.floats[2 * c]
                    work.floats[2 * c] += delta / seen
                    work.floats[2 * c + 1] += delta * (gap - work.floats[2 * c])
                _fade(stream, plan, work, c, n, gap)


@njit
def _fade(stream: Stream, plan: Plan, work: Work, c: int, n: int, gap: int) -> None:
    """Decays of clock c: fade over the gap, then add the event."""
    base = 2 * len(plan.clocks)
    for g in range(plan.clocks[c, 2], plan.clocks[c, 3]):
        factor = half_life(gap * plan.rates[g], plan.powers)
        for d in range(plan.halves[g, 0], plan.halves[g, 1]):
            amount = 1.0
            if plan.decays[d, 0] >= 0:
                value = stream.measures[plan.measures[plan.decays[d, 0]], work.place[n]]
                amount = 0.0 if value == MISSING else np.float64(value)
            work.floats[base + d] = work.floats[base + d] * factor + amount


@njit
def add(stream: Stream, plan: Plan, work: Work, start: int, stop: int, phase: int) -> int:
    """Bring every state from `start` to `stop` visible events."""
    status = OK
    for n in range(max(start, 1), stop):
        if work.occurred[n] < work.occurred[n - 1]:
            status = UNSORTED
    _total(stream, plan, work, start, stop)
    count_days(plan, work, start, stop, phase)
    _hold(stream, plan, work, start, stop)
    _tick(stream, plan, work, start, stop)
    return int(max(status, _link(stream, plan, work, start, stop)))
