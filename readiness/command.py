"""A checkup for a person at a terminal, and for a reader of the page."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from display.language import Writer
from display.words import Language
from readiness.check import Checkup
from readiness.page import page
from workspace.files import write_atomically
from workspace.workspace import Workspace

_COLOURS = {"ready": "green", "usable": "yellow", "not_ready": "red", "not_set": "dim"}


def write_pages(workspace: Workspace, checkup: Checkup) -> list[Path]:
    """Write the report in English and in Chinese; both files."""
    languages: tuple[Language, ...] = ("en", "zh")
    pages = [
        (workspace.data_dir / f"check.{language}.html", page(checkup, Writer(language).of(workspace, "title_"), language))
        for language in languages
    ]
    for path, text in pages:
        write_atomically(path, text)
    return [path for path, _ in pages]


def show(checkup: Checkup, console: Console) -> None:
    """The summary: tasks, then tables, then damage."""
    tasks = Table("task", "state", "training", "test", "what would help", title="the three tasks", title_justify="left")
    for task in checkup.tasks:
        sides = [f"{side.rows:,} rows, {side.positives:,} with the outcome" if side else "" for side in (task.train, task.test)]
        tasks.add_row(task.task, f"[{_COLOURS[task.state]}]{task.state.replace('_', ' ')}[/]", *sides, escape(task.en))
    tables = Table("table", "read", "accepted", "quarantined", title="tables", title_justify="left")
    for name, count in checkup.counts.items():
        tables.add_row(name, *(f"{n:,}" for n in (count.read, count.accepted, count.quarantined)))
    damage = Table("where", "what", "rows", "do this", title="damaged or odd", title_justify="left")
    for finding in checkup.findings:
        damage.add_row(
            f"{finding.table}.{finding.column}".rstrip("."),
            f"{'[red]lost[/] ' if finding.lost else ''}{escape(finding.en)}",
            f"{finding.rows:,} ({finding.share:.1%})",
            escape(finding.do_en),
        )
    absent = Table("table", "features", "dimensions", title="what an absent table costs", title_justify="left")
    for missing in checkup.missing:
        absent.add_row(missing.table, str(missing.features), ", ".join(missing.dimensions))
    for table in (tasks, tables, damage, absent):
        console.print(table)
