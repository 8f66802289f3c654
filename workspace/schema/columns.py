"""What a canonical column is: its kind, how it is stored, and the columns that many tables share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["id", "text", "category", "time", "opening", "money", "number", "integer", "boolean"]

ARROW_TYPES: dict[str, str] = {
    "id": "string",
    "text": "string",
    "category": "string",
    "time": "timestamp[s, tz=UTC]",
    "opening": "timestamp[s, tz=UTC]",
    "money": "int64",
    "number": "double",
    "integer": "int64",
    "boolean": "bool",
}


@dataclass(frozen=True)
class Column:
    """One canonical column.

    A `time` without a clock counts as the end of its day, an `opening` as its start. `future` allows dates after today
    (a contract's end), `signed` allows negative numbers (a return), `unit` is the stored unit.
    """

    name: str
    kind: Kind
    zh: str
    en: str
    required: bool = False
    refers: str | None = None
    future: bool = False
    signed: bool = False
    unit: str = ""


@dataclass(frozen=True)
class TableSchema:
    """One canonical table: its primary key and its columns, in file order."""

    name: str
    key: tuple[str, ...]
    zh: str
    en: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns."""
        return tuple(column.name for column in self.columns)

    @property
    def of_accounts(self) -> bool:
        """Whether each of its rows says which of the accounts it is about."""
        return any(column.refers == "accounts" and column.required and column.name == "account_id" for column in self.columns)


def identifier(name: str, zh: str, en: str, refers: str | None = None, *, required: bool = True) -> Column:
    """An id, stored as text; `refers` is the table it points at."""
    return Column(name, "id", zh, en, required=required, refers=refers)


def account(*, required: bool = True) -> Column:
    """The account a row is about."""
    return identifier("account_id", "客户", "the account", "accounts", required=required)


def owner() -> Column:
    """The salesperson responsible, where one is known."""
    return identifier("owner_id", "负责人", "the salesperson responsible", "owners", required=False)


def time(name: str, zh: str, en: str, *, required: bool = False, future: bool = False) -> Column:
    """A moment; a date alone is the end of its day."""
    return Column(name, "time", zh, en, required=required, future=future, unit="UTC second")


def opening(name: str, zh: str, en: str, *, required: bool = False, future: bool = True) -> Column:
    """A moment; a date alone is the start of its day."""
    return Column(name, "opening", zh, en, required=required, future=future, unit="UTC second")


def money(name: str, zh: str, en: str, *, required: bool = False, signed: bool = False) -> Column:
    """An amount in minor units."""
    return Column(name, "money", zh, en, required=required, signed=signed, unit="minor unit")


def category(name: str, zh: str, en: str, *, required: bool = False) -> Column:
    """One of a few values."""
    return Column(name, "category", zh, en, required=required)


def number(name: str, zh: str, en: str, unit: str = "", *, signed: bool = False) -> Column:
    """A number with decimals."""
    return Column(name, "number", zh, en, unit=unit, signed=signed)


def integer(name: str, zh: str, en: str, unit: str = "") -> Column:
    """A whole number."""
    return Column(name, "integer", zh, en, unit=unit)


def boolean(name: str, zh: str, en: str) -> Column:
    """Yes or no."""
    return Column(name, "boolean", zh, en)


OF_OPPORTUNITY = identifier(
    "account_id", "客户", "the opportunity's account; filled in where the source lacks it", "accounts", required=False
)
RECEIVED = time("received_at", "录入时间", "when the CRM first held the row")
OCCURRED = time("occurred_at", "发生时间", "when it happened", required=True)
