"""Where long work says how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


def _said(text: str) -> None:
    """Nobody listens."""


def _moved(what: str, done: int, of: int) -> None:
    """Nobody looks."""


@dataclass(frozen=True)
class Progress:
    """`say` takes a line that stays, `step` how many of how many parts of a named step are done (0 at its start).

    Called itself it says a line, so it may be passed where only lines are wanted. Both may be called from any thread.
    """

    say: Callable[[str], None] = _said
    step: Callable[[str, int, int], None] = _moved

    def __call__(self, text: str) -> None:
        """Say a line."""
        self.say(text)

    @contextmanager
    def during(self, what: str) -> Iterator[None]:
        """A step of one part: the block. It is over when the block ends, in whatever way."""
        self.step(what, 0, 1)
        try:
            yield
        finally:
            self.step(what, 1, 1)


SILENT = Progress()
