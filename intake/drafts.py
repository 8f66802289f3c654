"""What is proposed before it is written down: guesses with their reasons, doubts with their way out."""

from __future__ import annotations

from dataclasses import dataclass, field

from intake.look.profile import Found


@dataclass(frozen=True)
class Guess:
    """One value with its reason; a doubt says what to check and what to write instead."""

    value: str
    reason: str
    doubt: str = ""


@dataclass
class Part:
    """How the rows of one source become canonical rows."""

    found: Found
    reason: str
    query: str | None = None
    columns: dict[str, Guess] = field(default_factory=dict)
    values: dict[str, Guess] = field(default_factory=dict)
    sql: dict[str, Guess] = field(default_factory=dict)
    join: dict[str, dict[str, str]] = field(default_factory=dict)
    dates: dict[str, str] = field(default_factory=dict)
    day_first: Guess | None = None
    decimal_comma: bool = False
    derived: bool = False  # its query holds mapped columns only
    outcome: dict[str, object] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)

    @property
    def used(self) -> set[str]:
        """Source columns that are mapped or read by an expression."""
        named = {guess.value for guess in self.columns.values()}
        read = "".join(guess.value for guess in self.sql.values())
        return named | {column.name for column in self.found.columns if f'"{column.name}"' in read}

    @property
    def filled(self) -> set[str]:
        """Canonical columns that it fills."""
        return {*self.columns, *self.values, *self.sql}


@dataclass(frozen=True)
class Attribute:
    """A further column that becomes features; with `off` it is only proposed, with the reason why not."""

    name: str
    column: str
    kind: str
    known: str
    zh: str
    en: str
    dimension: str = ""
    reason: str = ""
    off: str = ""


@dataclass
class Table:
    """One canonical table; `known` are canonical columns taken as known at creation, `off` those that are not and why."""

    name: str
    parts: list[Part]
    known: dict[str, str] = field(default_factory=dict)
    off: dict[str, str] = field(default_factory=dict)
    attributes: list[Attribute] = field(default_factory=list)
    unused: dict[str, str] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)


@dataclass
class Proposal:
    """Everything that is proposed; `left_out` are tables with the reason why."""

    tables: dict[str, Table] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    time_zone: Guess = Guess("UTC", "")
    currency: Guess = Guess("USD", "")
    horizon_hint: int = 0
    dateless: bool = False
    doubts: list[str] = field(default_factory=list)
