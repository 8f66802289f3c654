"""One full feature row from disk: `python -m benchmarks.catalogue_row FOLDER [--accounts N] [--calls N]` prints JSON.

All features of an opportunity: its own, its account's, pooled ones and attributes. The accounts have 450 to 550 rows of
events each. The history is grouped once, then mapped; the pages stay in the system's cache, as in a running service.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from benchmarks import harness
from benchmarks.catalogue import ZONE
from features.catalog import feature_set
from features.compute import opportunity_spine
from features.history import History
from features.history_file import load_history
from features.kernel.arrays import Ints, look_up
from features.parts import WHOLE, AccountParts
from features.pipeline import Pipeline, available, pooled, prepare
from features.rows import Spine
from tables.snapshot import Snapshot
from workspace.workspace import load_workspace

EVENTS = (450, 550)


def copy_tables(company: AccountParts, accounts: int, snapshot: Snapshot) -> None:
    """The first accounts of a world as a snapshot: one file a table."""
    first, last = company.ranges(accounts)[0]
    within = (ds.field("account_id") >= first) & (ds.field("account_id") <= last)
    for name in company.tables:
        source = ds.dataset(company.folder / name)
        chosen = source.to_table(filter=within if name not in WHOLE and "account_id" in source.schema.names else None)
        pq.write_table(chosen, snapshot.file(name))


def event_counts(snapshot: Snapshot, history: History) -> Ints:
    """The rows in tables of events of each account."""
    found, ids = np.zeros(len(history.accounts), np.int64), pa.array(history.accounts["account_id"], pa.string())
    for table in snapshot.read().values():
        if "occurred_at" in table.column_names:
            account = look_up(table["account_id"], ids)
            found += np.bincount(account[account >= 0], minlength=len(found))
    return found


def chosen_rows(history: History, events: Ints) -> Spine:
    """The newest opportunity of each account that has about 500 events, as of the end of the history."""
    account = history.opportunities["account"].to_numpy(np.int64)
    newest = np.lexsort((history.opportunities["opened_at"].to_numpy(), account))
    last = newest[np.append(account[newest][1:] != account[newest][:-1], True)]
    fitting = last[(events[account[last]] >= EVENTS[0]) & (events[account[last]] <= EVENTS[1])]
    return opportunity_spine(history, fitting, np.full(len(fitting), history.latest), None)


def measured(pipeline: Pipeline, rows: Spine, calls: int) -> dict[str, Any]:
    """One row a call, a different account each time until all had their turn."""
    turns = cycle([rows.take(np.array([i])) for i in range(len(rows))])

    def call() -> object:
        part, row = pipeline.apart(next(turns))
        return part.values(row)

    harness.latencies_ms(call, calls=100)
    return harness.latencies_ms(call, calls=calls)


def one_row(folder: Path, accounts: int, calls: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        snapshot = Snapshot(Path(temporary), ZONE)
        copy_tables(AccountParts(Snapshot(folder / "tables", ZONE)), accounts, snapshot)
        history = load_history(snapshot)
        declared = feature_set(load_workspace(folder / "foresale.toml"), "opportunity")
        pipeline = prepare(history, available(history, declared, history.latest))
        events = event_counts(snapshot, history)
        rows = chosen_rows(history, events)
        own = events[rows.account]
        facts = {
            "accounts": len(history.accounts),
            "events": int(events.sum()),
            "features": len(pipeline.nodes),
            "pooled": len(pooled(pipeline.features)),
            "accounts_chosen": len(rows),
            "events_of_an_account": _spread(own),
        }
        return {**facts, **measured(pipeline, rows, calls)}


def _spread(events: Ints) -> dict[str, int]:
    return {"least": int(events.min()), "median": int(np.median(events)), "most": int(events.max())}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.catalogue_row", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--calls", type=int, default=5_000)
    options = parser.parse_args()
    print(json.dumps(one_row(options.folder, options.accounts, options.calls)))


if __name__ == "__main__":
    main()
