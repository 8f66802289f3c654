"""Feature sets prepared over a history: which declarations the data can carry, and the values of any rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.feature import CALENDAR, POOLED, ROW_STATS, Feature, Measure, Term, everything
from features.grouped import Grouped
from features.history import History
from features.kernel.layout import DAY, Ints
from features.kernel.run import MISSING, Events, Take, run_parts
from features.nodes import Node, compile_node, evaluate, numbers_of
from features.plan import Plan, change_leaf, measures, plans
from features.pools import Counts, Pool, pool
from features.rows import Spine
from features.streams import STREAMS
from features.values import Columns, Floats, Values, indices
from workspace.errors import ForesaleError

_MOST_LEVELS = 12
_SEASON_SEEN_DAYS = 545  # half a year of history, and then the season of the test a year before it
Pools = Mapping[Term, Pool]
LevelCounts = Callable[[str, str], Mapping[str, int] | None]
_TABLE_OF = {stream.name: stream.table for stream in STREAMS}


@dataclass(frozen=True)
class Pipeline:
    """A feature set compiled for one history; `values` and `frame` may be called for any rows."""

    history: History
    features: tuple[Feature, ...]  # in the order of the columns
    plans: tuple[Plan, ...]
    nodes: tuple[Node, ...]  # of each feature

    @cached_property
    def events(self) -> tuple[Events | None, ...]:
        """The events of each plan; None where there are none."""
        return tuple(plan.events(self.history) for plan in self.plans)

    @cached_property
    def wanted(self) -> tuple[_Wanted, ...]:
        """Per plan: which numbers are columns as they are, and which are read by the composed columns."""
        plain: list[list[tuple[int, int, float]]] = [[] for _ in self.plans]
        needed: list[set[int]] = [set() for _ in self.plans]
        for i, node in enumerate(self.nodes):
            if node.plain and node.number:
                plain[node.number[0]].append((i, node.number[1], node.term.scale))
        for plan, place in (number for _, node in self.composed for number in numbers_of(node)):
            needed[plan].add(place)
        return tuple(_wanted(own, sorted(read)) for own, read in zip(plain, needed, strict=True))

    @cached_property
    def composed(self) -> tuple[tuple[int, Node], ...]:
        """The other columns."""
        return tuple((i, node) for i, node in enumerate(self.nodes) if not node.plain)

    @cached_property
    def columns(self) -> Columns:
        """The names of the features, and the levels of the categorical ones."""
        levels = (node.levels if node.term.categorical else None for node in self.nodes)
        return Columns(tuple(feature.name for feature in self.features), tuple(levels))

    def on(self, history: History) -> Pipeline:
        """The same features over a part of the history it was prepared for."""
        part = Pipeline(history, self.features, self.plans, self.nodes)
        part.__dict__.update(wanted=self.wanted, composed=self.composed, columns=self.columns)
        return part

    def apart(self, spine: Spine) -> tuple[Pipeline, Spine]:
        """The part of the history that some rows need, and the same rows in it: nothing else is read."""
        history, own = _apart(self.history, spine)
        return self.on(history), own

    def values(self, spine: Spine, *, threads: int = 1) -> Values:
        """One row per spine row, one column per feature.

        The same (entity, as_of) gives the same bits in any batch, order or number of threads.
        """
        out = np.empty((len(self.nodes), len(spine)))
        numbers = [np.empty((len(plan.program.ops), len(spine))) for plan in self.plans]  # only what is read is ever touched
        for wanted, number, plan, events in zip(self.wanted, numbers, self.plans, self.events, strict=True):
            _kernel(plan, events, spine, partial(_spread, wanted, out, number), threads)
        for i, node in self.composed:
            out[i] = evaluate(node, self.history, spine, numbers)
        return Values(self.columns, out.T)

    def frame(self, spine: Spine, *, threads: int = 1) -> pd.DataFrame:
        """The values as people read them: float64, or object strings for categorical features."""
        return self.values(spine, threads=threads).frame()


def _apart(history: History, spine: Spine) -> tuple[History, Spine]:
    accounts, account = _positions(spine.account)
    opportunities, opportunity = _positions(spine.opportunity)
    return history.of(accounts, opportunities), replace(spine, account=account, opportunity=opportunity)


def _positions(rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The distinct rows, and the position of each one among them; -1 stays -1."""
    distinct, position = np.unique(rows, return_inverse=True)
    none = int(len(distinct) > 0 and distinct[0] < 0)
    return distinct[none:], position - none


@dataclass(frozen=True)
class _Wanted:
    """Of a plan's numbers: the columns that are one of them, its place, what scales them; and the places that others read."""

    columns: Ints
    places: Ints
    scales: Floats | None
    needed: Ints


def _wanted(plain: Sequence[tuple[int, int, float]], needed: Sequence[int]) -> _Wanted:
    columns, places, scales = (np.array(values) for values in zip(*plain, strict=True)) if plain else (np.zeros(0, int),) * 3
    scaled = len(plain) > 0 and bool((scales != 1.0).any())
    return _Wanted(columns, places, scales[:, None] if scaled else None, np.array(needed, np.int64))


def _kernel(plan: Plan, events: Events | None, spine: Spine, take: Take, threads: int) -> None:
    """Compute the numbers of a plan and hand them over; NaN in rows that have no such entity."""
    entity = spine.account if plan.path == "account" else spine.opportunity
    if (entity >= 0).all():
        _numbers(plan, events, (entity, spine.as_of), take, threads)
        return
    absent, rows = np.flatnonzero(entity < 0), np.flatnonzero(entity >= 0)
    take(absent, np.full((len(absent), len(plan.program.ops)), np.nan))
    asked = entity[rows], spine.as_of[rows]
    _numbers(plan, events, asked, lambda part, values: take(rows[part], values), threads)


def _numbers(plan: Plan, events: Events | None, asked: tuple[Ints, Ints], take: Take, threads: int) -> None:
    """The numbers of entities at moments; where nothing happened to anybody they are the same for all."""
    if events is not None:
        run_parts(events, plan.program, *asked, take, threads=threads)
    else:
        take(slice(0, len(asked[0])), np.broadcast_to(plan.silence, (len(asked[0]), len(plan.silence))))


def _spread(wanted: _Wanted, out: Floats, numbers: Floats, rows: Ints | slice, values: Floats) -> None:
    """Put a part of a plan's numbers into the columns of `out`, and those that others read into `numbers`."""
    turned = values.T
    if len(wanted.columns):
        plain = turned[wanted.places]
        out[_at(wanted.columns, rows)] = plain if wanted.scales is None else plain * wanted.scales
    if len(wanted.needed):
        numbers[_at(wanted.needed, rows)] = turned[wanted.needed]


def _at(columns: Ints, rows: Ints | slice) -> tuple[Ints, Ints | slice]:
    return (columns, rows) if isinstance(rows, slice) else (columns[:, None], rows)


def available(
    history: History, features: Sequence[Feature], known_by: int, counted: LevelCounts = lambda table, column: None
) -> tuple[Feature, ...]:
    """The features this history can carry: absent tables and columns drop out, `per` declarations expand to levels.

    The levels are the most frequent ones among events known by the second `known_by`. The calendar needs a history in which
    training sees the season of the test a year before it. `counted` gives the counts of levels where `history` is only a
    sample.
    """
    seen = known_by - history.earliest >= _SEASON_SEEN_DAYS * DAY
    return tuple(
        member
        for feature in features
        for member in _expanded(history, feature, known_by, counted)
        if _exists(history, member) and (seen or member.stat != CALENDAR)
    )


def _expanded(history: History, feature: Feature, known_by: int, counted: LevelCounts) -> Iterator[Feature]:
    if feature.per is None:
        yield feature
        return
    grouped = history.streams.get((feature.source, feature.path))
    if grouped is not None and feature.per in grouped.levels:
        counts = counted(_TABLE_OF[feature.source], feature.per) or _counts(grouped, feature.per, known_by)
        yield from (feature.expanded(level) for level in most_frequent(counts))


def _counts(grouped: Grouped, column: str, known_by: int) -> dict[str, int]:
    codes = grouped.codes[column]
    numbers = np.bincount(codes[(codes >= 0) & (grouped.known <= known_by)], minlength=len(grouped.levels[column]))
    return dict(zip(grouped.levels[column], numbers.tolist(), strict=True))


def most_frequent(counts: Mapping[str, int]) -> list[str]:
    """The levels that get a feature of their own, sorted: a dozen at most, the first in text order where counts are equal."""
    ranked = sorted((level for level in counts if counts[level]), key=lambda level: (-counts[level], level))
    return sorted(ranked[:_MOST_LEVELS])


def _exists(history: History, feature: Feature) -> bool:
    return all(_carried(history, member) for member in everything(feature))


def _carried(history: History, term: Term) -> bool:
    if term.stat == CALENDAR:
        return True
    if term.stat in ROW_STATS:
        column = history.columns.get((term.source, str(term.measure))) if term.stated else None
        return (column is not None and _says_anything(column.values)) or change_leaf(history, term) is not None
    grouped = history.streams.get((term.source, term.path))
    return (
        grouped is not None
        and (term.measure is None or term.measure in {*grouped.measures, *grouped.codes})
        and all(column in grouped.codes for column in (*(name for name, _ in term.where), *([term.label] if term.label else [])))
    )


def _says_anything(values: NDArray[np.generic]) -> bool:
    if values.dtype.kind == "f":
        return bool((~np.isnan(values)).any())
    return bool((values != (MISSING if values.dtype.itemsize == 8 else -1)).any())


def prepare(history: History, features: Sequence[Feature], pools: Pools | None = None) -> Pipeline:
    """Compile declarations for this history.

    `pools` are those of the whole company where this is a part of it; a column may then be empty here. Raises
    ForesaleError when a feature needs a table or column that the whole history does not have.
    """
    missing = [f.name for f in features if not _exists(history, f)]
    if missing and pools is None:
        raise ForesaleError(
            "the history lacks what a feature needs",
            got=", ".join(missing),
            expected="the tables the model was trained with",
            do="ingest them, or train again",
        )
    if pools is None:
        pools = {term: pool([counts(history, term)]) for term in pooled(features)}
    programs = plans(history, measures(history, features))
    nodes = tuple(compile_node(history, programs, pools, feature) for feature in features)
    return Pipeline(history, tuple(features), programs, nodes)


def measured(history: History, measure: Measure, spine: Spine) -> Floats:
    """One number of the kernel for each row; NaN in rows that have no such entity."""
    stream = history.streams[measure.source, measure.path]
    history = replace(history, streams={(measure.source, measure.path): stream}, columns={})
    (plan,) = plans(history, [measure])
    if len(spine) < len(stream.offsets) - 1:
        history, spine = _apart(history, spine)
    out = np.empty(len(spine))

    def take(rows: Ints | slice, values: Floats) -> None:
        out[rows] = values[:, 0]

    _kernel(plan, plan.events(history), spine, take, threads=1)
    return out


def pooled(features: Sequence[Feature]) -> tuple[Term, ...]:
    """The pooled statistics among features and what completes them."""
    return tuple(dict.fromkeys(member for feature in features for member in everything(feature) if member.stat == POOLED))


def counts(history: History, term: Term) -> Counts:
    """The events of a part of the company as a pooled statistic counts them, by the day they were known."""
    grouped = history.streams[term.source, "opportunity"]
    levels, level = _event_keys(history, term)
    passes = np.ones(len(level), bool)
    for column, value in term.where:
        known = grouped.levels[column]
        passes &= grouped.codes[column] == (known.index(value) if value in known else -2)
    total = passes.astype(np.int64)
    keep = level >= 0
    if term.measure is not None:
        values = grouped.measures[term.measure]
        total, keep = np.where(values == MISSING, 0, values), keep & passes & (values != MISSING)
    day = grouped.known[keep] // DAY
    return Counts(levels, level[keep], day, total[keep], np.ones(len(day), np.int64))


def _event_keys(history: History, term: Term) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """The key of each event: a column of its own, or what the row's key was when the event became known."""
    grouped = history.streams[term.source, "opportunity"]
    if term.label is not None:
        return grouped.levels[term.label], grouped.codes[term.label].astype(np.int64)
    own = prepare(history, [term.key] if term.key else [], {})
    account = history.opportunity_account[grouped.entity]
    values = own.values(Spine(account, grouped.entity, grouped.known, grouped.known)).matrix[:, 0]
    return own.nodes[0].levels, indices(values)


def with_pools(features: Sequence[Feature], parts: Sequence[Mapping[Term, Counts]]) -> Pools:
    """The pools of a company from the counts of its parts."""
    return {term: pool(part[term] for part in parts) for term in pooled(features)}
