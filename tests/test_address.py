"""The address of a server: what it writes goes out at once."""

from __future__ import annotations

import socket

from serving.address import listening


def test_no_answer_waits_until_its_first_half_is_acknowledged() -> None:
    with listening("127.0.0.1", 0) as address, socket.create_connection(address.getsockname()):
        accepted, _ = address.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
