"""When what is won is won: how the wins of a horizon spread over its days.

One model says whether an opportunity is won within its horizon, this one when, if it is. So the chance of every shorter
horizon follows, grows with it, and meets the chance of the whole horizon.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import softmax

from models.model import Floats, Trees


@dataclass(frozen=True)
class Timing:
    """Wins of the horizon by the parts that `edges` (days, from 0 to the horizon) cut it into; even within a part.

    `shares` are everybody's. Where there are trees, each row has its own, and `trust` says how much of them is used.
    `spread` is how far, relative to it, the number of wins lay from what was expected when the model was judged.
    """

    edges: tuple[float, ...]
    shares: tuple[float, ...]
    trust: float = 0.0
    trees: Trees | None = None
    spread: float = 0.0

    @property
    def horizon_days(self) -> float:
        """The longest horizon there is an answer for."""
        return self.edges[-1]

    def parts(self, matrix: Floats) -> Floats:
        """Each row's shares of the parts: float64[rows, parts], rows add up to one."""
        everybody = np.broadcast_to(np.asarray(self.shares), (len(matrix), len(self.shares)))
        if self.trees is None:
            return everybody
        return np.asarray(self.trust * softmax(self.trees.raw(matrix), axis=1) + (1 - self.trust) * everybody)

    def by(self, matrix: Floats, days: Floats) -> Floats:
        """The share of the horizon's wins that come within each number of days: float64[rows, days], growing from 0 to 1."""
        inside = np.clip((days[:, None] - self.edges[:-1]) / np.diff(self.edges), 0.0, 1.0)
        return np.asarray(np.minimum((self.parts(matrix)[:, None, :] * inside).sum(axis=2), 1.0))

    def days(self, matrix: Floats, levels: tuple[float, ...]) -> Floats:
        """The days by which a share of each row's wins has come: float64[rows, levels]."""
        reached = np.column_stack([np.zeros(len(matrix)), np.cumsum(self.parts(matrix), axis=1)])
        return np.array([np.interp(levels, row, self.edges) for row in reached]).reshape(len(matrix), len(levels))

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON types, without the trees."""
        return {"edges": self.edges, "shares": self.shares, "trust": self.trust, "spread": self.spread}
