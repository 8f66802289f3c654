"""What a look at a place finds: tables, profiles of their columns, links between them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property

import duckdb

from intake.look.forms import Shape
from intake.words import vocabulary
from intake.words.names import fit, is_id, who, words_of
from tables.sources import Reader
from workspace.mapping import Source

_SAME = 0.9  # the share of values that must fit a form
_COPIES, _FEW_COPIES, _LEAST_KEYS = 0.02, 2, 20  # a key may be repeated in so few of its rows


_DAYS = "date, time, day, at, on, timestamp, when, month, since, start, end, deadline, 日期, 时间, 日, 时, 月份"


@dataclass(frozen=True)
class Column:
    """One column: its DuckDB type, how much of it is filled, how many values it has in the sample, and what they look like."""

    name: str
    type: str
    filled: float
    distinct: int
    repeats: float  # filled values per distinct one
    shape: Shape
    length: float
    top: tuple[tuple[str, int], ...]
    unique: bool = False
    all_distinct: int = 0
    stated: int = 0  # filled values in all rows, where they were counted
    near: bool = False  # a key but for a few rows

    @cached_property
    def is_date(self) -> bool:
        """Whether its values are days or moments."""
        if self.type == "DATE" or self.type.startswith("TIMESTAMP"):
            return True
        if not self.filled or self.type in ("BOOLEAN", "DOUBLE", "FLOAT"):
            return False
        named = fit(self.name, _DAYS) > 0
        epoch = self.shape.of("epoch_s", "epoch_ms") if named or not (is_id(self.name) or who(self.name)) else 0.0
        days = self.shape.of("year_first", "compact", "year_last", "month_name") + (
            epoch if not self.shape.of("compact") > _SAME else 0
        )
        return days >= (0.7 if named else _SAME) or self.is_excel

    @cached_property
    def is_excel(self) -> bool:
        """Whether its values are days counted by a spreadsheet."""
        in_range = self.shape.of("number") > _SAME and self.shape.low >= 20_000 and self.shape.high <= 60_000
        return in_range and fit(self.name, "date, time, 日期, 时间") > 0.4

    @property
    def is_number(self) -> bool:
        """Whether its values are plain numbers."""
        return bool(self.filled) and self.type != "BOOLEAN" and self.shape.of("number") > _SAME

    @property
    def is_amount(self) -> bool:
        """Whether its values are numbers, perhaps with a currency sign, thousands or 万."""
        return bool(self.filled) and self.type != "BOOLEAN" and self.shape.of("amount") > _SAME and not self.is_date

    @property
    def is_decorated(self) -> bool:
        """Whether its values are amounts that are not plain numbers."""
        return self.is_amount and not self.is_number

    @property
    def is_flag(self) -> bool:
        """Whether it has two values that mean yes and no."""
        yes_no = {"0", "1", "true", "false", "yes", "no", "y", "n", "是", "否", "t", "f", "有", "无", "won", "lost"}
        return self.type == "BOOLEAN" or (0 < self.distinct <= 2 and {value.lower() for value, _ in self.top} <= yes_no)

    @property
    def is_category(self) -> bool:
        """Whether its values are few and recur."""
        return 1 < self.distinct <= 200 and self.repeats > 3 and self.length < 60 and not self.is_date

    @property
    def is_key(self) -> bool:
        """Whether it could be the key of its table."""
        decimal = self.is_number and not self.shape.of("integer") > _SAME
        return (self.unique or self.near) and not self.is_date and not decimal and self.length <= 64

    def share(self, values: Collection[str]) -> float:
        """The share of some values among its most frequent ones."""
        return sum(count for value, count in self.top if value in values) / max(sum(count for _, count in self.top), 1)

    @property
    def copies(self) -> int:
        """Rows that share their value with an earlier one."""
        return max(self.stated - self.all_distinct, 0)

    @property
    def nearly_unique(self) -> bool:
        """Whether all but one in fifty of its values differ, so that it may be a key with a few copies."""
        few = self.copies <= max(_FEW_COPIES, _COPIES * self.stated)
        return not self.unique and self.all_distinct >= _LEAST_KEYS and self.filled >= 1 - _COPIES and few

    @property
    def key_reason(self) -> str:
        """Why it is a key, and what is said of the rows that share one."""
        if not self.copies:
            return "unique in all rows" if self.unique else "unique where it is filled"
        rows = "1 row that repeats" if self.copies == 1 else f"{self.copies:,} rows that repeat"
        return f"a key but for {rows} a value: ingest puts aside what repeats as duplicate_key"

    @property
    def values(self) -> list[str]:
        """Its most frequent values."""
        return [value for value, _ in self.top]


@dataclass(frozen=True)
class Found:
    """A table that was found: its name in the workspace, where it came from, its rows and columns."""

    name: str
    title: str
    source: Source
    rows: int
    columns: tuple[Column, ...]

    def column(self, name: str | None) -> Column | None:
        """The column of this name."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def keys(self) -> list[Column]:
        """Columns whose values are all there and differ, the likeliest key first."""

        def likely(column: Column) -> tuple[bool, bool, float, int]:
            own = fit(column.name, vocabulary.ID_WORDS) + (0.5 if set(words_of(column.name)) & set(words_of(self.title)) else 0.0)
            named = is_id(column.name) or column.length == 36
            return not (named or column.near), column.near, -own, self.columns.index(column)

        return sorted((column for column in self.columns if column.is_key), key=likely)


@dataclass(frozen=True)
class Link:
    """Values of a column are keys of another table: the share of its distinct values that are found there, and of theirs here."""

    table: str
    column: str
    to: str
    key: str
    inside: float
    covered: float


@dataclass
class Asked:
    """What can be asked by SQL."""

    connection: duckdb.DuckDBPyConnection

    def one(self, sql: str) -> tuple[object, ...]:
        """The first row of a query."""
        return self.connection.execute(sql).fetchone() or ()

    def number(self, sql: str) -> float:
        """The first cell of a query as a number; 0 where there is none."""
        found = self.one(sql)
        return float(str(found[0])) if found and found[0] is not None else 0.0


@dataclass
class View(Asked):
    """All tables of a place with a connection that can be asked about them; `failed` says what could not be read."""

    reader: Reader
    tables: list[Found] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)

    def table(self, name: str) -> Found:
        """The table of this name."""
        return next(table for table in self.tables if table.name == name)

    def link(self, table: str, column: str, to: str) -> Link | None:
        """The link of a column to a table."""
        return next((link for link in self.links if (link.table, link.column, link.to) == (table, column, to)), None)
