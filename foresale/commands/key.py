"""`foresale key ...`: API keys made, listed and revoked at the command line."""

from typing import Annotated

import typer

from foresale.commands import Context

key = typer.Typer(no_args_is_help=True, help="API keys.")


@key.command()
def create(
    context: Context, name: str, scope: Annotated[list[str] | None, typer.Option(help="read, score, events or admin.")] = None
) -> None:
    """Make a key and print it: the only time it is shown."""
    from serving.access.keys import create_key

    with context.obj.company() as company, company.store() as store:
        typer.echo(create_key(store, name, tuple(scope or ["read", "score"])))


@key.command("list")
def show(context: Context) -> None:
    """List keys, without their secrets."""
    from serving.access.keys import list_keys

    with context.obj.company() as company, company.store() as store:
        for known in list_keys(store):
            typer.echo(f"{known.id}  {known.name}  {','.join(known.scopes)}  {'revoked' if known.revoked_at else 'active'}")


@key.command()
def revoke(context: Context, key_id: str) -> None:
    """Revoke a key; it stops working at once."""
    from serving.access.keys import revoke_key

    with context.obj.company() as company, company.store() as store:
        revoke_key(store, key_id)
