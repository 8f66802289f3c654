"""Who serves: the trees where they show signal and are no worse than any rival, else the best rival with signal, else the
base rate, which tells nobody apart and says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from models.model import Floats
from models.scorer import BASE_RATE, TREES, Multiples, Scorer
from training import metrics
from training.contenders.rivals import CONSTANTS
from training.dataset import Dataset
from training.evaluate import Answers, Evaluation, evaluate
from training.fit import Maker
from training.gate import Verdict, served, without_signal
from training.intervals import multiples
from training.signal import Signal, Told, signal
from training.timing import spread
from workspace.workspace import Workspace


@dataclass(frozen=True)
class Choice:
    """What is to serve, how it did at the gate, why, and how far the number of wins there lay from the expected one."""

    name: str
    judged: Evaluation
    verdict: Verdict
    spread: float


@dataclass(frozen=True)
class Court:
    """One sitting: what the trees (if any) and each rival said of the rows that are judged and of later ones.

    `told` and `told_later` are shown numbers in minor units; the trees' own of the later rows stand there by their name,
    or are those of the judged rows.
    """

    maker: Maker
    rows: Dataset
    later: Dataset
    told: dict[str, Floats]
    told_later: dict[str, Floats]
    trees: Answers | None
    split: str

    def decide(self) -> Choice:
        """Who serves."""
        signals = {name: self.signal(name) for name in self._names}
        serving = [name for name, found in signals.items() if found.present]
        if serving:
            best = min(serving, key=self._cost())
            judged = self.judged(best)
            return Choice(best, judged, served(self.maker.task, best, judged, signals[best]), self._spread(best))
        most = max(signals.values(), key=lambda found: found.order) if signals else self.signal(BASE_RATE)
        return Choice(BASE_RATE, self.judged(BASE_RATE), without_signal(most), self._spread(BASE_RATE))

    def _spread(self, name: str) -> float:
        return spread(self.answers(name).shown, self.rows) if self.maker.task.outcome == "won" else 0.0

    @cached_property
    def _names(self) -> tuple[str, ...]:
        """Whoever might serve: the trees and every rival that is no constant and was heard on the later rows too."""
        heard = [name for name in self.told if name not in CONSTANTS and name in self.told_later]
        return (*([TREES] if self.trees else []), *heard)

    def answers(self, name: str) -> Answers:
        """What one of them said of the judged rows, money in whole units."""
        return self.trees if name == TREES and self.trees else self._rivals[name]

    def judged(self, name: str) -> Evaluation:
        """Beside every rival."""
        rows = in_units(self.maker, self.rows)
        others = self._rivals if name == TREES or self.trees is None else {TREES: self.trees, **self._rivals}
        return evaluate(self.maker.task, "gate", self.split, rows, self.answers(name), others)

    def signal(self, name: str) -> Signal:
        """Whether it tells anybody apart."""
        shown = self.answers(name).shown * unit_of(self.maker)
        later = self.told_later.get(name, shown if self.later is self.rows else np.full(len(self.later), np.nan))
        return signal(self.maker.task.kind, _told(shown, self.rows), _told(later, self.later))

    @cached_property
    def _rivals(self) -> dict[str, Answers]:
        return {name: self.beside(name, shown) for name, shown in self.told.items()}

    def beside(self, name: str, shown: Floats) -> Answers:
        """What a rival shows for some rows; an amount with the range that its answers here had, a constant without one."""
        unit = unit_of(self.maker)
        if self.maker.task.kind == "probability" or name in CONSTANTS or name not in self.told:
            return Answers(shown / unit)
        return in_range(shown, self.range_of(name), unit)

    def range_of(self, name: str) -> Multiples:
        """How far outcomes lay from a rival's amounts."""
        return multiples(self.told[name], self.rows.label)

    def _cost(self) -> Callable[[str], float]:
        """What a contender's answers cost: log loss; for money what its median misses and what its mean leaves out of order,
        each against the least of anybody."""
        rows = in_units(self.maker, self.rows)
        if self.maker.task.kind == "probability":
            return lambda name: metrics.log_loss(rows.label, self.answers(name).shown)
        missed = {name: metrics.mae(rows.label, self.answers(name).median) for name in self._names}
        unordered = {name: 1 - metrics.gini(rows.label, self.answers(name).shown) for name in self._names}
        least = min(missed.values()), max(min(unordered.values()), 1e-9)
        return lambda name: missed[name] / least[0] + unordered[name] / least[1]


def _told(shown: Floats, rows: Dataset) -> Told:
    return Told(shown, rows.label, rows.spine.as_of, rows.account)


def answers_of(workspace: Workspace, scorer: Scorer, rows: Dataset) -> Answers:
    """What a scorer shows for each row; money in whole units."""
    matrix = scorer.matrix(rows.frame)
    shown = scorer.shown(matrix)
    if scorer.interval is None:
        return Answers(shown)
    return Answers(shown / workspace.minor_units, scorer.interval.predict(matrix, shown) / workspace.minor_units)


def answers_by_folds(maker: Maker, shown: Floats, label: Floats) -> Answers:
    """What trees showed for rows left out; the range of an amount is read off the same rows."""
    if maker.task.kind == "probability":
        return Answers(shown)
    return in_range(shown, multiples(shown, label), unit_of(maker))


def in_range(shown: Floats, interval: Multiples, unit: int) -> Answers:
    """Amounts in whole units with the range of a rule, which reads nothing but them."""
    return Answers(shown / unit, interval.predict(np.empty((len(shown), 0)), shown) / unit)


def unit_of(maker: Maker) -> int:
    """How many of what labels count make one of what answers are given in."""
    return 1 if maker.task.kind == "probability" else maker.workspace.minor_units


def in_units(maker: Maker, rows: Dataset) -> Dataset:
    """The rows with their outcomes in whole units."""
    return rows if maker.task.kind == "probability" else replace(rows, label=rows.label / np.float64(unit_of(maker)))
