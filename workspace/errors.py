"""The exception a user meets: it says what is wrong, what was got, what was expected and what to do."""

from __future__ import annotations

import re


class ForesaleError(Exception):
    """A mistake the user can mend.

    Parameters are sentences or short phrases: `what` is wrong, what was `got`, what was `expected`, what to `do`.
    """

    def __init__(self, what: str, *, got: object = None, expected: str | None = None, do: str | None = None) -> None:
        self.what, self.got, self.expected, self.do = what, got, expected, do
        super().__init__(self._message())

    def _message(self) -> str:
        parts = [self.what]
        parts += [f"got: {self.got}"] if self.got is not None else []
        parts += [f"expected: {self.expected}"] if self.expected else []
        parts += [f"do this: {self.do}"] if self.do else []
        return re.sub(r"(\w:/{1,2}[^:/\s]*):[^\s]+@", r"\1:…@", "\n  ".join(parts))  # no password of a URL


def first_line(error: Exception) -> str:
    """What the message of an error says first."""
    return str(error).strip().split("\n")[0]


class Unreadable(Exception):
    """A source that cannot be read; whoever knows its name in the workspace file makes it a ForesaleError."""

    def __init__(self, got: object, expected: str, do: str) -> None:
        self.got, self.expected, self.do = got, expected, do
        super().__init__(f"{got}; {expected}")
