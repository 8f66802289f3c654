"""Training sets: task x features x cutoffs, as one frame with its labels."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.compute import DAY, Pipeline, Spine, anchored_opportunities, total_within, won_within
from features.history import History
from training.task import PredictionTask
from workspace.workspace import AnchoredCutoffs

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Dataset:
    """Rows with inputs and labels. `account` groups rows that belong together in bootstraps and folds."""

    spine: Spine
    frame: pd.DataFrame
    label: Floats

    def __len__(self) -> int:
        return len(self.label)

    @property
    def account(self) -> NDArray[np.int64]:
        """The account code of each row."""
        return self.spine.account

    def take(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Dataset:
        """Some of the rows, by mask or position."""
        return Dataset(
            self.spine.take(rows), self.frame.iloc[np.flatnonzero(rows) if rows.dtype == bool else rows], self.label[rows]
        )

    def digest(self) -> str:
        """SHA-256 over keys, inputs and labels in row order."""
        parts = [
            pd.util.hash_pandas_object(self.frame.reset_index(drop=True), index=False).to_numpy(),
            self.label,
            *vars(self.spine).values(),
        ]
        return hashlib.sha256(b"".join(np.ascontiguousarray(part).tobytes() for part in parts)).hexdigest()


def label_of(history: History, task: PredictionTask, spine: Spine) -> Floats:
    """The outcome of each row in `(as_of, until]`."""
    match task.outcome:
        case "won":
            return won_within(history, spine)
        case "absent":
            return np.asarray(total_within(history, str(task.stream), spine, None) == 0, np.float64)
        case "total":
            return total_within(history, str(task.stream), spine, task.measure)


def opportunity_rows(history: History, cutoffs: AnchoredCutoffs, horizon_days: int | None, lag_days: int) -> Spine:
    """Every opportunity at its anchored cutoffs whose outcome window has ended, won early or not."""
    spine = anchored_opportunities(history, cutoffs.days, horizon_days)
    return spine.take(spine.until + lag_days * DAY <= history.latest)


def build(history: History, pipeline: Pipeline, task: PredictionTask, spine: Spine, *, threads: int = 2) -> Dataset:
    """Compute inputs and labels for the rows of a spine."""
    return Dataset(spine, pipeline.frame(spine, threads=threads), label_of(history, task, spine))
