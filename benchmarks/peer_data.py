"""The streams of events that every engine gets: interactions of a world, order lines of Complete Journey; in no order."""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb

from benchmarks.peer_task import DAY, KINDS, Task
from features.ingest import current_snapshot, ingest
from features.workspace import load_workspace

CUTOFFS = 12
EXAMPLE = Path(__file__).parent.parent / "examples" / "complete_journey.toml"


def of_world(world: Path, folder: Path, months: int = CUTOFFS) -> Task:
    """The interactions: their kind, and how long they took as the amount."""
    return _task(folder, world / "tables" / "interactions" / "*.parquet", world / "tables" / "accounts" / "*.parquet",
                 "interaction_id", "kind", "duration_s", months)


def complete_journey(folder: Path) -> Task:
    """The order lines of real data: their category, and what was paid."""
    with tempfile.TemporaryDirectory() as temporary:
        workspace = load_workspace(EXAMPLE).model_copy(update={"data_dir": Path(temporary)})
        ingest(workspace)
        snapshot = current_snapshot(workspace)
        lines, accounts = snapshot / "order_lines.parquet", snapshot / "accounts.parquet"
        return _task(folder, lines, accounts, "line_id", "category", "amount", CUTOFFS)


def _task(folder: Path, events: Path, accounts: Path, key: str, kind: str, amount: str, months: int) -> Task:
    """Entities and kinds as numbers; kinds are the five most frequent and one for the others; the rows shuffled."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as con:
        con.execute("SET timezone = 'UTC'; SET enable_progress_bar = false")
        con.execute(f"""CREATE TABLE ids AS SELECT account_id, (row_number() OVER (ORDER BY account_id) - 1)::INTEGER AS entity
                        FROM '{accounts}'""")
        con.execute(f"""CREATE TABLE kinds AS SELECT {kind} AS level, (least(row_number() OVER (ORDER BY count(*) DESC, {kind}),
                            {KINDS}) - 1)::INTEGER AS kind FROM '{events}' GROUP BY {kind}""")
        con.execute(f"""COPY (SELECT row_number() OVER (ORDER BY e.{key}) AS id, entity, epoch(e.occurred_at)::BIGINT AS occurred,
                            k.kind, e.{amount}::BIGINT AS amount
                        FROM '{events}' e JOIN ids USING (account_id) JOIN kinds k ON e.{kind} IS NOT DISTINCT FROM k.level
                        ORDER BY hash(e.{key})) TO '{folder / 'events.parquet'}'""")
        found = con.execute(f"SELECT (SELECT count(*) FROM ids), max(occurred) FROM '{folder / 'events.parquet'}'").fetchall()
    entities, last = found[0]
    task = Task(folder, entities, tuple(last - 30 * DAY * month for month in reversed(range(months))))
    task.save()
    return task
