"""Fitting: trees with early stopping on a later period, calibration on a later one still.

Two ways, chosen by the task's cutoffs. `fit_periods` walks forward in time. `fit_folds` serves opportunities whose few
months hold fewer than five horizons: folds by account, early stopping and calibration on the folds left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from features.feature import POOLED, Feature
from models.calibrate import Linear, fit_log, fit_logit, link_of
from models.encode import Encoding, fit_encoding
from models.scorer import QUANTILES, Floats, Interval, Reference, Scorer
from training.dataset import Dataset
from training.jobs import ALONE, Jobs
from training.task import PredictionTask
from training.tasks import population_of
from workspace.workspace import Workspace

Fold = tuple[NDArray[np.int64], NDArray[np.int64]]
_INNER = 3
_PATIENCE = 40
_COMMON = {
    "verbosity": -1,
    "num_threads": 1,
    "deterministic": True,
    "force_col_wise": True,  # the same bits as by row, and half the time where a tree looks at a third of the columns
    "seed": 20,
    "bagging_freq": 1,
    "metric": "None",
}


@dataclass(frozen=True)
class Preset:
    """A size of trees. The one with the smallest loss on the stopping rows is used."""

    name: str
    leaves: int
    smallest_leaf: int
    learning_rate: float
    rounds: int
    random_splits: bool = False

    @property
    def parameters(self) -> dict[str, float | int]:
        """LightGBM's names."""
        return {
            "num_leaves": self.leaves,
            "min_data_in_leaf": self.smallest_leaf,
            "learning_rate": self.learning_rate,
            "feature_fraction": 0.3,
            "bagging_fraction": 0.7,
            "lambda_l2": 5.0,
            "extra_trees": self.random_splits,
        }


PRESETS = (
    Preset("small", 4, 40, 0.03, 600),
    Preset("medium", 12, 100, 0.04, 400),
    Preset("additive", 2, 40, 0.05, 800, random_splits=True),
)
_QUANTILE_PRESET = Preset("quantile", 15, 100, 0.06, 250)


@dataclass(frozen=True)
class Fitted:
    """A scorer, how it came about, and the rows' raw scores it was calibrated on."""

    scorer: Scorer
    preset: Preset
    rounds: int
    held_out: Floats


@dataclass(frozen=True)
class _Trees:
    booster: lgb.Booster
    rounds: int
    loss: float


def _objective(task: PredictionTask, encoding: Encoding) -> dict[str, object]:
    if task.kind == "probability":
        return {"objective": "binary", "metric": "binary_logloss", **_monotone(task, encoding)}
    return {"objective": "tweedie", "tweedie_variance_power": 1.5, "metric": "tweedie", **_monotone(task, encoding)}


def _monotone(task: PredictionTask, encoding: Encoding) -> dict[str, object]:
    """The certain signs of the features; what speaks for a customer speaks against leaving. A win rate is about wins only."""
    direction = -1 if task.outcome == "absent" else 1
    signs = [0 if feature.stat == POOLED and task.outcome != "won" else direction * feature.sign for feature in encoding.features]
    return {"monotone_constraints": signs} if any(signs) else {}


def _data(encoding: Encoding, matrix: Floats, label: Floats) -> lgb.Dataset:
    names = [f"f{i}" for i in range(matrix.shape[1])]
    return lgb.Dataset(matrix, label, feature_name=names, categorical_feature=encoding.categorical, free_raw_data=False)


def _grow(
    preset: Preset, objective: dict[str, object], encoding: Encoding, train: tuple[Floats, Floats], stop: tuple[Floats, Floats]
) -> _Trees:
    """Trees as long as they help on the stopping rows. Its own bins: fits at the same time cannot share them."""
    parameters = {**_COMMON, **preset.parameters, **objective}
    data = _data(encoding, *train)
    booster = lgb.train(
        parameters,
        data,
        preset.rounds,
        valid_sets=[lgb.Dataset(*stop, reference=data)],
        callbacks=[lgb.early_stopping(_PATIENCE, verbose=False)],
    )
    loss = next(iter(booster.best_score["valid_0"].values()))
    return _Trees(_cut(booster, booster.best_iteration), booster.best_iteration, float(loss))


def _grow_for(
    preset: Preset, objective: dict[str, object], encoding: Encoding, train: tuple[Floats, Floats], rounds: int
) -> lgb.Booster:
    """As many trees as were found to help."""
    return _cut(lgb.train({**_COMMON, **preset.parameters, **objective}, _data(encoding, *train), rounds), rounds)


def _cut(booster: lgb.Booster, rounds: int) -> lgb.Booster:
    return lgb.Booster(model_str=booster.model_to_string(num_iteration=rounds))


def _raw(booster: lgb.Booster, matrix: Floats) -> Floats:
    return np.asarray(booster.predict(matrix, raw_score=True, num_threads=2))


def _target(task: PredictionTask, workspace: Workspace, label: Floats) -> Floats:
    """Probabilities learn the label; money is learned in whole units, and never below zero (a net return counts as 0)."""
    return label if task.kind == "probability" else np.maximum(label, 0.0) / workspace.minor_units


def _calibration(task: PredictionTask, score: Floats, label: Floats) -> Linear:
    return fit_logit(score, label) if task.kind == "probability" else fit_log(score, np.maximum(label, 0.0))


def fit_periods(
    workspace: Workspace, task: PredictionTask, features: tuple[Feature, ...], periods: dict[str, Dataset], jobs: Jobs = ALONE
) -> Fitted:
    """Fit on `train`, stop on `stop`, calibrate (and conformalise) on `calibrate`."""
    train, stop, calibrate = periods["train"], periods["stop"], periods["calibrate"]
    encoding = fit_encoding(features, train.frame)
    matrices = {name: encoding.matrix(periods[name].frame) for name in ("train", "stop", "calibrate")}
    known, later = ((matrices[name], _target(task, workspace, periods[name].label)) for name in ("train", "stop"))
    objective = _objective(task, encoding)
    grown = jobs.run("sizes of trees", lambda size: _grow(size, objective, encoding, known, later), PRESETS)
    preset, trees = min(zip(PRESETS, grown, strict=True), key=lambda pair: pair[1].loss)
    raw = _raw(trees.booster, matrices["calibrate"])
    scorer = _scorer(workspace, task, encoding, trees.booster, _calibration(task, raw, calibrate.label), train)
    if task.kind == "money":
        scorer = replace(scorer, interval=_interval(encoding, matrices, (train, stop, calibrate), jobs))
    return Fitted(scorer, preset, trees.rounds, raw)


def _interval(encoding: Encoding, matrices: dict[str, Floats], periods: tuple[Dataset, Dataset, Dataset], jobs: Jobs) -> Interval:
    train, stop, calibrate = periods
    known, later = (matrices["train"], train.label), (matrices["stop"], stop.label)

    def grow(share: float) -> _Trees:
        return _grow(_QUANTILE_PRESET, {"objective": "quantile", "alpha": share, "metric": "quantile"}, encoding, known, later)

    shares = [int(name[1:]) / 100 for name in QUANTILES]
    boosters = [trees.booster for trees in jobs.run("quantiles", grow, shares)]
    residuals = [calibrate.label - np.asarray(booster.predict(matrices["calibrate"], num_threads=2)) for booster in boosters]
    shifts = (float(np.quantile(residual, share)) for residual, share in zip(residuals, shares, strict=True))
    return Interval(tuple(boosters), tuple(shifts))


def fit_folds(
    workspace: Workspace, task: PredictionTask, features: tuple[Feature, ...], rows: Dataset, count: int, jobs: Jobs = ALONE
) -> Fitted:
    """Fit on every row; folds that leave whole accounts out tell the rest.

    Inner folds choose the preset, once for all, so that the folds' scores are of one kind. Inside each fold inner folds
    say how many trees help; the outer one is only predicted, for the calibration and for the gate.
    """
    encoding = fit_encoding(features, rows.frame)
    objective = _objective(task, encoding)
    matrix, label = encoding.matrix(rows.frame), _target(task, workspace, rows.label)
    preset, rounds = _choose(PRESETS, objective, encoding, (matrix, label), rows, jobs)
    parts = folds(rows, count)

    def tell(part: Fold) -> Floats:
        inside, outside = part
        known = matrix[inside], label[inside]
        _, fewer = _choose((preset,), objective, encoding, known, rows.take(inside), ALONE)
        return _raw(_grow_for(preset, objective, encoding, known, fewer), matrix[outside])

    held_out = np.zeros(len(rows))
    for (_, outside), raw in zip(parts, jobs.run("folds", tell, parts), strict=True):
        held_out[outside] = raw
    booster = _grow_for(preset, objective, encoding, (matrix, label), rounds)
    scorer = _scorer(workspace, task, encoding, booster, _calibration(task, held_out, rows.label), rows)
    return Fitted(scorer, preset, rounds, held_out)


def _choose(
    presets: Sequence[Preset],
    objective: dict[str, object],
    encoding: Encoding,
    known: tuple[Floats, Floats],
    rows: Dataset,
    jobs: Jobs,
) -> tuple[Preset, int]:
    """The preset with the smallest loss over inner folds, and the mean of the rounds after which each of them stopped."""
    matrix, label = known

    def grow(tried: tuple[Preset, Fold]) -> _Trees:
        preset, (fit, stop) = tried
        return _grow(preset, objective, encoding, (matrix[fit], label[fit]), (matrix[stop], label[stop]))

    grown = jobs.run("sizes of trees", grow, product(presets, folds(rows, _INNER)))
    tried = {preset: grown[_INNER * place :][:_INNER] for place, preset in enumerate(presets)}
    best = min(tried, key=lambda preset: sum(trees.loss for trees in tried[preset]))
    return best, max(1, round(float(np.mean([trees.rounds for trees in tried[best]]))))


def folds(rows: Dataset, count: int) -> list[Fold]:
    """Row positions inside and outside each fold; an account is never on both sides.

    Accounts are dealt out in the order of their outcomes, so that every fold holds its share of a rare one: scores of
    fits whose base rates differ could not be ranked together.
    """
    _, group = np.unique(rows.account, return_inverse=True)
    dealt = np.empty(group.max() + 1, np.int64)
    dealt[np.lexsort((np.bincount(group), np.bincount(group, rows.label)))] = np.arange(len(dealt)) % count
    return [(np.flatnonzero(dealt[group] != fold), np.flatnonzero(dealt[group] == fold)) for fold in range(count)]


def _scorer(
    workspace: Workspace, task: PredictionTask, encoding: Encoding, booster: lgb.Booster, calibration: Linear, reference: Dataset
) -> Scorer:
    return Scorer(
        task.name,
        task.kind,
        workspace.currency,
        workspace.minor_units,
        population_of(workspace, task.name),
        encoding,
        booster,
        calibration,
        _reference(task.kind, encoding, reference),
    )


def _reference(kind: str, encoding: Encoding, rows: Dataset) -> Reference:
    usual: dict[str, float | str | None] = {}
    for feature in encoding.features:
        known = rows.frame[feature.name].dropna()
        usual[feature.name] = None if known.empty else str(known.mode().min()) if feature.categorical else float(np.median(known))
    return Reference(usual, link_of(kind, float(rows.label.mean())), len(rows))
