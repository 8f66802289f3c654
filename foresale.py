"""The command line: each command loads the workspace, calls one function of the packages, and says what happened."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from features.errors import ForesaleError
from features.lock import alone
from features.workspace import Workspace, load_workspace
from intake.commands import register
from serving.key_commands import key_commands

if TYPE_CHECKING:
    import subprocess

    from serving.store import Store

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Conversion, value and churn predictions from CRM history, with reasons.",
)
_progress = Console(stderr=True, highlight=False)
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%SZ"],
        help="A moment with its offset, such as 2017-12-01T00:00:00Z.",
    ),
]
OnSpark = Annotated[bool, typer.Option("--spark", help="On the cluster of [spark] in the workspace.")]
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


@app.command()
def ingest(
    as_json: AsJson = False,
    full: Annotated[bool, typer.Option("--full", help="Read everything again.")] = False,
    since: Annotated[str | None, typer.Option(help="Ask PostgreSQL for changes from this moment on.")] = None,
) -> None:
    """Read what is new in the sources into canonical tables; bad rows go to quarantine with a reason."""
    workspace = _load()
    with alone(workspace.data_dir):
        counts = _ingest(workspace, since=since, full=full)
    if as_json:
        typer.echo(json.dumps(counts))


def _ingest(workspace: Workspace, *, since: str | None = None, full: bool = False) -> dict[str, Any]:
    from features.ingest import ingest as read_sources
    from features.totals import totals

    result = read_sources(workspace, _say, since=since, full=full)
    for name, count in result.counts.items():
        reasons = "".join(f"\n         {reason}: {n}" for reason, n in count.reasons.items())
        _say(f"{name}: read {count.read} = accepted {count.accepted} + quarantined {count.quarantined}{reasons}")
    for line in totals(workspace, result.snapshot):
        _say(line)
    return result.as_dict()


@app.command()
def check(as_json: AsJson = False) -> None:
    """Ingest, and say whether the data can carry each task: exit status 0 ready, 3 usable, 4 not ready."""
    from readiness.command import run_check

    raise typer.Exit(run_check(_load(), _say, Console(), json_to=typer.echo if as_json else None))


@app.command()
def features(
    out: Annotated[Path, typer.Option(help="Folder to write Parquet files to.")],
    task: Annotated[str, typer.Option(help="conversion, value or churn: whose features.")] = "churn",
    as_of: AsOf = None,
    spark: OnSpark = False,
) -> None:
    """Write everyone's features for a task as of a date, as Parquet files."""
    from features.export import export_features

    rows, moment = export_features(_load(), task, as_of, out, spark=spark, progress=_say)
    _say(f"{rows} rows as of {moment.isoformat()} in {out}")


@app.command()
def train(
    task: Annotated[list[str] | None, typer.Option(help="conversion, value or churn; all that are set by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """Fit, compare with the baselines, log to MLflow, and promote what passes the gate."""
    out = _train(_load(), task)
    if as_json:
        typer.echo(json.dumps(out))


def _train(workspace: Workspace, chosen: list[str] | None = None) -> dict[str, dict[str, Any]]:
    """Train each task; returns metrics and models by task."""
    from features.ingest import current_snapshot
    from features.store import load_history
    from models.registry import champion
    from training.promote import way_on
    from training.tasks import TASKS
    from training.tracking import log_trained
    from training.train import train_task

    snapshot = current_snapshot(workspace)
    history = load_history(snapshot, workspace.time_zone)
    names = chosen or [name for name in TASKS if getattr(workspace.tasks, name) is not None]
    unknown = sorted(set(names) - set(TASKS))
    if unknown:
        raise ForesaleError("unknown task", got=unknown[0], expected=", ".join(TASKS), do="pass --task with one of these")
    out: dict[str, dict[str, Any]] = {"metrics": {}, "models": {}}
    with ThreadPoolExecutor(2) as pool:  # fitting leaves the interpreter's lock; each fit itself runs in one thread
        fitted = pool.map(lambda name: train_task(workspace, history, TASKS[name], _say), names)
    for name, trained in zip(names, fitted, strict=True):
        model, promoted = log_trained(workspace, snapshot.name, trained)
        _say(f"{name}: {trained.test_evaluation.headline}")
        _say(f"{name}: version {model.version} {'is champion' if promoted else 'stays out'} ({trained.verdict.reason})")
        if not promoted and champion(workspace, name) is None:
            _say(f"{name}: no model is in force. {way_on(name, model.version, trained.verdict)}")
        out["metrics"][name] = trained.test_evaluation.as_dict()
        out["models"][name] = {**vars(model), "champion": promoted}
    return out


@app.command()
def promote(
    task: str,
    version: str,
    despite: Annotated[str | None, typer.Option(help="Why to use one that did not pass; kept with it.")] = None,
) -> None:
    """Make a version that passed its gate the champion (also the way back to an earlier one), or one that did not."""
    from training.promote import promote as move

    move(_load(), task, version, despite)
    _say(f"{task}: version {version} is champion; POST /v1/models/reload makes a running server use it")


@app.command()
def score(
    as_of: AsOf = None,
    as_json: AsJson = False,
    spark: OnSpark = False,
    out: Annotated[Path | None, typer.Option(help="With --spark: folder to write Parquet files to.")] = None,
) -> None:
    """Score every account and open opportunity as of a date, with reasons, into the store; with --spark into files."""
    if spark != (out is not None):
        raise typer.BadParameter("--spark and --out go together")
    done = _score(_load(), as_of) if out is None else _score_on_spark(_load(), as_of, out)
    if as_json:
        typer.echo(json.dumps(done))


def _score_on_spark(workspace: Workspace, as_of: datetime | None, out: Path) -> dict[str, Any]:
    from serving.cluster import write_scores

    stored, moment = write_scores(workspace, as_of, out)
    _say(f"{stored} predictions as of {moment.isoformat()} in {out}")
    return {"stored": stored, "as_of": moment.isoformat()}


def _score(workspace: Workspace, as_of: datetime | None) -> dict[str, Any]:
    from features.cohort import moment_asked
    from models.registry import despite
    from serving.batch import score_and_store
    from serving.engine import load_engine

    engine = load_engine(workspace)
    moment = moment_asked(as_of, engine.latest_as_of)
    with _store(workspace) as store, _progress.status("scoring") as status:
        stored = score_and_store(engine, store, moment, status.update)
    _say(f"{stored} predictions as of {moment.isoformat()}")
    for task in engine.tasks:
        if why := despite(workspace, task):
            _say(f"{task}: the model did not pass its gate and is used all the same: {why}")
    return {"stored": stored, "as_of": moment.isoformat()}


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; loopback unless told otherwise.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    secure_cookies: Annotated[bool, typer.Option(help="Set when a TLS proxy is in front.")] = False,
) -> None:
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
    with alone(workspace.data_dir):
        _ingest(workspace)
        _score(workspace, as_of)
        with _store(workspace) as store:
            _say(f"what changed: {write_change_reports(workspace, store)}")


@contextmanager
def _store(workspace: Workspace) -> Iterator[Store]:
    from serving.store import open_store

    workspace.data_dir.mkdir(parents=True, exist_ok=True)
    with open_store(workspace.store_url) as store:
        yield store


@app.command("world")
def make_world(
    out: Annotated[Path, typer.Option(help="Folder to write to.")],
    accounts: Annotated[int, typer.Option(help="How many accounts.")] = 3000,
    years: Annotated[int, typer.Option(help="How many years of history, 2 to 10.")] = 3,
    seed: Annotated[int, typer.Option(help="The same seed gives the same files.")] = 1,
    preset: Annotated[str, typer.Option(help="standard, hard, or none: nothing to be learnt.")] = "standard",
    truth: Annotated[bool, typer.Option("--truth/--no-truth", help="Also write what is knowable.")] = True,
) -> None:
    """Write a synthetic key-account company with a known truth, and its workspace file."""
    from worlds.write import declared, write_world

    _say(f"wrote {write_world(out, declared(accounts, years, seed, preset), with_truth=truth, progress=_say)}")


@app.command()
def demo(
    serving: Annotated[bool, typer.Option("--serve/--no-serve", help="Go on serving at the end.")] = True,
    world: Annotated[bool, typer.Option("--world", help="On a synthetic key-account company instead of real data.")] = False,
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    as_json: AsJson = False,
) -> None:
    """The whole way on real data, or on a synthetic world: ingest, train, score, serve, and one answer."""
    root = Path(__file__).parent
    if world:
        make_world(root / "var" / "world")
    options(root / "var" / "world" / "foresale.toml" if world else root / "examples" / "complete_journey.toml")
    workspace, timings = _load(), dict[str, float]()
    with _timed(timings, "total"):
        with _timed(timings, "ingest"), alone(workspace.data_dir):
            counts = _ingest(workspace)
        with _timed(timings, "train"):
            trained = _train(workspace)
        with _timed(timings, "score"):
            _score(workspace, None)
        with _timed(timings, "serve"):
            server = _serve_on_trial(workspace, port)
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


def _serve_on_trial(workspace: Workspace, port: int) -> subprocess.Popen[bytes]:
    from serving.trial import start_server

    _say("starting the server")
    with _store(workspace) as store:
        server, shown = start_server(Path(__file__), _workspace_file, store, port)
    typer.echo(shown)
    return server


def _own_store() -> AbstractContextManager[Store]:
    return _store(_load())


app.add_typer(key_commands(_own_store), name="key")
register(app, _say)


def main() -> None:
    """Run the command line; a user's mistake ends with its message and status 1."""
    try:
        app()
    except ForesaleError as error:
        _progress.print(f"[red]error:[/] {escape(str(error))}", soft_wrap=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
