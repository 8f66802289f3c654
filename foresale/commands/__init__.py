"""The commands, one verb a file: each asks a `Company`, and says what happened."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from foresale.terminal import Terminal

if TYPE_CHECKING:
    from foresale.company import Company

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


@dataclass(frozen=True)
class Call:
    """What every command shares: which workspace file, and the terminal."""

    file: Path
    terminal: Terminal

    def again(self, *words: str) -> str:
        """A command on the same company, as a person types it in this folder."""
        which = [] if self.file == Path("foresale.toml") else ["--workspace", from_here(self.file)]
        return shlex.join([*_program(), *which, *words])

    @contextmanager
    def company(self) -> Iterator[Company]:
        """The company of the workspace file; the moving line is gone at the end."""
        from foresale.company import open_company

        with self.terminal:
            yield open_company(self.file, self.terminal.progress)


Context = typer.Context


def _program() -> list[str]:
    """How the program that runs is called: by its name where the shell finds it, else by its place, else as a module."""
    beside = Path(sys.executable).with_name("foresale")
    if not beside.is_file():
        return [from_here(Path(sys.executable)), "-m", "foresale"]
    found = shutil.which("foresale")
    return ["foresale"] if found and Path(found).samefile(beside) else [from_here(beside)]


def from_here(path: Path) -> str:
    """The path as seen from the current folder where it lies below it, else whole."""
    whole, here = path.absolute(), Path.cwd()
    return str(whole.relative_to(here) if whole.is_relative_to(here) else whole)
