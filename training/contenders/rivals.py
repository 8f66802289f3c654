"""The rivals of the trees, each fitted on the same rows: constants, one-variable rules, scorecards, BG/NBD, linear models.

Each is a model that can be served, with exact reasons: where the trees are no better, the rival is what serves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.compute import DAY
from features.feature import Feature
from models.additive import Additive, Term
from models.bgnbd import INPUTS, BuyTillYouDie, fit_bg_nbd, purchases_of
from models.calibrate import IDENTITY, Linear, fit_logit, link_of, shown_of
from models.encode import Encoding, fit_encoding
from models.model import Floats, Model
from models.scorecard import PARTS
from models.scorer import BASE_RATE
from training import metrics
from training.calibration import by_total, shrunk
from training.contenders.linear import every_term, linear, logarithm, rank, tied, tuned
from training.dataset import Dataset
from training.task import PredictionTask

_RECENCIES = ("order_recency", "touch_recency")
_RUN_RATES = {f"revenue_{days}d": days for days in (30, 90, 180, 365)}
CONSTANTS = (BASE_RATE, "constant_median", "zero")
_NOTHING = -30.0  # the logarithm of no money


@dataclass(frozen=True)
class Fit:
    """A fitted rival: the inputs it reads, its model, and what brings its score to the shown number."""

    encoding: Encoding
    model: Model
    calibration: Linear = IDENTITY

    def link(self, rows: Dataset) -> Floats:
        """The link of the number it shows for each row."""
        return self.calibration(self.model.raw(self.encoding.matrix(rows.frame)))

    def shifted(self, by: Linear) -> Fit:
        """Calibrated once more."""
        return replace(self, calibration=Linear(by.a * self.calibration.a, by.a * self.calibration.b + by.b))


Maker = Callable[[PredictionTask, Encoding, Dataset], Model | None]


@dataclass(frozen=True)
class Rival:
    """A rule by name: the inputs it needs (it stands aside where there are none), and how it is fitted."""

    name: str
    wants: Callable[[PredictionTask, Feature], bool]
    fit: Maker
    kinds: tuple[str, ...] = ("probability", "money")

    def fitted(self, task: PredictionTask, features: Sequence[Feature], rows: Dataset) -> Fit | None:
        """Fitted on some rows; None where it does not apply."""
        if self.name not in CONSTANTS and not tells(task, rows):
            return None
        encoding = fit_encoding([feature for feature in features if self.wants(task, feature)], rows.frame)
        model = self.fit(task, encoding, rows)
        if model is None or isinstance(model, Additive):
            return None if model is None else Fit(encoding, model)
        return Fit(encoding, model, fit_logit(model.raw(encoding.matrix(rows.frame)), rows.label))


def tells(task: PredictionTask, rows: Dataset) -> bool:
    """Whether rows can tell anything: some outcome, and for probabilities some row without it."""
    return bool((rows.label > 0).any()) and (task.kind == "money" or bool((rows.label <= 0).any()))


def _nothing(task: PredictionTask, feature: Feature) -> bool:
    return False


def _named(*names: str) -> Callable[[PredictionTask, Feature], bool]:
    return lambda task, feature: feature.name in names


def _part(task: PredictionTask, feature: Feature) -> bool:
    return any(part.feature == feature.name for part in PARTS[task.name])


def _mean(task: PredictionTask, encoding: Encoding, rows: Dataset) -> Model:
    return Additive(link_of(task.kind, float(rows.label.mean())))


def _median(task: PredictionTask, encoding: Encoding, rows: Dataset) -> Model:
    return Additive(link_of(task.kind, float(np.median(rows.label))))


def _zero(task: PredictionTask, encoding: Encoding, rows: Dataset) -> Model:
    return Additive(_NOTHING)


def _recency(task: PredictionTask, encoding: Encoding, rows: Dataset) -> Model | None:
    """The first recency there is: of orders, or of touches."""
    found = [encoding.names.index(name) for name in _RECENCIES if name in encoding.names]
    return _by_logarithms(task, found[:1], encoding, rows)


def _spending(task: PredictionTask, encoding: Encoding, rows: Dataset) -> Model | None:
    found = [encoding.names.index(name) for name in _RUN_RATES if name in encoding.names]
    return _by_logarithms(task, found, encoding, rows)


def _by_logarithms(task: PredictionTask, columns: list[int], encoding: Encoding, rows: Dataset) -> Model | None:
    matrix = encoding.matrix(rows.frame)
    return linear(task.kind, [logarithm(column, matrix) for column in columns], matrix, rows.label) if columns else None


def _run_rate(task: PredictionTask, encoding: Encoding, rows: Dataset) -> Model | None:
    """What was bought lately, for as long as the horizon; of the windows, the one that was closest to the outcomes."""
    matrix = encoding.matrix(rows.frame)
    horizon = float(np.median(rows.spine.until - rows.spine.as_of)) / DAY
    rules = [_going_on(column, horizon / _RUN_RATES[name], matrix) for column, name in enumerate(encoding.names)]
    return min(rules, key=lambda rule: metrics.mae(rows.label, np.exp(rule.raw(matrix))), default=None)


def _going_on(column: int, share: float, matrix: Floats) -> Additive:
    shaped = Term(column, "amount").shaped(matrix)
    center = float(shaped.mean())
    return Additive(float(np.log(share)) + center, (Term(column, "amount", center=center),))


def _bg_nbd(task: PredictionTask, encoding: Encoding, rows: Dataset) -> Model | None:
    """Fitted on the orders of all accounts at the latest cutoff."""
    if task.outcome != "absent" or set(encoding.names) != set(INPUTS):
        return None
    columns = tuple(encoding.names.index(name) for name in INPUTS)
    matrix = encoding.matrix(rows.frame)[:, columns]
    usual = np.nanmedian(matrix, axis=0)
    latest = np.nan_to_num(matrix[rows.spine.as_of == rows.spine.as_of.max()])
    horizon = float(np.median(rows.spine.until - rows.spine.as_of)) / DAY
    process = fit_bg_nbd(purchases_of(latest))
    return BuyTillYouDie(process, horizon, (columns[0], columns[1], columns[2]), tuple(usual.tolist()))


def _ranks(task: PredictionTask, encoding: Encoding, matrix: Floats) -> list[Term]:
    signs = {part.feature: part.sign for part in PARTS[task.name]}
    return [rank(column, signs[name], matrix) for column, name in enumerate(encoding.names)]


def _scorecard(fit: Callable[[str, Sequence[Term], Floats, Floats], Model]) -> Maker:
    """The parts of the scorecard as percentiles, weighted by `fit`."""

    def fitted(task: PredictionTask, encoding: Encoding, rows: Dataset) -> Model | None:
        matrix = encoding.matrix(rows.frame)
        terms = _ranks(task, encoding, matrix)
        return fit(task.kind, terms, matrix, rows.label) if terms else None

    return fitted


def _everything(task: PredictionTask, encoding: Encoding, rows: Dataset) -> Model | None:
    matrix = encoding.matrix(rows.frame)
    terms = every_term(encoding, matrix)
    return tuned(task.kind, terms, matrix, rows.label, rows.account) if terms else None


RIVALS: tuple[Rival, ...] = (
    Rival(BASE_RATE, _nothing, _mean),
    Rival("constant_median", _nothing, _median, ("money",)),
    Rival("zero", _nothing, _zero, ("money",)),
    Rival("recency", _named(*_RECENCIES), _recency),
    Rival("run_rate", _named(*_RUN_RATES), _run_rate, ("money",)),
    Rival("run_rate", _named(*_RUN_RATES), _spending, ("probability",)),
    Rival("bg_nbd", _named(*INPUTS), _bg_nbd, ("probability",)),
    Rival("scorecard", _part, _scorecard(tied)),
    Rival("scorecard_refitted", _part, _scorecard(linear)),
    Rival("logistic_regression", lambda task, feature: True, _everything, ("probability",)),
    Rival("linear_regression", lambda task, feature: True, _everything, ("money",)),
)


def fit_rivals(task: PredictionTask, features: Sequence[Feature], rows: Dataset) -> dict[str, Fit]:
    """Every rival that these inputs carry, fitted on the same rows."""
    found = {rival.name: rival.fitted(task, features, rows) for rival in RIVALS if task.kind in rival.kinds}
    return {name: fit for name, fit in found.items() if fit is not None}


def calibrations(task: PredictionTask, links: dict[str, Floats], label: Floats) -> dict[str, Linear]:
    """What brings each rival's links of rows it did not know to their outcomes; a constant stays what it is."""
    way = by_total if task.kind == "money" else shrunk
    return {name: IDENTITY if name in CONSTANTS else way(link, label) for name, link in links.items()}


def calibrated(fits: dict[str, Fit], by: dict[str, Linear]) -> dict[str, Fit]:
    """The fits, each calibrated once more."""
    return {name: fit.shifted(by.get(name, IDENTITY)) for name, fit in fits.items()}


def links_of(fits: dict[str, Fit], rows: Dataset) -> dict[str, Floats]:
    """The link of the number each rival shows for some rows."""
    return {name: fit.link(rows) for name, fit in fits.items()}


def shown_by(task: PredictionTask, fits: dict[str, Fit], rows: Dataset) -> dict[str, Floats]:
    """The number each rival shows for some rows: probabilities, or money in minor units."""
    return {name: shown_of(task.kind, fit.link(rows)) for name, fit in fits.items()}
