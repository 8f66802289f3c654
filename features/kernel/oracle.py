"""The event kernel again, in plain Python, written for reading: one row and one operation at a time.

It shares no step with `window_kernel` but the definition of 2**-x, which it runs uncompiled.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from features.kernel.layout import DAY, MISSING
from features.kernel.program import Op, Program, Stat
from features.kernel.states import half_life

if TYPE_CHECKING:
    from features.kernel.run import Events

_half_life: Any = getattr(half_life, "py_func", half_life)
REDUCE: dict[str, Callable[..., Any]] = {"sum": np.sum, "mean": lambda v: float(v.sum()) / len(v), "max": np.max, "min": np.min}


def plain_row(events: Events, program: Program, entity: int, as_of: int) -> list[float]:
    """Every operation for one entity at one time."""
    start, stop = (events.offsets[entity], events.offsets[entity + 1]) if entity >= 0 else (0, 0)
    seen = np.arange(start, stop)
    seen = seen[(events.occurred[seen] <= as_of) & (events.known[seen] <= as_of)]
    return [_value(events, program, op, seen, as_of) for op in program.ops]


def _value(events: Events, program: Program, op: Op, seen: npt.NDArray[np.int64], as_of: int) -> float:
    mine = seen[(events.channels[seen] >> np.uint64(op.channel)) & np.uint64(1) == 1]
    age = as_of - events.occurred[mine]
    inside = age >= op.offset_days * DAY
    if op.window_days is not None:
        inside &= age < (op.offset_days + op.window_days) * DAY
    if op.stat == "count":
        return float(inside.sum())
    if op.stat == "distinct_days":
        return float(len(np.unique(age[inside] // DAY)))
    if op.stat == "distinct":
        codes = events.labels[op.label, mine[inside]]
        return float(len(np.unique(codes[codes >= 0])))
    if op.stat in ("decay_count", "decay_sum"):
        amounts = events.measures[op.measure, mine] if op.measure >= 0 else np.ones(len(mine), np.int64)
        return _decayed(program, op, events.occurred[mine].tolist(), amounts.tolist(), as_of)
    if op.measure < 0:
        return _time(op.stat, events.occurred[mine].tolist(), as_of)
    values = events.measures[op.measure, mine[inside]]
    values = values[values != MISSING]
    if len(values) == 0:
        return 0.0 if op.stat == "sum" else math.nan
    return float(values[-1] if op.stat == "last" else REDUCE[op.stat](values))


def _time(stat: Stat, times: list[int], as_of: int) -> float:
    if not times:
        return math.nan
    recency, tenure = (as_of - times[-1]) / DAY, (as_of - times[0]) / DAY
    if stat in ("recency_days", "tenure_days"):
        return recency if stat == "recency_days" else tenure
    if len(times) < 2:
        return math.nan
    gap = (times[-1] - times[0]) / (len(times) - 1) / DAY  # the gaps add up to last - first
    if stat == "lateness":
        return recency / gap if gap > 0 else math.nan
    return gap if stat == "gap_mean_days" else _deviation(times)


def _deviation(times: list[int]) -> float:
    """Sample standard deviation of the gaps in days, by Welford's recurrence in event order."""
    mean = squares = 0.0
    for number, (before, after) in enumerate(pairwise(times), start=1):
        delta = (after - before) - mean
        mean += delta / number
        squares += delta * ((after - before) - mean)
    return math.sqrt(squares / (len(times) - 2)) / DAY if len(times) > 2 else math.nan


def _decayed(program: Program, op: Op, times: list[int], amounts: list[int], as_of: int) -> float:
    """Amounts that lose half their weight every half-life, from event to event and then to as_of."""
    rate, state, last = 1.0 / (op.half_life_days * DAY), 0.0, None
    for at, amount in zip(times, amounts, strict=True):
        factor = _half_life((at - last) * rate, program.plan.powers) if last is not None else 1.0
        state, last = state * factor + (0.0 if amount == MISSING else float(amount)), at
    if last is None or state == 0.0:
        return 0.0
    return float(state * _half_life((as_of - last) * rate, program.plan.powers))
