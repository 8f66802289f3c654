"""Canonical tables in memory: event arrays grouped by entity in the total order, and the rows entities start from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features import derived
from features.derived import DERIVED, Source
from features.feature import Path as EntityPath
from features.kernel.arrays import Codes, Ints, arrow, encode, look_up, measure
from features.kernel.layout import MISSING
from features.streams import STREAMS, Step, Stream
from workspace.errors import ForesaleError
from workspace.schema import TABLES

_NO_OPPORTUNITIES = pa.table({"opportunity_id": pa.array([], pa.string()), "account_id": pa.array([], pa.string())})
ENTITIES = {"accounts": "account_id", "opportunities": "opportunity_id", "owners": "owner_id"}


@dataclass(frozen=True)
class Column:
    """One column of an entity's own row: codes with levels, or int64 (MISSING where absent), or float64."""

    values: NDArray[np.generic]
    levels: tuple[str, ...] | None = None


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
        offsets = np.concatenate([[0], np.cumsum(end - begin)])
        if len(entities) == 1:
            return self.take(slice(int(begin[0]), int(end[0])), offsets)
        return self.take(np.arange(offsets[-1]) + np.repeat(begin - offsets[:-1], end - begin), offsets)


@dataclass(frozen=True, eq=False)
class History:
    """Everything the models may look at; times are UTC seconds. Rows of `accounts` and `opportunities` are sorted by id.

    `columns` holds what the rows of accounts, opportunities and owners say; `earliest` and `latest` are the first and the
    last second known; `zone` is the company's.
    """

    accounts: pd.DataFrame
    opportunities: pd.DataFrame
    streams: dict[tuple[str, EntityPath], Grouped]
    columns: dict[tuple[str, str], Column]
    earliest: int
    latest: int
    zone: str = "UTC"

    @cached_property
    def account_codes(self) -> dict[str, int]:
        """The row of each account id."""
        return {str(key): row for row, key in enumerate(self.accounts["account_id"])}

    @cached_property
    def opportunity_codes(self) -> dict[str, int]:
        """The row of each opportunity id."""
        return {str(key): row for row, key in enumerate(self.opportunities["opportunity_id"])}

    def of(self, accounts: Ints, opportunities: Ints) -> History:
        """The events and rows of some accounts and opportunities, which become 0, 1, 2, ...; tables of ids stay whole."""
        rows = {"account": accounts, "opportunity": opportunities, "accounts": accounts, "opportunities": opportunities}
        streams = {name: grouped.of(rows[name[1]]) for name, grouped in self.streams.items()}
        columns = {
            name: replace(column, values=column.values[rows[name[0]]]) if name[0] in rows else column
            for name, column in self.columns.items()
        }
        return replace(self, streams=streams, columns=columns)


def build_history(tables: Mapping[str, pd.DataFrame | pa.Table], zone: str = "UTC") -> History:
    """Group canonical tables (times as UTC timestamps) into a History. `accounts` must be there."""
    if "accounts" not in tables:
        raise ForesaleError("the history has no accounts", got=sorted(tables), expected="a table accounts", do="ingest it")
    whole = {"opportunities": _NO_OPPORTUNITIES, **{name: arrow(table) for name, table in tables.items()}}
    if "referrals" not in whole and "referred_by_id" in whole["opportunities"].column_names:
        whole["referrals"] = referrals(whole["opportunities"])
    for name, key in ENTITIES.items():
        if name in whole:
            whole[name] = _sorted(whole[name], key)
    source = Source(whole, _ids(whole["accounts"], "account_id"), _ids(whole["opportunities"], "opportunity_id"))
    streams = {
        (stream.name, path): _group(source, stream, path)
        for stream in STREAMS
        for path in stream.paths
        if _carried(source, stream, path)
    }
    planned = {stream.name for stream in STREAMS if stream.planned}
    happened = [grouped for (name, _), grouped in streams.items() if name not in planned and len(grouped.known)]
    latest = max((int(grouped.known.max()) for grouped in happened), default=0)
    earliest = min((int(grouped.occurred.min()) for grouped in happened), default=0)
    columns = {
        (name, column): _column(whole[name], column) for name in ENTITIES if name in whole for column in whole[name].column_names
    }
    return History(*entity_frames(whole), streams, columns, earliest, latest, zone)


def entity_frames(tables: Mapping[str, pa.Table]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of accounts and of opportunities by id; `account` is the row of an opportunity's account."""
    accounts = _sorted(tables["accounts"], "account_id")
    opportunities = _sorted(tables.get("opportunities", _NO_OPPORTUNITIES), "opportunity_id")
    account = look_up(opportunities["account_id"], _ids(accounts, "account_id"))
    return _frame(accounts), _frame(opportunities).assign(account=account)


def referrals(opportunities: pa.Table) -> pa.Table:
    """Opportunities as events of the account that referred them."""
    wanted = [name for name in ("opportunity_id", "opened_at", "received_at") if name in opportunities.column_names]
    table = opportunities.select([*wanted, "referred_by_id"]).rename_columns([*wanted, "account_id"])
    return table.filter(pc.is_valid(table["account_id"]))


def _sorted(table: pa.Table, key: str) -> pa.Table:
    return table.take(pc.sort_indices(pc.cast(table[key], pa.string())))


def _ids(table: pa.Table, column: str) -> pa.Array:
    return pc.cast(table[column], pa.string()).combine_chunks()


def _frame(table: pa.Table) -> pd.DataFrame:
    whole = {pa.int64(): pd.Int64Dtype()}
    return pd.DataFrame(table.to_pandas(types_mapper=whole.get))


def _column(table: pa.Table, name: str) -> Column:
    values = table[name]
    kind = values.type
    if pa.types.is_floating(kind):
        return Column(pc.fill_null(pc.cast(values, pa.float64()), np.nan).to_numpy())
    if pa.types.is_integer(kind) or pa.types.is_timestamp(kind):
        return Column(measure(values))
    return Column(*encode(values))


def _entity_column(stream: Stream, path: EntityPath) -> str:
    return stream.entity or f"{path}_id"


def _carried(source: Source, stream: Stream, path: EntityPath) -> bool:
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


def _group(source: Source, stream: Stream, path: EntityPath) -> Grouped:
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
