"""`foresale key ...`: API keys made, listed and revoked at the command line."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from serving.store import Store


def key_commands(opened: Callable[[], AbstractContextManager[Store]]) -> typer.Typer:
    """The commands, on the store that `opened` opens."""
    app = typer.Typer(no_args_is_help=True, help="API keys.")

    @app.command()
    def create(name: str, scope: Annotated[list[str] | None, typer.Option(help="read, score or admin.")] = None) -> None:
        """Make a key and print it: the only time it is shown."""
        from serving.auth import create_key

        with opened() as store:
            typer.echo(create_key(store, name, tuple(scope or ["read", "score"])))

    @app.command("list")
    def show() -> None:
        """List keys, without their secrets."""
        from serving.auth import list_keys

        with opened() as store:
            for key in list_keys(store):
                typer.echo(f"{key.id}  {key.name}  {','.join(key.scopes)}  {'revoked' if key.revoked_at else 'active'}")

    @app.command()
    def revoke(key_id: str) -> None:
        """Revoke a key; it stops working at once."""
        from serving.auth import revoke_key

        with opened() as store:
            revoke_key(store, key_id)

    return app
