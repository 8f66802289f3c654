"""One stream's events grouped by entity in the total order: how they are held, put in order and given their values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features import derived
from features.derived import DERIVED, Source
from features.feature import Path as EntityPath
from features.kernel.arrays import Codes, Ints
from features.kernel.layout import MISSING
from features.streams import Step, Stream
from workspace.schema import TABLES


@dataclass(frozen=True)
class Grouped:
    """One stream grouped by entity: CSR offsets and arrays in the order (entity, occurred, known, key).

    `levels[column]` lists the values of a coded column and `codes[column]` their index per event (-1: absent).
    """

    offsets: Ints
    occurred: Ints
    known: Ints
    measures: dict[str, Ints]
    codes: dict[str, Codes]
    levels: dict[str, tuple[str, ...]]

    @cached_property
    def entity(self) -> Ints:
        """The entity of each event."""
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))

    @cached_property
    def search_key(self) -> Ints:
        """One sortable integer for (entity, time) of each event."""
        return search_key(self.entity, self.occurred)

    def take(self, rows: Ints | NDArray[np.bool_] | slice, offsets: Ints) -> Grouped:
        """Some of the events, grouped by new offsets."""
        return Grouped(
            offsets,
            self.occurred[rows],
            self.known[rows],
            {name: values[rows] for name, values in self.measures.items()},
            {name: values[rows] for name, values in self.codes.items()},
            self.levels,
        )

    def keep(self, mask: NDArray[np.bool_]) -> Grouped:
        """The events of the mask; entities stay."""
        return self.take(mask, _offsets(self.entity[mask], len(self.offsets) - 1))

    def of(self, entities: Ints) -> Grouped:
        """The events of some entities, which become 0, 1, 2, ..."""
        begin, end = self.offsets[entities], self.offsets[entities + 1]
        offsets = np.zeros(len(entities) + 1, np.int64)
        np.cumsum(end - begin, out=offsets[1:])
        if len(entities) == 1:
            return self.take(slice(int(begin[0]), int(end[0])), offsets)
        return self.take(np.arange(offsets[-1]) + np.repeat(begin - offsets[:-1], end - begin), offsets)


def _entity_column(stream: Stream, path: EntityPath) -> str:
    return stream.entity or f"{path}_id"


def is_carried(source: Source, stream: Stream, path: EntityPath) -> bool:
    """Whether the tables have what the stream's events need: a time, and an entity or the opportunity that leads to it."""
    through = path == "account" and source.has(stream.table, "opportunity_id")
    return source.has(stream.table, stream.time) and (source.has(stream.table, _entity_column(stream, path)) or through)


def _entity(source: Source, stream: Stream, path: EntityPath) -> Ints:
    """The entity of each row; an event of an opportunity belongs to its account, and no other account's event to it."""
    column = _entity_column(stream, path)
    account = np.append(source.entity("opportunities", "account_id", "account"), -1)
    if not source.has(stream.table, column):
        return account[source.entity(stream.table, "opportunity_id", "opportunity")]
    entity = source.entity(stream.table, column, path)
    if column == "account_id" or not source.has(stream.table, "account_id"):
        return entity
    own = entity if path == "account" else account[entity]
    return np.where(own == source.entity(stream.table, "account_id", "account"), entity, -1)


def group_stream(source: Source, stream: Stream, path: EntityPath) -> Grouped:
    """The rows of a stream's table that have an entity and a time, grouped and in order, with all that can be asked of them."""
    occurred, known = source.seconds(stream.table, stream.time), derived.known(source, stream.table, stream.time)
    entity = _entity(source, stream, path)
    keep = (entity >= 0) & (occurred != MISSING)
    if stream.only is not None:
        codes, levels = source.codes(stream.table, stream.only[0])
        keep &= codes == (levels.index(stream.only[1]) if stream.only[1] in levels else -2)
    rows = np.flatnonzero(keep)
    rows = rows[_order(entity[rows], occurred[rows], known[rows], source.tables[stream.table][stream.key], rows)]
    measures, codes_of = _values(source, stream)
    size = len(source.account_ids if path == "account" else source.opportunity_ids)
    grouped = Grouped(
        _offsets(entity[rows], size),
        occurred[rows],
        known[rows],
        {name: values[rows] for name, values in measures.items()},
        {name: codes[rows] for name, (codes, _) in codes_of.items()},
        {name: levels for name, (_, levels) in codes_of.items()},
    )
    return grouped if stream.step is None else _stepped(grouped, stream.step)


def _values(source: Source, stream: Stream) -> tuple[dict[str, Ints], dict[str, derived.Coded]]:
    """The measures and the codes of a stream: declared, derived, and the workspace's attributes."""
    table = source.tables[stream.table]
    canonical = TABLES[stream.table].names if stream.table in TABLES else table.column_names
    extra = [name for name in table.column_names if name not in canonical]
    numeric = [name for name in extra if pa.types.is_integer(table[name].type) or pa.types.is_floating(table[name].type)]
    found = {name: source.measure(stream.table, name) for name in (*stream.measures, *numeric) if name in table.column_names}
    codes = {
        name: source.codes(stream.table, name)
        for name in (*stream.codes, *extra)
        if name in table.column_names and name not in numeric
    }
    for name in stream.derived:
        if all(source.has(other, *columns) for other, columns in DERIVED[name].needs):
            made = DERIVED[name].make(source)
            if isinstance(made, tuple):
                codes[name] = made
            else:
                found[name] = made
    return found, codes


def _stepped(grouped: Grouped, declared: Step) -> Grouped:
    """With the distance of each event from the one before it."""
    changed, of = declared.changed, declared.of
    if (changed and changed not in grouped.codes) or (of and of not in grouped.measures):
        return grouped
    before = (
        derived.predecessors(grouped.entity, grouped.known)
        if declared.within is None
        else derived.predecessors_within(grouped.entity, grouped.codes[declared.within], grouped.known)
    )
    distance = derived.steps(
        before, grouped.measures[of] if of else grouped.occurred, grouped.codes[changed] if changed else None
    )
    codes, levels = dict(grouped.codes), dict(grouped.levels)
    if changed:
        codes[f"previous_{changed}"] = np.where(before < 0, -1, codes[changed][before]).astype(np.int32)
        levels[f"previous_{changed}"] = levels[changed]
    if declared.signs:
        codes[f"{declared.measure}_kind"], levels[f"{declared.measure}_kind"] = derived.signs(distance), declared.signs
    return replace(grouped, measures={**grouped.measures, declared.measure: distance}, codes=codes, levels=levels)


def _offsets(entity: Ints, size: int) -> Ints:
    return np.concatenate([[0], np.cumsum(np.bincount(entity, minlength=size))]).astype(np.int64)


def _order(entity: Ints, occurred: Ints, known: Ints, key: pa.ChunkedArray, rows: Ints) -> Ints:
    """The permutation into the order (entity, occurred, known, key); what is in order already is only looked through."""
    moment = search_key(entity, occurred)
    ordered = bool((np.diff(moment) >= 0).all())
    order = np.arange(len(rows)) if ordered else np.argsort(moment)  # not stable, which is eight times as fast
    tied = np.flatnonzero(np.diff(moment if ordered else moment[order]) == 0)
    if len(tied):
        mask = np.zeros(len(rows), bool)
        mask[tied] = mask[tied + 1] = True
        among = order[mask]
        if not ordered:
            among = order[mask] = among[np.lexsort((among, moment[among]))]
        if not _in_order(known, key, rows, order[tied], order[tied + 1]):
            rank = pc.rank(pc.cast(key.take(pa.array(rows[among])), pa.string())).to_numpy()
            order[mask] = among[np.lexsort((rank, known[among], moment[among]))]
    return order


def _in_order(known: Ints, key: pa.ChunkedArray, rows: Ints, before: Ints, after: Ints) -> bool:
    """Whether of simultaneous events each pair is already in the order (known, key)."""
    keys = [pc.cast(key.take(pa.array(rows[of])), pa.string()) for of in (before, after)]
    later = known[before] < known[after]
    return bool((later | ((known[before] == known[after]) & pc.less_equal(*keys).to_numpy())).all())


def search_key(entity: Ints, at: Ints) -> Ints:
    """One sortable integer for (entity, time), so that a pair is found by one binary search."""
    return entity * 2**36 + np.clip(at, -(2**34), 2**34) + 2**35
