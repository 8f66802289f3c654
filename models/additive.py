"""A sum of functions of one input each: linear models, scorecards, one-variable rules, and the base rate alone.

What an input adds is counted from what it adds on average, so that shares are exact and the base is the average's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
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
        return np.asarray(_together([self]).shaped(matrix)[0])


@dataclass(frozen=True)
class _Alike:
    """Terms of one shape (and, where there are any, the same knots), each of another column: worked out at once."""

    shape: Shape
    columns: list[int]
    weight: Floats
    center: Floats
    fill: Floats
    knots: Floats

    def adds(self, matrix: Floats) -> Floats:
        """What each adds to each row's score: float64[terms, rows]."""
        return np.asarray(self.weight * (self.shaped(matrix) - self.center))

    def shaped(self, matrix: Floats) -> Floats:
        """The columns in their shape."""
        value = matrix.T[self.columns]
        missing = np.isnan(value)
        return np.where(missing, self.fill, self._shape(np.where(missing, 0.0, value)))

    def _shape(self, value: Floats) -> Floats:
        match self.shape:
            case "log":
                return np.asarray(np.sign(value) * np.log1p(np.abs(value)))
            case "amount":
                return np.asarray(np.log(np.maximum(value, 1.0)))
            case "rank":
                return np.searchsorted(self.knots, value, side="right") / max(len(self.knots), 1)
            case "level":
                return np.asarray(self.knots[value.astype(np.int64)])


def _alike(terms: Sequence[Term]) -> Iterator[_Alike]:
    """Terms side by side that can be worked out at once, in their order."""
    run: list[Term] = []
    for term in terms:
        if run and ((term.shape, term.knots) != (run[0].shape, run[0].knots) or term.column in {one.column for one in run}):
            yield _together(run)
            run = []
        run.append(term)
    if run:
        yield _together(run)


def _together(run: Sequence[Term]) -> _Alike:
    weight, center, fill = (np.array([[getattr(term, name)] for term in run]) for name in ("weight", "center", "fill"))
    return _Alike(run[0].shape, [term.column for term in run], weight, center, fill, np.array(run[0].knots))


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
        for alike in self._alike:
            out.T[alike.columns] += alike.adds(matrix)
        return out

    @cached_property
    def _alike(self) -> tuple[_Alike, ...]:
        return tuple(_alike(self.terms))

    def as_dict(self) -> dict[str, Any]:
        return {"kind": self.kind, "base": self.base, "terms": [asdict(term) for term in self.terms]}


def additive_from_dict(raw: Mapping[str, Any]) -> Additive:
    """The inverse of `as_dict`."""
    terms = tuple(Term(**{**term, "knots": tuple(term["knots"])}) for term in raw["terms"])
    return Additive(raw["base"], terms)
