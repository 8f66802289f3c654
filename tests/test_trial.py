"""The server on trial: a key, a question and its answer, or an error that says what to do."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from foresale.trial import Trial, ended, start_server, wait_for
from serving.access.keys import list_keys
from serving.store.scores import Store, open_store
from workspace.errors import ForesaleError
from workspace.workspace import Workspace, load_workspace

ROOT = Path(__file__).parents[1]

ANSWERING = """
import http.server, json, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(b'{"accounts": [{"account_id": "A7"}]}')
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        money = lambda amount: {"amount": amount, "currency": "CNY"}
        sentence = {"zh-CN": "近 90 天有下单的天数：2", "en": "days with an order in the last 90 days: 2"}
        value = {"status": "ok", "expected": money("123.45"), "average": money("90.00"), "horizon_days": 90.0, "percentile": 61.5,
                 "grade": "B", "reasons": [{"sentence": sentence, "effect": money("3.84")}] * 5}
        item = {"status": "ok", "kind": "account", "id": asked["items"][0]["account_id"], "account_id": "A7", "tier": None,
                "churn": None, "value": value, "conversions": []}
        around = {"request_id": "r1", "as_of": "2018-01-01T00:00:00Z", "data_through": "2018-01-01T00:00:00Z"}
        self.answer(json.dumps({**around, "items": [item]}).encode())
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


def write_company(folder: Path) -> Path:
    """A company that counts in yuan."""
    file = folder / "foresale.toml"
    file.write_text(
        'name = "acme"\ntitle_zh = "示例"\ntitle_en = "Acme"\ntime_zone = "Asia/Shanghai"\ncurrency = "CNY"\n'
        'data_dir = "var"\n[sources]\na = "a.csv"\n[tables.accounts]\nsource = "a"\n',
        encoding="utf-8",
    )
    return file


def workspace(folder: Path) -> Workspace:
    """That company."""
    return load_workspace(write_company(folder))


def program(folder: Path, text: str) -> Path:
    """A program in place of foresale."""
    file = folder / "program.py"
    file.write_text(text, encoding="utf-8")
    return file


def started(folder: Path, store: Store, text: str = ANSWERING) -> Trial:
    """A program that answers like a server, asked its question."""
    words = (sys.executable, program(folder, text))
    return start_server(workspace(folder), folder / "foresale.toml", store, free_port(), folder / "log", words)


def test_the_answer_is_told_in_both_languages_and_its_json_says_that_it_is_shortened(tmp_path: Path, store: Store) -> None:
    trial = started(tmp_path, store)
    with ended(trial.process):
        assert trial.told == (
            "客户 A7: 未来 90 天的预期金额: ¥123.45 (平均 ¥90.00)\n"
            "Account A7: Expected amount over the next 90 days: CN¥123.45 (average CN¥90.00)\n"
            "  +¥3.84  近 90 天有下单的天数：2\n"
            "  +CN¥3.84  days with an order in the last 90 days: 2\n"
            "  +¥3.84  近 90 天有下单的天数：2\n"
            "  +CN¥3.84  days with an order in the last 90 days: 2\n"
            "\n{\n"
            '  "request_id": "r1", "as_of": "2018-01-01T00:00:00Z", "data_through": "2018-01-01T00:00:00Z",\n'
            '  "items": [\n'
            '    {"status": "ok", "kind": "account", "id": "A7", "tier": null,\n'
            '     "value": {"status": "ok", "expected": {"amount": "123.45", "currency": "CNY"}, '
            '"average": {"amount": "90.00", "currency": "CNY"}, "percentile": 61.5, "grade": "B", "reasons": [...], ...},\n'
            '     "conversions": []}\n'
            "  ]\n}"
        )


def test_the_way_in_is_the_page_a_key_and_a_question_in_this_order(tmp_path: Path, store: Store) -> None:
    for _ in range(2):
        trial = started(tmp_path, store)
        with ended(trial.process):
            lines = trial.way_in.splitlines()
    assert lines[0].startswith(f"The page:  {trial.base}/")
    assert lines[1] == f"The key:   {trial.key}"
    assert lines[3] == f"curl -s {trial.base}/v1/scores \\"
    assert lines[-1] == '  -d \'{"items": [{"account_id": "A7"}]}\''
    assert [key.revoked_at is None for key in list_keys(store)].count(True) == 1


def test_a_server_that_ends_at_once_is_an_error_that_names_its_log(tmp_path: Path, store: Store) -> None:
    with pytest.raises(ForesaleError, match=r"the server did not get ready[\s\S]*log"):
        started(tmp_path, store, "raise SystemExit('the port is taken')")
    assert "the port is taken" in (tmp_path / "log").read_text(encoding="utf-8")


HELD = """
import sys
from pathlib import Path
from foresale.commands import Call
from foresale.commands.demo import hold
from foresale.terminal import Terminal
from foresale.trial import Trial, ended, start_server, wait_for
from serving.store.scores import open_store
from workspace.workspace import load_workspace

folder, port = Path(sys.argv[1]), int(sys.argv[2])
file = folder / "foresale.toml"
with open_store(f"sqlite:///{folder / 'f.db'}") as store:
    words = (sys.executable, folder / "program.py")
    trial = start_server(load_workspace(file), file, store, port, folder / "log", words)
hold(Call(file, Terminal()), trial, serving=True)
"""


def held(folder: Path) -> subprocess.Popen[str]:
    """The end of the demo in a process of its own, in a group that a Ctrl-C reaches as a whole."""
    program(folder, ANSWERING)
    write_company(folder)
    return subprocess.Popen(
        [sys.executable, "-c", HELD, str(folder), str(free_port())],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
        start_new_session=True,
    )


def test_a_terminal_ends_with_the_way_in_and_after_a_ctrl_c_with_stopped(tmp_path: Path) -> None:
    process = held(tmp_path)
    assert process.stdout is not None
    lines = list(iter(process.stdout.readline, '  -d \'{"items": [{"account_id": "A7"}]}\'\n'))
    assert lines[-6].startswith("The page:  http://127.0.0.1:")
    assert "another key: " in lines[0]
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGINT)
    after, _ = process.communicate(timeout=20)
    assert re.fullmatch(r"\d\d:\d\d:\d\d stopped\n", after)
    assert process.returncode == 0


def test_a_server_that_ends_later_is_told_of(tmp_path: Path, store: Store) -> None:
    trial, said = started(tmp_path, store), list[str]()
    trial.process.kill()
    wait_for(trial, said.append)
    assert said == [f"the server ended with status -9; its last lines are in {tmp_path / 'log'}"]
