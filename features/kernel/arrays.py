"""Arrow columns as the int64 arrays of the kernel: seconds, minor units, thousandths, codes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.kernel.layout import MISSING

Ints = NDArray[np.int64]
Codes = NDArray[np.int32]
THOUSANDTHS = 1000


def arrow(table: pd.DataFrame | pa.Table) -> pa.Table:
    """A table as Arrow; text columns stay dictionaries where they are."""
    if isinstance(table, pa.Table):
        return table
    return pa.table({str(name): _array(table[name]) for name in table.columns})


def _array(column: pd.Series) -> pa.Array:
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return pa.array(column.dt.tz_convert(None).to_numpy("datetime64[s]")).cast(pa.timestamp("s", "UTC"))
    return pa.Array.from_pandas(column)


def seconds(times: pa.ChunkedArray | pd.Series) -> Ints:
    """UTC timestamps as seconds since 1970; missing ones are MISSING."""
    if isinstance(times, pd.Series):
        times = _array(times)
    if pa.types.is_null(times.type):
        return np.full(len(times), MISSING, np.int64)
    return _filled(pc.cast(pc.cast(times, pa.timestamp("s", times.type.tz), safe=False), pa.int64()))


def measure(values: pa.ChunkedArray) -> Ints:
    """Integers as they are, times in seconds, other numbers in thousandths, so that sums stay exact."""
    kind = values.type
    if pa.types.is_timestamp(kind):
        return seconds(values)
    if pa.types.is_null(kind):
        return np.full(len(values), MISSING, np.int64)
    return _filled(pc.cast(values, pa.int64())) if pa.types.is_integer(kind) else thousandths(values)


def thousandths(values: pa.ChunkedArray) -> Ints:
    """Numbers, or text that holds numbers, in thousandths; MISSING where there is none."""
    if pa.types.is_dictionary(values.type):
        values = pc.cast(values, pa.string())
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        numbers = pd.to_numeric(values.to_pandas(), errors="coerce").to_numpy(np.float64, na_value=np.nan)
    else:
        numbers = pc.fill_null(pc.cast(values, pa.float64()), np.nan).to_numpy()
    known = np.isfinite(numbers)
    out = np.full(len(numbers), MISSING, np.int64)
    out[known] = np.rint(numbers[known] * THOUSANDTHS).astype(np.int64)
    return out


def _filled(values: pa.ChunkedArray) -> Ints:
    return np.asarray(pc.fill_null(values, MISSING).to_numpy(), np.int64)


def encode(values: pa.ChunkedArray) -> tuple[Codes, tuple[str, ...]]:
    """Codes and their levels, sorted; -1 where absent."""
    indices, dictionary = _dictionary(values)
    order = np.argsort(dictionary, kind="stable")
    rank = np.empty(len(order) + 1, np.int32)
    rank[order], rank[-1] = np.arange(len(order)), -1
    return rank[indices], tuple(dictionary[order].tolist())


def look_up(values: pa.ChunkedArray, ids: pa.Array) -> Ints:
    """The position of each value in `ids`, -1 where it is not there."""
    indices, dictionary = _dictionary(values)
    found = pc.fill_null(pc.index_in(pa.array(dictionary, pa.string()), ids), -1).to_numpy().astype(np.int64)
    return np.append(found, -1)[indices]


def _dictionary(values: pa.ChunkedArray) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Indices (-1: absent) into distinct text values."""
    if pa.types.is_null(values.type):
        return np.full(len(values), -1), np.empty(0, object)
    if not pa.types.is_dictionary(values.type):
        if not pa.types.is_string(values.type):
            values = pc.cast(values, pa.string())
        values = values.dictionary_encode()
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.unify_dictionaries().combine_chunks()
    dictionary = whole.dictionary.to_numpy(zero_copy_only=False).astype(object)
    return pc.fill_null(whole.indices, -1).to_numpy().astype(np.int64), dictionary
