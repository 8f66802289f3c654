"""What a fitted model can do, whatever it is made of: score on the link scale, and share each score out among its inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Model(Protocol):
    """Rows of encoded inputs (float64[rows, inputs]) to scores."""

    @property
    def kind(self) -> str:
        """What it is made of, as the bundle says it."""

    def raw(self, matrix: Floats) -> Floats:
        """The score of each row on the link scale, before calibration: float64[rows]."""

    def shares(self, matrix: Floats) -> Floats:
        """float64[rows, inputs + 1]: what each input adds, and last the base; a row sums to its score."""

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON types, without what lies in files of its own."""


@dataclass(frozen=True)
class Trees:
    """LightGBM's trees; shares are exact TreeSHAP values.

    LightGBM keeps one number of threads for the whole process: two at once, one of them in a fit, would crash it.
    """

    booster: lgb.Booster
    kind: str = "trees"

    def raw(self, matrix: Floats) -> Floats:
        return np.asarray(self.booster.predict(matrix, raw_score=True, num_threads=1))

    def shares(self, matrix: Floats) -> Floats:
        return np.asarray(self.booster.predict(matrix, pred_contrib=True, num_threads=1))

    def as_dict(self) -> dict[str, Any]:
        return {"kind": self.kind}
