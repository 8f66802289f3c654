"""Values to inputs: numeric features as they are, categorical ones as the index of a level fixed at training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.feature import Feature
from features.kernel.arrays import Ints
from features.values import Columns, Values, indices, recoding

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Encoding:
    """The features of a model in order, and the levels of each categorical one (sorted; unknown levels are NaN)."""

    features: tuple[Feature, ...]
    levels: dict[str, tuple[str, ...]]

    @cached_property
    def names(self) -> list[str]:
        """Feature names in matrix order."""
        return [feature.name for feature in self.features]

    @property
    def categorical(self) -> list[int]:
        """Positions of the categorical columns."""
        return [i for i, feature in enumerate(self.features) if feature.categorical]

    @cached_property
    def telling(self) -> list[int]:
        """Positions of what has a value as soon as anything is known: first and last events, attributes. Empty without events."""
        told = [i for i, f in enumerate(self.features) if f.stat in ("tenure_days", "recency_days", "attribute")]
        return told if any(self.features[i].stat != "attribute" for i in told) else []

    def matrix(self, inputs: Values | pd.DataFrame) -> Floats:
        """float64[rows, features], column after column in memory: the same bits from values and from their frame."""
        if isinstance(inputs, Values):
            return self._recoding(inputs.columns)(inputs.matrix)
        out = np.empty((len(inputs), len(self.features)), order="F")
        for place, feature in enumerate(self.features):
            out[:, place] = self._column(feature, inputs)
        return out

    @cached_property
    def _recodings(self) -> WeakKeyDictionary[Columns, _Recoding]:
        """The recoding of each pipeline's columns, for as long as the pipeline lives."""
        return WeakKeyDictionary()

    def _recoding(self, columns: Columns) -> _Recoding:
        found = self._recodings.get(columns)
        if found is None:
            found = self._recodings[columns] = _Recoding(*self._read_from(columns))
        return found

    def _read_from(self, columns: Columns) -> tuple[Ints, tuple[tuple[int, Floats], ...]]:
        places = [columns.places[name] for name in self.names]
        own = [(place, columns.levels[places[place]] or (), self.names[place]) for place in self.categorical]
        return np.array(places, np.int64), tuple((place, recoding(levels, self.levels[name])) for place, levels, name in own)

    def _column(self, feature: Feature, frame: pd.DataFrame) -> Floats:
        if not feature.categorical:
            return frame[feature.name].to_numpy(np.float64)
        codes = pd.Index(self.levels[feature.name], dtype=object).get_indexer(pd.Index(frame[feature.name], dtype=object))
        return np.where(codes < 0, np.nan, codes.astype(np.float64))


@dataclass(frozen=True)
class _Recoding:
    """From the columns of a pipeline to the inputs of a model: where each is read, and for categorical ones its levels."""

    places: Ints
    levels: tuple[tuple[int, Floats], ...]

    def __call__(self, values: Floats) -> Floats:
        inputs = values.T[self.places]
        for place, codes in self.levels:
            inputs[place] = codes[indices(inputs[place])]
        return inputs.T


def fit_encoding(features: Sequence[Feature], frame: pd.DataFrame) -> Encoding:
    """Keep the features that vary in `frame`, one of those that are equal everywhere, and fix the levels of categorical ones."""
    kept = _differing(tuple(feature for feature in features if frame[feature.name].nunique(dropna=False) > 1), frame)
    levels = {f.name: tuple(sorted(str(v) for v in frame[f.name].dropna().unique())) for f in kept if f.categorical}
    return Encoding(kept, levels)


def _differing(features: Sequence[Feature], frame: pd.DataFrame) -> tuple[Feature, ...]:
    """The first of every group of columns that say the same of each row."""
    first: dict[bytes, Feature] = {}
    for feature in features:
        first.setdefault(pd.util.hash_pandas_object(frame[feature.name], index=False).to_numpy().tobytes(), feature)
    return tuple(first.values())
