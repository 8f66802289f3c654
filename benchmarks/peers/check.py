"""Whether two engines' results are the same table: every row, every feature, to 1e-9."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benchmarks.peers.task import NAMES


def differing(ours: Path, theirs: Path) -> int:
    """How many values differ; rows may come in any order."""
    orders = [_order(path) for path in (ours, theirs)]
    if not np.array_equal(orders[0][0], orders[1][0]):
        raise ValueError(f"{theirs.name} has other rows than ours")
    return sum(
        _differ(*(_column(path, name)[order] for path, (_, order) in zip((ours, theirs), orders, strict=True))) for name in NAMES
    )


def _order(path: Path) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The keys in order, and the permutation into that order."""
    key = _column(path, "entity").astype(np.int64) * 2**36 + _column(path, "as_of").astype(np.int64)
    order = np.argsort(key)
    return key[order], order


def _column(path: Path, name: str) -> NDArray[np.generic]:
    column: NDArray[np.generic] = pq.read_table(path, columns=[name])[name].to_numpy()
    return column


def _differ(a: NDArray[np.generic], b: NDArray[np.generic]) -> int:
    same = np.isclose(a.astype(float), b.astype(float), rtol=1e-9, atol=1e-9, equal_nan=True)
    return int((~same).sum())
