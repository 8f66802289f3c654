"""`foresale init`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from foresale.commands import Context
from workspace.files import write_atomically


def init(
    context: Context,
    source: Annotated[str, typer.Argument(help="A folder, a CSV, Parquet, XLSX, DuckDB or SQLite file, or a PostgreSQL URL.")],
    out: Annotated[Path, typer.Option(help="The workspace file to write; an existing one is never touched.")] = Path(
        "foresale.toml"
    ),
) -> None:
    """Look at your data and propose a workspace file, with a reason for every guess and a mark at every doubt."""
    from intake.propose import proposed

    with context.obj.terminal as terminal:
        found = proposed(source, out, terminal.progress)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(out, found.text)
    shown = Table("table", "from", "rows accepted", "doubts")
    for name, where, rows, doubts in found.rows:
        shown.add_row(name, where, f"{rows:,}", str(doubts or ""))
    Console().print(shown)
    for name, why in found.left_out:
        typer.echo(f"left out: {name}: {' '.join(why.split())}")
    typer.echo(
        f"wrote {out}: {found.doubts} lines marked `# ???` to check. Next: edit it, then run: foresale --workspace {out} ingest"
    )
