"""Fitting: trees judged later than everything they learnt, and what ships fitted again on all that is known by then.

`walk` goes forward in time: trees grown before a period tell that period, so that calibration, gate and the range of an
amount rest on honest answers. `fold` serves histories that are too short: whole accounts are left out instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.compute import DAY, Pipeline
from features.facts import gathered
from features.facts.actions import actions_of
from features.feature import Feature
from models.calibrate import Linear, shown_of
from models.encode import Encoding, fit_encoding
from models.model import Floats, Model, Trees
from models.reference import with_reference
from models.scorer import TREES, Interval, Reference, Scorer
from models.suggestions import seen
from training.calibration import by_total, chosen_way, shrunk
from training.contenders.rivals import Fit
from training.dataset import Dataset
from training.intervals import Halves, enough_bought, halves, halves_again, hurdle, multiples
from training.jobs import ALONE, Jobs
from training.splits.sides import known_before
from training.task import PredictionTask
from training.tasks import population_of
from training.trees import Grown, Parameters, Preset, Sample, grow, grow_again, objective_of, presets
from workspace.workspace import Workspace

Fold = tuple[NDArray[np.int64], NDArray[np.int64]]
_INNER = 3
_FEWEST = 200  # rows; fewer are no matter for trees
_GROUP = 2000  # rows of the reference
_YEAR_S = 365 * DAY


@dataclass(frozen=True)
class Fitted:
    """What could ship, and where it is made of trees their size and number."""

    scorer: Scorer
    preset: Preset | None = None
    rounds: int = 0


@dataclass(frozen=True)
class Maker:
    """Makes scorers of one task of one company; `evidence` computes what only sentences read."""

    workspace: Workspace
    task: PredictionTask
    features: Sequence[Feature]
    evidence: Pipeline | None = None

    def sample(self, encoding: Encoding, rows: Dataset) -> Sample:
        """Inputs and targets: probabilities learn the label; money in whole units, a net return counting as 0."""
        money = self.task.kind == "money"
        target = np.maximum(rows.label, 0.0) / self.workspace.minor_units if money else rows.label
        return Sample(encoding, encoding.matrix(rows.frame), target)

    def scorer(self, name: str, fit: tuple[Encoding, Model, Linear], rows: Dataset, interval: Interval | None = None) -> Scorer:
        """A scorer around a fitted model; `rows` say what is usual."""
        encoding, model, calibration = fit
        group = latest_year(rows)
        evidence, frame = self._told(encoding, group)
        found = with_reference(
            Scorer(
                self.task.name,
                self.task.kind,
                self.workspace.currency,
                self.workspace.minor_units,
                population_of(self.workspace, self.task.name),
                encoding,
                model,
                calibration,
                Reference({}, 0.0, 0),
                interval,
                name,
                evidence,
                self.workspace.time_zone,
            ),
            frame,
        )
        done = seen(found.population.entity, frame, group.account.tolist())
        return replace(found, reference=replace(found.reference, seen=done))

    def _told(self, encoding: Encoding, group: Dataset) -> tuple[tuple[Feature, ...], pd.DataFrame]:
        """What the sentences of a model read beside its inputs, and all that is read of a group of rows."""
        extra = self.evidence.features if self.evidence else ()
        told = {name for told in gathered(encoding.features) for name in told.fact.names}
        about = {name for action in actions_of(self.task.entity) for name in action.names}
        wanted = (told | about) - set(encoding.names)
        evidence = tuple(feature for feature in (*self.features, *extra) if feature.name in wanted)
        frame = group.frame.reset_index(drop=True)
        return evidence, frame if self.evidence is None else frame.join(self.evidence.frame(group.spine))

    def rival(self, name: str, fit: Fit, rows: Dataset, interval: Interval | None = None) -> Scorer:
        """A rival as it serves."""
        return self.scorer(name, (fit.encoding, fit.model, fit.calibration), rows, interval)


def latest_year(rows: Dataset) -> Dataset:
    """Whom the numbers of a model are compared with: of its rows those of the latest year, as many as tell an average."""
    found = np.flatnonzero(rows.spine.as_of > rows.spine.as_of.max() - _YEAR_S)
    return rows.take(found[np.linspace(0, len(found) - 1, min(_GROUP, len(found))).astype(np.int64)])


def trees_apply(maker: Maker, rows: Dataset) -> bool:
    """Whether there are rows enough for trees, of both kinds, and an input that varies."""
    positive, money = int((rows.label > 0).sum()), maker.task.kind == "money"
    enough = len(rows) >= _FEWEST and positive >= _INNER and (money or len(rows) - positive >= _INNER)
    return enough and bool(fit_encoding(maker.features, rows.frame).features)


@dataclass(frozen=True)
class _Step:
    """Trees grown on all that is known at the start of a period, and their raw scores of that period."""

    encoding: Encoding
    known: Dataset
    trees: Trees
    raw: Floats
    halves: Halves | None = None


def walk(maker: Maker, rows: Dataset, periods: Mapping[str, Dataset], jobs: Jobs = ALONE) -> tuple[Fitted, Scorer]:
    """What could ship, and the scorer that the gate judges: trees forward in time, where `stop` says how many help.

    `calibrate` and `gate` say how to calibrate, and what ships is fitted on all that is known when `test` begins.
    """
    grown, first = _first_step(maker, rows, periods["stop"], jobs)

    def again(period: str) -> _Step:
        known, asked = known_before(maker.workspace, rows, periods[period]), periods[period]
        return _next_step(maker, grown, first, known, asked, ranged=period != "calibrate")

    middle, gate, last = jobs.run("trees for each period", again, ("calibrate", "gate", "test"))
    stop, calibrate, judged = (periods[name] for name in ("stop", "calibrate", "gate"))
    told_then = _joined((first, stop), (middle, calibrate))
    way = chosen_way(maker.task.kind, (first.raw, stop.label), (middle.raw, calibrate.label))
    candidate = _scorer_of(maker, gate, way(*told_then), first, (middle, calibrate))
    later_way = chosen_way(maker.task.kind, told_then, (gate.raw, judged.label))
    shipped = _scorer_of(maker, last, later_way(*_joined((middle, calibrate), (gate, judged))), gate, (gate, judged))
    return Fitted(shipped, grown.preset, grown.rounds), candidate


def _joined(*told_rows: tuple[_Step, Dataset]) -> tuple[Floats, Floats]:
    return np.concatenate([step.raw for step, _ in told_rows]), np.concatenate([rows.label for _, rows in told_rows])


def _first_step(maker: Maker, rows: Dataset, stop: Dataset, jobs: Jobs) -> tuple[Grown, _Step]:
    """The size of trees that loses least on the stopping rows."""
    known = known_before(maker.workspace, rows, stop)
    encoding = fit_encoding(maker.features, known.frame)
    objective = objective_of(maker.task, encoding)
    learnt, later = maker.sample(encoding, known), maker.sample(encoding, stop)
    tried = jobs.in_turn.run("sizes of trees", lambda preset: grow(preset, objective, learnt, later), presets(len(rows)))
    best = min(tried, key=lambda grown: grown.loss)
    ranges = halves(learnt, later) if maker.task.kind == "money" else None
    return best, _Step(encoding, known, best.trees, _raw(maker, best.trees, later), ranges)


def _next_step(maker: Maker, grown: Grown, first: _Step, known: Dataset, period: Dataset, *, ranged: bool) -> _Step:
    encoding = fit_encoding(maker.features, known.frame)
    learnt = maker.sample(encoding, known)
    trees = grow_again(grown.preset, grown.rounds, objective_of(maker.task, encoding), learnt)
    ranges = halves_again(first.halves, learnt) if first.halves and ranged else None
    return _Step(encoding, known, trees, _raw(maker, trees, maker.sample(encoding, period)), ranges)


def _unit(maker: Maker) -> float:
    """The logarithm of how many minor units the trees' unit of money has; 0 for probabilities."""
    return float(np.log(maker.workspace.minor_units)) if maker.task.kind == "money" else 0.0


def _in_minor(calibration: Linear, unit: float) -> Linear:
    """A calibration of scores in minor units, for the scores as the trees give them."""
    return Linear(calibration.a, calibration.b + calibration.a * unit)


def _raw(maker: Maker, trees: Trees, rows: Sample) -> Floats:
    """Raw scores; of money in the logarithm of minor units."""
    return trees.raw(rows.matrix) + _unit(maker)


def _scorer_of(maker: Maker, step: _Step, calibration: Linear, judging: _Step, later: tuple[_Step, Dataset]) -> Scorer:
    """A step's trees as they serve; `judging` tells the later rows, from which the range of an amount is read."""
    fit = (step.encoding, step.trees, _in_minor(calibration, _unit(maker)))
    money = maker.task.kind == "money"
    return maker.scorer(TREES, fit, step.known, _range(step, calibration, judging, later) if money else None)


def _range(step: _Step, calibration: Linear, judging: _Step, later: tuple[_Step, Dataset]) -> Interval:
    seen, rows = later
    shown = np.exp(calibration(seen.raw))
    if step.halves is None or judging.halves is None or not enough_bought(rows.label):
        return multiples(shown, rows.label)
    matrix = judging.encoding.matrix(rows.frame)
    return hurdle(step.halves, judging.halves, Sample(judging.encoding, matrix, rows.label), shown)


def fold(maker: Maker, rows: Dataset, count: int, jobs: Jobs = ALONE) -> tuple[Fitted, Floats]:
    """Trees on every row, and what folds that left its account out show for each, which also calibrates.

    Inner folds choose the size of trees and their number, once for all, so that the folds' scores are of one kind.
    """
    encoding = fit_encoding(maker.features, rows.frame)
    objective = objective_of(maker.task, encoding)
    whole = maker.sample(encoding, rows)
    preset, rounds = _chosen(objective, whole, folds(rows, _INNER), jobs)
    parts = folds(rows, count)

    def tell(part: Fold) -> Floats:
        inside, outside = part
        return grow_again(preset, rounds, objective, whole.some(inside)).raw(whole.matrix[outside])

    held_out = np.zeros(len(rows))
    for (_, outside), raw in zip(parts, jobs.run("folds", tell, parts), strict=True):
        held_out[outside] = raw
    trees = grow_again(preset, rounds, objective, whole)
    unit, money = _unit(maker), maker.task.kind == "money"
    calibration = (by_total if money else shrunk)(held_out + unit, rows.label)
    shown = shown_of(maker.task.kind, calibration(held_out + unit))
    fit = (encoding, trees, _in_minor(calibration, unit))
    scorer = maker.scorer(TREES, fit, rows, multiples(shown, rows.label) if money else None)
    return Fitted(scorer, preset, rounds), shown


def fold_later(maker: Maker, fitted: Fitted, early: Dataset, late: Dataset) -> Floats:
    """What trees of the same size, grown on early rows alone, show for late ones."""
    encoding = fit_encoding(maker.features, early.frame)
    objective = objective_of(maker.task, encoding)
    trees = grow_again(fitted.preset or presets(0)[0], fitted.rounds, objective, maker.sample(encoding, early))
    raw = trees.raw(encoding.matrix(late.frame))
    return shown_of(maker.task.kind, fitted.scorer.calibration(raw))


def _chosen(objective: Parameters, whole: Sample, parts: list[Fold], jobs: Jobs) -> tuple[Preset, int]:
    """The preset with the smallest loss on the first fold, and the mean of the rounds after which each fold stopped it."""

    (fit, stop), *others = parts
    learnt, later = whole.some(fit), whole.some(stop)
    first = jobs.in_turn.run("sizes of trees", lambda preset: grow(preset, objective, learnt, later), presets(len(whole)))
    best = min(first, key=lambda grown: grown.loss)
    again = jobs.run(
        "number of trees", lambda part: grow(best.preset, objective, whole.some(part[0]), whole.some(part[1])), others
    )
    return best.preset, max(1, round(float(np.mean([grown.rounds for grown in (best, *again)]))))


def folds(rows: Dataset, count: int) -> list[Fold]:
    """Row positions inside and outside each fold; an account is never on both sides.

    Accounts are dealt out in the order of their outcomes, so that every fold holds its share of a rare one: scores of
    fits whose base rates differ could not be ranked together.
    """
    _, group = np.unique(rows.account, return_inverse=True)
    dealt = np.empty(group.max() + 1, np.int64)
    dealt[np.lexsort((np.bincount(group), np.bincount(group, rows.label)))] = np.arange(len(dealt)) % count
    return [(np.flatnonzero(dealt[group] != part), np.flatnonzero(dealt[group] == part)) for part in range(count)]
