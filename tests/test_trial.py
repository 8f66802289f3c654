"""The server on trial: a key, a question and its answer, or an error that says what to do."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from foresale.trial import start_server
from serving.access.keys import list_keys
from serving.store.scores import Store, open_store
from workspace.errors import ForesaleError

ANSWERING = """
import http.server, json, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(b'{"accounts": [{"account_id": "A7", "churn": null, "value_minor": 5.0}]}')
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        reason = {"zh": "下单", "en": "orders", "points": 0.1}
        found = {"entity_id": asked["ids"][0], "status": "ok", "shown": 0.25, "link": -1.1, "reasons": [reason] * 5}
        self.answer(json.dumps({"task": asked["task"], "as_of": "2018-01-01", "results": [found]}).encode())
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


def test_the_user_is_shown_a_short_answer_the_page_a_key_and_a_question_in_this_order(tmp_path: Path, store: Store) -> None:
    for _ in range(2):
        words = (sys.executable, program(tmp_path, ANSWERING))
        trial = start_server(tmp_path / "foresale.toml", store, free_port(), tmp_path / "log", words)
        trial.process.terminate()
        trial.process.wait()
    shown = json.loads(trial.shortened)["results"][0]
    assert shown == {"entity_id": "A7", "status": "ok", "shown": 0.25, "reasons": [{"zh": "下单", "en": "orders"}] * 2}
    lines = trial.way_in.splitlines()
    assert lines[0].startswith(f"The page:  {trial.base}/")
    assert lines[1] == f"The key:   {trial.key}"
    assert lines[3] == f"curl -s {trial.base}/v1/scores \\"
    assert lines[-1] == '  -d \'{"task": "value", "ids": ["A7"]}\''
    assert [key.revoked_at is None for key in list_keys(store)].count(True) == 1


def test_a_server_that_ends_at_once_is_an_error_that_names_its_log(tmp_path: Path, store: Store) -> None:
    words = (sys.executable, program(tmp_path, "raise SystemExit('the port is taken')"))
    with pytest.raises(ForesaleError, match=r"the server did not get ready[\s\S]*log"):
        start_server(tmp_path / "foresale.toml", store, free_port(), tmp_path / "log", words)
    assert "the port is taken" in (tmp_path / "log").read_text(encoding="utf-8")
