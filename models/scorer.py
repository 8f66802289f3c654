"""A scorer: everything needed to turn the values of features into shown numbers and their contributions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from features.facts import Gathered, gathered
from features.feature import Feature
from features.kernel.arrays import Ints
from features.population import Population
from features.values import Values
from models.calibrate import Linear, link_of, shown_of
from models.encode import Encoding
from models.model import Floats, Model, Trees
from models.timing import Timing
from workspace.errors import ForesaleError

SHARES = (0.1, 0.5, 0.9)
LEVELS = tuple(step / 20 for step in range(21))
BASE_RATE, TREES = "base_rate", "trees"  # names among the contenders
_DEALS = "open_deals"  # a fact


Usual = tuple[float, float, float] | str | None


@dataclass(frozen=True)
class Reference:
    """Whom a number is compared with: a group of rows of the model's population, the latest year before the test.

    `usual` holds the quartiles of every value that is read (or the level that at least half have), `base_link` is the link of the
    average number shown to the group, and `centers` what each input adds on the average to a row of the group, weighted so
    that the average number comes out: a contribution counts from there. `seen` tells for each action how many rows of the group,
    and of how many accounts, look as if it had just been done.
    """

    usual: dict[str, Usual]
    base_link: float
    rows: int
    centers: tuple[float, ...] = ()
    seen: dict[str, tuple[int, int]] = field(default_factory=dict)


class Interval(Protocol):
    """p10, p50 and p90 of a money task in minor units: float64[rows, 3], never negative and never crossing."""

    def predict(self, matrix: Floats, shown: Floats) -> Floats: ...


@dataclass(frozen=True)
class Hurdle:
    """Whether anything is bought at all, and how much if so: the chance of nothing, the logarithm of an amount, and how far
    amounts lay from theirs.

    `spread[size]` holds the errors of the logarithm at the even `LEVELS`; sizes are parts of the shown number, split at
    `edges`.
    """

    nothing: Trees
    calibration: Linear
    amount: Trees
    edges: tuple[float, ...]
    spread: tuple[tuple[float, ...], ...]

    def predict(self, matrix: Floats, shown: Floats) -> Floats:
        none = expit(self.calibration(self.nothing.raw(matrix)))
        left = (np.asarray(SHARES)[None, :] - none[:, None]) / np.maximum(1 - none, 1e-9)[:, None]
        errors = np.asarray(self.spread)[sizes(self.edges, shown)]
        logs = self.amount.raw(matrix)[:, None] + _at(errors, np.clip(left, 0.0, 1.0))
        return in_order(np.where(left > 0, np.exp(logs), 0.0))


def _at(errors: Floats, level: Floats) -> Floats:
    """Each row's errors read at its levels, straight between the known ones."""
    place = level * (errors.shape[1] - 1)
    below = np.minimum(place.astype(np.int64), errors.shape[1] - 2)
    low, high = (np.take_along_axis(errors, below + step, axis=1) for step in (0, 1))
    return np.asarray(low + (high - low) * (place - below))


@dataclass(frozen=True)
class Multiples:
    """What the outcome was for each unit of the shown number, in every size of account: [size][quantile]."""

    edges: tuple[float, ...]
    multiples: tuple[tuple[float, ...], ...]

    def predict(self, matrix: Floats, shown: Floats) -> Floats:
        return in_order(shown[:, None] * np.asarray(self.multiples)[sizes(self.edges, shown)])


def sizes(edges: tuple[float, ...], shown: Floats) -> NDArray[np.int64]:
    """The size of each account: how many edges its shown number has passed."""
    return np.asarray(np.searchsorted(edges, shown, side="right"))


def in_order(quantiles: Floats) -> Floats:
    """Amounts a reader can take for a range."""
    return np.sort(np.maximum(quantiles, 0.0), axis=1)


@dataclass(frozen=True, eq=False)
class Scorer:
    """One task's model, by its name among the contenders: scores on the link scale, a linear calibration, and intervals
    where money is shown. `base_rate` says the same of everybody: the data tell nobody apart.

    `evidence` is what sentences read and the model does not; days are told in `time_zone`. `win_orders` is how often a win
    brought an order: so far a likely win speaks against leaving. `words` are the company's own for values, by language: they are
    set where it is loaded, so that no training is needed to change one.
    """

    task: str
    kind: Literal["probability", "money"]
    currency: str
    minor_units: int
    population: Population
    encoding: Encoding
    model: Model
    calibration: Linear
    reference: Reference
    interval: Interval | None = None
    contender: str = TREES
    evidence: tuple[Feature, ...] = ()
    time_zone: str = "UTC"
    timing: Timing | None = None
    win_orders: float = 0.0
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def reads(self) -> tuple[Feature, ...]:
        """All that has to be computed for an answer: the inputs of the model, and the evidence."""
        return (*self.encoding.features, *self.evidence)

    @cached_property
    def facts(self) -> tuple[Gathered, ...]:
        """The facts that its inputs speak of."""
        return gathered(self.encoding.features)

    def link(self, matrix: Floats) -> Floats:
        """The calibrated link of each row."""
        return self.calibration(self.model.raw(matrix))

    def shown(self, matrix: Floats) -> Floats:
        """The probability or the expected money (minor units) of each row."""
        return shown_of(self.kind, self.link(matrix))

    def sooner(self, matrix: Floats, links: Floats, days: float) -> Floats:
        """The links of the chances within `days`, given those of the whole horizon.

        Raises ForesaleError where that is longer than the horizon, or nobody knows when wins come.
        """
        shares = self.timed(days).by(matrix, np.array([days]))[:, 0]
        return np.array([link_of(self.kind, chance) for chance in shown_of(self.kind, links) * shares])

    def timed(self, days: float) -> Timing:
        """When wins come; raises ForesaleError where that is not known for so many days."""
        if self.timing is not None and 0 < days <= self.timing.horizon_days:
            return self.timing
        longest = f"more than 0 and at most {self.timing.horizon_days:g} days" if self.timing else "the horizon of the task"
        raise ForesaleError(
            f"{self.task} has no answer for this horizon",
            got=f"{days:g} days",
            expected=longest,
            do="ask for a shorter one" if self.timing else "leave the horizon out",
        )

    def contributions(self, matrix: Floats) -> tuple[Floats, Floats]:
        """Exact shares on the calibrated link scale, counted from the reference: float64[rows, features], and its link."""
        raw, a, b = self.model.shares(matrix), self.calibration.a, self.calibration.b
        centers = np.array(self.reference.centers or np.zeros(matrix.shape[1]))
        return raw[:, :-1] * a - centers, raw[:, -1] * a + b + centers.sum()

    def by_fact(self, contributions: Floats) -> Floats:
        """The contributions of the features that belong to each fact, added in their order: float64[rows, facts]."""
        out = np.zeros((len(self.facts), len(contributions)))
        for facts, places in self._turns:
            out[facts] += contributions.T[places]
        return np.ascontiguousarray(out.T)

    @cached_property
    def _turns(self) -> tuple[tuple[Ints, Ints], ...]:
        """Of the facts that have a first feature, these and those; the same for the second, the third ..."""
        longest = max((len(told.places) for told in self.facts), default=0)
        having = [[i for i, told in enumerate(self.facts) if turn < len(told.places)] for turn in range(longest)]
        places = ([self.facts[i].places[turn] for i in facts] for turn, facts in enumerate(having))
        return tuple((np.array(facts), np.array(own)) for facts, own in zip(having, places, strict=True))

    def below(self, contributions: Floats, base: Floats, best: Floats) -> tuple[Floats, Floats]:
        """Contributions and bases that leave room for the best deal of each account.

        What that takes away is counted with the first input of the fact of open deals, or with the base where there is none.
        """
        taken = self.taken(base + contributions.sum(axis=1), best)
        place = next((told.places[0] for told in self.facts if told.fact.name == _DEALS), None)
        if not taken.any():
            return contributions, base
        if place is None:
            return contributions, base + taken
        out = contributions.copy()
        out[:, place] += taken
        return out, base

    def taken(self, links: Floats, best: Floats) -> Floats:
        """How far each link lies above what a chance of a win leaves room for, at most 0.

        Whoever is likely to win a deal is as likely to order: the risk of no order is at most one less the chance, times how
        often a win brought an order.
        """
        highest = np.clip(1 - best * self.win_orders, 1e-6, 1 - 1e-6)
        ceilings = np.array([link_of(self.kind, chance) for chance in highest])
        return np.where(best > 0, np.minimum(ceilings - links, 0.0), 0.0)

    def matrix(self, inputs: Values | pd.DataFrame) -> Floats:
        """The encoded inputs."""
        return self.encoding.matrix(inputs)
