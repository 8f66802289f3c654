"""A term compiled for one history: where its number is found, and what completes it. Evaluated for any rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from features.calendar import calendar_values
from features.feature import CALENDAR, LAST_STATS, POOLED, ROW_STATS, Measure, Term
from features.history import Column, History
from features.kernel.arrays import THOUSANDTHS
from features.kernel.layout import DAY, MISSING, OPEN_END
from features.plan import Plan, change_leaf
from features.pools import Pool
from features.rows import Spine
from features.values import Floats, indices, recoding

Numbers = Sequence[Floats]


@dataclass(frozen=True)
class Node:
    """One term: the place of its kernel number (plan, column), its parts, and tables from codes to codes."""

    term: Term
    number: tuple[int, int] | None
    parts: tuple[tuple[str, Node], ...]
    levels: tuple[str, ...] = ()
    stated_codes: Floats | None = None
    changed_codes: Floats | None = None
    key: Node | None = None
    key_codes: Floats | None = None
    pool: Pool | None = None

    @property
    def plain(self) -> bool:
        """Whether the value is the kernel's number times the scale."""
        term = self.term
        simple = not self.parts and term.at_most is None and term.at_least is None and term.stat not in LAST_STATS
        return simple and term.leaf is not None

    @cached_property
    def counted(self) -> bool:
        """Whether it begins with the kernel's number as it is."""
        return self.number is not None and self.term.leaf is not None and self.term.stat not in LAST_STATS

    @cached_property
    def bare(self) -> bool:
        """Whether the value is the kernel's number as it is."""
        return self.plain and self.counted and self.term.scale == 1.0

    @cached_property
    def bounded(self) -> bool:
        """Whether the value is whether it lies between two."""
        return self.term.at_least is not None or self.term.at_most is not None


def compile_node(history: History, plans: Sequence[Plan], pools: Mapping[Term, Pool], term: Term) -> Node:
    """Resolve a term: every name is looked up here, none when rows are evaluated."""
    parts = tuple(
        (name, compile_node(history, plans, pools, part))
        for name in ("minus", "plus", "times", "over")
        if (part := getattr(term, name)) is not None
    )
    if term.key is not None:
        key = compile_node(history, plans, pools, term.key)
        if term.stat == POOLED:
            return Node(term, None, parts, key=key, pool=pools[term], key_codes=_pool_codes(key, pools[term]))
        column = history.columns["owners", str(term.measure)]
        return Node(term, None, parts, column.levels or (), key=key, key_codes=_of_owner(history, key, column))
    if term.stat in ROW_STATS:
        return _row_node(history, plans, term, parts)
    number = _place(plans, term.leaf)
    grouped = history.streams.get((term.source, term.path))
    levels = grouped.levels[str(term.measure)] if grouped is not None and term.categorical else ()
    return Node(term, number, parts, levels)


def _place(plans: Sequence[Plan], found: Measure | None) -> tuple[int, int] | None:
    return next(((i, plan.places[found]) for i, plan in enumerate(plans) if found in plan.places), None) if found else None


def _row_node(history: History, plans: Sequence[Plan], term: Term, parts: tuple[tuple[str, Node], ...]) -> Node:
    change = change_leaf(history, term)
    number = _place(plans, change)
    if not term.categorical:
        return Node(term, number, parts)
    column = history.columns.get((term.source, str(term.measure)))
    stated = (column.levels or ()) if column is not None and term.stated else ()
    changed: tuple[str, ...] = ()
    if change is not None:
        grouped = history.streams[change.source, change.path]
        field = grouped.levels["field"].index(str(term.measure))
        used = np.unique(grouped.codes["value"][grouped.codes["field"] == field])
        changed = tuple(grouped.levels["value"][code] for code in used if code >= 0)
        whole = grouped.levels["value"]
    levels = tuple(sorted({*stated, *changed}))
    return Node(term, number, parts, levels, recoding(stated, levels), recoding(whole, levels) if changed else None)


def _pool_codes(key: Node, pool: Pool) -> Floats:
    """From the index of a key's level to its level in the pool: one that no event had yet counts as everybody's mean."""
    place = {level: i for i, level in enumerate(pool.levels)}
    return np.array([*(place.get(level, len(pool.levels) + 1) for level in key.levels), -1], np.float64)


def _of_owner(history: History, key: Node, column: Column) -> Floats:
    """From the index of an owner's id to the index of what the owner's row says."""
    ids = history.columns["owners", "owner_id"]
    of = dict(zip(np.array(ids.levels or (), object)[ids.values.astype(np.int64)], column.values.tolist(), strict=True))
    codes = [float(of.get(level, -1)) for level in key.levels]
    return np.array([*(np.nan if code < 0 else code for code in codes), np.nan])


def evaluate(node: Node, history: History, spine: Spine, numbers: Numbers) -> Floats:
    """The value for each row; a categorical one is the index of its level, NaN where there is none."""
    if node.bare:
        return _number(node, numbers)
    term = node.term
    value = _own(node, history, spine, numbers)
    if node.bounded:
        value = _flagged(term, value)
    if term.scale != 1.0:
        value = value * term.scale
    for name, part in node.parts:
        other = evaluate(part, history, spine, numbers)
        match name:
            case "minus":
                value = value - other
            case "plus":
                value = value + other
            case "times":
                value = value * other
            case "over":
                value = np.divide(value, other, out=np.full(len(value), np.nan), where=other > 0)
    return value


def numbers_of(node: Node) -> Iterator[tuple[int, int]]:
    """The kernel's numbers (plan, column) that a node and its parts read."""
    yield from [node.number] if node.number is not None else []
    for part in (*(part for _, part in node.parts), *([node.key] if node.key is not None else [])):
        yield from numbers_of(part)


def _flagged(term: Term, value: Floats) -> Floats:
    inside = (value >= (-np.inf if term.at_least is None else term.at_least)) & (
        value <= (np.inf if term.at_most is None else term.at_most)
    )
    return np.where(np.isnan(value), np.nan, inside)


def _own(node: Node, history: History, spine: Spine, numbers: Numbers) -> Floats:
    if node.counted:
        return _number(node, numbers)
    term = node.term
    if term.stat == CALENDAR:
        return calendar_values(str(term.measure), spine.as_of + 1, history.zone)
    if node.key is not None and node.key_codes is not None:
        codes = node.key_codes[indices(evaluate(node.key, history, spine, numbers))]
        return codes if node.pool is None else node.pool.mean(codes.astype(np.int64), spine.as_of + 1, term.shrink)
    if term.stat in ROW_STATS:
        return _of_row(node, history, spine, numbers)
    number = _number(node, numbers)
    if term.stat == "last_until":
        return np.where(number >= OPEN_END, np.nan, (number - spine.as_of) / DAY)
    return (spine.as_of - number) / DAY if term.stat == "last_since" else number


def _number(node: Node, numbers: Numbers) -> Floats:
    plan, place = node.number or (0, 0)
    found: Floats = numbers[plan][place]
    return found


def _of_row(node: Node, history: History, spine: Spine, numbers: Numbers) -> Floats:
    """A value of the entity's own row, or of the latest change of it that was known."""
    term = node.term
    value = _stated(node, history, spine)
    if node.number is not None:
        latest = _number(node, numbers)
        latest = node.changed_codes[indices(latest)] if node.changed_codes is not None else latest / THOUSANDTHS
        value = np.where(np.isnan(latest), value, latest)
    if term.stat == "attribute":
        return value
    days = (value - spine.as_of if term.stat == "days_until" else spine.as_of - value) / DAY
    return np.where(days < 0, np.nan, days) if term.stat == "days_since" else days


def _stated(node: Node, history: History, spine: Spine) -> Floats:
    """What the row itself says, where that was known at creation."""
    term = node.term
    rows = spine.account if term.source == "accounts" else spine.opportunity
    column = history.columns.get((term.source, str(term.measure)))
    if column is None or not term.stated or not len(column.values):
        return np.full(len(rows), np.nan)
    own = column.values[rows]
    if node.stated_codes is not None:
        return np.where(rows < 0, np.nan, node.stated_codes[own])
    missing = (rows < 0) | (own == MISSING)
    return np.where(missing, np.nan, own.astype(np.float64))
