"""A checkup for a person at a terminal, and for a reader of the page."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from display.language import Writer
from display.words import LANGUAGES, Language
from readiness.check import Checkup
from readiness.findings import Finding
from readiness.page import page, table_name
from readiness.tasks import Side
from workspace.files import write_atomically
from workspace.workspace import Workspace

_COLOURS = {"ready": "green", "usable": "yellow", "not_ready": "red", "not_set": "dim"}


def write_pages(workspace: Workspace, checkup: Checkup) -> dict[Language, Path]:
    """Write the report in each language; the files."""
    pages = {language: workspace.data_dir / f"check.{language}.html" for language in LANGUAGES}
    for language, path in pages.items():
        write_atomically(path, page(checkup, Writer(language).of(workspace, "title_"), language))
    return pages


def where_pages_are(pages: dict[Language, Path], w: Writer) -> str:
    """The file in the reader's language, and the other one."""
    other = next(path for language, path in pages.items() if language != w.language)
    return w.say("check.report", page=pages[w.language], other=other)


def show(checkup: Checkup, w: Writer, console: Console) -> None:
    """The summary: tasks, then tables, then damage, then what is absent."""
    for table in (_tasks(checkup, w), _tables(checkup, w), _damage(checkup, w), _absent(checkup, w)):
        console.print(table)


def _table(title: str, *columns: str) -> Table:
    return Table(*columns, title=title, title_justify="left")


def _tasks(checkup: Checkup, w: Writer) -> Table:
    table = _table(
        w.say("check.tasks"),
        w.say("check.column.task"),
        w.say("check.column.state"),
        w.say("check.column.train"),
        w.say("check.column.test"),
        w.say("check.column.next"),
    )
    for task in checkup.tasks:
        state = f"[{_COLOURS[task.state]}]{w.say(f'check.state.{task.state}')}[/]"
        table.add_row(w.say(f"check.task.{task.task}"), state, _side(task.train, w), _side(task.test, w), escape(w.of(task)))
    return table


def _side(side: Side | None, w: Writer) -> str:
    return f"{w.number(side.rows)} ({w.number(side.positives)})" if side else ""


def _tables(checkup: Checkup, w: Writer) -> Table:
    table = _table(
        w.say("check.tables"),
        w.say("check.column.table"),
        w.say("check.column.read"),
        w.say("check.column.accepted"),
        w.say("check.column.quarantined"),
    )
    for name, count in checkup.counts.items():
        table.add_row(table_name(w, name), w.number(count.read), w.number(count.accepted), w.number(count.quarantined))
    return table


def _damage(checkup: Checkup, w: Writer) -> Table:
    table = _table(
        w.say("check.damage"),
        w.say("check.column.where"),
        w.say("check.column.what"),
        w.say("check.column.rows"),
        w.say("check.column.do"),
    )
    for found in checkup.findings:
        rows = f"{w.number(found.rows)} ({w.percent(found.share)})"
        place = escape(f"{found.table}.{found.column}".rstrip("."))
        table.add_row(place, _what(found, w), rows, escape(w.of(found, "do_")))
    return table


def _what(found: Finding, w: Writer) -> str:
    lost = f"[red]{w.say('check.lost')}[/] " if found.lost else ""
    return f"{lost}{escape(w.of(found))}"


def _absent(checkup: Checkup, w: Writer) -> Table:
    table = _table(
        w.say("check.missing"), w.say("check.column.table"), w.say("check.column.features"), w.say("check.column.dimensions")
    )
    for missing in checkup.missing:
        dimensions = w.say("list.separator").join(w.say(f"dimension.{name}") for name in missing.dimensions)
        table.add_row(f"{missing.table} · {w.of(missing)}", w.number(missing.features), dimensions)
    return table
