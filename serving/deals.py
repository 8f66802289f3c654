"""Which opportunities belong to an account."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.history import History

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Deals:
    """The rows of opportunities, those of an account together: `rows[starts[a]:starts[a + 1]]` are those of account row `a`."""

    rows: Ints
    starts: Ints

    def of(self, account: int) -> list[int]:
        """The rows of an account's opportunities, in the order of their ids."""
        rows: list[int] = self.rows[self.starts[account] : self.starts[account + 1]].tolist()
        return rows


def deals_of(history: History) -> Deals:
    """The opportunities of every account of a history."""
    accounts = history.opportunities["account"].to_numpy(np.int64)
    rows = np.argsort(accounts, kind="stable")
    return Deals(rows, np.searchsorted(accounts[rows], np.arange(len(history.accounts) + 1)))
