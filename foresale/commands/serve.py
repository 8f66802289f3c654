"""`foresale serve`."""

from pathlib import Path
from typing import Annotated

import typer

from foresale.commands import Context


def serve(
    context: Context,
    host: Annotated[str, typer.Option(help="Address to listen on; loopback unless told otherwise.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    secure_cookies: Annotated[bool, typer.Option(help="Set when a TLS proxy is in front.")] = False,
    log: Annotated[Path | None, typer.Option(help="File to add the access log to; standard output by default.")] = None,
) -> None:
    """Serve the API and the pages."""
    call = context.obj
    with call.company() as company:
        company.serve(host=host, port=port, secure_cookies=secure_cookies, log=log, command=call.again())
    call.terminal.say("stopped")
