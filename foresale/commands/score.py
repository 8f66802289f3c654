"""`foresale score`."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from foresale.commands import AsJson, AsOf, Context, OnSpark

if TYPE_CHECKING:
    from foresale.company import Company


def score(
    context: Context,
    as_of: AsOf = None,
    as_json: AsJson = False,
    spark: OnSpark = False,
    out: Annotated[Path | None, typer.Option(help="With --spark: folder to write Parquet files to.")] = None,
) -> None:
    """Score every account and open opportunity as of a date, with reasons, into the store; with --spark into files."""
    if spark != (out is not None):
        raise typer.BadParameter("--spark and --out go together")
    with context.obj.company() as company:
        stored, moment = score_and_tell(company, context.obj.terminal.say, as_of, out)
    if as_json:
        typer.echo(json.dumps({"stored": stored, "as_of": moment.isoformat()}))


def score_and_tell(
    company: "Company", say: Callable[[str], None], as_of: datetime | None = None, out: Path | None = None
) -> tuple[int, datetime]:
    """Score everyone, and say how many, as of when, and which models are used although they did not pass their gate."""
    stored, moment = company.score(as_of, out)
    say(f"{stored} predictions as of {moment.isoformat()}" + (f" in {out}" if out else ""))
    for task, why in company.despite().items():
        say(f"{task}: the model did not pass its gate and is used all the same: {why}")
    return stored, moment
