"""`foresale promote`."""

from typing import Annotated

import typer

from foresale.commands import Context


def promote(
    context: Context,
    task: str,
    version: str,
    despite: Annotated[str | None, typer.Option(help="Why to use one that did not pass; kept with it.")] = None,
) -> None:
    """Make a version that passed its gate the champion (also the way back to an earlier one), or one that did not."""
    with context.obj.company() as company:
        company.promote(task, version, despite)
    context.obj.terminal.say(f"{task}: version {version} is champion; POST /v1/models/reload makes a running server use it")
