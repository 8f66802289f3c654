"""`foresale forecast`."""

import json
import os
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from display.words import Language
from foresale.commands import AsJson, AsOf, Context
from foresale.language import spoken

_SECOND = timedelta(seconds=1)  # a day is named that has begun, and one that is not over

if TYPE_CHECKING:
    from rich.table import Table

    from display.language import Wording
    from models.forecast import Part


def forecast(
    context: Context,
    as_of: AsOf = None,
    as_json: AsJson = False,
    language: Annotated[Language | None, typer.Option(help="Of the table; the terminal's by default.")] = None,
) -> None:
    """Expected wins and revenue by month of the opportunities open now, with an 80 % range."""
    from rich.console import Console

    from display.language import Wording

    with context.obj.company() as company:
        parts = company.engine.forecast(company.moment(as_of))
        wording = Wording(language or spoken(os.environ), company.workspace)
    if as_json:
        typer.echo(json.dumps([asdict(part) for part in parts], default=str))
    else:
        Console().print(_table(parts, wording))


def _table(parts: "list[Part]", w: "Wording") -> "Table":
    from rich.table import Table

    table = Table(title=w.say("forecast.title"), caption=w.say("forecast.caption"))
    for heading in ("month", "wins", "range", "revenue", "range"):
        table.add_column(w.say(f"forecast.{heading}"), justify="left" if heading == "month" else "right")
    for part in parts:
        table.add_row(
            f"{w.day(part.first + _SECOND)} – {w.day(part.until - _SECOND)}",
            w.number(part.wins),
            " – ".join(map(w.number, part.wins_range)),
            w.money(part.revenue),
            " – ".join(map(w.money, part.revenue_range)),
        )
    return table
