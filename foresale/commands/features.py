"""`foresale features`."""

from pathlib import Path
from typing import Annotated

import typer

from foresale.commands import AsOf, Context, OnSpark


def features(
    context: Context,
    out: Annotated[Path, typer.Option(help="Folder to write Parquet files to.")],
    task: Annotated[str, typer.Option(help="conversion, value or churn: whose features.")] = "churn",
    as_of: AsOf = None,
    spark: OnSpark = False,
) -> None:
    """Write everyone's features for a task as of a date, as Parquet files."""
    with context.obj.company() as company:
        rows, moment = company.export(task, out, as_of, spark=spark)
    context.obj.terminal.say(f"{rows} rows as of {moment.isoformat()} in {out}")
