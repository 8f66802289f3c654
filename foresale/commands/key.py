"""`foresale key ...`: API keys made, listed and revoked at the command line."""

from datetime import timedelta
from typing import Annotated

import typer

from foresale.commands import Context

key = typer.Typer(no_args_is_help=True, help="API keys.")


@key.command()
def create(
    context: Context,
    name: str,
    scope: Annotated[list[str] | None, typer.Option(help="read, score, events or admin.")] = None,
    days: Annotated[float | None, typer.Option(help="How many days it is accepted; unset: until revoked.", min=0)] = None,
) -> None:
    """Make a key and print it: the only time it is shown."""
    from serving.access.keys import create_key

    with context.obj.company() as company, company.store() as store:
        typer.echo(create_key(store, name, tuple(scope or ["read", "score"]), timedelta(days=days) if days else None))


@key.command()
def rotate(
    context: Context,
    key_id: str,
    overlap_days: Annotated[float, typer.Option(help="How long the old key is still accepted.", min=0)] = 7,
) -> None:
    """Make a key in place of an old one, which is accepted for some days more, and print it."""
    from serving.access.keys import rotate_key

    with context.obj.company() as company, company.store() as store:
        typer.echo(rotate_key(store, key_id, timedelta(days=overlap_days)))


@key.command("list")
def show(context: Context) -> None:
    """List keys, without their secrets, with when each was last used and when it expires."""
    from serving.access.keys import list_keys

    with context.obj.company() as company, company.store() as store:
        for known in list_keys(store):
            used, ends = (f"{moment:%Y-%m-%d}" if moment else "never" for moment in (known.last_used_at, known.expires_at))
            state = known.state(store.clock())
            typer.echo(f"{known.id}  {known.name}  {','.join(known.scopes)}  {state}  used: {used}  expires: {ends}")


@key.command()
def revoke(context: Context, key_id: str) -> None:
    """Revoke a key; it stops working at once."""
    from serving.access.keys import revoke_key

    with context.obj.company() as company, company.store() as store:
        revoke_key(store, key_id)
