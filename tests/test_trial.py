"""The server on trial: a key, a question and its answer, or an error that says what to do."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from features.errors import ForesaleError
from serving.auth import list_keys
from serving.store import Store, open_store
from serving.trial import start_server

ANSWERING = """
import http.server, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(b'{"accounts": [{"account_id": "A7", "churn": null, "value_minor": 5.0}]}')
    def do_POST(self):
        self.answer(self.rfile.read(int(self.headers["Content-Length"])))
    def answer(self, body):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *words):
        pass

http.server.HTTPServer(("127.0.0.1", int(sys.argv[-1])), Handler).serve_forever()
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    with open_store(f"sqlite:///{tmp_path / 'f.db'}") as opened:
        yield opened


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def program(folder: Path, text: str) -> Path:
    """A program in place of foresale."""
    file = folder / "program.py"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_user_is_shown_a_key_a_question_and_its_answer(tmp_path: Path, store: Store) -> None:
    for _ in range(2):
        server, shown = start_server(program(tmp_path, ANSWERING), tmp_path / "foresale.toml", store, free_port())
        server.terminate()
        server.wait()
    assert '"ids": [\n    "A7"\n  ]' in shown
    assert "Authorization: Bearer fsk_" in shown
    assert [key.revoked_at is None for key in list_keys(store)].count(True) == 1


def test_a_server_that_ends_at_once_is_an_error(tmp_path: Path, store: Store) -> None:
    with pytest.raises(ForesaleError, match="the server did not get ready"):
        start_server(program(tmp_path, "raise SystemExit(1)"), tmp_path / "foresale.toml", store, free_port())
