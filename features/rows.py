"""The rows to compute: an account, perhaps one of its opportunities, and a cutoff."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.history import History
from features.kernel.arrays import Ints
from features.kernel.layout import DAY


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


NOBODY = Spine(*(np.zeros(0, np.int64),) * 4)


def account_spine(account: Ints, as_of: Ints, horizon_days: int) -> Spine:
    """Rows for chosen accounts; `account` and `as_of` have one entry per row."""
    return Spine(account, np.full(len(account), -1, np.int64), as_of, as_of + horizon_days * DAY)


def indexed(history: History, spine: Spine, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame of a spine under the ids of its rows: account, opportunity where there is one, and the cutoff in UTC."""
    keys: dict[str, Any] = {"account_id": history.accounts["account_id"].astype(str).to_numpy()[spine.account]}
    if (spine.opportunity >= 0).all():
        keys["opportunity_id"] = history.opportunities["opportunity_id"].astype(str).to_numpy()[spine.opportunity]
    keys["as_of"] = pd.to_datetime(spine.as_of, unit="s", utc=True)
    return frame.set_axis(pd.MultiIndex.from_arrays(list(keys.values()), names=list(keys)), axis=0)
