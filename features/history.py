"""Canonical tables in memory: the grouped events of every stream, and the rows entities start from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.derived import Source
from features.feature import Path as EntityPath
from features.grouped import Grouped, group_stream, is_carried
from features.kernel.arrays import Ints, arrow, encode, look_up, measure, seconds
from features.streams import STREAMS
from workspace.errors import ForesaleError

_NO_OPPORTUNITIES = pa.table({"opportunity_id": pa.array([], pa.string()), "account_id": pa.array([], pa.string())})
ENTITIES = {"accounts": "account_id", "opportunities": "opportunity_id", "owners": "owner_id"}


@dataclass(frozen=True)
class Column:
    """One column of an entity's own row: codes with levels, or int64 (MISSING where absent), or float64."""

    values: NDArray[np.generic]
    levels: tuple[str, ...] | None = None


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

    @cached_property
    def account_ids(self) -> NDArray[np.object_]:
        """The id of each account."""
        return np.array(list(self.account_codes), object)

    @cached_property
    def opportunity_account(self) -> Ints:
        """The row of each opportunity's account, -1 for one that is not there."""
        return self.opportunities["account"].to_numpy(np.int64)

    @cached_property
    def opportunity_ids(self) -> NDArray[np.object_]:
        """The id of each opportunity."""
        return np.array(list(self.opportunity_codes), object)

    @cached_property
    def _by_account(self) -> tuple[Ints, Ints]:
        """The rows of opportunities with those of an account together, and where each account's begin."""
        order = np.argsort(self.opportunity_account, kind="stable")
        return order, np.searchsorted(self.opportunity_account[order], np.arange(len(self.accounts) + 1))

    def deals_of(self, accounts: Ints) -> tuple[Ints, Ints]:
        """The opportunities of some accounts: for each the place of its account among these, and its own row, by id."""
        order, starts = self._by_account
        begin, size = starts[accounts], starts[accounts + 1] - starts[accounts]
        before = np.cumsum(size) - size
        place = np.repeat(np.arange(len(accounts)), size)
        return place, order[np.arange(len(place)) - before[place] + begin[place]]

    @cached_property
    def _times(self) -> dict[str, Ints]:
        return {}

    def times(self, column: str) -> Ints:
        """A time of each opportunity in seconds, MISSING where it is not known; converted once."""
        if column not in self._times:
            self._times[column] = seconds(self.opportunities[column])
        return self._times[column]

    def of(self, accounts: Ints, opportunities: Ints) -> History:
        """The events and rows of some accounts and opportunities, which become 0, 1, 2, ...; tables of ids stay whole."""
        rows = {"account": accounts, "opportunity": opportunities, "accounts": accounts, "opportunities": opportunities}
        streams = {name: grouped.of(rows[name[1]]) for name, grouped in self.streams.items()}
        columns = {
            name: Column(column.values[rows[name[0]]], column.levels) if name[0] in rows else column
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
        (stream.name, path): group_stream(source, stream, path)
        for stream in STREAMS
        for path in stream.paths
        if is_carried(source, stream, path)
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
