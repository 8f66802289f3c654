"""`foresale promote`."""

import os
from typing import Annotated

import typer

from foresale.commands import Context
from foresale.language import spoken


def promote(
    context: Context,
    task: str,
    version: str,
    despite: Annotated[
        str | None, typer.Option(help="Why to use one that did not pass; kept with it, your name and the time.")
    ] = None,
) -> None:
    """Make a version that passed gate and comparison the champion (also the way back to an earlier one), or one that did not.

    First it repeats what the comparison with the champion of its day came to, in the language of the terminal.
    """
    say = context.obj.terminal.say
    with context.obj.company() as company:
        for line in company.compared(task, version, spoken(os.environ)):
            say(line)
        overrule = company.promote(task, version, despite)
    if overrule is not None:
        say(f"{task}: version {version} did not pass; {overrule.by} overruled that at {overrule.at}: {overrule.reason}")
    say(f"{task}: version {version} is champion; POST /v1/models/reload makes a running server use it")
