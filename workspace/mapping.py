"""The mapping language: where rows come from, and how one source row becomes a row of a canonical table. Declarations only."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

DIMENSIONS = ("fit", "engagement", "urgency", "decision_chain", "purchases", "relationship", "service", "risk")
WHITESPACE = "whitespace"  # the delimiter that stands for any run of blanks


class Section(BaseModel):
    """A part of the workspace file: no key beyond its own, and nothing changes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Section):
    """A named input: a file, a folder or pattern of files, a sheet, or a table of a database.

    `path` is CSV, Parquet, XLSX, a DuckDB or an SQLite file; `url` is a PostgreSQL database (no password: libpq reads it
    from its own places). `delimiter` may be `whitespace`: any run of blanks. `table` names the table of a database, `sheet`
    that of a workbook. A CSV without a header needs `names`. With `key` and `since`, a PostgreSQL table is read again only
    where `since` has grown.
    """

    path: str | None = None
    url: str | None = Field(default=None, pattern="^postgres(ql)?://")
    table: str | None = None
    sheet: str | None = None
    delimiter: str | None = None
    encoding: str = "utf-8"
    header: bool = True
    names: tuple[str, ...] = ()
    skip: int = Field(default=0, ge=0)
    key: tuple[str, ...] = ()
    since: str | None = None

    @model_validator(mode="after")
    def _whole(self) -> Source:
        if (self.path is None) == (self.url is None):
            raise ValueError("exactly one of `path` and `url`")
        if self.url is not None and self.table is None:
            raise ValueError("a `table` with `url`")
        if self.delimiter is not None and self.delimiter != WHITESPACE and not 1 <= len(self.delimiter) <= 4:
            raise ValueError("a `delimiter` of 1 to 4 characters, or `whitespace`")
        if not self.header and not self.names:
            raise ValueError("`names` of the columns where `header` is false")
        if self.since is not None and (self.url is None or not self.key):
            raise ValueError("`url` and `key` with `since`")
        return self


AnySource = Annotated[Source, BeforeValidator(lambda given: {"path": given} if isinstance(given, str) else given)]


class Attribute(Section):
    """A further source column that becomes features.

    On accounts and opportunities `known` says why it may be used at any cutoff, and `reason` how one knows that; on a
    table of events it is known with the event.
    """

    kind: Literal["categorical", "numeric", "money"]
    known: Literal["creation", "constant", "event"]
    column: str | None = None
    dimension: Literal[DIMENSIONS] = "fit"  # type: ignore[valid-type]  # the eight dimensions, declared once
    reason: str = ""
    zh: str
    en: str


class Join(Section):
    """Columns of another source beside each row, as `SOURCE.column`: the first one by `on` (own column = its column).

    The own column may be one of a source that is joined before, again as `SOURCE.column`.
    """

    source: str
    on: dict[str, str] = Field(min_length=1)


class Unpivot(Section):
    """Wide to long: a row per listed column that holds something; its level goes to `name`, its content to `value`."""

    columns: dict[str, str] = Field(min_length=1)
    name: str
    value: str


class Deduplicate(Section):
    """Of rows with the same canonical key, keep the one whose `by` (a source column) is last, or first."""

    by: str
    keep: Literal["last", "first"] = "last"


class Outcome(Section):
    """An opportunity is won by the first event of a source: `on` pairs columns (own = the event's), `at` is its date.

    Without one within `within_days` of the opening it is lost on that day, if that day has been seen: not after
    `observed_until` (default: the last event). Without `within_days` it stays open.
    """

    source: str
    on: dict[str, str] = Field(min_length=1)
    at: str
    where: str | None = None
    within_days: int | None = Field(default=None, ge=1)
    observed_until: date | None = None


class Part(Section):
    """Rows of one source (or of a DuckDB query over the sources), and how each becomes a canonical row.

    `columns` renames (canonical = source), `values` are constants, `sql` are DuckDB expressions over the source row,
    `where` keeps rows. Dates that are not year first need `day_first` or a format in `dates` (strptime, `epoch_ms` or
    `excel`); `decimal_comma` reads 1.234,50 (true) or 1,234.50 (false); `currency` is
    the source column that names the currency of a row.
    """

    source: str | None = None
    query: str | None = None
    columns: dict[str, str] = {}
    values: dict[str, str] = {}
    sql: dict[str, str] = {}
    where: str | None = None
    join: tuple[Join, ...] = ()
    unpivot: Unpivot | None = None
    dates: dict[str, str] = {}
    day_first: bool | None = None
    decimal_comma: bool | None = None
    currency: str | None = None
    deduplicate: Deduplicate | None = None
    outcome: Outcome | None = None

    @model_validator(mode="after")
    def _clear(self) -> Part:
        twice = sorted(
            (set(self.columns) & set(self.values)) | (set(self.columns) & set(self.sql)) | (set(self.values) & set(self.sql))
        )
        if twice:
            raise ValueError(f"one of columns, values and sql for {twice[0]}, not two")
        return self


class Table(Part):
    """One canonical table, from one part or from several (`parts`), whose rows are put together.

    `known_at_creation` lists canonical columns (an industry, a stated amount or closing date) whose value is the one held
    when the row was made. A column that holds a current state has no past; unless listed it is never an input.
    """

    parts: tuple[Part, ...] = ()
    known_at_creation: tuple[str, ...] = ()
    attributes: dict[str, Attribute] = {}

    @property
    def origins(self) -> tuple[Part, ...]:
        """The parts, or the table itself where it is the only one."""
        return self.parts or (self,)

    @model_validator(mode="after")
    def _one_origin(self) -> Table:
        if any((part.source is None) == (part.query is None) for part in self.origins):
            raise ValueError("exactly one of `source` and `query`")
        if self.parts and (own := sorted(self.model_fields_set & set(Part.model_fields))):
            raise ValueError(f"`{own[0]}` inside each of `parts`, not beside them")
        return self
