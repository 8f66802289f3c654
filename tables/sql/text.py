"""SQL of names, of texts, and of what a value says: without blanks around it, and nothing where it is a word for nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable

_NOTHING = "(?i)|NULL|N/A|#N/A|NA|NAN|NONE|\\\\N|-|无|空"  # what people write where there is nothing
_LONGEST_OF_NOTHING = 4  # bytes
_BEGINNINGS_OF_NOTHING = (("", "."), ("N", "O"), ("\\", "]"), ("n", "o"), ("无", "旡"), ("空", "穻"))  # from, and before


def quoted(name: str) -> str:
    """A DuckDB identifier."""
    return '"' + name.replace('"', '""') + '"'


def file_literal(path: object) -> str:
    """A path as DuckDB's readers take it: a bracket in it is no pattern."""
    return literal(re.sub(r"([\[*?])", r"[\1]", str(path)))


def literal(text: str) -> str:
    """A DuckDB string."""
    return "'" + text.replace("'", "''") + "'"


def literals(texts: Iterable[str]) -> str:
    """DuckDB strings with commas between them."""
    return ", ".join(map(literal, texts))


def stated(text: str, kind: str = "VARCHAR") -> str:
    """What a source value says, without blanks around it: NULL where it is empty or a word for nothing, such as N/A.

    Most values are neither, and comparisons show it at half the cost of looking at their signs. Types other than text stay
    as they are.
    """
    if kind != "VARCHAR":
        return text
    begins = " or ".join(f"({text} >= '{low}' and {text} < '{high}')" for low, high in _BEGINNINGS_OF_NOTHING)
    odd = f"{text} < '!' or suffix({text}, ' ') or (strlen({text}) <= {_LONGEST_OF_NOTHING} and ({begins}))"
    said = f"case when regexp_full_match(trim({text}), '{_NOTHING}') then null else trim({text}) end"
    return f"case when {odd} then {said} else {text} end"


def stated_number(text: str, kind: str) -> str:
    """As `stated`, of what is to be read as a number or a time: what begins with a digit stays, with the blanks behind it."""
    return f"case when {text} >= '0' and {text} < ':' then {text} else {stated(text)} end" if kind == "VARCHAR" else text


def stated_column(name: str) -> str:
    """What a column of any type says, as text."""
    return stated(f"cast({quoted(name)} as varchar)")
