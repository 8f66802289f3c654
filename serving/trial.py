"""A server on trial: `foresale serve` started as its own process, and asked one question once it is ready."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from features.errors import ForesaleError
from serving.auth import create_key, list_keys, revoke_key
from serving.store import Store

_KEY_NAME = "demo"


def start_server(program: Path, workspace_file: Path, store: Store, port: int) -> tuple[subprocess.Popen[bytes], str]:
    """Start `program` serving that workspace; returns the process and, for the user, a key, a question and its answer.

    Raises ForesaleError when the server does not get ready; it is then terminated.
    """
    key = _fresh_key(store)
    server = subprocess.Popen(
        [sys.executable, program, "--workspace", workspace_file, "serve", "--port", str(port)], stdout=sys.stderr
    )
    base = f"http://127.0.0.1:{port}"
    with ExitStack() as failing:
        failing.callback(server.terminate)
        _wait_until_ready(base, server)
        body = json.dumps(_question(_get(f"{base}/v1/accounts?limit=1", key)["accounts"][0]))
        answer = _get(f"{base}/v1/scores", key, body)
        failing.pop_all()
    return server, (
        f"\nThe page:  {base}/   (log in with the key)\nThe key:   {key}\n\ncurl -s {base}/v1/scores \\\n"
        f"  -H 'Authorization: Bearer {key}' \\\n  -H 'Content-Type: application/json' \\\n  -d '{body}'\n\n"
        f"{json.dumps(answer, indent=2, ensure_ascii=False)}\n"
    )


def _question(account: dict[str, Any]) -> dict[str, Any]:
    """About the first account of the list, of a task that has a champion."""
    if account["churn"] is None and account["value_minor"] is None:
        return {"task": "conversion", "ids": [account["best_opportunity_id"]]}
    return {"task": "value" if account["churn"] is None else "churn", "ids": [account["account_id"]]}


def _fresh_key(store: Store) -> str:
    for old in (key for key in list_keys(store) if key.name == _KEY_NAME and key.revoked_at is None):
        revoke_key(store, old.id)
    return create_key(store, _KEY_NAME, ("read", "score"))


def _wait_until_ready(base: str, server: subprocess.Popen[bytes], timeout_s: float = 90) -> None:
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
        do="read its messages above; is the port taken?",
    )


def _get(url: str, key: str, body: str | None = None) -> Any:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    request = urllib.request.Request(url, body.encode() if body else None, headers)
    with urllib.request.urlopen(request) as response:
        return json.load(response)
