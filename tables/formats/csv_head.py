"""The head of a CSV file: its columns, and what separates them."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path
from typing import IO

from tables.formats.workbook import unique_names
from workspace.errors import Unreadable
from workspace.mapping import WHITESPACE, Source

_DELIMITERS = ",;\t|"


def csv_head(path: Path, source: Source) -> tuple[tuple[str, ...], str]:
    """The column names of a CSV file, and what separates them."""
    with opened(path, source.encoding, "replace") as file:  # the lines below are judged one by one
        for _ in range(source.skip):
            file.readline()
        first = file.readline(1 << 20).lstrip("\ufeff")
    if not first.strip() and not source.names:
        raise Unreadable(f"{path} without a line of names", "a header, or `names`", "export it again, or write `names` or `skip`")
    delimiter = source.delimiter or max(_DELIMITERS, key=lambda sign: (_outside(first).count(sign), -_DELIMITERS.index(sign)))
    if source.delimiter == WHITESPACE:
        return source.names or tuple(unique_names(first.split())), "\t"
    if source.names:
        return source.names, delimiter
    row = (
        next(csv.reader([first.rstrip("\r\n")], delimiter=delimiter), [])
        if len(delimiter) == 1
        else first.strip().split(delimiter)
    )
    return tuple(unique_names(row)), delimiter


def _outside(line: str) -> str:
    """What stands outside of quotes."""
    return "".join(line.split('"')[::2])


def suffix_of(path: Path) -> str:
    """The kind of file, also below .gz."""
    return Path(path.stem).suffix.lower() if path.suffix.lower() == ".gz" else path.suffix.lower()


def opened(path: Path, encoding: str, errors: str = "strict") -> IO[str]:
    """A text file, also below .gz."""
    if path.suffix.lower() == ".gz":
        return gzip.open(path, "rt", encoding=encoding, errors=errors, newline="")
    return path.open(encoding=encoding, errors=errors, newline="")
