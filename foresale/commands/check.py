"""`foresale check`."""

import os
from typing import Annotated

import typer
from rich.console import Console

from display.words import Language
from foresale.commands import AsJson, Context
from foresale.language import spoken


def check(
    context: Context,
    as_json: AsJson = False,
    language: Annotated[Language | None, typer.Option(help="Of the summary; the terminal's by default.")] = None,
) -> None:
    """Ingest, and say whether the data can carry each task: exit status 0 ready, 3 usable, 4 not ready."""
    from display.language import Writer
    from readiness.check import EXIT
    from readiness.check import as_json as json_of
    from readiness.command import show, where_pages_are, write_pages

    writer = Writer(language or spoken(os.environ))
    with context.obj.company() as company:
        checkup = company.check()
        pages = write_pages(company.workspace, checkup)
    if as_json:
        typer.echo(json_of(checkup))
    else:
        show(checkup, writer, Console())
    context.obj.terminal.say(where_pages_are(pages, writer))
    raise typer.Exit(EXIT[checkup.state])
