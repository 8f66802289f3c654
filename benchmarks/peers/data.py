"""The streams of events that every engine gets: interactions of a world, order lines of Complete Journey; in no order."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarks.peers.task import DAY, KINDS, Task
from tables.ingest import ingest
from tables.snapshot import current_snapshot
from workspace.workspace import load_workspace

CUTOFFS = 12
EXAMPLE = Path(__file__).parents[2] / "examples" / "complete_journey.toml"
_FIRST_ID = 1_000_000_000  # so that ids are in the same order as numbers and as text


@dataclass(frozen=True)
class _Table:
    """Where the parts of an event are found."""

    events: Path
    accounts: Path
    key: str
    kind: str
    amount: str
    contact: str
    owner: str
    theirs: str


def of_world(world: Path, folder: Path, months: int = CUTOFFS) -> Task:
    """The interactions; how long they took is the amount."""
    tables = world / "tables"
    return _task(
        folder,
        _Table(
            tables / "interactions" / "*.parquet",
            tables / "accounts" / "*.parquet",
            "interaction_id",
            "kind",
            "duration_s",
            "contact_id",
            "owner_id",
            "direction = 'in'",
        ),
        months,
    )


def complete_journey(folder: Path) -> Task:
    """The order lines of real data and what was paid.

    The product stands in for the contact, its category for the kind and the owner, a line of several pieces for a touch
    that they started.
    """
    with tempfile.TemporaryDirectory() as temporary:
        workspace = load_workspace(EXAMPLE).model_copy(update={"data_dir": Path(temporary)})
        ingest(workspace)
        snapshot = current_snapshot(workspace)
        return _task(
            folder,
            _Table(
                snapshot.file("order_lines"),
                snapshot.file("accounts"),
                "line_id",
                "category",
                "amount",
                "product_id",
                "category",
                "quantity > 1",
            ),
            CUTOFFS,
        )


def _task(folder: Path, table: _Table, months: int) -> Task:
    """Ids and labels as numbers; kinds are the five most frequent and one for the others; the rows shuffled."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as con:
        con.execute("SET timezone = 'UTC'; SET enable_progress_bar = false")
        con.execute(f"CREATE TABLE ids AS {_numbered(table.accounts, 'account_id', 'entity', 'level')}")
        con.execute(f"CREATE TABLE kinds AS {_numbered(table.events, table.kind, 'kind', 'count(*) DESC, level', KINDS - 1)}")
        for name, column in (("contact", table.contact), ("owner", table.owner)):
            con.execute(f"CREATE TABLE {name}s AS {_numbered(table.events, column, name, 'level')}")
        con.execute(f"COPY ({_events(table)}) TO '{folder / 'events.parquet'}'")
        found = con.execute(f"SELECT (SELECT count(*) FROM ids), max(occurred) FROM '{folder / 'events.parquet'}'").fetchall()
    entities, last = found[0]
    end = (last + 1) // DAY * DAY - 1
    task = Task(folder, entities, tuple(end - 30 * DAY * month for month in reversed(range(months))))
    task.save()
    return task


def _numbered(source: Path, column: str, name: str, order: str, most: int = 2**31 - 1) -> str:
    """The values of a column and a number from 0 for each; the last number may stand for several."""
    return f"""SELECT {column} AS level, least(row_number() OVER (ORDER BY {order}) - 1, {most})::INTEGER AS {name}
               FROM '{source}' GROUP BY level"""


def _events(table: _Table) -> str:
    return f"""SELECT row_number() OVER (ORDER BY e.{table.key}) + {_FIRST_ID} AS id, entity,
                      epoch(e.occurred_at)::BIGINT AS occurred, k.kind, ({table.theirs})::INTEGER AS direction,
                      CASE WHEN c.level IS NOT NULL THEN contact END AS contact,
                      CASE WHEN o.level IS NOT NULL THEN owner END AS owner, e.{table.amount}::BIGINT AS amount
               FROM '{table.events}' e JOIN ids i ON e.account_id = i.level
               JOIN kinds k ON e.{table.kind} IS NOT DISTINCT FROM k.level
               LEFT JOIN contacts c ON e.{table.contact} = c.level LEFT JOIN owners o ON e.{table.owner} = o.level
               ORDER BY hash(e.{table.key})"""
