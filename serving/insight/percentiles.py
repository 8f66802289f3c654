"""Where a number stands among those of everybody in a stored run, and the grade that follows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.prediction import Prediction

Grade = Literal["A", "B", "C", "D"]
_QUARTERS: tuple[tuple[float, Grade], ...] = ((75.0, "A"), (50.0, "B"), (25.0, "C"), (0.0, "D"))


@dataclass(frozen=True)
class Place:
    """`percentile` is how many in a hundred have a lower number, equal ones counted half; `grade` A is the most desirable
    quarter: the lowest risk of leaving, else the largest number."""

    percentile: float
    grade: Grade


@dataclass(frozen=True)
class Percentiles:
    """The numbers of a run by the model that gave them, in order: what another model said is no measure."""

    numbers: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    def of(self, answer: Prediction) -> Place | None:
        """The place of one answer; None for one that is a mere average, or where its model has no stored numbers."""
        numbers = self.numbers.get(answer.bundle_sha256)
        if numbers is None or answer.shown is None or answer.status != "ok":
            return None
        below, at_most = (int(np.searchsorted(numbers, answer.shown, side=side)) for side in ("left", "right"))
        percentile = 50.0 * (below + at_most) / len(numbers)
        return Place(round(percentile, 1), _grade(100.0 - percentile if answer.task == "churn" else percentile))


def _grade(desirable: float) -> Grade:
    return next(grade for least, grade in _QUARTERS if desirable >= least)


def percentiles_of(predictions: Iterable[Prediction]) -> Percentiles:
    """Those of a stored run, of whoever got a number of their own."""
    found: dict[str, list[float]] = defaultdict(list)
    for one in predictions:
        if one.shown is not None and one.status == "ok":
            found[one.bundle_sha256].append(one.shown)
    return Percentiles({bundle: np.sort(np.array(numbers)) for bundle, numbers in found.items()})
