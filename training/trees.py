"""Growing LightGBM's trees: sizes to try, how many trees help, and the same number again on more rows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from features.feature import POOLED
from models.encode import Encoding
from models.model import Floats, Trees
from training.task import PredictionTask

_PATIENCE = 40
_COMMON = {
    "verbosity": -1,
    "num_threads": 1,
    "deterministic": True,
    "force_col_wise": True,  # the same bits as by row, and half the time where a tree looks at a third of the columns
    "seed": 20,
    "bagging_freq": 1,
    "max_bin": 63,
    "feature_pre_filter": False,  # bins that serve every size of leaf
    "metric": "None",
}
Parameters = dict[str, object]


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


_SMALL, _MEDIUM = Preset("small", 4, 40, 0.03, 600), Preset("medium", 12, 100, 0.04, 400)
_MANY_ROWS = 10_000


def presets(rows: int) -> tuple[Preset, ...]:
    """The sizes to try. Few rows choose among simple ones: they would choose too simple a size for the many that follow."""
    third = ("random", 12, 300, 0.05, 400) if rows >= _MANY_ROWS else ("additive", 2, 40, 0.05, 800)
    return _SMALL, _MEDIUM, Preset(*third, random_splits=True)


@dataclass(frozen=True)
class Sample:
    """Encoded inputs and what is to be learnt from them.

    Bins are made once and serve every fit on the same inputs, one fit after the other: two at the same time would crash.
    """

    encoding: Encoding
    matrix: Floats
    target: Floats
    bins: list[lgb.Dataset] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.target)

    def about(self, target: Floats) -> Sample:
        """The same inputs, and the same bins, with something else to learn."""
        return replace(self, target=target)

    def some(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Sample:
        """Some of the rows, by mask or position."""
        return Sample(self.encoding, self.matrix[rows], self.target[rows])

    def labelled(self, reference: lgb.Dataset | None = None) -> lgb.Dataset:
        """As LightGBM reads it."""
        if not self.bins:
            self.bins.append(self._binned(reference))
        return self.bins[0].set_label(self.target)

    def _binned(self, reference: lgb.Dataset | None) -> lgb.Dataset:
        names = [f"f{i}" for i in range(self.matrix.shape[1])]
        categorical = self.encoding.categorical
        made = lgb.Dataset(
            self.matrix,
            self.target,
            reference=reference,
            feature_name=names,
            categorical_feature=categorical,
            free_raw_data=False,
            params=_COMMON,
        )
        return made.construct()


@dataclass(frozen=True)
class Grown:
    """Trees, the preset they follow, how many of them helped, and their loss on the rows that said so."""

    trees: Trees
    preset: Preset
    rounds: int
    loss: float

    def again(self, objective: Parameters, known: Sample) -> Trees:
        """As many trees as were found to help, on other rows."""
        return grow_again(self.preset, self.rounds, objective, known)


def objective_of(task: PredictionTask, encoding: Encoding) -> Parameters:
    """What is minimised, with the certain signs of the features."""
    if task.kind == "probability":
        return {"objective": "binary", "metric": "binary_logloss", **_monotone(task, encoding)}
    return {"objective": "tweedie", "tweedie_variance_power": 1.5, "metric": "tweedie", **_monotone(task, encoding)}


def _monotone(task: PredictionTask, encoding: Encoding) -> Parameters:
    """The certain signs of the features; what speaks for a customer speaks against leaving. A win rate is about wins only."""
    direction = -1 if task.outcome == "absent" else 1
    signs = [0 if feature.stat == POOLED and task.outcome != "won" else direction * feature.sign for feature in encoding.features]
    return {"monotone_constraints": signs} if any(signs) else {}


def grow(preset: Preset, objective: Parameters, known: Sample, later: Sample) -> Grown:
    """Trees as long as they help on the later rows."""
    data = known.labelled()
    booster = lgb.train(
        {**_COMMON, **preset.parameters, **objective},
        data,
        preset.rounds,
        valid_sets=[later.labelled(data)],
        callbacks=[lgb.early_stopping(_PATIENCE, verbose=False)],
    )
    loss = next(iter(booster.best_score["valid_0"].values()))
    return Grown(_cut(booster, booster.best_iteration), preset, booster.best_iteration, float(loss))


def grow_again(preset: Preset, rounds: int, objective: Parameters, known: Sample) -> Trees:
    """As many trees as were found to help, on other rows."""
    return _cut(lgb.train({**_COMMON, **preset.parameters, **objective}, known.labelled(), rounds), rounds)


def _cut(booster: lgb.Booster, rounds: int) -> Trees:
    return Trees(lgb.Booster(model_str=booster.model_to_string(num_iteration=rounds)))
