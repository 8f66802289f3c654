"""A sum of functions of one input each: linear models, scorecards, one-variable rules, and the base rate alone.

What an input adds is counted from what it adds on average, so that shares are exact and the base is the average's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from models.model import Floats

Shape = Literal["log", "amount", "rank", "level"]


@dataclass(frozen=True)
class Term:
    """What one column of the matrix adds: `weight` x (its shape - `center`).

    `log`: the logarithm of one plus the value, with its sign. `amount`: the logarithm of the value, 1 where it is less.
    `rank`: the share of `knots` (values seen in training, ascending) that are not above it. `level`: `knots` by level.
    A missing value counts as `fill`.
    """

    column: int
    shape: Shape
    weight: float = 1.0
    center: float = 0.0
    fill: float = 0.0
    knots: tuple[float, ...] = ()

    def shaped(self, matrix: Floats) -> Floats:
        """The column in its shape: float64[rows]."""
        value = matrix[:, self.column]
        missing = np.isnan(value)
        known = np.where(missing, 0.0, value)
        return np.where(missing, self.fill, self._shape(known))

    def _shape(self, value: Floats) -> Floats:
        match self.shape:
            case "log":
                return np.asarray(np.sign(value) * np.log1p(np.abs(value)))
            case "amount":
                return np.asarray(np.log(np.maximum(value, 1.0)))
            case "rank":
                return np.searchsorted(self.knots, value, side="right") / max(len(self.knots), 1)
            case "level":
                return np.asarray(self.knots)[value.astype(np.int64)]

    def adds(self, matrix: Floats) -> Floats:
        """What it adds to each row's score."""
        return np.asarray(self.weight * (self.shaped(matrix) - self.center))


@dataclass(frozen=True)
class Additive:
    """`base` and the terms; without a term it says the same of everybody."""

    base: float
    terms: tuple[Term, ...] = ()
    kind: str = "additive"

    def raw(self, matrix: Floats) -> Floats:
        return np.asarray(self.shares(matrix).sum(axis=1))

    def shares(self, matrix: Floats) -> Floats:
        out = np.zeros((matrix.shape[0], matrix.shape[1] + 1))
        out[:, -1] = self.base
        for term in self.terms:
            out[:, term.column] += term.adds(matrix)
        return out

    def as_dict(self) -> dict[str, Any]:
        return {"kind": self.kind, "base": self.base, "terms": [asdict(term) for term in self.terms]}


def additive_from_dict(raw: Mapping[str, Any]) -> Additive:
    """The inverse of `as_dict`."""
    terms = tuple(Term(**{**term, "knots": tuple(term["knots"])}) for term in raw["terms"])
    return Additive(raw["base"], terms)
