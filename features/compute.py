"""The only place that compares a time with a cutoff: features, populations and outcomes of (entity, as_of) rows.

Inputs at `as_of` are rows with `occurred_at <= as_of` and `received_at <= as_of`; outcomes lie in `(as_of, until]`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import ForesaleError
from features.feature import ROW_STATS, Feature
from features.history import Grouped, History, Ints, search_key, seconds
from features.window import MISSING, Events, Op, Program, compile_ops, run

DAY = 86_400
_MOST_LEVELS = 12
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Spine:
    """The rows to compute: an account, perhaps one of its opportunities (-1: none), a cutoff and the outcome's end."""

    account: Ints
    opportunity: Ints
    as_of: Ints
    until: Ints

    def __len__(self) -> int:
        return len(self.as_of)

    def take(self, rows: NDArray[np.bool_] | Ints) -> Spine:
        """Some of the rows, by mask or position."""
        return Spine(self.account[rows], self.opportunity[rows], self.as_of[rows], self.until[rows])


@dataclass(frozen=True)
class _Plan:
    """One stream's events with channel bits, its compiled operations, and which output columns they fill."""

    events: Events
    program: Program
    path: str
    columns: tuple[int, ...]
    over: tuple[bool, ...]


@dataclass(frozen=True)
class Pipeline:
    """A feature set prepared over one history; `frame` may then be called for any rows."""

    history: History
    features: tuple[Feature, ...]
    plans: tuple[_Plan, ...]

    def frame(self, spine: Spine, *, threads: int = 1) -> pd.DataFrame:
        """One row per spine row, one column per feature: float64, or object strings for categorical features.

        The same (entity, as_of) gives the same bits in any batch, order or number of threads.
        """
        values = np.full((len(spine), len(self.features)), np.nan)
        over = np.full((len(spine), len(self.features)), np.nan)
        for plan in self.plans:
            entity = spine.account if plan.path == "account" else spine.opportunity
            present = entity >= 0
            out = run(plan.events, plan.program, entity[present], spine.as_of[present], threads=threads)
            for position, (column, is_over) in enumerate(zip(plan.columns, plan.over, strict=True)):
                (over if is_over else values)[present, column] = out[:, position]
        columns = {feature.name: pd.Series(self._column(feature, values[:, i], over[:, i], spine),
                                           dtype=object if feature.categorical else np.float64, copy=False)
                   for i, feature in enumerate(self.features)}
        return pd.DataFrame(columns, copy=False)

    def _column(self, feature: Feature, value: Floats, over: Floats, spine: Spine) -> NDArray[np.generic]:
        if feature.stat in ROW_STATS:
            return _row_value(self.history, feature, spine)
        if feature.over is None:
            return value * feature.scale
        out = np.full(len(value), np.nan)
        np.divide(value * feature.scale, over, out=out, where=over > 0)
        return out


def _row_value(history: History, feature: Feature, spine: Spine) -> NDArray[np.generic]:
    """A value that comes from the entity's own row: an attribute, or the distance to a stated date."""
    table, rows = ((history.accounts, spine.account) if feature.source == "accounts"
                   else (history.opportunities, spine.opportunity))
    column = table[str(feature.measure)]
    if feature.stat == "attribute" and feature.categorical:
        levels = column.to_numpy(object, copy=True)
        levels[column.isna().to_numpy()] = None
        return levels[rows]
    if feature.stat == "attribute":
        return column.to_numpy(np.float64, na_value=np.nan)[rows]
    moment = seconds(column)[rows]
    days = (moment - spine.as_of if feature.stat == "days_until" else spine.as_of - moment) / DAY
    hidden = (moment == MISSING) | ((days < 0) if feature.stat == "days_since" else False)
    return np.where(hidden, np.nan, days)


def available(history: History, features: Sequence[Feature], known_by: int) -> tuple[Feature, ...]:
    """The features this history can carry: absent tables and columns drop out, `per` declarations expand to levels.

    The levels are the most frequent ones among events known by the second `known_by`.
    """
    return tuple(member for feature in features for member in _expanded(history, feature, known_by)
                 if _exists(history, member))


def _expanded(history: History, feature: Feature, known_by: int) -> Iterator[Feature]:
    if feature.per is None:
        yield feature
        return
    grouped = history.streams.get((feature.source, feature.path))
    if grouped is not None and feature.per in grouped.levels:
        codes = grouped.codes[feature.per]
        counts = np.bincount(codes[(codes >= 0) & (grouped.known <= known_by)], minlength=len(grouped.levels[feature.per]))
        most = sorted(level for level in np.argsort(-counts, kind="stable")[:_MOST_LEVELS] if counts[level])
        yield from (feature.expanded(grouped.levels[feature.per][level]) for level in most)


def _exists(history: History, feature: Feature) -> bool:
    if feature.stat in ROW_STATS:
        table = history.accounts if feature.source == "accounts" else history.opportunities
        return feature.measure in table and bool(table[feature.measure].notna().any())
    grouped = history.streams.get((feature.source, feature.path))
    return (grouped is not None and (feature.measure is None or feature.measure in grouped.measures)
            and (feature.label is None or feature.label in grouped.codes)
            and all(column in grouped.codes for column, _ in feature.where))


def prepare(history: History, features: Sequence[Feature]) -> Pipeline:
    """Compile declarations into kernel programs over this history's events.

    Raises ForesaleError when a feature needs a table or column the history does not have.
    """
    missing = [f.name for f in features if not _exists(history, f)]
    if missing:
        raise ForesaleError("the history lacks what a feature needs", got=", ".join(missing),
                            expected="the tables the model was trained with", do="ingest them, or train again")
    windowed = [(i, f) for i, f in enumerate(features) if f.stat not in ROW_STATS]
    streams = sorted({(f.source, f.path) for _, f in windowed})
    plans = []
    for source, path in streams:
        parts = [(i, part, is_over) for i, f in windowed if (f.source, f.path) == (source, path)
                 for part, is_over in ((f, False), (f.over, True)) if part is not None]
        plans.append(_plan(history.streams[(source, path)], path, parts))
    return Pipeline(history, tuple(features), tuple(plans))


def _plan(grouped: Grouped, path: str, parts: list[tuple[int, Feature, bool]]) -> _Plan:
    wheres = ((), *sorted({part.where for _, part, _ in parts} - {()}))
    measures = tuple(sorted(grouped.measures))
    labels = tuple(sorted({part.label for _, part, _ in parts if part.label}))
    ops = [Op(part.stat, wheres.index(part.where), measures.index(part.measure) if part.measure else -1, part.window_days,
              part.offset_days, part.half_life_days, labels.index(part.label) if part.label else -1)
           for _, part, _ in parts]
    size = len(grouped.occurred)
    events = Events(grouped.offsets, grouped.occurred, grouped.known, _channels(grouped, wheres),
                    np.stack([grouped.measures[m] for m in measures]) if measures else np.zeros((0, size), np.int64),
                    np.stack([grouped.codes[c] for c in labels]) if labels else np.zeros((0, size), np.int32),
                    tuple(len(grouped.levels[c]) for c in labels))
    return _Plan(events, compile_ops(ops), path, tuple(i for i, _, _ in parts), tuple(over for _, _, over in parts))


def _channels(grouped: Grouped, wheres: Sequence[tuple[tuple[str, str], ...]]) -> NDArray[np.uint64]:
    """Bit c of an event is set where it passes filter c."""
    if len(wheres) > 64:
        raise ForesaleError("too many filters on one stream", got=len(wheres), expected="at most 64", do="drop features")
    bits = np.zeros(len(grouped.occurred), np.uint64)
    for channel, where in enumerate(wheres):
        passes = np.ones(len(bits), bool)
        for column, value in where:
            levels = grouped.levels[column]
            passes &= grouped.codes[column] == (levels.index(value) if value in levels else -2)
        bits |= passes.astype(np.uint64) << np.uint64(channel)
    return bits


def account_spine(account: Ints, as_of: Ints, horizon_days: int) -> Spine:
    """Rows for chosen accounts; `account` and `as_of` have one entry per row."""
    return Spine(account, np.full(len(account), -1, np.int64), as_of, as_of + horizon_days * DAY)


def opportunity_spine(history: History, opportunity: Ints, as_of: Ints, horizon_days: int | None) -> Spine:
    """Rows for chosen opportunities; without a horizon the outcome window ends at the stated closing date."""
    table = history.opportunities
    until = seconds(table["expected_close_at"])[opportunity] if horizon_days is None else as_of + horizon_days * DAY
    return Spine(table["account"].to_numpy(np.int64)[opportunity], opportunity, as_of, until)


def active(history: History, stream: str, spine: Spine, days: int) -> NDArray[np.bool_]:
    """Which rows' accounts had a visible event of `stream` in the `days` before the cutoff."""
    return _single(history, stream, "count", days, spine) > 0


def days_since_last(history: History, stream: str, spine: Spine) -> Floats:
    """Days since each row's account had its last visible event of `stream`; NaN without one, or without the stream."""
    if (stream, "account") not in history.streams:
        return np.full(len(spine), np.nan)
    return _single(history, stream, "recency_days", None, spine)


def _single(history: History, stream: str, stat: str, days: int | None, spine: Spine) -> Floats:
    if (stream, "account") not in history.streams:
        raise ForesaleError(f"the history has no {stream}", got=", ".join(sorted({name for name, _ in history.streams})),
                            expected=f"a table {stream}", do=f"map tables.{stream} in the workspace")
    plan = _single_plan(history, stream, stat, days)
    return run(plan.events, plan.program, spine.account, spine.as_of)[:, 0]


@lru_cache(maxsize=8)
def _single_plan(history: History, stream: str, stat: str, days: int | None) -> _Plan:
    feature = Feature("", "", "", "", stream, stat, window_days=days)
    return _plan(history.streams[(stream, "account")], "account", [(0, feature, False)])


def active_accounts(history: History, stream: str, cutoffs: Sequence[int], days: int, horizon_days: int) -> Spine:
    """Every account active in the `days` before a cutoff, for each cutoff."""
    account = np.tile(np.arange(len(history.accounts), dtype=np.int64), len(cutoffs))
    everyone = account_spine(account, np.repeat(np.asarray(cutoffs, np.int64), len(history.accounts)), horizon_days)
    return everyone.take(active(history, stream, everyone, days))


def is_open(history: History, spine: Spine) -> NDArray[np.bool_]:
    """Which rows' opportunities are known, not closed and not past their outcome window at the cutoff.

    An opening in the very next second counts as known: the anchored cutoff of day 0 is the last second before it.
    """
    table = history.opportunities
    known = seconds(table["opened_at"])
    if "received_at" in table:
        known = np.maximum(known, seconds(table["received_at"]))
    closed = seconds(table["closed_at"])[spine.opportunity]
    still = (closed == MISSING) | (closed > spine.as_of)
    return np.asarray((known[spine.opportunity] <= spine.as_of + 1) & still & (spine.until > spine.as_of), bool)


def anchored_opportunities(history: History, days: Sequence[int], horizon_days: int | None) -> Spine:
    """Every opportunity `days` after its opening, where it was still open then.

    The cutoff is the last second before that moment, so nothing of the opening day itself is known at day 0.
    Raises ForesaleError when the opportunities lack a column this needs.
    """
    needed = ["opened_at", "closed_at", "outcome", *(["expected_close_at"] if horizon_days is None else [])]
    missing = [column for column in needed if column not in history.opportunities]
    if missing:
        raise ForesaleError("conversion needs opportunities", got=f"no column {', '.join(missing)}",
                            expected=f"a table opportunities with {', '.join(needed)}", do="map them, or set horizon_days")
    opportunity = np.tile(np.arange(len(history.opportunities), dtype=np.int64), len(days))
    opened = seconds(history.opportunities["opened_at"])[opportunity]
    as_of = opened + np.repeat(np.asarray(days, np.int64), len(history.opportunities)) * DAY - 1
    spine = opportunity_spine(history, opportunity, as_of, horizon_days)
    return spine.take(is_open(history, spine))


def won_within(history: History, spine: Spine) -> Floats:
    """1.0 where the opportunity was won in `(as_of, until]`, else 0.0."""
    table = history.opportunities
    closed = seconds(table["closed_at"])[spine.opportunity]
    won = (table["outcome"] == "won").to_numpy(bool)[spine.opportunity]
    return (won & (closed > spine.as_of) & (closed <= spine.until)).astype(np.float64)


def total_within(history: History, stream: str, spine: Spine, measure: str | None) -> Floats:
    """The count (or sum of `measure`) of each account's events in `(as_of, until]`."""
    grouped = history.streams[(stream, "account")]
    values = np.ones(len(grouped.occurred), np.int64) if measure is None else grouped.measures[measure]
    sums = np.concatenate([[0], np.cumsum(np.where(values == MISSING, 0, values))])
    start = np.searchsorted(grouped.search_key, search_key(spine.account, spine.as_of), side="right")
    end = np.searchsorted(grouped.search_key, search_key(spine.account, spine.until), side="right")
    return np.asarray(sums[end] - sums[start], np.float64)


def truncated(history: History, as_of: int) -> History:
    """The history as it stood at `as_of`: no event known later. For contract tests and replays."""
    def cut(grouped: Grouped) -> Grouped:
        keep = grouped.known <= as_of
        entity = np.repeat(np.arange(len(grouped.offsets) - 1), np.diff(grouped.offsets))[keep]
        offsets = np.concatenate([[0], np.cumsum(np.bincount(entity, minlength=len(grouped.offsets) - 1))])
        return replace(grouped, offsets=offsets.astype(np.int64), occurred=grouped.occurred[keep], known=grouped.known[keep],
                       measures={name: values[keep] for name, values in grouped.measures.items()},
                       codes={name: values[keep] for name, values in grouped.codes.items()},
                       search_key=grouped.search_key[keep])
    return replace(history, streams={name: cut(grouped) for name, grouped in history.streams.items()})
