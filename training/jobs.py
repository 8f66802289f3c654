"""Fits that run side by side: a few threads for all tasks together, since LightGBM leaves the interpreter's lock."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import count
from typing import TypeVar

from workspace.progress import SILENT, Progress

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Jobs:
    """Whom to tell how far the work is, and where its independent parts run: one after the other without a pool.

    Results come in the order of their parts, so that they do not depend on how many threads there are. A part must not
    start parts of its own in the same pool.
    """

    progress: Progress = SILENT
    pool: Executor | None = None
    about: str = ""

    def run(self, what: str, work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        """The results of the parts of one step, which is named to the progress as `about: what`."""
        parts, done = list(items), count(1)
        step = f"{self.about}: {what}"
        self.progress.step(step, 0, len(parts))

        def told(item: Item) -> Result:
            result = work(item)
            self.progress.step(step, next(done), len(parts))
            return result

        return list(map(told, parts) if self.pool is None else self.pool.map(told, parts))

    @property
    def in_turn(self) -> Jobs:
        """The same without a pool: parts that share something no two may touch at once."""
        return replace(self, pool=None)

    def during(self, what: str) -> AbstractContextManager[None]:
        """A step of one part, told to the progress as `about: what`: the block."""
        return self.progress.during(f"{self.about}: {what}")


ALONE = Jobs()
