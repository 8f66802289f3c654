"""How the list that a team works through in a week would change: how many of its first accounts, and who moves furthest."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from training.bootstrap import Rows
from training.metrics import Floats

USUAL_WEEK = 50  # accounts, where nobody says how many visits a week can hold
_EXAMPLES = 3


@dataclass(frozen=True)
class Move:
    """One account's places from the top (1 is the first), before and after, and the row that puts it there."""

    account: int
    before: int
    after: int
    row: int


@dataclass(frozen=True)
class Top:
    """The first `size` accounts: how many of them are others than before, and the moves in or out that go furthest."""

    size: int
    changed: int
    moves: tuple[Move, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)


def top(account: Rows, as_of: Rows, ours: Floats, theirs: Floats, size: int) -> Top:
    """Both orders of the accounts, each by the highest answer among its rows of its newest moment.

    Where a week can hold everybody, the usual number is looked at.
    """
    rows = _newest(account, as_of)
    best = _highest(account, rows, ours)
    size = min(size if size < len(best) else USUAL_WEEK, len(best))
    before, after = (_places(shown[_highest(account, rows, shown)]) for shown in (theirs, ours))
    crossing = np.flatnonzero((before <= size) != (after <= size))
    furthest = crossing[np.argsort(-np.abs(after - before)[crossing], kind="stable")][:_EXAMPLES]
    moves = [Move(int(account[best[i]]), int(before[i]), int(after[i]), int(best[i])) for i in furthest]
    return Top(size, int(((before <= size) & (after > size)).sum()), tuple(moves))


def _newest(account: Rows, as_of: Rows) -> Rows:
    """The rows at the newest moment of their account."""
    _, group = np.unique(account, return_inverse=True)
    newest = np.full(group.max() + 1, as_of.min())
    np.maximum.at(newest, group, as_of)
    return np.flatnonzero(as_of == newest[group])


def _highest(account: Rows, rows: Rows, shown: Floats) -> Rows:
    """The row with the highest answer of each account, accounts in order."""
    order = rows[np.lexsort((-shown[rows], account[rows]))]
    return order[np.flatnonzero(np.diff(account[order], prepend=-1))]


def _places(shown: Floats) -> Rows:
    """The place of each from the top; the first of equals stands first."""
    place = np.empty(len(shown), np.int64)
    place[np.argsort(-shown, kind="stable")] = np.arange(1, len(shown) + 1)
    return place
