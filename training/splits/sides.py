"""What a task is fitted on and what it is tested on: later in time, or other accounts where the data span too little."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from features.compute import DAY
from features.history import History
from training.dataset import Dataset
from training.splits.cutoffs import cutoff_second
from training.splits.dateless import held_out
from workspace.workspace import AnchoredCutoffs, CalendarCutoffs, DatelessCutoffs, Workspace

LATER = "folds by account before the test, the test later in time"
OTHERS = "folds by account"
UNDATED = "folds by account; no dates"
_FOLDS = 5


@dataclass(frozen=True)
class Sides:
    """The rows to fit on, the rows of the test, the name of this split, and how many folds by account there are.

    An empty test means that the folds are the test: every row is told by the fit that left its account out.
    """

    train: Dataset
    test: Dataset
    split: str
    folds: int


def sides_of(
    workspace: Workspace, history: History, cutoffs: CalendarCutoffs | AnchoredCutoffs | DatelessCutoffs, rows: Dataset
) -> Sides:
    """Cut the rows in two; no training outcome reaches into the test, and no account where accounts are held out."""
    folds = cutoffs.folds or _FOLDS
    if not isinstance(cutoffs, CalendarCutoffs) and cutoffs.test_share is not None:
        others = held_out(history.accounts["account_id"].astype(str).tolist(), cutoffs.test_share)[rows.account]
        split = UNDATED if isinstance(cutoffs, DatelessCutoffs) else OTHERS
        return Sides(rows.take(~others), rows.take(others), split, folds)
    moment = test_begins(workspace, history, cutoffs)
    return Sides(settled_by(workspace, rows, moment), _later(workspace, cutoffs, rows, moment), LATER, folds)


def _later(
    workspace: Workspace, cutoffs: CalendarCutoffs | AnchoredCutoffs | DatelessCutoffs, rows: Dataset, moment: int
) -> Dataset:
    """The rows from the test's first moment on, with outcomes before its end where it has one."""
    until = getattr(cutoffs, "test_until", None)
    ends = cutoff_second(until + timedelta(days=1), workspace.zone) if until else int(rows.spine.until.max(initial=0))
    return rows.take((rows.spine.as_of >= moment) & (rows.spine.until <= ends))


def test_begins(workspace: Workspace, history: History, cutoffs: CalendarCutoffs | AnchoredCutoffs | DatelessCutoffs) -> int:
    """The last second before the test: nothing later decides which features there are.

    Where the test is other accounts, no moment divides the rows, and the whole history decides.
    """
    day = cutoffs.test if isinstance(cutoffs, CalendarCutoffs) else getattr(cutoffs, "test_from", None)
    return cutoff_second(day, workspace.zone) if day else history.latest


def settled_by(workspace: Workspace, rows: Dataset, moment: int) -> Dataset:
    """The rows whose outcome is fully known by a moment: their horizon and the settling lag are over."""
    return rows.take(rows.spine.until + workspace.settling_lag_days * DAY <= moment)


def known_before(workspace: Workspace, rows: Dataset, period: Dataset) -> Dataset:
    """The rows whose outcome was known before the first cutoff of a period."""
    return settled_by(workspace, rows, int(period.spine.as_of.min()))


def halves_in_time(workspace: Workspace, rows: Dataset) -> tuple[Dataset, Dataset]:
    """The latest third of the rows, and those whose outcome was known before the first of them.

    Where the rows span too little, or have no dates, the later part is empty.
    """
    moment = int(np.quantile(rows.spine.as_of, 2 / 3)) if len(rows) else 0
    late = rows.take(rows.spine.as_of > moment)
    early = settled_by(workspace, rows, moment)
    enough = len(late) and len(early) > len(late) / 4 and len(set(early.label > 0)) > 1
    return (early, late) if enough else (rows, rows.take(np.zeros(len(rows), bool)))
