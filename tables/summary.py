"""What a snapshot adds up to, in figures a person can set beside the reports of the company."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from tables.snapshot import Snapshot
from workspace.workspace import Workspace

_MOST_KINDS = 6
_DEALS = "select count(*) filter (outcome = $1), count(*) filter (outcome = $2), count(*) filter (outcome is null) from rows"
_OPENED = "select '; opened ' || min(opened_at::date) || ' to ' || max(opened_at::date) from rows"
_ORDERS = """select year(occurred_at), count(*), sum(amount) // $units, count(*) filter (amount < 0),
             coalesce(sum(amount) filter (amount < 0), 0) // $units from rows group by all order by 1"""
_KINDS = "select kind, count(*) from rows group by all order by 2 desc, 1"


def totals(workspace: Workspace, snapshot: Snapshot) -> Iterator[str]:
    """Deals won, lost and open; the orders, returns and money of each year, in whole units; touches by kind."""
    with snapshot.connect() as connection:
        if _rows_of(connection, snapshot, "opportunities", "outcome"):
            won, lost, still = connection.execute(_DEALS, ["won", "lost"]).fetchall()[0]
            dated = "opened_at" in connection.table("rows").columns
            opened = connection.execute(_OPENED).fetchall()[0][0] if dated else ""
            yield f"opportunities: {won:,} won, {lost:,} lost, {still:,} open{opened or ''}"
        if _rows_of(connection, snapshot, "orders", "amount"):
            for year, count, amount, returns, back in connection.execute(_ORDERS, {"units": workspace.minor_units}).fetchall():
                below = f", with {returns:,} below zero ({back:,})" if returns else ""
                yield f"orders of {year}: {count:,}, {amount or 0:,} {workspace.currency}{below}"
        if _rows_of(connection, snapshot, "interactions", "kind"):
            kinds = connection.execute(_KINDS).fetchall()
            rest = sum(count for _, count in kinds[_MOST_KINDS:])
            said = [f"{kind} {count:,}" for kind, count in kinds[:_MOST_KINDS]] + ([f"others {rest:,}"] if rest else [])
            yield f"interactions: {', '.join(said)}"


def _rows_of(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot, table: str, needed: str) -> bool:
    """Make `rows` the accepted rows of a table; whether there are any with the column needed."""
    if table not in snapshot.files:
        return False
    connection.execute(f"create or replace view rows as from {snapshot.relation(table)}")
    return needed in connection.table("rows").columns and bool(connection.execute("select 1 from rows limit 1").fetchall())
