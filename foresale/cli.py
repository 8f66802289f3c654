"""The command line, assembled: which commands there are, and how a mistake ends."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from foresale.commands import Call, Context
from foresale.commands.audit import audit
from foresale.commands.backup import backup, restore
from foresale.commands.check import check
from foresale.commands.demo import demo
from foresale.commands.features import features
from foresale.commands.forecast import forecast
from foresale.commands.ingest import ingest
from foresale.commands.init import init
from foresale.commands.key import key
from foresale.commands.nightly import nightly
from foresale.commands.promote import promote
from foresale.commands.rollback import rollback
from foresale.commands.score import score
from foresale.commands.serve import serve
from foresale.commands.train import train
from foresale.commands.world import world
from foresale.terminal import Terminal
from workspace.errors import ForesaleError

COMMANDS = (
    init,
    check,
    ingest,
    features,
    train,
    promote,
    rollback,
    score,
    forecast,
    serve,
    nightly,
    backup,
    restore,
    world,
    demo,
)
app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Conversion, value and churn predictions from CRM history, with reasons.",
)
for command in COMMANDS:
    app.command()(command)
app.add_typer(key, name="key")
app.add_typer(audit, name="audit")


@app.callback()
def options(
    context: Context, workspace: Annotated[Path, typer.Option(help="The company's workspace file.")] = Path("foresale.toml")
) -> None:
    """Which company."""
    context.obj = Call(workspace, context.obj or Terminal())


def main() -> None:
    """Run the command line; a user's mistake ends with its message and status 1."""
    terminal = Terminal()
    terminal.hear()
    try:
        app(obj=terminal)
    except ForesaleError as error:
        terminal.console.print(f"[red]error:[/] {escape(str(error))}", soft_wrap=True)
        sys.exit(1)
