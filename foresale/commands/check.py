"""`foresale check`."""

import typer
from rich.console import Console

from foresale.commands import AsJson, Context


def check(context: Context, as_json: AsJson = False) -> None:
    """Ingest, and say whether the data can carry each task: exit status 0 ready, 3 usable, 4 not ready."""
    from readiness.check import EXIT
    from readiness.check import as_json as json_of
    from readiness.command import show, write_pages

    with context.obj.company() as company:
        checkup = company.check()
        pages = write_pages(company.workspace, checkup)
    if as_json:
        typer.echo(json_of(checkup))
    else:
        show(checkup, Console())
    context.obj.terminal.say(f"the whole report, with charts: {pages[0]} (zh: {pages[1]})")
    raise typer.Exit(EXIT[checkup.state])
