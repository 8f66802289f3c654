"""The range of an amount: whether anything is bought, how much if so, and how far off that was on later rows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.calibrate import IDENTITY
from models.model import Floats
from models.scorer import LEVELS, SHARES, Hurdle, Multiples, sizes
from training.calibration import shrunk
from training.trees import Grown, Parameters, Preset, Sample, grow

_NOTHING = Preset("nothing", 12, 100, 0.05, 300)
_AMOUNT = Preset("amount", 31, 60, 0.05, 300)
_PARTS = 3
_FEW = 30
_BINARY: Parameters = {"objective": "binary", "metric": "binary_logloss"}
_SQUARES: Parameters = {"objective": "regression", "metric": "l2"}


@dataclass(frozen=True)
class Halves:
    """The two models of a hurdle, with the number of trees that helped each."""

    nothing: Grown
    amount: Grown


def halves(known: Sample, later: Sample) -> Halves | None:
    """Trees for whether nothing is bought, and for the logarithm of what is; None where too little was bought to tell."""
    if not (enough_bought(known.target) and enough_bought(later.target)):
        return None
    nothing = grow(_NOTHING, _BINARY, _whether(known), _whether(later))
    return Halves(nothing, grow(_AMOUNT, _SQUARES, _how_much(known), _how_much(later)))


def halves_again(found: Halves, known: Sample) -> Halves:
    """The same on other rows."""
    nothing, amount = found.nothing.again(_BINARY, _whether(known)), found.amount.again(_SQUARES, _how_much(known))
    return Halves(replace(found.nothing, trees=nothing), replace(found.amount, trees=amount))


def enough_bought(label: Floats) -> bool:
    """Whether amounts can be judged on some rows."""
    return int((label > 0).sum()) >= _FEW


def hurdle(serving: Halves, judging: Halves, later: Sample, shown: Floats) -> Hurdle:
    """The range as it serves: `serving` tells, and how far off it is was seen with `judging` on rows later than its own."""
    score, none = judging.nothing.trees.raw(later.matrix), (later.target <= 0).astype(np.float64)
    calibration = shrunk(score, none) if 0 < none.mean() < 1 else IDENTITY
    edges = _edges(shown)
    bought = later.target > 0
    errors = np.log(later.target[bought]) - judging.amount.trees.raw(later.matrix[bought])
    spread = _by_size(errors, sizes(edges, shown[bought]), LEVELS)
    return Hurdle(serving.nothing.trees, calibration, serving.amount.trees, edges, spread)


def multiples(shown: Floats, outcome: Floats) -> Multiples:
    """The range of a rule: what outcomes were for each unit it showed, in three sizes of account."""
    edges = _edges(shown)
    return Multiples(edges, _by_size(outcome / shown, sizes(edges, shown), SHARES))


def _edges(shown: Floats) -> tuple[float, ...]:
    low, high = np.quantile(shown, [1 / _PARTS, 2 / _PARTS])
    return float(low), float(high)


def _by_size(values: Floats, size: NDArray[np.int64], levels: tuple[float, ...]) -> tuple[tuple[float, ...], ...]:
    """Quantiles in each size; those of everybody where a size has too few rows."""

    def of(part: int) -> tuple[float, ...]:
        own = values[size == part]
        return tuple(np.quantile(own if len(own) >= _FEW else values, levels).tolist())

    return tuple(of(part) for part in range(_PARTS))


def _whether(rows: Sample) -> Sample:
    return rows.about((rows.target <= 0).astype(np.float64))


def _how_much(rows: Sample) -> Sample:
    bought = rows.some(rows.target > 0)
    return bought.about(np.log(bought.target))
