"""`foresale audit verify`: whether the audit trail is whole."""

from typing import Annotated

import typer

from foresale.commands import Context
from workspace.errors import ForesaleError

audit = typer.Typer(no_args_is_help=True, help="The audit trail.")


@audit.callback()
def about() -> None:
    """The audit trail."""


@audit.command()
def verify(
    context: Context, known: Annotated[str | None, typer.Option(help="The hash that an earlier verification printed.")] = None
) -> None:
    """Check that no line was changed, added or taken out; print the hash of the last, to be kept elsewhere."""
    from serving.store.audit import verify

    with context.obj.company() as company, company.store() as store, store.read() as connection:
        found = verify(connection, known)
    if found.broken is not None:
        raise ForesaleError(
            "the audit trail is broken",
            got=f"{found.lines} lines hold together, then line {found.broken} does not",
            expected="each line with the hash of the one before" + (f", and {known} among them" if known else ""),
            do="compare with a backup of the score store",
        )
    typer.echo(f"{found.lines} lines hold together; the last: {found.last}")
