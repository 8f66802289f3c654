"""How good a model is beside every baseline on the same rows, with 95 % intervals by account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training import metrics
from training.bootstrap import Rows, interval, over_draws, resamples
from training.dataset import Dataset
from training.metrics import Metric
from training.task import PredictionTask

Floats = NDArray[np.float64]
Numbers = dict[str, float]
Intervals = dict[str, tuple[float, float]]
PROBABILITY: dict[str, Metric] = {
    "auc": metrics.auc,
    "average_precision": metrics.average_precision,
    "brier": metrics.brier,
    "ece": metrics.ece,
    "log_loss": metrics.log_loss,
    "lift_at_10": metrics.lift_at_10,
}
MONEY: dict[str, Metric] = {"mae": metrics.mae, "spearman": metrics.spearman, "bias": metrics.bias, "gini": metrics.gini}
BY_TIME = "by time"


@dataclass(frozen=True)
class Answers:
    """What a model or baseline says of each row: the shown number, and for money also the median and the interval."""

    shown: Floats
    quantiles: Floats | None = None

    @property
    def median(self) -> Floats:
        """The number MAE is judged on: the median where there is one, else the shown number."""
        return self.shown if self.quantiles is None else self.quantiles[:, 1]


@dataclass(frozen=True)
class Evaluation:
    """Metrics of one period. `paired[baseline]` is the 95 % interval of ours minus theirs on the leading metric.

    The leading metric is AUC, or for money the relative gain in MAE of the median (positive: we are better).
    `paired_order` is the same for the order: AUC again, or for money the Spearman correlation of the mean, which is the
    number shown. `paired_loss` (probabilities only) is theirs minus ours in log loss. `by_month` has what was told
    and what came true, so that a season is seen.
    """

    period: str
    split: str
    n: int
    positives: int | None
    metrics: Numbers
    intervals: Intervals
    baselines: dict[str, Numbers]
    paired: Intervals
    paired_order: Intervals
    paired_loss: Intervals
    best_baseline: str
    by_month: tuple[dict[str, float | int | str], ...] = ()

    @property
    def headline(self) -> str:
        """How good it is on these rows, beside the best baseline, in one line."""
        name, word = ("mae", "MAE of the median") if "mae" in self.metrics else ("auc", "AUC")
        low, high = self.intervals[name]
        rival = f"{self.best_baseline} {self.baselines[self.best_baseline][name]:.4g}"
        return f"{self.period} {word} {self.metrics[name]:.4g} ({low:.4g} to {high:.4g}), {rival}; {self.n} rows, {self.split}"

    def as_dict(self) -> dict[str, Any]:
        """Metrics at the top level, the rest beside them."""
        counts = {"n": self.n} | ({"positives": self.positives} if self.positives is not None else {})
        return {
            **self.metrics,
            **counts,
            "intervals": self.intervals,
            "baselines": self.baselines,
            "paired": self.paired,
            "paired_order": self.paired_order,
            "paired_loss": self.paired_loss,
            "best_baseline": self.best_baseline,
            "by_month": list(self.by_month),
            "period": self.period,
            "split": self.split,
        }


def evaluate(
    task: PredictionTask, period: str, split: str, rows: Dataset, ours: Answers, baselines: dict[str, Answers]
) -> Evaluation:
    """Compare on one period; rows are resampled by account, the same samples for everybody.

    For money, labels and answers are in whole units of the currency.
    """
    label, money = rows.label, task.kind == "money"
    chosen = MONEY if money else PROBABILITY
    samples = resamples(rows.account)
    drawn = {name: over_draws(metric, label, _input(name, ours), samples) for name, metric in chosen.items()}
    theirs = {name: _numbers(chosen, label, answers) for name, answers in baselines.items()}
    paired = (_paired_money if money else _paired)(label, ours, drawn, baselines, samples)
    best = min(theirs, key=lambda n: theirs[n]["mae"]) if money else max(theirs, key=lambda n: theirs[n]["auc"])
    return Evaluation(
        period,
        split,
        len(label),
        None if money else int(label.sum()),
        _numbers(chosen, label, ours) | (_money_extra(label, ours) if money else _probability_extra(label, ours)),
        {name: interval(values) for name, values in drawn.items()},
        theirs,
        *paired,
        best,
        _by_month(rows, ours),
    )


def _by_month(rows: Dataset, ours: Answers) -> tuple[dict[str, float | int | str], ...]:
    """Rows, mean answer and mean outcome of each month in which they were asked about."""
    month = (rows.spine.as_of + 1).astype("datetime64[s]").astype("datetime64[M]")
    parts = [(one, month == one) for one in np.unique(month)]
    return tuple(
        {"month": str(one), "n": int(at.sum()), "told": float(ours.shown[at].mean()), "came": float(rows.label[at].mean())}
        for one, at in parts
    )


def _input(name: str, answers: Answers) -> Floats:
    return answers.median if name == "mae" else answers.shown


def _numbers(chosen: dict[str, Metric], label: Floats, answers: Answers) -> Numbers:
    return {name: metric(label, _input(name, answers)) for name, metric in chosen.items()}


def _paired(
    label: Floats, ours: Answers, drawn: dict[str, Floats], baselines: dict[str, Answers], samples: list[Rows]
) -> tuple[Intervals, Intervals, Intervals]:
    """Differences in AUC, which is also the order, and gains in log loss."""
    lost = over_draws(metrics.log_loss, label, ours.shown, samples)
    auc, loss = Intervals(), Intervals()
    for name, answers in baselines.items():
        auc[name] = interval(drawn["auc"] - over_draws(metrics.auc, label, answers.shown, samples))
        loss[name] = interval(over_draws(metrics.log_loss, label, answers.shown, samples) - lost)
    return auc, auc, loss


def _paired_money(
    label: Floats, ours: Answers, drawn: dict[str, Floats], baselines: dict[str, Answers], samples: list[Rows]
) -> tuple[Intervals, Intervals, Intervals]:
    """Relative gains in MAE of the median, and differences in the order of the mean."""
    gain, order = Intervals(), Intervals()
    for name, answers in baselines.items():
        gain[name] = interval(1 - drawn["mae"] / over_draws(metrics.mae, label, answers.median, samples))
        order[name] = interval(drawn["spearman"] - over_draws(metrics.spearman, label, answers.shown, samples))
    return gain, order, {}


def _probability_extra(label: Floats, ours: Answers) -> Numbers:
    return {"ece_if_perfect": metrics.ece_if_perfect(ours.shown), "base_rate": float(label.mean())}


def _money_extra(label: Floats, ours: Answers) -> Numbers:
    """The zero rule's MAE, the mean's MAE, the median's bias, and per quantile its loss and the share at or below it."""
    quantiles = ours.quantiles if ours.quantiles is not None else np.column_stack([ours.shown] * 3)
    out = {
        "mae_of_zero": metrics.mae(label, np.zeros_like(label)),
        "mae_of_mean": metrics.mae(label, ours.shown),
        "bias_of_median": metrics.bias(label, ours.median),
    }
    for position, share in enumerate((0.1, 0.5, 0.9)):
        name = f"p{int(share * 100)}"
        out[f"pinball_{name}"] = metrics.pinball(label, quantiles[:, position], share)
        out[f"at_or_below_{name}"] = float((label <= quantiles[:, position]).mean())
    return out
