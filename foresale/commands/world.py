"""`foresale world`."""

from pathlib import Path
from typing import Annotated

import typer

from foresale.commands import Context


def world(
    context: Context,
    out: Annotated[Path, typer.Option(help="Folder to write to.")],
    accounts: Annotated[int, typer.Option(help="How many accounts.")] = 3000,
    years: Annotated[int, typer.Option(help="How many years of history, 2 to 10.")] = 3,
    seed: Annotated[int, typer.Option(help="The same seed gives the same files.")] = 1,
    preset: Annotated[str, typer.Option(help="standard, hard, or none: nothing to be learnt.")] = "standard",
    truth: Annotated[bool, typer.Option("--truth/--no-truth", help="Also write what is knowable.")] = True,
) -> None:
    """Write a synthetic key-account company with a known truth, and its workspace file."""
    from worlds.write import declared, write_world

    with context.obj.terminal as terminal:
        made = write_world(out, declared(accounts, years, seed, preset), with_truth=truth, progress=terminal.progress)
    terminal.say(f"wrote {made}")
