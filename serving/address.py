"""The address a server listens on, taken before anything is loaded."""

from __future__ import annotations

import socket

from workspace.errors import ForesaleError


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises ForesaleError when the address is not this machine's, or is taken.

    What is written goes out at once: head and body of an answer are two writes, and the second would wait for the first to be
    acknowledged (40 ms). Connections inherit this; the event loop sets it only where the protocol is named.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except OSError as error:
        raise ForesaleError(
            "the server cannot listen there",
            got=f"{host}, port {port}: {error.strerror}",
            expected="an address of this machine with a free port",
            do="pass another --port, or stop what listens on this one",
        ) from error
