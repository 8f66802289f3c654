"""A server on trial: `foresale serve` started as its own process, and asked one question once it is ready."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foresale.answer import told
from serving.access.keys import create_key, list_keys, revoke_key
from serving.store.scores import Store
from workspace.errors import ForesaleError
from workspace.workspace import Workspace

_KEY_NAME = "demo"
SERVE = (sys.executable, "-m", "foresale")


@dataclass(frozen=True)
class Trial:
    """A running server, where it is, its log, a key to it, and one question with its answer as a person reads it."""

    process: subprocess.Popen[bytes]
    base: str
    log: Path
    key: str
    question: str
    told: str

    @property
    def way_in(self) -> str:
        """The page's address, the key, and a curl that asks the question again."""
        return (
            f"The page:  {self.base}/   (log in with the key)\nThe key:   {self.key}\n\ncurl -s {self.base}/v1/scores \\\n"
            f"  -H 'Authorization: Bearer {self.key}' \\\n  -H 'Content-Type: application/json' \\\n  -d '{self.question}'"
        )


def start_server(
    workspace: Workspace, file: Path, store: Store, port: int, log: Path, program: Sequence[str | Path] = SERVE
) -> Trial:
    """Start `program` serving the workspace of that file, its lines in the file `log`, and ask it one question.

    Raises ForesaleError when the server does not get ready; it is then terminated.
    """
    key, base = _fresh_key(store), f"http://127.0.0.1:{port}"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as lines, ExitStack() as failing:
        server = subprocess.Popen([*program, "--workspace", file, "serve", "--port", str(port)], stdout=lines, stderr=lines)
        failing.callback(server.wait)
        failing.callback(server.terminate)
        _wait_until_ready(base, server, log)
        first = _get(f"{base}/v1/accounts?limit=1&fields=account_id", key)["accounts"][0]
        question = json.dumps({"items": [first]})
        answer = _get(f"{base}/v1/scores", key, question)
        failing.pop_all()
    return Trial(server, base, log, key, question, told(workspace, answer))


@contextmanager
def ended(server: subprocess.Popen[bytes]) -> Iterator[None]:
    """End a server with the block."""
    try:
        yield
    finally:
        server.terminate()
        server.wait()


def wait_for(trial: Trial, say: Callable[[str], None]) -> None:
    """Wait until the server ends by itself, and say so; a KeyboardInterrupt goes on to the caller."""
    status = trial.process.wait()
    say(f"the server ended with status {status}; its last lines are in {trial.log}")


def _fresh_key(store: Store) -> str:
    for old in (key for key in list_keys(store) if key.name == _KEY_NAME and key.revoked_at is None):
        revoke_key(store, old.id)
    return create_key(store, _KEY_NAME, ("read", "score"))


def _wait_until_ready(base: str, server: subprocess.Popen[bytes], log: Path, timeout_s: float = 90) -> None:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{base}/readyz"):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.3)
    raise ForesaleError(
        "the server did not get ready",
        got=f"no answer from {base}/readyz",
        expected=f"200 within {timeout_s:.0f} s",
        do=f"read its last lines in {log}; is the port taken?",
    )


def _get(url: str, key: str, body: str | None = None) -> Any:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    request = urllib.request.Request(url, body.encode() if body else None, headers)
    with urllib.request.urlopen(request) as response:
        return json.load(response)
