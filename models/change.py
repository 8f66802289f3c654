"""Why a number moved between two moments: corrected data, another model, time that passed, and what happened since.

The parts lie between answers of the same code: what was told then; the same model on the history as it is known today; the
present model there; the same events read at the later moment; and all events known by then. They add up to the whole way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Literal

import numpy as np

from features.compute import Pipeline, Spine, truncated
from features.values import Values
from models.calibrate import inverse_link, slope_of_inverse
from models.explain import explain
from models.model import Floats
from models.prediction import Prediction
from models.scorer import Scorer
from models.sentences import Speaker, Value, speaker

Part = Literal["data", "model", "time", "events"]
BestDeals = Callable[[int, int], Floats | None]  # as of one second, known by another
_FLAT = 1e-12


@dataclass(frozen=True)
class FactChange:
    """How much one fact moved a number, and what is said of it now; no words where nothing about it is unusual."""

    code: str
    dimension: str
    contribution: float
    points: float
    zh: str | None
    en: str | None


@dataclass(frozen=True)
class ChangePart:
    """One cause of the way from then to now; `facts` for what time and events moved, the strongest first."""

    part: Part
    contribution: float
    points: float
    facts: tuple[FactChange, ...] = ()


@dataclass(frozen=True)
class Change:
    """The way of one number from then to now: the parts' contributions add up to `link_now - link_then`."""

    task: str
    entity_id: str
    then: datetime
    now: datetime
    shown_then: float
    shown_now: float
    link_then: float
    link_now: float
    parts: tuple[ChangePart, ...]


def no_deals(as_of: int, known_by: int) -> None:
    """Where no deal speaks against what a scorer tells."""


@dataclass(frozen=True)
class Reader:
    """A scorer over the history of one entity, as of any moment and with the events known by another."""

    scorer: Scorer
    pipeline: Pipeline
    best_deals: BestDeals = no_deals

    def read(self, spine: Spine, known_by: int) -> _Reading:
        """One row of the spine, read from what was known by the second `known_by`."""
        values = self.pipeline.on(truncated(self.pipeline.history, known_by)).values(spine)
        contributions, base = self.scorer.contributions(self.scorer.matrix(values))
        best = self.best_deals(int(spine.as_of[0]), known_by)
        if best is not None:
            contributions, base = self.scorer.below(contributions, base, best)
        link = explain(self.scorer.kind, float(base[0]), contributions[0]).link
        return _Reading(link, self.scorer.by_fact(contributions)[0], values)


@dataclass(frozen=True)
class _Reading:
    """The link of one row, its facts' contributions, and what it was read from."""

    link: float
    facts: Floats
    values: Values


def explain_change(
    entity_id: str, reader: Reader, then: Spine, now: Spine, told: Prediction | None = None, teller: Reader | None = None
) -> Change:
    """Why a number moved. `told` is what was answered then, `teller` the model that did: without them, as answered today."""
    first, last = int(then.as_of[0]), int(now.as_of[0])
    start, aged, end = reader.read(then, first), reader.read(now, first), reader.read(now, last)
    before = teller.read(then, first).link if teller else start.link
    link_then = before if told is None or told.link is None else told.link
    way = _Way(reader.scorer, link_then, end.link)
    parts = (
        way.part("data", before - link_then),
        way.part("model", start.link - before),
        way.by_fact("time", start, aged, last),
        way.by_fact("events", aged, end, last),
    )
    moments = datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(last, UTC)
    shown_then, shown_now = (inverse_link(reader.scorer.kind, link) for link in (link_then, end.link))
    return Change(reader.scorer.task, entity_id, *moments, shown_then, shown_now, link_then, end.link, parts)


@dataclass(frozen=True)
class _Way:
    """From one link to another, and what a step of it is worth in the unit of the shown number."""

    scorer: Scorer
    start: float
    end: float

    @property
    def per_contribution(self) -> float:
        kind, distance = self.scorer.kind, self.end - self.start
        if abs(distance) < _FLAT:
            return slope_of_inverse(kind, self.start)
        return (inverse_link(kind, self.end) - inverse_link(kind, self.start)) / distance

    def part(self, name: Part, contribution: float, facts: tuple[FactChange, ...] = ()) -> ChangePart:
        return ChangePart(name, contribution, contribution * self.per_contribution, facts)

    def by_fact(self, name: Part, before: _Reading, after: _Reading, second: int) -> ChangePart:
        """The facts that moved between two readings."""
        facts = tuple(self._facts(after.facts - before.facts, after, second))
        return self.part(name, after.link - before.link, facts)

    @cached_property
    def _speaker(self) -> Speaker:
        return speaker(self.scorer)

    def _facts(self, moved: Floats, after: _Reading, second: int) -> Iterator[FactChange]:
        spoken = self._speaker
        values: dict[str, Value] = after.values.plain_rows(spoken.evidence)[0]
        moment = datetime.fromtimestamp(second, UTC).astimezone(spoken.zone)
        for place in np.argsort(-np.abs(moved), kind="stable").tolist():
            if abs(moved[place]) < _FLAT:
                return
            fact, contribution = self.scorer.facts[place].fact, float(moved[place])
            said = spoken.saying(fact, values, spoken.good(contribution))
            words = spoken.words(said, values, moment) if said else (None, None)
            yield FactChange(fact.name, fact.dimension, contribution, contribution * self.per_contribution, *words)
