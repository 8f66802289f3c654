"""`foresale backup` and `foresale restore`: the score store as one file, copied while the server runs."""

from pathlib import Path
from typing import Annotated

import typer

from foresale.commands import Context


def backup(context: Context, file: Annotated[Path, typer.Argument(help="Where to write it; must not be there yet.")]) -> None:
    """Copy keys, audit, events, feedback and scores into one file, whole, while the server goes on."""
    from serving.store.copies import backup

    with context.obj.company() as company:
        typer.echo(f"{backup(company.workspace.store_url, file):,} bytes in {file}")


def restore(context: Context, file: Annotated[Path, typer.Argument(help="A file that `foresale backup` wrote.")]) -> None:
    """Put such a file in place of the score store; the one that was there stays beside it. Stop the server first."""
    from serving.store.copies import restore

    with context.obj.company() as company, company.alone():
        kept = restore(company.workspace.store_url, file)
        typer.echo(f"restored{f'; what was there is {kept}' if kept else ''}")
