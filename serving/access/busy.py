"""How much is computed at once: what is more is refused at once rather than kept waiting, so that the others stay fast."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from serving.problems import Problem


class Slots:
    """Places for requests that compute with models. Shared between threads."""

    def __init__(self, places: int) -> None:
        self._places = BoundedSemaphore(places)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Compute in a place; raises Problem 429 where none is free."""
        if not self._places.acquire(blocking=False):
            raise Problem(
                429, "overloaded", "The server computes as much as it can. Try again soon.", headers={"retry-after": "1"}
            )
        try:
            yield
        finally:
            self._places.release()
