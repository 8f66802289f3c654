"""`foresale demo`."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from foresale.commands import AsJson, Call, Context

if TYPE_CHECKING:
    from foresale.company import Company
    from foresale.trial import Trial

_ROOT = Path(__file__).parents[2]
_LOG = "demo-server.log"


def demo(
    context: Context,
    serving: Annotated[bool, typer.Option("--serve/--no-serve", help="Go on serving at the end.")] = True,
    world: Annotated[bool, typer.Option("--world", help="On a synthetic key-account company instead of real data.")] = False,
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    as_json: AsJson = False,
) -> None:
    """The whole way on real data, or on a synthetic world: ingest, train, score, serve, and one answer."""
    call = Call(_made_world(context) if world else _ROOT / "examples" / "complete_journey.toml", context.obj.terminal)
    timings: dict[str, float] = {}
    with _timed(timings, "total"):
        found, trial = _whole_way(call, port, timings)
    try:
        if as_json:
            typer.echo(json.dumps({**found, "timings_s": timings}))
        if serving:
            trial.process.wait()
    except KeyboardInterrupt:
        call.terminal.say("stopped")
    finally:
        trial.process.terminate()
        trial.process.wait()


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
    """A server that answered one question. The last lines a person reads are the way in: address, key and curl."""
    from foresale.trial import start_server

    log, step = company.workspace.data_dir / _LOG, "starting the server"
    company.progress.step(step, 0, 1)
    with company.store() as store:
        trial = start_server(call.file, store, port, log)
    company.progress.step(step, 1, 1)
    call.terminal.say(f"its access log is {log}; another key: {call.again('key', 'create', 'NAME')}")
    typer.echo(f"\nAn answer, shortened:\n{trial.shortened}\n\n{trial.way_in}")
    return trial


@contextmanager
def _timed(timings: dict[str, float], step: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    timings[step] = round(time.monotonic() - began, 1)
