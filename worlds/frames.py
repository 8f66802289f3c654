"""From number arrays to canonical Arrow tables: ids, words, times, and the order rows are written in."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from workspace.schema import TABLES
from workspace.schema.columns import ARROW_TYPES
from worlds.draws import ranks
from worlds.seasons import Floats, Ints

Values: TypeAlias = NDArray[Any] | pa.Array
ACCOUNT_DIGITS = 7
EVENT_DIGITS = 4


def account_ids(number: Ints) -> pa.Array:
    """Ids of accounts: text order is number order."""
    return numbered("C", (number, ACCOUNT_DIGITS))


def part_ids(prefix: str, number: Ints, sequence: Ints, digits: int = EVENT_DIGITS) -> pa.Array:
    """Ids of what belongs to an account: the account's number, a hyphen, a number within the account."""
    return numbered(prefix, (number, ACCOUNT_DIGITS), (sequence, digits))


def numbered(prefix: str, *parts: tuple[Ints, int]) -> pa.Array:
    """Texts of equal width made of a prefix and zero-padded numbers with hyphens between them."""
    width = len(prefix) + sum(digits for _, digits in parts) + len(parts) - 1
    text = np.full((len(parts[0][0]), width), ord("-"), dtype=np.uint8)
    text[:, : len(prefix)] = np.frombuffer(prefix.encode("ascii"), np.uint8)
    end = len(prefix) - 1
    for numbers, digits in parts:
        end += digits + 1
        _write_digits(text, numbers, end - 1, digits)
    offsets = np.arange(len(text) + 1, dtype=np.int32) * width
    return pa.StringArray.from_buffers(len(text), pa.py_buffer(offsets), pa.py_buffer(text.tobytes()))


def _write_digits(text: NDArray[np.uint8], numbers: Ints, last: int, digits: int) -> None:
    left = numbers.astype(np.int64)
    for place in range(digits):
        left, digit = np.divmod(left, 10)
        text[:, last - place] = digit + ord("0")


def words(values: tuple[str, ...], codes: Ints, given: NDArray[np.bool_] | None = None) -> pa.Array:
    """A text column of few values; missing where not given."""
    mask = None if given is None else ~given
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32), mask=mask), pa.array(values)).cast(pa.string())


def optional(values: Values, given: NDArray[np.bool_]) -> pa.Array:
    """A column that is empty where not given."""
    array = values if isinstance(values, pa.Array) else pa.array(values)
    return pa.compute.if_else(pa.array(given), array, pa.scalar(None, array.type))


def nothing(n: int) -> pa.Array:
    """A text column without values."""
    return pa.nulls(n, pa.string())


def money(amount: Floats) -> Ints:
    """Minor units, whole yuan: prices have no fen."""
    return np.asarray(np.rint(amount) * 100).astype(np.int64)


def table(name: str, columns: dict[str, Values]) -> pa.Table:
    """A canonical table in schema order and types; a column that the schema lacks comes last, as text."""
    types = {column.name: _type(column.kind) for column in TABLES[name].columns}
    types |= {extra: pa.string() for extra in columns if extra not in types}
    return pa.table({column: _cast(columns[column], kind) for column, kind in types.items()})


def _type(kind: str) -> pa.DataType:
    return pa.timestamp("s", tz="UTC") if kind in ("time", "opening") else pa.type_for_alias(ARROW_TYPES[kind])


def _cast(values: Values, kind: pa.DataType) -> pa.Array:
    array = values if isinstance(values, pa.Array) else pa.array(values)
    return array if array.type == kind else array.cast(kind)


def in_order(row: Ints, *times: Ints) -> tuple[Ints, Ints]:
    """The order (row, times), and each row's number 1, 2... within its account once so ordered."""
    order = np.lexsort((*times[::-1], row))
    return order, ranks(row[order]) + 1
