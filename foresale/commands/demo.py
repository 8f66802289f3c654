"""`foresale demo`."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from foresale.commands import AsJson, Call, Context, from_here

if TYPE_CHECKING:
    from foresale.company import Company
    from foresale.trial import Trial

_ROOT = Path(__file__).parents[2]
_INTERRUPTED = 130
_LOG, _KEY = "demo-server.log", ("key", "create", "pages", "--scope", "read")


def demo(
    context: Context,
    serving: Annotated[bool, typer.Option("--serve/--no-serve", help="Go on serving at the end.")] = True,
    world: Annotated[bool, typer.Option("--world", help="On a synthetic key-account company instead of real data.")] = False,
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    as_json: AsJson = False,
) -> None:
    """The whole way on real data, or on a synthetic world: ingest, train, score, serve, and one answer."""
    from serving.address import listening

    listening("127.0.0.1", port).close()  # taken? then it is said before the work, not after it
    call = Call(_made_world(context) if world else _ROOT / "examples" / "complete_journey.toml", context.obj.terminal)
    timings: dict[str, float] = {}
    try:
        with _timed(timings, "total"):
            found, trial = _whole_way(call, port, timings)
    except KeyboardInterrupt:
        call.terminal.say("stopped")
        raise typer.Exit(_INTERRUPTED) from None
    hold(call, trial, serving=serving, last=json.dumps({**found, "timings_s": timings}) if as_json else "")


def hold(call: Call, trial: Trial, *, serving: bool, last: str = "") -> None:
    """Show what a person needs, and keep the server until Ctrl-C, or end it at once. `last` is the last line, for a program."""
    from foresale.trial import ended, wait_for

    try:
        with ended(trial.process):
            _show(call, trial, serving=serving)
            if last:
                typer.echo(last)
            if serving:
                wait_for(trial, call.terminal.say)
    except KeyboardInterrupt:
        call.terminal.say("stopped")


def _show(call: Call, trial: Trial, *, serving: bool) -> None:
    """The answer, and as the last lines the way in: the page's address, the key and a curl."""
    if serving:
        call.terminal.say(f"the server's log is {from_here(trial.log)}; another key: {call.again(*_KEY)}")
    typer.echo(f"\n{trial.told}")
    if serving:
        typer.echo(f"\n{trial.way_in}")
    else:
        call.terminal.say(f"the server is stopped again; to serve: {call.again('serve')}")


def _made_world(context: Context) -> Path:
    from foresale.commands.world import world

    world(context, _ROOT / "var" / "world")
    return _ROOT / "var" / "world" / "foresale.toml"


def _whole_way(call: Call, port: int, timings: dict[str, float]) -> tuple[dict[str, Any], Trial]:
    """From the sources to an answer, each step timed; what was found, and the server that answers."""
    from foresale.commands.ingest import tell
    from foresale.commands.score import score_and_tell
    from foresale.commands.train import described

    say = call.terminal.say
    with call.company() as company:
        with _timed(timings, "ingest"):
            ingested = company.ingest()
        tell(company, ingested, say)
        with _timed(timings, "train"):
            trained = company.train()
        with _timed(timings, "score"):
            score_and_tell(company, say)
        with _timed(timings, "serve"):
            trial = _on_trial(call, company, port)
    kept = {name: vars(count) for name, count in ingested.counts.items()}
    counts = {name: {key: count[key] for key in ("read", "accepted", "quarantined")} for name, count in kept.items()}
    return {"counts": counts, **described(trained)}, trial


def _on_trial(call: Call, company: Company, port: int) -> Trial:
    """A server that answered one question."""
    from foresale.trial import start_server

    log = company.workspace.data_dir / _LOG
    with company.progress.during("starting the server"), company.store() as store:
        return start_server(company.workspace, call.file, store, port, log)


@contextmanager
def _timed(timings: dict[str, float], step: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    timings[step] = round(time.monotonic() - began, 1)
