"""`foresale ingest`."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from foresale.commands import AsJson, Context

if TYPE_CHECKING:
    from foresale.company import Company
    from tables.ingest import IngestResult


def ingest(
    context: Context,
    as_json: AsJson = False,
    full: Annotated[bool, typer.Option("--full", help="Read everything again.")] = False,
    since: Annotated[str | None, typer.Option(help="Ask PostgreSQL for changes from this moment on.")] = None,
) -> None:
    """Read what is new in the sources into canonical tables; bad rows go to quarantine with a reason."""
    with context.obj.company() as company:
        result = company.ingest(full=full, since=since)
        tell(company, result, context.obj.terminal.say)
    if as_json:
        typer.echo(json.dumps(result.as_dict()))


def tell(company: "Company", result: "IngestResult", say: Callable[[str], None]) -> None:
    """What an ingest read, table by table, and what it adds up to."""
    from tables.summary import totals

    for name, count in result.counts.items():
        reasons = "".join(f"\n         {reason}: {n}" for reason, n in count.reasons.items())
        say(f"{name}: read {count.read} = accepted {count.accepted} + quarantined {count.quarantined}{reasons}")
    for line in totals(company.workspace, result.snapshot):
        say(line)
