"""Text that a strict reader of CSV would lose lines of: quotes that are never closed, and line ends of two kinds.

A quote that is not closed swallows the lines after it, and a bare line feed among others with a carriage return ends the
reading. Both are told by looking at the lines, and then a copy is read in which each such line stands alone.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO

_BLOCK = 1 << 22
_SEARCHED = 1 << 28  # bytes up to which every file with quotes is searched; above, one with an odd number of them
_MOST_LINES = 200


def sound(path: Path, columns: int, delimiter: str, target: Path, signs: tuple[int, int] | None = None) -> Path:
    """The file itself, or `target`: a copy in which what no line can carry is one line that a strict reader rejects.

    `signs` are the numbers of quotes and of carriage returns, where somebody counted them.
    """
    quotes, returns = signs or (_count(path, b'"'), _count(path, b"\r"))
    mixed = returns > 0 and returns != _count(path, b"\n")
    searched = quotes % 2 or (quotes and path.stat().st_size <= _SEARCHED and _has_open_lines(path))
    if len(delimiter) > 1 or not (mixed or searched):
        return path
    broken = False
    with path.open(encoding="utf-8", errors="surrogateescape", newline="\n") as lines, _copy(target) as copy:
        for record, good in _records(lines, columns, delimiter):
            broken = broken or not good
            copy.write(record if good else f"{_quoted(record)}?{delimiter * (columns - 1)}\n")
    return target if broken or mixed else path


def _quoted(line: str) -> str:
    return '"' + line.rstrip("\n").replace('"', '""') + '"'


def _has_open_lines(path: Path) -> bool:
    with path.open("rb") as lines:
        return any(line.count(b'"') % 2 for line in lines)


def _copy(target: Path) -> IO[str]:
    return target.open("w", encoding="utf-8", errors="surrogateescape", newline="\n")


def _count(path: Path, sign: bytes) -> int:
    with path.open("rb") as file:
        return sum(block.count(sign) for block in iter(lambda: file.read(_BLOCK), b""))


def _records(lines: Iterator[str], columns: int, delimiter: str) -> Iterator[tuple[str, bool]]:
    """Records with one kind of line end, and whether their quotes are closed; a record may have several lines."""
    ahead: deque[str] = deque()
    while line := ahead.popleft() if ahead else next(lines, ""):
        taken = 1 if line.count('"') % 2 == 0 else _closed(line, ahead, lines, columns, delimiter)
        rest = [ahead.popleft() for _ in range(taken - 1)]
        yield "".join((line, *rest)).replace("\r\n", "\n"), taken > 0


def _closed(line: str, ahead: deque[str], lines: Iterator[str], columns: int, delimiter: str) -> int:
    """How many lines are one record; 0 where the quotes of the first are not closed soon, or not where a value ends."""
    record = [line]
    for number in range(_MOST_LINES):
        if number == len(ahead):
            ahead.extend(islice(lines, 1))
        if number == len(ahead):
            return 0
        record.append(ahead[number])
        if ahead[number].count('"') % 2:
            return len(record) if _is_row(record, columns, delimiter) else 0
    return 0


def _is_row(lines: list[str], columns: int, delimiter: str) -> bool:
    try:
        return len(next(csv.reader(lines, delimiter=delimiter, strict=True))) == columns
    except csv.Error:
        return False
