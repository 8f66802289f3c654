"""The event kernel: every statistic counted by hand, then against its oracle, then bit for bit against itself."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.kernel.program import _powers
from features.kernel.run import MISSING, STATS, Events, Op, Program, compile_ops, run, run_plain
from features.kernel.states import half_life
from workspace.errors import ForesaleError

DAY = 86_400
NOW = 100 * DAY
AMOUNT, CITY = 0, 0
VISIT = 1  # the channel of visits; channel 0 is every event

# (days before NOW that it occurred, days before NOW that it was known, visit?, amount, city)
HISTORY = [
    (40.0, 40.0, True, 100, 2),
    (10.0, 10.0, False, 30, 0),
    (8.0, 8.0, True, None, 1),
    (6.0, 6.0, True, -20, 2),
    (6.0, 6.0, True, 50, None),
    (5.0, -1.0, True, 7000, 3),  # late: hidden until the day after NOW
    (1.5, 1.5, False, None, 0),
    (-2.0, -2.0, True, 9000, 3),  # after NOW
]


def _events(histories: list[list[tuple[float, float, bool, int | None, int | None]]], codes: int = 4) -> Events:
    """Events of several entities from rows written as in HISTORY."""
    rows = [
        sorted(
            ((NOW - round(o * DAY), NOW - round(k * DAY), 1 | 2 * v, MISSING if a is None else a, -1 if c is None else c))
            for o, k, v, a, c in history
        )
        for history in histories
    ]
    flat = np.array([row for history in rows for row in history], np.int64).reshape(-1, 5)
    return Events(
        offsets=np.cumsum([0, *map(len, rows)]),
        occurred=flat[:, 0],
        known=np.maximum(flat[:, 0], flat[:, 1]),
        channels=flat[:, 2].astype(np.uint64),
        measures=flat[:, 3][None],
        labels=flat[:, 4][None].astype(np.int32),
        label_sizes=(codes,),
    )


def _same(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> bool:
    return np.array_equal(a.view(np.int64), b.view(np.int64))


def _op(stat: str, **options: Any) -> Op:
    return Op(stat, **options)


BY_HAND = [
    (_op("count"), 6),
    (_op("count", channel=VISIT, window_days=8), 2),  # the event of exactly 8 days ago is outside (now - 8 d, now]
    (_op("count", channel=VISIT, window_days=9), 3),
    (_op("count", window_days=5, offset_days=6), 4),  # (now - 11 d, now - 6 d] holds 10, 8, 6, 6
    (_op("count", offset_days=7), 3),
    (_op("count", window_days=1), 0),
    (_op("sum", measure=AMOUNT), 160),
    (_op("sum", channel=VISIT, measure=AMOUNT, window_days=30), 30),
    (_op("sum", measure=AMOUNT, window_days=1), 0),
    (_op("mean", measure=AMOUNT, window_days=30), 20),  # (30 - 20 + 50) / 3
    (_op("mean", measure=AMOUNT, window_days=2), math.nan),  # one event, without an amount
    (_op("max", measure=AMOUNT), 100),
    (_op("max", measure=AMOUNT, window_days=30), 50),
    (_op("max", measure=AMOUNT, window_days=4, offset_days=7), 30),
    (_op("min", channel=VISIT, measure=AMOUNT, window_days=30), -20),
    (_op("min", channel=VISIT, measure=AMOUNT), -20),
    (_op("max", measure=AMOUNT, window_days=2), math.nan),
    (_op("last", measure=AMOUNT), 50),
    (_op("last", channel=VISIT, measure=AMOUNT), 50),
    (_op("recency_days"), 1.5),
    (_op("recency_days", channel=VISIT), 6),
    (_op("tenure_days"), 40),
    (_op("gap_mean_days", channel=VISIT), 34 / 3),  # gaps 32, 2, 0
    (_op("gap_sd_days", channel=VISIT), float(np.std([32, 2, 0], ddof=1))),
    (_op("lateness", channel=VISIT), 6 / (34 / 3)),
    (_op("decay_count", channel=VISIT, half_life_days=8), 2**-5 + 2**-1 + 2 * 2**-0.75),
    (_op("decay_sum", channel=VISIT, measure=AMOUNT, half_life_days=8), 100 * 2**-5 + 30 * 2**-0.75),
    (_op("distinct_days", window_days=9), 3),  # ages 8, 6 and 6, 1.5
    (_op("distinct_days"), 5),
    (_op("distinct", label=CITY), 3),
    (_op("distinct", label=CITY, window_days=9), 3),
    (_op("distinct", channel=VISIT, label=CITY, window_days=7), 1),
]


@pytest.mark.parametrize("engine", [run, run_plain])
@pytest.mark.parametrize(("op", "expected"), BY_HAND, ids=lambda x: x.stat if isinstance(x, Op) else "")
def test_statistics_counted_by_hand(op: Op, expected: float, engine: Any) -> None:
    value = engine(_events([HISTORY]), compile_ops([op]), [0], [NOW])[0, 0]
    assert value == pytest.approx(expected, rel=1e-12, abs=0, nan_ok=True)


def test_every_statistic_has_a_case_by_hand() -> None:
    assert {op.stat for op, _ in BY_HAND} == set(STATS)


def test_nothing_happened_gives_zero_for_numbers_of_things_and_nan_for_the_rest() -> None:
    ops = [op for op, _ in BY_HAND]
    values = run(_events([HISTORY, []]), compile_ops(ops), [1, -1, 0], [NOW, NOW, 0])
    zero = ("count", "sum", "distinct", "distinct_days", "decay_count", "decay_sum")
    expected = np.array([0.0 if op.stat in zero else math.nan for op in ops])
    assert all(_same(row, expected) for row in values)


def test_a_late_event_counts_from_the_second_it_was_known() -> None:
    program, asked = compile_ops([Op("count"), Op("sum", measure=AMOUNT)]), [NOW, NOW + DAY - 1, NOW + DAY]
    assert run(_events([HISTORY]), program, [0] * 3, asked).tolist() == [[6, 160], [6, 160], [7, 7160]]


def test_sums_are_exact_beyond_the_precision_of_a_float() -> None:
    history = [(3.0, 3.0, True, 2**60, 0), (2.0, 2.0, True, 1, 0), (1.0, 1.0, True, -(2**60), 0)]
    assert run(_events([history]), compile_ops([Op("sum", measure=AMOUNT)]), [0], [NOW])[0, 0] == 1.0


def test_equal_gaps_have_no_deviation_and_simultaneous_events_no_lateness() -> None:
    every_week: list[Any] = [(7.0 * k, 7.0 * k, True, 1, 0) for k in range(20)]
    at_once: list[Any] = [(3.0, 3.0, True, 1, 0)] * 3
    program = compile_ops([Op("gap_mean_days"), Op("gap_sd_days"), Op("lateness")])
    values = run(_events([every_week, at_once]), program, [0, 1], [NOW, NOW])
    assert values[0].tolist() == [7.0, 0.0, 0.0]
    assert values[1, :2].tolist() == [0.0, 0.0] and math.isnan(values[1, 2])


@given(st.floats(0, 1000))
def test_half_life_is_two_to_the_minus_x(x: float) -> None:
    assert half_life.py_func(x, _powers()) == pytest.approx(2.0**-x, rel=4e-15, abs=0)


def test_half_life_of_nothing_is_one_and_of_very_much_is_zero() -> None:
    assert half_life.py_func(0.0, _powers()) == 1.0
    assert half_life.py_func(5000.0, _powers()) == 0.0


# --- against the oracle -----------------------------------------------------------------------------------------------


def _all_ops() -> list[Op]:
    ops = [Op(s, c, AMOUNT, w, o) for s in ("sum", "mean", "max", "min") for c in (0, 1) for w, o in SPANS]
    ops += [Op("count", c, window_days=w, offset_days=o) for c in (0, 1) for w, o in SPANS]
    ops += [Op("distinct_days", c, window_days=w) for c in (0, 1) for w in (1, 7, 30, None)]
    ops += [Op("distinct", c, label=CITY, window_days=w) for c in (0, 1) for w in (1, 7, 30, None)]
    ops += [Op(s, c) for s in STATS if s.endswith("_days") and s != "distinct_days" for c in (0, 1)]
    ops += [Op("lateness", 1), Op("last", 0, AMOUNT), Op("last", 1, AMOUNT), Op("count", 63)]
    ops += [Op("decay_count", c, half_life_days=h) for c in (0, 1) for h in (7, 365)]
    return ops + [Op("decay_sum", c, AMOUNT, half_life_days=h) for c in (0, 1) for h in (7, 365)]


SPANS = [(1, 0), (7, 0), (30, 0), (None, 0), (7, 7), (30, 5), (None, 30)]
PROGRAM = compile_ops(_all_ops())

DAYS = st.integers(-20, 240).map(lambda q: q / 4)  # quarters of days, so that events coincide
EVENT = st.tuples(DAYS, DAYS, st.booleans(), st.none() | st.integers(-3, 3), st.none() | st.integers(0, 3))
WORLD = st.lists(st.lists(EVENT, max_size=25), min_size=1, max_size=4)
ASKED = st.lists(st.tuples(st.integers(-1, 3), DAYS | st.floats(-5, 60)), min_size=1, max_size=12)


def _asked(pairs: list[tuple[int, float]], entities: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    who = np.array([min(e, entities - 1) for e, _ in pairs], np.int64)
    return who, np.array([NOW - round(days * DAY) for _, days in pairs], np.int64)


@settings(max_examples=150, deadline=None)
@given(WORLD, ASKED)
def test_the_kernel_agrees_with_the_plain_oracle_bit_for_bit(world: list[Any], pairs: list[tuple[int, float]]) -> None:
    events, (who, when) = _events(world), _asked(pairs, len(world))
    fast, plain = run(events, PROGRAM, who, when), run_plain(events, PROGRAM, who, when)
    different = [PROGRAM.ops[j] for j in range(fast.shape[1]) if not _same(fast[:, j].copy(), plain[:, j].copy())]
    assert not different


@settings(max_examples=100, deadline=None)
@given(WORLD, ASKED)
def test_what_is_not_yet_visible_changes_nothing(world: list[Any], pairs: list[tuple[int, float]]) -> None:
    events, (who, when) = _events(world), _asked(pairs[:1], len(world))
    past = [[e for e in h if NOW - round(min(e[:2]) * DAY) <= when[0]] for h in world]
    assert _same(run(events, PROGRAM, who, when), run(_events(past), PROGRAM, who, when))


# --- bit for bit, however it is asked ---------------------------------------------------------------------------------


def _random_world(rng: np.random.Generator, entities: int = 60, n: int = 6000) -> Events:
    entity = np.sort(rng.integers(0, entities, n))
    occurred = rng.integers(0, 300 * DAY, n)
    known = occurred + np.where(rng.random(n) < 0.2, rng.integers(0, 40 * DAY, n), 0)
    order = np.lexsort((known, occurred, entity))
    channels = 1 | 2 * rng.integers(0, 2, n)
    amounts = np.where(rng.random(n) < 0.2, MISSING, rng.integers(-(10**9), 10**9, n))
    cities = rng.integers(-1, 50, (1, n)).astype(np.int32)
    offsets = np.searchsorted(entity, np.arange(entities + 1))
    return Events(offsets, occurred[order], known[order], channels.astype(np.uint64), amounts[None], cities, (50,))


@pytest.fixture(scope="module")
def batch() -> tuple[Events, Any, Any, Any]:
    rng = np.random.default_rng(7)
    events = _random_world(rng)
    who, when = rng.integers(-1, 60, 800), rng.integers(0, 340 * DAY, 800)
    return events, who, when, run(events, PROGRAM, who, when)


def test_a_big_world_agrees_with_the_oracle(batch: Any) -> None:
    events, who, when, values = batch
    assert _same(values[:60], run_plain(events, PROGRAM, who[:60], when[:60]))


def test_one_row_alone_is_the_row_of_the_batch(batch: Any) -> None:
    events, who, when, values = batch
    for row in range(0, len(who), 7):
        assert _same(run(events, PROGRAM, who[row : row + 1], when[row : row + 1])[0], values[row])


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_neither_the_order_of_rows_nor_the_threads_change_a_bit(batch: Any, threads: int) -> None:
    events, who, when, values = batch
    shuffled = np.random.default_rng(threads).permutation(len(who))
    assert _same(run(events, PROGRAM, who[shuffled], when[shuffled], threads=threads), values[shuffled])


def test_other_features_in_the_program_change_nothing(batch: Any) -> None:
    events, who, when, values = batch
    for j in range(0, len(PROGRAM.ops), 9):
        assert _same(run(events, compile_ops([PROGRAM.ops[j]]), who, when)[:, 0], values[:, j].copy())


def test_no_rows_and_no_operations_are_fine(batch: Any) -> None:
    events, who, when, _ = batch
    assert run(events, PROGRAM, who[:0], when[:0], threads=2).shape == (0, len(PROGRAM.ops))
    assert run(events, compile_ops([]), who, when).shape == (len(who), 0)


# --- mistakes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stat", "options"),
    [
        ("median", {}),
        ("sum", {}),
        ("count", {"measure": 0}),
        ("count", {"channel": 64}),
        ("count", {"window_days": 0}),
        ("count", {"offset_days": -1}),
        ("count", {"half_life_days": 7}),
        ("decay_count", {}),
        ("distinct", {"window_days": 7}),
        ("distinct_days", {"window_days": 7, "offset_days": 7}),
        ("recency_days", {"window_days": 7}),
        ("last", {"measure": 0, "offset_days": 7}),
    ],
)
def test_an_inconsistent_operation_is_refused(stat: str, options: dict[str, int]) -> None:
    with pytest.raises(ForesaleError, match="expected"):
        Op(stat, **options)


@pytest.mark.parametrize("op", [Op("sum", measure=1), Op("distinct", label=1)])
def test_a_measure_or_label_that_the_events_lack_is_refused(op: Op) -> None:
    with pytest.raises(ForesaleError, match="lack"):
        run(_events([HISTORY]), compile_ops([op]), [0], [NOW])


@pytest.mark.parametrize("entity", [-2, 1])
def test_an_unknown_entity_is_refused(entity: int) -> None:
    with pytest.raises(ForesaleError, match="unknown entity"):
        run(_events([HISTORY]), compile_ops([Op("count")]), [entity], [NOW])


def test_events_out_of_order_are_refused() -> None:
    good = _events([HISTORY])
    bad = Events(good.offsets, good.occurred[::-1], good.known, good.channels, good.measures, good.labels, (4,))
    with pytest.raises(ForesaleError, match="not sorted"):
        run(bad, compile_ops([Op("count")]), [0], [NOW + 9 * DAY])


def test_a_code_beyond_its_size_is_refused() -> None:
    with pytest.raises(ForesaleError, match="code"):
        run(_events([HISTORY], codes=2), compile_ops([Op("distinct", label=0)]), [0], [NOW])


@pytest.mark.parametrize("change", [{"offsets": np.array([0, 3])}, {"known": np.zeros(1)}, {"label_sizes": ()}])
def test_arrays_that_do_not_fit_are_refused(change: dict[str, Any]) -> None:
    good = vars(_events([HISTORY])) | change
    with pytest.raises(ForesaleError, match="Events"):
        Events(**{name: good[name] for name in Events.__dataclass_fields__})


def test_programs_are_plain_data() -> None:
    assert isinstance(PROGRAM, Program) and len(PROGRAM.ops) == len(set(PROGRAM.ops))
