"""A scorer: everything needed to turn a feature frame into shown numbers and their contributions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.population import Population
from models.calibrate import Linear, inverse_link
from models.encode import Encoding

Floats = NDArray[np.float64]
QUANTILES = ("p10", "p50", "p90")


@dataclass(frozen=True)
class Reference:
    """What is usual in the training population: the median (or most frequent level) per feature; the average's link."""

    usual: dict[str, float | str | None]
    base_link: float
    rows: int


@dataclass(frozen=True)
class Interval:
    """Quantile models of a money task and the conformal shift added to each (minor units)."""

    boosters: tuple[lgb.Booster, ...]
    shifts: tuple[float, ...]

    def predict(self, matrix: Floats) -> Floats:
        """float64[rows, 3]: p10, p50, p90, never negative and never crossing."""
        raw = np.column_stack([booster.predict(matrix, num_threads=1) for booster in self.boosters])
        return np.sort(np.maximum(raw + np.asarray(self.shifts), 0.0), axis=1)


@dataclass(frozen=True)
class Scorer:
    """One task's model: trees on the link scale, a linear calibration, and intervals where money is shown."""

    task: str
    kind: Literal["probability", "money"]
    currency: str
    minor_units: int
    population: Population
    encoding: Encoding
    booster: lgb.Booster
    calibration: Linear
    reference: Reference
    interval: Interval | None = None

    def link(self, matrix: Floats) -> Floats:
        """The calibrated link of each row."""
        return self.calibration(np.asarray(self.booster.predict(matrix, raw_score=True, num_threads=1)))

    def shown(self, matrix: Floats) -> Floats:
        """The probability or the expected money (minor units) of each row."""
        return np.array([inverse_link(self.kind, link) for link in self.link(matrix)])

    def contributions(self, matrix: Floats) -> tuple[Floats, Floats]:
        """Exact TreeSHAP values on the calibrated link scale: float64[rows, features] and the base float64[rows]."""
        raw = np.asarray(self.booster.predict(matrix, pred_contrib=True, num_threads=1))
        return raw[:, :-1] * self.calibration.a, raw[:, -1] * self.calibration.a + self.calibration.b

    def matrix(self, frame: pd.DataFrame) -> Floats:
        """The encoded inputs."""
        return self.encoding.matrix(frame)
