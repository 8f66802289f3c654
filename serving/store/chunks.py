"""Values of a query some at a time: a database takes only so many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

_AT_ONCE = 200
Value = TypeVar("Value")


def chunks(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """The values in order, two hundred at a time."""
    yield from (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))
