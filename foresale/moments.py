"""A moment as a person states it in Python or on the command line."""

from __future__ import annotations

from datetime import date, datetime

from workspace.errors import ForesaleError

Moment = datetime | date | str | None


def parsed(text: str) -> datetime | date:
    """A day, or a moment with its offset; raises ForesaleError for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ForesaleError(
            "no moment",
            got=text,
            expected="a day such as 2017-12-01, or a moment with its offset such as 2017-12-01T00:00:00Z",
            do="pass one of these as as_of",
        )
    return moment
