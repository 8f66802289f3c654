"""The whole check: ingest what changed, then tables, damage, coverage and tasks in one result."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pandas as pd

from features.compute import DAY
from features.history import History
from features.history_file import load_history
from readiness.coverage import Dimension, Missing, coverage
from readiness.findings import Finding, quarantine, suspicions
from readiness.names import names_and_ids
from readiness.tasks import Readiness, readiness
from tables.acceptance import TableCount
from tables.ingest import IngestResult, ingest
from workspace.progress import SILENT, Progress
from workspace.schema import TABLES
from workspace.workspace import Workspace

EXIT = {"ready": 0, "usable": 3, "not_ready": 4}


@dataclass(frozen=True)
class Checkup:
    """What `foresale check` found. `days` is the span of the history, `events` the mean events of an account by stream,
    `months` the events of each table by month.
    """

    counts: dict[str, TableCount]
    days: int
    accounts: int
    events: dict[str, float]
    months: dict[str, dict[str, int]]
    findings: tuple[Finding, ...]
    dimensions: tuple[Dimension, ...]
    missing: tuple[Missing, ...]
    tasks: tuple[Readiness, ...]

    @property
    def state(self) -> str:
        """The best state of the tasks that are set."""
        states = [task.state for task in self.tasks]
        return next((state for state in EXIT if state in states), "not_ready")

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return {
            "state": self.state,
            "tables": {name: vars(count) for name, count in self.counts.items()},
            "days": self.days,
            "accounts": self.accounts,
            "events_per_account": self.events,
            "months": self.months,
            "findings": [f.as_dict() for f in self.findings],
            "dimensions": [vars(d) for d in self.dimensions],
            "missing_tables": [m.as_dict() for m in self.missing],
            "tasks": [t.as_dict() for t in self.tasks],
        }


def check(workspace: Workspace, progress: Progress = SILENT, now: int | None = None) -> Checkup:
    """Ingest and judge. Raises ForesaleError where a source or a mapping is wrong."""
    result = ingest(workspace, progress, now)
    with progress.during("looking for damage"):
        findings = findings_of(workspace, result)
    with progress.during("counting labels"):
        history = load_history(result.snapshot)
        dimensions, missing = coverage(workspace, history)
        tasks = readiness(workspace, history)
    days = (history.latest - history.earliest) // DAY if history.latest else 0
    return Checkup(
        result.counts,
        days,
        len(history.accounts),
        _events(history),
        _months(workspace, history),
        findings,
        dimensions,
        missing,
        tasks,
    )


def findings_of(workspace: Workspace, result: IngestResult) -> tuple[Finding, ...]:
    """The gravest first: rows that were lost, then by rows."""
    lost = [
        finding
        for name, count in result.counts.items()
        for finding in quarantine(result.snapshot, name, count.reasons, count.read)
    ]
    every = [*lost, *suspicions(workspace, result.snapshot), *names_and_ids(result.snapshot, result.counts)]
    return tuple(sorted(every, key=lambda f: (not f.lost, -f.rows, f.table, f.code)))


def _events(history: History) -> dict[str, float]:
    """Mean events of an account, by stream."""
    return {
        name: round(len(grouped.occurred) / max(len(history.accounts), 1), 2)
        for (name, path), grouped in sorted(history.streams.items())
        if path == "account" and len(grouped.occurred)
    }


def _months(workspace: Workspace, history: History) -> dict[str, dict[str, int]]:
    """Events by month in the company's zone, as `2026-01`, of the streams that accounts have."""
    found = {}
    for (name, path), grouped in sorted(history.streams.items()):
        if path == "account" and len(grouped.occurred) and name in TABLES:
            days = pd.to_datetime(pd.Series(grouped.occurred), unit="s", utc=True).dt.tz_convert(workspace.time_zone)
            found[name] = {str(month): int(n) for month, n in days.dt.strftime("%Y-%m").value_counts().sort_index().items()}
    return found


def as_json(checkup: Checkup) -> str:
    """One JSON object."""
    return json.dumps(checkup.as_dict(), ensure_ascii=False)
