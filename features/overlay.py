"""Some accounts' history with rows that no ingest has seen: events just sent, or supposed for a what-if.

The canonical rows of the accounts are read anew and grouped as an ingest would group them, so an answer is the same to the
last bit as after an ingest of the same rows; what is counted over other accounts stays as it was.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from features.feature import Feature, Term
from features.history import History, build_history, referrals
from features.nodes import Node
from features.parts import WHOLE, AccountParts
from features.pipeline import Pipeline, Pools, prepare
from workspace.schema import TABLES

_FEW = 20  # accounts: so many are looked up one by one
Tables = dict[str, pa.Table]


def tables_of(parts: AccountParts, accounts: Sequence[str]) -> Tables:
    """The canonical rows of some accounts, and all owners; a table that the company has is there, if without rows."""
    chosen = sorted(accounts)
    ranges = [(key, key) for key in chosen] if len(chosen) <= _FEW else [(chosen[0], chosen[-1])]
    read = [parts.read(*ends) for ends in ranges]
    return of_accounts({name: pa.concat_tables([tables[name] for tables in read]) for name in read[0]}, accounts)


def of_accounts(tables: Mapping[str, pa.Table], accounts: Collection[str]) -> Tables:
    """The rows of some accounts among these, and all owners."""
    wanted = pa.array(sorted(accounts), pa.string())
    return {name: table if name in WHOLE else _only(table, wanted) for name, table in tables.items()}


def _only(table: pa.Table, accounts: pa.Array) -> pa.Table:
    return table.filter(pc.is_in(pc.cast(table["account_id"], pa.string()), accounts))


def with_rows(tables: Mapping[str, pa.Table], rows: Mapping[str, pa.Table]) -> Tables:
    """Tables with further rows, times perhaps in seconds.

    One with the key of a row that is there takes its place; what it does not state stays as it was.
    """
    added = {name: _added(table, rows[name], TABLES[name].key) if name in rows else table for name, table in tables.items()}
    if "opportunities" in rows and "referrals" in added:
        return {**added, "referrals": referrals(added["opportunities"])}
    return added


def _added(table: pa.Table, rows: pa.Table, key: Sequence[str]) -> pa.Table:
    plain = table.cast(pa.schema([_plain(column) for column in table.schema]))
    new = pa.table({column.name: _column(rows, column) for column in plain.schema})
    before, after = _keys(plain, key), _keys(new, key)
    place = pc.index_in(after, before)
    stated = [pc.coalesce(new[name], plain[name].take(place)) for name in plain.column_names]
    kept = plain.filter(pc.invert(pc.is_in(before, after)))
    return pa.concat_tables([kept, pa.Table.from_arrays(stated, schema=plain.schema)])


def _plain(column: pa.Field) -> pa.Field:
    return column.with_type(pa.string()) if pa.types.is_dictionary(column.type) else column


def _column(rows: pa.Table, column: pa.Field) -> pa.ChunkedArray:
    if column.name in rows.column_names:
        given = rows[column.name]
        in_seconds = pa.types.is_timestamp(column.type) and pa.types.is_integer(given.type)
        return (given.cast(pa.timestamp("s", column.type.tz)) if in_seconds else given).cast(column.type)
    return pa.chunked_array([pa.nulls(len(rows), column.type)])


def _keys(table: pa.Table, key: Sequence[str]) -> pa.Array:
    """The key of each row as one text."""
    parts = [pc.fill_null(pc.cast(table[name], pa.string()), "") for name in key]
    return pc.binary_join_element_wise(*parts, "\x1f").combine_chunks()


def grouped(tables: Mapping[str, pa.Table], zone: str, latest: int) -> History:
    """The history of such tables; it reaches as far as that of the whole company."""
    history = build_history(tables, zone)
    return replace(history, latest=max(history.latest, latest))


def prepared_on(history: History, whole: Pipeline, features: Sequence[Feature]) -> Pipeline:
    """Features over such a history, with what the whole company's pipeline counted over others."""
    return prepare(history, features, _pools(whole))


def _pools(whole: Pipeline) -> Pools:
    return {term: node.pool for top in whole.nodes for term, node in _nodes(top) if node.pool is not None}


def _nodes(node: Node) -> Iterator[tuple[Term, Node]]:
    yield node.term, node
    for part in (*(part for _, part in node.parts), *([node.key] if node.key is not None else [])):
        yield from _nodes(part)
