"""What a challenger and the champion say of the same rows: what either gains, and whether the challenger keeps its band."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from training import metrics
from training.bootstrap import Rows, interval, over_draws, resamples
from training.evaluate import Answers
from training.metrics import Floats, Metric

WORST = {"auc": -0.01, "mae": -0.02}  # the middle of a gain, down to which a version that has seen newer months may serve
_ECE, _TIMES_PERFECT, _BIAS = 0.03, 2.0, 0.15
SLOWEST_MS = 100.0
Interval = tuple[float, float]


@dataclass(frozen=True)
class Judged:
    """The rows on which both are heard: kind of task, outcomes, accounts."""

    kind: str
    label: Floats
    account: Rows


@dataclass(frozen=True)
class Paired:
    """95 % intervals of what the challenger gains, by account: `auc` and `log_loss`; for money `mae` (the share of the
    median's error that it saves) and `gini`. `off` is each one's distance from calibration (ECE; the total's bias without
    its sign), `most` the challenger's band, `latency_ms` the median time of one explained row.
    """

    rows: int
    gains: dict[str, Interval]
    off: float
    off_champion: float
    most: float
    latency_ms: float

    @property
    def leading(self) -> str:
        """The metric that decides."""
        return "auc" if "auc" in self.gains else "mae"

    @property
    def not_worse(self) -> bool:
        """Whether it is not shown to be worse than the champion, nor likely so by much.

        The test of a small company cannot rule anything out: asking that of every version would leave it with its first one.
        """
        low, high = self.gains[self.leading]
        return high >= 0 and (low + high) / 2 > WORST[self.leading]

    @property
    def calibrated(self) -> bool:
        """Whether it keeps its band, or is at least no further off than the champion."""
        return self.off <= max(self.most, self.off_champion)

    @property
    def quick(self) -> bool:
        """Whether a person who waits for one answer does not notice."""
        return self.latency_ms < SLOWEST_MS

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON types, with what follows from them."""
        return {**asdict(self), "not_worse": self.not_worse, "calibrated": self.calibrated, "quick": self.quick}


def paired(rows: Judged, ours: Answers, theirs: Answers, latency_ms: float) -> Paired:
    """Hear both on the same rows; money in whole units."""
    money = rows.kind == "money"
    off = _bias if money else metrics.ece
    most = _BIAS if money else max(_ECE, _TIMES_PERFECT * metrics.ece_if_perfect(ours.shown))
    gains = (_of_money if money else _of_chance)(rows.label, ours, theirs, resamples(rows.account))
    return Paired(len(rows.label), gains, off(rows.label, ours.shown), off(rows.label, theirs.shown), most, round(latency_ms, 2))


def _bias(label: Floats, shown: Floats) -> float:
    return abs(metrics.bias(label, shown))


def _of_chance(label: Floats, ours: Answers, theirs: Answers, samples: list[Rows]) -> dict[str, Interval]:
    def drawn(metric: Metric) -> tuple[Floats, Floats]:
        a, b = (over_draws(metric, label, side.shown, samples) for side in (ours, theirs))
        return a, b

    (auc, auc_theirs), (loss, loss_theirs) = drawn(metrics.auc), drawn(metrics.log_loss)
    return {"auc": interval(auc - auc_theirs), "log_loss": interval(loss_theirs - loss)}


def _of_money(label: Floats, ours: Answers, theirs: Answers, samples: list[Rows]) -> dict[str, Interval]:
    missed, missed_theirs = (over_draws(metrics.mae, label, side.median, samples) for side in (ours, theirs))
    order, order_theirs = (over_draws(metrics.gini, label, side.shown, samples) for side in (ours, theirs))
    saved = 1 - missed / np.maximum(missed_theirs, 1e-9)
    return {"mae": interval(saved), "gini": interval(order - order_theirs)}
