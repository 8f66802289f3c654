"""The check as one HTML page with its charts inside, in Chinese or English."""

from __future__ import annotations

from markupsafe import Markup

from display.charts import Words, months, parts
from display.language import Writer
from display.pages import render
from display.words import Language
from readiness.check import Checkup
from readiness.tasks import READY, USABLE
from workspace.schema import TABLES


def page(checkup: Checkup, title: str, language: Language) -> str:
    """The check as HTML: self-contained, without a script."""
    writer = Writer(language)
    return render(
        "readiness",
        "check.html",
        writer,
        checkup=checkup,
        title=title,
        ready=READY,
        usable=USABLE,
        table_names={name: table_name(writer, name) for name in TABLES},
        months=_months(writer, checkup),
        dimensions=_dimensions(writer, checkup),
    )


def table_name(writer: Writer, name: str) -> str:
    """What a canonical table is called."""
    return TABLES[name].zh if writer.language == "zh" else name.replace("_", " ")


def _months(writer: Writer, checkup: Checkup) -> Markup | None:
    """Events of each table by month; none where no table has any."""
    counts = {table_name(writer, name): found for name, found in checkup.months.items()}
    return months(counts, Words(x=writer.say("check.month"))) if any(counts.values()) else None


def _dimensions(writer: Writer, checkup: Checkup) -> Markup:
    """How much of each dimension the data carry, and how much they do not."""
    done = {
        writer.say(f"dimension.{d.name}"): (min(d.carried, d.declared), max(d.declared - d.carried, 0))
        for d in checkup.dimensions
    }
    return parts(done, Words(x=writer.say("check.carried"), y=writer.say("check.waiting")))
