"""A mistake in a workspace file as a sentence: which key, what it holds, what it should hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from workspace.errors import ForesaleError
from workspace.mapping import Section


def explain(path: Path, error: ValidationError) -> ForesaleError:
    """The first mistake in the file, as a sentence; one key too many explains another one that is missing."""
    first = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
    path_words = ".".join(str(part) for part in first["loc"]) or "tables"
    key = re.sub(r"\.cutoffs\.(anchored|none)\.", ".cutoffs.", path_words)  # the chosen kind is no key of the file
    others = f"; {error.error_count() - 1} more after it" if error.error_count() > 1 else ""
    return ForesaleError(
        f"{path}: key {key} is wrong{others}",
        got=_given(first),
        expected=_expected(first, path_words),
        do=f"edit {key} in {path.name}; docs/workspace.md lists every key",
    )


def _given(error: ErrorDetails) -> object:
    if error["type"] == "missing":
        return "nothing"
    given = error["input"]
    return f"a section with {', '.join(given) or 'no key'}" if isinstance(given, dict) else given


def _expected(error: ErrorDetails, key: str) -> str:
    if error["type"] == "extra_forbidden":
        known = {name for section in _sections(Section) for name in section.model_fields}
        near = get_close_matches(key.rpartition(".")[2], sorted(known), 1)
        return f"a key of this section{f' (did you mean {near[0]}?)' if near else ''}"
    if error["type"] == "string_pattern_mismatch":
        return f"text like {error['ctx']['pattern']}"
    return (
        error["msg"].removeprefix("Value error, ").replace("Field required", "a value").replace("Input should be", "one of", 1)
        if (error["type"] in ("value_error", "missing", "literal_error"))
        else error["msg"]
    )


def _sections(section: type[Section]) -> Iterator[type[Section]]:
    for child in section.__subclasses__():
        yield child
        yield from _sections(child)
