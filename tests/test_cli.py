"""The command line on a small made-up company: exit status, JSON, the nightly lock, keys, promotion."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from fcntl import LOCK_EX, flock
from html import unescape
from pathlib import Path

import httpx
import pytest
from mlflow.tracking import MlflowClient

from foresale.commands import Call
from foresale.terminal import Terminal
from models.registry import CHAMPION, champion, despite, model_name
from serving.batch import score_and_store
from serving.engine import Engine
from serving.store.scores import open_store
from tests.conftest import EXAMPLE
from tests.test_trial import free_port
from training.promote import make_champion, promote, rollback
from training.train import Trained
from workspace.errors import ForesaleError
from workspace.workspace import Workspace, load_workspace

ROOT = Path(__file__).parent.parent


def foresale(*arguments: str, workspace: Path) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user would."""
    return subprocess.run(
        [sys.executable, "-m", "foresale", "--workspace", str(workspace), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )


def company(folder: Path) -> Path:
    """A company with accounts only."""
    (folder / "a.csv").write_text("account_id\nA1\nA1\nA2\n", encoding="utf-8")
    file = folder / "foresale.toml"
    file.write_text(
        'name = "acme"\ntitle_zh = "示例"\ntitle_en = "Acme"\ntime_zone = "Asia/Shanghai"\ncurrency = "CNY"\n'
        'data_dir = "var"\n[sources]\na = "a.csv"\n[tables.accounts]\nsource = "a"\n',
        encoding="utf-8",
    )
    return file


def file_of(workspace: Workspace, folder: Path) -> Path:
    """The example's TOML pointing at the session's trained data."""
    here, there = 'data_dir = "../var/complete-journey"', f'data_dir = "{workspace.data_dir}"'
    text = EXAMPLE.read_text(encoding="utf-8").replace(here, there)
    file = folder / "foresale.toml"
    file.write_text(text, encoding="utf-8")
    assert load_workspace(file).data_dir == workspace.data_dir
    return file


def test_ingest_prints_the_counts_as_its_last_line(tmp_path: Path) -> None:
    done = foresale("ingest", "--json", workspace=company(tmp_path))
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout.splitlines()[-1])
    assert counts["accounts"] == {"read": 3, "accepted": 2, "quarantined": 1, "reasons": {"duplicate_key": 1}}
    assert "read 3 = accepted 2 + quarantined 1" in done.stderr


def test_a_users_mistake_ends_with_status_one_and_the_remedy(tmp_path: Path) -> None:
    done = foresale("score", workspace=company(tmp_path))
    assert done.returncode == 1
    assert "do this: run: foresale ingest" in done.stderr
    assert "Traceback" not in done.stderr


def test_brackets_in_a_message_are_printed(tmp_path: Path) -> None:
    file = company(tmp_path)
    assert foresale("ingest", workspace=file).returncode == 0
    done = foresale("train", "--task", "churn", workspace=file)
    assert "do this: add [tasks.churn] to the workspace" in done.stderr


def test_a_registry_that_cannot_be_read_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    workspace = load_workspace(company(tmp_path))
    workspace.data_dir.mkdir()
    (workspace.data_dir / "mlflow.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(ForesaleError, match="the model registry cannot be read"):
        champion(workspace, "churn")


def test_a_wrong_option_ends_with_status_two(tmp_path: Path) -> None:
    assert foresale("score", "--colour", "red", workspace=company(tmp_path)).returncode == 2


def test_training_without_tasks_says_so(tmp_path: Path) -> None:
    file = company(tmp_path)
    assert foresale("ingest", workspace=file).returncode == 0
    done = foresale("train", "--task", "churns", workspace=file)
    assert done.returncode == 1
    assert "expected: conversion, value, churn" in done.stderr


def test_a_second_nightly_run_is_refused_while_the_first_holds_the_lock(tmp_path: Path) -> None:
    file = company(tmp_path)
    (tmp_path / "var").mkdir()
    with (tmp_path / "var" / "ingest.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        done = foresale("nightly", workspace=file)
    assert done.returncode == 1
    assert "another ingest or nightly run is under way" in done.stderr


def test_nightly_scores_again_in_place_and_reports_changes(demo_workspace: Workspace, journey: Engine, tmp_path: Path) -> None:
    file, second = file_of(demo_workspace, tmp_path), datetime(2017, 11, 23, tzinfo=UTC)
    with open_store(demo_workspace.store_url) as store:
        score_and_store(journey, store, datetime(2017, 11, 16, tzinfo=UTC))
        first = score_and_store(journey, store, second)
        before = store.latest_run()
    done = foresale("nightly", "--as-of", "2017-11-23T00:00:00Z", workspace=file)
    assert done.returncode == 0, done.stderr
    with open_store(demo_workspace.store_url) as store:
        after = store.latest_run()
        assert before is not None
        assert after is not None
        assert (after.as_of, len(store.predictions(after))) == (second, first)
        assert store.previous_run(after).as_of == datetime(2017, 11, 16, tzinfo=UTC)
    late = foresale("score", "--as-of", "2031-01-01T00:00:00Z", workspace=file)
    assert late.returncode == 1
    assert "as_of lies after the history" in late.stderr
    chinese = (demo_workspace.data_dir / "reports" / "changes-2017-11-23.zh.md").read_text(encoding="utf-8")
    english = (demo_workspace.data_dir / "reports" / "changes-2017-11-23.en.md").read_text(encoding="utf-8")
    assert "## 流失风险上升最多" in chinese
    assert "## Churn risk rose most" in english
    assert english.count("\n- ") >= 20


def test_keys_are_shown_once_listed_and_revoked(tmp_path: Path) -> None:
    file = company(tmp_path)
    key = foresale("key", "create", "crm", "--scope", "score", workspace=file).stdout.strip()
    listed = foresale("key", "list", workspace=file).stdout
    identity = key.split("_")[1]
    assert key.startswith("fsk_")
    assert identity in listed
    assert key.split("_", 2)[2] not in listed
    assert foresale("key", "revoke", identity, workspace=file).returncode == 0
    assert "revoked" in foresale("key", "list", workspace=file).stdout


def test_only_a_version_that_passed_its_gate_can_be_promoted(demo_workspace: Workspace, trained: dict[str, Trained]) -> None:
    promote(demo_workspace, "churn", "1")
    found = champion(demo_workspace, "churn")
    assert found is not None
    assert found[0].version == "1"
    with pytest.raises(ForesaleError, match="version 99 cannot be promoted"):
        promote(demo_workspace, "churn", "99")


def test_a_version_that_did_not_pass_needs_a_reason_and_keeps_it(demo_workspace: Workspace, trained: dict[str, Trained]) -> None:
    client, name = MlflowClient(demo_workspace.mlflow_uri, demo_workspace.mlflow_uri), model_name(demo_workspace, "churn")
    version = client.get_model_version(name, "1")
    run, judged = str(version.run_id), client.get_run(str(version.run_id)).data.tags["gate"]
    client.set_model_version_tag(name, "1", "gate", "failed")
    client.set_tag(run, "gate", "failed: difference in AUC -0.02 to +0.02")
    try:
        with pytest.raises(ForesaleError, match="difference in AUC"):
            promote(demo_workspace, "churn", "1", " ")
        promote(demo_workspace, "churn", "1", "a pilot in one team")
        assert despite(demo_workspace, "churn") == "a pilot in one team"
        client.set_tag(run, "gate", "failed: no usable signal: AUC 0.510, its interval reaches 0.5")
        with pytest.raises(ForesaleError, match="no usable signal"):
            promote(demo_workspace, "churn", "1", "a pilot in one team")
    finally:
        client.delete_model_version_tag(name, "1", "despite_gate")
        client.set_model_version_tag(name, "1", "gate", version.tags["gate"])
        client.set_tag(run, "gate", judged)
    assert despite(demo_workspace, "churn") == ""


def test_rolling_back_is_undone_by_rolling_back(demo_workspace: Workspace, trained: dict[str, Trained]) -> None:
    client, name = MlflowClient(demo_workspace.mlflow_uri, demo_workspace.mlflow_uri), model_name(demo_workspace, "value")
    with pytest.raises(ForesaleError, match="no previous champion"):
        rollback(demo_workspace, "value")
    first = client.get_model_version(name, "1")
    again = client.create_model_version(name, str(first.source), str(first.run_id), tags=first.tags)
    make_champion(demo_workspace, "value", str(again.version))
    assert rollback(demo_workspace, "value") == "1"
    assert rollback(demo_workspace, "value") == str(again.version)
    assert rollback(demo_workspace, "value") == "1"
    client.delete_model_version_tag(name, str(again.version), "bundle_format")
    with pytest.raises(ForesaleError, match="of another format"):
        rollback(demo_workspace, "value")
    client.delete_registered_model_alias(name, "previous_champion")


def test_a_champion_without_a_bundle_hash_is_refused(demo_workspace: Workspace, trained: dict[str, Trained]) -> None:
    client, name = MlflowClient(demo_workspace.mlflow_uri), model_name(demo_workspace, "churn")
    version = client.get_model_version_by_alias(name, CHAMPION).version
    sha256 = client.get_model_version(name, version).tags["bundle_sha256"]
    client.delete_model_version_tag(name, version, "bundle_sha256")
    try:
        with pytest.raises(ForesaleError, match="has no bundle"):
            champion(demo_workspace, "churn")
    finally:
        client.set_model_version_tag(name, version, "bundle_sha256", sha256)


def test_a_task_without_champion_is_none(demo_workspace: Workspace, trained: dict[str, Trained]) -> None:
    assert champion(demo_workspace, "nothing") is None


def login_page(server: subprocess.Popen[str], port: int) -> str:
    """The login page of a server, once it answers."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert server.poll() is None
        try:
            return httpx.get(f"http://127.0.0.1:{port}/login?lang=en").text
        except httpx.ConnectError:
            time.sleep(0.1)
    raise AssertionError("no answer")


def test_the_command_on_the_login_page_makes_a_key_as_it_stands_there(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "access.log"
    words = [sys.executable, "-m", "foresale", "--workspace", str(company(tmp_path)), "serve", "--port", str(port)]
    server = subprocess.Popen(
        [*words, "--log", str(log)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    try:
        shown = re.findall(r"<pre><code>(.*?)</code></pre>", login_page(server, port), re.DOTALL)
        made = subprocess.run(unescape(shown[0]), shell=True, capture_output=True, text=True, check=False, cwd=ROOT)  # noqa: S602  # as a person types it
        assert made.stdout.startswith("fsk_"), made.stderr
        form = {"data": {"key": made.stdout.strip()}, "headers": {"origin": f"http://127.0.0.1:{port}"}}
        assert httpx.post(f"http://127.0.0.1:{port}/login", **form).status_code == 303
    finally:
        os.killpg(server.pid, signal.SIGINT)
        said = server.communicate(timeout=30)[0]
    assert re.fullmatch(r"\d\d:\d\d:\d\d stopped\n", said), said
    assert all(json.loads(line)["level"] in ("info", "error") for line in log.read_text(encoding="utf-8").splitlines())


def test_a_port_that_is_taken_is_said_before_any_work(tmp_path: Path) -> None:
    file = company(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        for command in ("serve", "demo"):
            done = foresale(command, "--port", port, workspace=file)
            assert (done.returncode, done.stdout) == (1, "")
            assert f"got: 127.0.0.1, port {port}: Address already in use" in done.stderr
            assert "do this: pass another --port" in done.stderr


@pytest.mark.parametrize("name", ["foresale.toml", "other/acme.toml"])
def test_a_command_names_the_workspace_unless_it_is_the_one_that_is_found_anyway(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    words = shlex.split(Call(Path(name), Terminal()).again("score"))
    assert words[1 if words[1] != "-m" else 3 :] == (["score"] if name == "foresale.toml" else ["--workspace", name, "score"])
    assert Call(tmp_path / "other" / "acme.toml", Terminal()).again("score").endswith("--workspace other/acme.toml score")
