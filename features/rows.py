"""The rows to compute: an account, perhaps one of its opportunities, and a cutoff."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.arrays import Ints
from features.window_layout import DAY


@dataclass(frozen=True)
class Spine:
    """The rows to compute: an account, perhaps one of its opportunities (-1: none), a cutoff and the outcome's end."""

    account: Ints
    opportunity: Ints
    as_of: Ints
    until: Ints

    def __len__(self) -> int:
        return len(self.as_of)

    def take(self, rows: NDArray[np.bool_] | Ints) -> Spine:
        """Some of the rows, by mask or position."""
        return Spine(self.account[rows], self.opportunity[rows], self.as_of[rows], self.until[rows])


def account_spine(account: Ints, as_of: Ints, horizon_days: int) -> Spine:
    """Rows for chosen accounts; `account` and `as_of` have one entry per row."""
    return Spine(account, np.full(len(account), -1, np.int64), as_of, as_of + horizon_days * DAY)
