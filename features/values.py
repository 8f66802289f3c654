"""Values of rows as one matrix of numbers: what models read as it is, and people as a frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.kernel.arrays import Ints

Floats = NDArray[np.float64]
Plain = float | str | None


@dataclass(frozen=True, eq=False)
class Columns:
    """What the columns of values are: their names, and the levels of each categorical one (None: a number).

    A pipeline has one of these, so whatever is worked out for it once serves all its values.
    """

    names: tuple[str, ...]
    levels: tuple[tuple[str, ...] | None, ...]

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each name stands."""
        return {name: place for place, name in enumerate(self.names)}


@dataclass(frozen=True)
class Values:
    """float64[rows, columns], column after column in memory; a categorical value is the index of its level, NaN without one."""

    columns: Columns
    matrix: Floats

    def __len__(self) -> int:
        return len(self.matrix)

    def frame(self) -> pd.DataFrame:
        """One column per name: float64, or object strings for categorical ones."""
        if not self.columns.names:
            return pd.DataFrame(index=range(len(self)))
        columns = zip(self.columns.names, self.columns.levels, self.matrix.T, strict=True)
        return pd.DataFrame({name: _series(levels, column) for name, levels, column in columns}, copy=False)

    def plain_rows(self, names: Sequence[str]) -> list[dict[str, Plain]]:
        """Some columns of each row as plain JSON values by name; a missing one is None."""
        places = [self.columns.places[name] for name in names]
        coded = [(name, levels) for name, place in zip(names, places, strict=True) if (levels := self.columns.levels[place])]
        rows = [_plain_row(names, row) for row in self.matrix[:, places].tolist()]
        for row in rows:
            row.update((name, levels[int(code)]) for name, levels in coded if isinstance(code := row[name], float))
        return rows


def _plain_row(names: Sequence[str], numbers: Sequence[float]) -> dict[str, Plain]:
    return {name: number if number == number else None for name, number in zip(names, numbers, strict=True)}  # NaN is not itself


def _series(levels: Sequence[str] | None, column: Floats) -> pd.Series:
    if levels is None:
        return pd.Series(column, copy=False)
    return pd.Series(_named(levels, column), dtype=object)


def _named(levels: Sequence[str], codes: Floats) -> NDArray[np.object_]:
    """The level of each code, None where there is none."""
    return np.array([*levels, None], object)[indices(codes)]


def indices(codes: Floats) -> Ints:
    """Codes as positions; -1 where there is none."""
    return np.where(np.isnan(codes), -1, codes).astype(np.int64)


def recoding(own: Sequence[str], levels: Sequence[str]) -> Floats:
    """From the index of a level to its index among others; the last entry (index -1, and unknown levels) is NaN."""
    place = {level: float(i) for i, level in enumerate(levels)}
    return np.array([*(place.get(level, np.nan) for level in own), np.nan])
