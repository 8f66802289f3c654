"""Baselines on the same rows as the model: one-variable rules, the scorecard as given and refitted, linear models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logit
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from features.compute import DAY
from models.scorecard import parts, percentiles
from training.contenders.bgnbd import Purchases, fit_bg_nbd
from training.dataset import Dataset
from training.task import PredictionTask

Floats = NDArray[np.float64]
_SMALLEST_LEVEL = 50
_RECENCIES = ("order_recency", "touch_recency")
_PURCHASES = ("order_recency", "order_tenure", "order_gap_mean")
Inputs = Callable[[PredictionTask, Dataset, Dataset], Floats]


@dataclass(frozen=True)
class Baseline:
    """A rule: which inputs it looks at. A linear model turns them into probabilities or money, fitted on training rows.

    `ready` marks a rule whose input already is the answer (the run rate over the horizon).
    """

    name: str
    inputs: Inputs
    strength: float = 1.0
    ready: bool = False


def _recency(task: PredictionTask, data: Dataset, fit_on: Dataset) -> Floats:
    return _log(data.frame[[next(name for name in _RECENCIES if name in data.frame)]])


def _log(frame: pd.DataFrame) -> Floats:
    values: Floats = np.asarray(frame, np.float64)
    logs: Floats = np.sign(values) * np.log1p(np.abs(values))
    return logs


def _everything(task: PredictionTask, data: Dataset, fit_on: Dataset) -> Floats:
    """Every number, and an indicator for each frequent level of every category."""
    categories = fit_on.frame.select_dtypes(exclude="number").columns
    return np.column_stack(
        [_log(data.frame.select_dtypes("number")), *(_indicators(data.frame[name], fit_on.frame[name]) for name in categories)]
    )


def _indicators(column: pd.Series, known: pd.Series) -> Floats:
    counts = known.value_counts()
    levels = sorted(counts[counts >= _SMALLEST_LEVEL].index)
    return np.column_stack([np.zeros((len(column), 0)), *((column == level).to_numpy(np.float64) for level in levels)])


def _scorecard(task: PredictionTask, data: Dataset, fit_on: Dataset) -> Floats:
    mean: Floats = np.mean(_scorecard_parts(task, data, fit_on), axis=1, keepdims=True)
    return mean


def _scorecard_parts(task: PredictionTask, data: Dataset, fit_on: Dataset) -> Floats:
    return percentiles(task.name, data.frame, data.spine.as_of, fit_on.frame)


def _run_rate(task: PredictionTask, data: Dataset, fit_on: Dataset) -> Floats:
    rate = data.frame["revenue_90d"].to_numpy(np.float64) / 90
    return np.maximum(rate * (data.spine.until - data.spine.as_of) / DAY, 0.0).reshape(-1, 1)


def _bg_nbd(task: PredictionTask, data: Dataset, fit_on: Dataset) -> Floats:
    """The log odds of no order within the horizon, by a BG/NBD fitted on the orders of all rows of the same cutoff."""
    recency, age, gap = (data.frame[name].to_numpy(np.float64) for name in _PURCHASES)
    repeats = np.where(gap > 0, np.round((age - recency) / np.where(gap > 0, gap, 1.0)), 0.0)
    seen, horizon = Purchases(repeats, age - recency, age), (data.spine.until - data.spine.as_of) / DAY
    out = np.zeros((len(data), 1))
    moments, number = np.unique(data.spine.as_of, return_inverse=True)
    for chosen in range(len(moments)):
        rows = np.flatnonzero(number == chosen)
        out[rows, 0] = fit_bg_nbd(seen.take(rows)).absent(seen.take(rows), horizon[rows])
    return np.asarray(logit(np.clip(out, 1e-9, 1 - 1e-9)))


BASELINES: tuple[Baseline, ...] = (
    Baseline("recency", _recency),
    Baseline("run_rate", _run_rate, ready=True),
    Baseline("bg_nbd", _bg_nbd),
    Baseline("scorecard", _scorecard),
    Baseline("scorecard_refitted", _scorecard_parts),
    Baseline("logistic_regression", _everything, strength=0.1),
)


def _model(task: PredictionTask, strength: float) -> Pipeline:
    last = (
        LogisticRegression(C=strength, max_iter=2000)
        if task.kind == "probability"
        else LinearRegression()
        if strength == 1.0
        else Ridge(1 / strength)
    )
    return make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler(), last)


def baseline_scores(task: PredictionTask, fit_on: Dataset, score: Dataset) -> dict[str, Floats]:
    """Each baseline fitted on some rows and asked about others: probabilities, or money in minor units.

    A rule whose inputs these data do not carry is left out.
    """
    out: dict[str, Floats] = {}
    for baseline in BASELINES:
        if not _applies(task, baseline, fit_on):
            continue
        name = "linear_regression" if task.kind == "money" and baseline.name == "logistic_regression" else baseline.name
        inputs = baseline.inputs(task, score, fit_on)
        if baseline.ready and task.kind == "money":
            out[name] = inputs[:, 0]
            continue
        model = _model(task, baseline.strength).fit(baseline.inputs(task, fit_on, fit_on), fit_on.label)
        out[name] = model.predict_proba(inputs)[:, 1] if task.kind == "probability" else np.maximum(model.predict(inputs), 0.0)
    return out


def _applies(task: PredictionTask, baseline: Baseline, data: Dataset) -> bool:
    if baseline.name.startswith("scorecard"):
        return bool(parts(task.name, data.frame)[0])
    if baseline.name == "bg_nbd":
        return task.outcome == "absent" and set(_PURCHASES) <= set(data.frame)
    needs = {"recency": _RECENCIES, "run_rate": ("revenue_90d",)}.get(baseline.name)
    return needs is None or any(name in data.frame for name in needs)
