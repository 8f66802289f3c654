"""A stored list as a CRM asks for it: filtered, sorted by any column, a page at a time, as JSON or CSV."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field, FiniteFloat

from serving.api.answers import Purse
from serving.api.inputs import LanguageTag
from serving.insight.records import Column, Record
from serving.problems import Problem, of_errors
from serving.runs import Run

PAGE, MOST = 50, 500
Text = Annotated[str, Field(max_length=200)]
Number = FiniteFloat


class ListQuery(BaseModel):
    """What every list understands."""

    q: Text | None = Field(None, description="Only rows that have this text in an id, the name or the owner")
    owner: Text | None = Field(None, description="Only this owner's, by id")
    sort: Text = Field("rank", description="Any column; with `-` the largest first; null comes last", examples=["-churn"])
    fields: Text | None = Field(None, description="Only these columns, separated by commas")
    limit: int | None = Field(None, ge=1, le=MOST, description=f"Rows of a page. Default: {PAGE}; in CSV all")
    cursor: Text | None = Field(None, description="`next_cursor` of the page before, with the same filters")
    language: LanguageTag | None = Field(None, description="Sentences in this language only. Default: both")


@dataclass(frozen=True)
class Page:
    """Some rows of a list, how many there are in all, and where it goes on."""

    rows: list[Record]
    columns: list[Column]
    total: int
    next_cursor: str | None


@dataclass(frozen=True)
class Listing:
    """One list of a run: records in the order of their ids."""

    columns: tuple[Column, ...]
    records: tuple[Record, ...]
    run: Run
    purse: Purse

    def page(self, query: ListQuery, *, default: int | None = PAGE) -> Page:
        """The rows asked for; with `default` None all of them, unless a limit is set.

        Raises Problem 422 for a column that is not there or a cursor of another question, 410 for one of an earlier run.
        """
        columns, sort = self._chosen(query.fields), self._column(query.sort.removeprefix("-"), "sort")
        fits = _filters(query, self.columns, self.purse)
        kept = [record for record in self.records if all(fit(record) for fit in fits)]
        start = _start(query, self.run.id)
        end = min(start + (query.limit or default or len(kept)), len(kept))
        rows = _sorted(kept, sort, descending=query.sort.startswith("-"))[start:end]
        return Page(rows, columns, len(kept), _cursor(query, self.run.id, end) if end < len(kept) else None)

    def _chosen(self, fields: str | None) -> list[Column]:
        """The columns to show: the id always, and those asked for in their order."""
        if fields is None:
            return list(self.columns)
        asked = [self._column(name.strip(), "fields") for name in fields.split(",")]
        return list(dict.fromkeys([self.columns[0], *asked]))

    def _column(self, name: str, parameter: str) -> Column:
        found = next((column for column in self.columns if column.name == name), None)
        if found is None or (parameter == "sort" and found.kind == "reasons"):
            known = ", ".join(column.name for column in self.columns if parameter == "fields" or column.kind != "reasons")
            raise of_errors([(("query", parameter), f"no such column; there are: {known}")])
        return found


def _filters(query: ListQuery, columns: Sequence[Column], purse: Purse) -> list[Callable[[Record], bool]]:
    """What a row must fulfil."""
    asked = query.model_dump(exclude_none=True)
    found: list[Callable[[Record], bool]] = []
    for column in columns:
        scale = 10**purse.decimals if column.kind == "money" else 1
        if column.kind == "text" and column.name in asked:
            found.append(_is(column.name, asked[column.name]))
        if f"{column.name}_min" in asked:
            found.append(_at_least(column.name, asked[f"{column.name}_min"] * scale))
        if f"{column.name}_max" in asked:
            found.append(_at_most(column.name, asked[f"{column.name}_max"] * scale))
    return [*found, _holds([column.name for column in columns if column.sought], asked["q"])] if "q" in asked else found


def _is(name: str, value: str) -> Callable[[Record], bool]:
    return lambda record: bool(record[name] == value)


def _at_least(name: str, number: float) -> Callable[[Record], bool]:
    return lambda record: record[name] is not None and record[name] >= number


def _at_most(name: str, number: float) -> Callable[[Record], bool]:
    return lambda record: record[name] is not None and record[name] <= number


def _holds(names: Sequence[str], text: str) -> Callable[[Record], bool]:
    sought = text.casefold()
    return lambda record: any(sought in str(record[name] or "").casefold() for name in names)


def _sorted(records: Sequence[Record], column: Column, *, descending: bool) -> list[Record]:
    """By one column, equal ones by id, those without a value last either way."""
    name = column.name
    known = [record for record in records if record[name] is not None]
    return sorted(known, key=lambda record: record[name], reverse=descending) + [one for one in records if one[name] is None]


def _question(query: ListQuery) -> str:
    """A digest of all that decides which rows come in which order."""
    asked = query.model_dump(exclude={"cursor", "limit", "fields", "language"}, exclude_none=True)
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]


def _cursor(query: ListQuery, run: int, start: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([run, start, _question(query)]).encode()).decode().rstrip("=")


def _start(query: ListQuery, run: int) -> int:
    """Where the page begins."""
    if query.cursor is None:
        return 0
    of, start, question = _read(query.cursor)
    if question != _question(query):
        raise of_errors([(("query", "cursor"), "this cursor belongs to other filters or another order: begin without one")])
    if of != run:
        raise Problem(410, "cursor-expired", "Everybody was scored anew since the page before: begin again without a cursor.")
    return start


def _read(cursor: str) -> tuple[int, int, str]:
    try:
        run, start, question = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        if isinstance(run, int) and isinstance(start, int) and start >= 0:
            return run, start, str(question)
    except (ValueError, TypeError, binascii.Error):
        pass
    raise of_errors([(("query", "cursor"), "no cursor of ours: take next_cursor of the page before")])
