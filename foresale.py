"""The command line: each command loads the workspace, calls one function of the packages, and says what happened."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from features.errors import ForesaleError
from features.workspace import Workspace, load_workspace

if TYPE_CHECKING:
    from serving.store import Store

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False,
                  help="Conversion, value and churn predictions from CRM history, with reasons.")
key_app = typer.Typer(no_args_is_help=True, help="API keys.")
app.add_typer(key_app, name="key")
_progress = Console(stderr=True, highlight=False)
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")]
AsOf = Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%SZ"],
                                               help="A moment with its offset, such as 2017-12-01T00:00:00Z.")]
_workspace_file = Path("foresale.toml")


@app.callback()
def options(workspace: Annotated[Path, typer.Option(help="The company's workspace file.")] = Path("foresale.toml")) -> None:
    """Which company."""
    global _workspace_file  # the one option that every command shares
    _workspace_file = workspace


def _load() -> Workspace:
    return load_workspace(_workspace_file)


def _say(text: str) -> None:
    _progress.print(f"[dim]{datetime.now().strftime('%H:%M:%S')}[/] {escape(text)}", soft_wrap=True)


def _moment(as_of: datetime | None, latest: datetime) -> datetime:
    moment = latest if as_of is None else as_of if as_of.tzinfo else as_of.replace(tzinfo=UTC)
    if moment > latest:
        raise ForesaleError("as_of lies after the history", got=moment.isoformat(), expected=f"at most {latest.isoformat()}",
                            do="ingest newer data, or score an earlier moment")
    return moment


@app.command()
def ingest(as_json: AsJson = False) -> None:
    """Read the sources into canonical tables; bad rows go to quarantine with a reason."""
    workspace = _load()
    with _alone(workspace):
        counts = _ingest(workspace)
    if as_json:
        typer.echo(json.dumps(counts))


def _ingest(workspace: Workspace) -> dict[str, Any]:
    from features.ingest import ingest as read_sources

    result = read_sources(workspace, _say)
    for name, count in result.counts.items():
        reasons = "".join(f"\n         {reason}: {n}" for reason, n in count.reasons.items())
        _say(f"{name}: read {count.read} = accepted {count.accepted} + quarantined {count.quarantined}{reasons}")
    return result.as_dict()


@app.command()
def train(task: Annotated[list[str] | None, typer.Option(help="conversion, value or churn; all that are set by default.")] = None,
          as_json: AsJson = False) -> None:
    """Fit, compare with the baselines, log to MLflow, and promote what passes the gate."""
    out = _train(_load(), task)
    if as_json:
        typer.echo(json.dumps(out))


def _train(workspace: Workspace, chosen: list[str] | None = None) -> dict[str, dict[str, Any]]:
    """Train each task; returns metrics and models by task."""
    from features.history import load_history
    from features.ingest import current_snapshot
    from training.tasks import TASKS
    from training.tracking import log_trained
    from training.train import train_task

    snapshot = current_snapshot(workspace)
    history = load_history(snapshot)
    names = chosen or [name for name in TASKS if getattr(workspace.tasks, name) is not None]
    unknown = sorted(set(names) - set(TASKS))
    if unknown:
        raise ForesaleError("unknown task", got=unknown[0], expected=", ".join(TASKS), do="pass --task with one of these")
    out: dict[str, dict[str, Any]] = {"metrics": {}, "models": {}}
    with ThreadPoolExecutor(2) as pool:  # fitting leaves the interpreter's lock; each fit itself runs in one thread
        fitted = pool.map(lambda name: train_task(workspace, history, TASKS[name], _say), names)
    for name, trained in zip(names, fitted, strict=True):
        model, promoted = log_trained(workspace, snapshot.name, trained)
        _say(f"{name}: version {model.version} {'is champion' if promoted else 'stays out'} ({trained.verdict.reason})")
        out["metrics"][name] = trained.test_evaluation.as_dict()
        out["models"][name] = {**vars(model), "champion": promoted}
    return out


@app.command()
def promote(task: str, version: str) -> None:
    """Make a version that passed its gate the champion (also the way back to an earlier one)."""
    from training.promote import promote as move

    move(_load(), task, version)
    _say(f"{task}: version {version} is champion; POST /v1/models/reload makes a running server use it")


@app.command()
def score(as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Score every account and open opportunity as of a date, with reasons, into the store."""
    out = _score(_load(), as_of)
    if as_json:
        typer.echo(json.dumps(out))


def _score(workspace: Workspace, as_of: datetime | None) -> dict[str, Any]:
    from serving.batch import score_and_store
    from serving.engine import load_engine

    engine = load_engine(workspace)
    moment = _moment(as_of, engine.latest_as_of)
    with _store(workspace) as store, _progress.status("scoring") as status:
        stored = score_and_store(engine, store, moment, status.update)
    _say(f"{stored} predictions as of {moment.isoformat()}")
    return {"stored": stored, "as_of": moment.isoformat()}


@app.command()
def serve(host: Annotated[str, typer.Option(help="Address to listen on; loopback unless told otherwise.")] = "127.0.0.1",
          port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
          secure_cookies: Annotated[bool, typer.Option(help="Set when a TLS proxy is in front.")] = False) -> None:
    """Serve the API and the pages."""
    from serving.app import serve as run
    from serving.engine import load_engine
    from serving.settings import Settings

    workspace = _load()
    with _store(workspace) as store:
        run(Settings(workspace, host, port, secure_cookies=secure_cookies), lambda: load_engine(workspace), store)


@app.command()
def nightly(as_of: AsOf = None) -> None:
    """Ingest, score and report what changed. Safe to run again; one at a time."""
    from serving.changes import write_change_reports

    workspace = _load()
    with _alone(workspace):
        _ingest(workspace)
        _score(workspace, as_of)
        with _store(workspace) as store:
            _say(f"what changed: {write_change_reports(workspace, store)}")


@contextmanager
def _alone(workspace: Workspace) -> Iterator[None]:
    """Hold the workspace's lock; the operating system lets go of it however the process ends."""
    workspace.data_dir.mkdir(parents=True, exist_ok=True)
    with (workspace.data_dir / "ingest.lock").open("w") as lock:
        try:
            flock(lock, LOCK_EX | LOCK_NB)
        except BlockingIOError as error:
            raise ForesaleError("another ingest or nightly run is under way", got=f"a lock on {lock.name}",
                                do="wait for it to end") from error
        yield


@key_app.command("create")
def key_create(name: str, scope: Annotated[list[str] | None, typer.Option(help="read, score or admin.")] = None) -> None:
    """Make a key and print it: the only time it is shown."""
    from serving.auth import create_key

    with _store(_load()) as store:
        typer.echo(create_key(store, name, tuple(scope or ["read", "score"])))


@key_app.command("list")
def key_list() -> None:
    """List keys, without their secrets."""
    from serving.auth import list_keys

    with _store(_load()) as store:
        for key in list_keys(store):
            typer.echo(f"{key.id}  {key.name}  {','.join(key.scopes)}  {'revoked' if key.revoked_at else 'active'}")


@key_app.command("revoke")
def key_revoke(key_id: str) -> None:
    """Revoke a key; it stops working at once."""
    from serving.auth import revoke_key

    with _store(_load()) as store:
        revoke_key(store, key_id)


@contextmanager
def _store(workspace: Workspace) -> Iterator[Store]:
    from serving.store import open_store

    workspace.data_dir.mkdir(parents=True, exist_ok=True)
    with open_store(workspace.store_url) as store:
        yield store


@app.command()
def demo(serving: Annotated[bool, typer.Option("--serve/--no-serve", help="Go on serving at the end.")] = True,
         port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000, as_json: AsJson = False) -> None:
    """The whole way on real data: ingest, train, score, serve, and one real answer."""
    options(Path(__file__).parent / "examples" / "complete_journey.toml")
    workspace, timings = _load(), dict[str, float]()
    with _timed(timings, "total"):
        with _timed(timings, "ingest"), _alone(workspace):
            counts = _ingest(workspace)
        with _timed(timings, "train"):
            trained = _train(workspace)
        with _timed(timings, "score"):
            _score(workspace, None)
        with _timed(timings, "serve"):
            server = _start_server(workspace, port)
    try:
        if as_json:
            kept = {name: {k: count[k] for k in ("read", "accepted", "quarantined")} for name, count in counts.items()}
            typer.echo(json.dumps({"counts": kept, "timings_s": timings, **trained}))
        if serving:
            server.wait()
    except KeyboardInterrupt:
        _say("stopped")
    finally:
        server.terminate()
        server.wait()


@contextmanager
def _timed(timings: dict[str, float], step: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    timings[step] = round(time.monotonic() - began, 1)


def _start_server(workspace: Workspace, port: int) -> subprocess.Popen[bytes]:
    """Start `foresale serve` as its own process, wait until it is ready, and show one real answer."""
    from serving.auth import create_key, list_keys, revoke_key

    with _store(workspace) as store:
        for old in (key for key in list_keys(store) if key.name == "demo" and key.revoked_at is None):
            revoke_key(store, old.id)
        key = create_key(store, "demo", ("read", "score"))
    _say("starting the server")
    server = subprocess.Popen([sys.executable, __file__, "--workspace", str(_workspace_file), "serve", "--port", str(port)],
                              stdout=sys.stderr)
    base = f"http://127.0.0.1:{port}"
    with ExitStack() as failing:
        failing.callback(server.terminate)
        _wait_until_ready(base, server)
        listed = _get(f"{base}/v1/accounts?limit=1", key)
        body = json.dumps({"task": "churn", "ids": [listed["accounts"][0]["account_id"]]})
        answer = _get(f"{base}/v1/scores", key, body)
        failing.pop_all()
    typer.echo(f"\nThe page:  {base}/   (log in with the key)\nThe key:   {key}\n\ncurl -s {base}/v1/scores \\\n"
               f"  -H 'Authorization: Bearer {key}' \\\n  -H 'Content-Type: application/json' \\\n  -d '{body}'\n\n"
               f"{json.dumps(answer, indent=2, ensure_ascii=False)}\n")
    return server


def _wait_until_ready(base: str, server: subprocess.Popen[bytes], timeout_s: float = 90) -> None:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{base}/readyz"):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.3)
    raise ForesaleError("the server did not get ready", got=f"no answer from {base}/readyz",
                        expected=f"200 within {timeout_s:.0f} s", do="read its messages above; is the port taken?")


def _get(url: str, key: str, body: str | None = None) -> Any:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    request = urllib.request.Request(url, body.encode() if body else None, headers)
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def main() -> None:
    """Run the command line; a user's mistake ends with its message and status 1."""
    try:
        app()
    except ForesaleError as error:
        _progress.print(f"[red]error:[/] {escape(str(error))}", soft_wrap=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
