"""Reasons: which facts set a customer apart from the average one, the strongest first, as a salesperson would say them.

A reason describes; it never claims a cause.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import numpy as np

from models.explain import Explanation
from models.model import Floats
from models.prediction import Reason
from models.sentences import Speaker, Spoken, Value

_TOLD = 0.8  # of the distance
_MOST_FOR, _MOST_AGAINST = 5, 2
_LEAST = 0.05  # of the strongest fact
_FLAT = 1e-9


@dataclass(frozen=True)
class Told:
    """The reasons of one answer, and what all that is not listed adds on the link scale."""

    reasons: tuple[Reason, ...] = ()
    other: float = 0.0


@dataclass(frozen=True)
class _Known:
    """One row of a scorer: its values, its facts' contributions, and when it is asked about."""

    speaker: Speaker
    values: Mapping[str, Value]
    contributions: Floats
    moment: datetime
    explanation: Explanation
    sayings: dict[int, Spoken | None] = field(default_factory=dict)

    @cached_property
    def least(self) -> float:
        """What is weaker than this is not worth a sentence."""
        return _LEAST * float(np.abs(self.contributions).max())

    def said(self, place: int) -> Spoken | None:
        """How a fact is said, worked out once."""
        if place not in self.sayings:
            self.sayings[place] = self._spoken(place)
        return self.sayings[place]

    def _spoken(self, place: int) -> Spoken | None:
        fact, good = self.speaker.scorer.facts[place].fact, self.speaker.good(float(self.contributions[place]))
        return self.speaker.spoken(fact, self.values, self.moment, good, self._shares(place) if fact.by_words else None)

    def _shares(self, place: int) -> dict[str, float]:
        """What each feature of a fact adds."""
        names, shares = self.speaker.scorer.encoding.names, self.explanation.contributions
        return {names[i]: float(shares[i]) for i in self.speaker.scorer.facts[place].places}


def reasons(
    speaker: Speaker, values: Mapping[str, Value], contributions: Floats, explanation: Explanation, moment: datetime
) -> Told:
    """First those in the direction of the result, until they tell 80 % of its distance from the base or five are listed;
    then up to two against it, fewer where what is not listed would outweigh the strongest. `contributions` are those of
    facts; a fact that has nothing unusual to say is not listed.
    """
    distance = explanation.link - explanation.base_link
    if abs(distance) < _FLAT:
        return Told(other=distance)
    known = _Known(speaker, values, contributions, moment, explanation)
    against = _listed(known, -np.sign(distance) * contributions, _MOST_AGAINST, np.inf)
    ways = [_told(known, distance, against[:count]) for count in range(len(against), -1, -1)]
    return next((told for told in ways if _balanced(told)), min(ways, key=lambda told: abs(told.other)))


def _told(known: _Known, distance: float, against: list[tuple[int, Spoken]]) -> Told:
    """As many reasons for the result as tell enough of it beside those against."""
    countered = sum(abs(known.contributions[place]) for place, _ in against)
    chosen = _listed(known, np.sign(distance) * known.contributions, _MOST_FOR, _TOLD * abs(distance) + countered)
    if not chosen:
        return Told(other=distance)
    reasons = tuple(_reason(known, place, said, distance) for place, said in (*chosen, *against))
    return Told(reasons, distance - sum(reason.contribution for reason in reasons))


def _balanced(told: Told) -> bool:
    """Whether what is not listed weighs no more than the strongest reason."""
    return abs(told.other) <= max((abs(reason.contribution) for reason in told.reasons), default=0.0)


def _listed(known: _Known, towards: Floats, most: int, enough: float) -> list[tuple[int, Spoken]]:
    """The strongest facts that point one way and can be said; ties in the order of the catalogue."""
    found: list[tuple[int, Spoken]] = []
    told = 0.0
    for place in np.argsort(-towards, kind="stable").tolist():
        if len(found) == most or told >= enough or towards[place] < known.least:
            break
        if (said := known.said(place)) is not None:
            found.append((place, said))
            told += towards[place]
    return found


def _reason(known: _Known, place: int, said: Spoken, distance: float) -> Reason:
    fact, contribution = known.speaker.scorer.facts[place].fact, float(known.contributions[place])
    return Reason(
        fact.name,
        fact.dimension,
        said.saying.situation,
        said.saying.compared,
        "up" if contribution > 0 else "down",
        contribution * known.explanation.per_contribution,
        contribution,
        (contribution > 0) != (distance > 0),
        said.evidence,
        said.zh,
        said.en,
    )
