"""A real server of a company in a process of its own, and whoever asks it over kept connections of the loopback address."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from foresale.company import Company
from serving.access.keys import create_key, revoke_key

_START_S = 120
Raw = dict[str, Any]
Case = Mapping[str, str]  # the id that each task is asked about


@dataclass(frozen=True)
class Client:
    """Whoever asks a server: its address, and the key."""

    port: int
    key: str

    @contextmanager
    def connection(self) -> Iterator[Callable[[Case], None]]:
        """One connection that is kept; what it gives asks every task about one account."""
        kept = HTTPConnection("127.0.0.1", self.port)
        try:
            yield lambda case: self._ask(kept, case)
        finally:
            kept.close()

    def _ask(self, kept: HTTPConnection, case: Case) -> None:
        account = next(key for task, key in case.items() if task != "conversion")
        status, body = self.post(kept, {"items": [{"account_id": account}]})
        if status != 200 or json.loads(body)["items"][0]["status"] != "ok":
            raise RuntimeError(f"{account}: {status} {body!r}")

    def post(self, kept: HTTPConnection, body: Raw) -> tuple[int, bytes]:
        """The status and the body of one answer."""
        headers = {"authorization": f"Bearer {self.key}", "content-type": "application/json"}
        kept.request("POST", "/v1/scores", json.dumps(body).encode(), headers)
        answer = kept.getresponse()
        return answer.status, answer.read()


@contextmanager
def server(company: Company, folder: Path) -> Iterator[Client]:
    """`foresale serve` for the company, with a key that is revoked in the end."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    with company.store() as store:
        key = create_key(store, "benchmark", ("score",))
    words = ["--workspace", str(folder), "serve", "--port", str(port), "--log", str(company.workspace.data_dir / "serve.log")]
    process = subprocess.Popen([sys.executable, "-m", "foresale", *words], stdout=subprocess.DEVNULL)
    try:
        yield _ready(Client(port, key), process)
    finally:
        process.terminate()
        process.wait()
        with company.store() as store:
            revoke_key(store, key.split("_")[1])


def _ready(client: Client, process: subprocess.Popen[bytes]) -> Client:
    """The client of a server that has its models; raises RuntimeError where it ends or takes too long."""
    deadline = time.monotonic() + _START_S
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.2)
        kept = HTTPConnection("127.0.0.1", client.port)
        try:
            if client.post(kept, {"items": [{"id": "?"}]})[0] != 503:
                return client
        except ConnectionError:
            continue
        finally:
            kept.close()
    raise RuntimeError("the server does not answer")
