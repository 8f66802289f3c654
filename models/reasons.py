"""Reasons: which facts set a customer apart from the average one, the strongest first, as a salesperson would say them.

A reason describes; it never claims a cause.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import numpy as np

from features.facts.fact import Saying
from models.explain import Explanation
from models.model import Floats
from models.prediction import Reason
from models.sentences import Speaker, Value

_TOLD = 0.8  # of the distance
_MOST_FOR, _MOST_AGAINST = 5, 2
_LEAST = 0.05  # of the strongest fact
_FLAT = 1e-9
Listed = list[tuple[int, Saying]]  # places of facts, and how each is said


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
    sayings: dict[int, Saying | None] = field(default_factory=dict)

    @cached_property
    def least(self) -> float:
        """What is weaker than this is not worth a sentence."""
        return _LEAST * float(np.abs(self.contributions).max())

    def said(self, place: int) -> Saying | None:
        """How a fact is said, worked out once."""
        if place not in self.sayings:
            self.sayings[place] = self._spoken(place)
        return self.sayings[place]

    def _spoken(self, place: int) -> Saying | None:
        fact, good = self.speaker.scorer.facts[place].fact, self.speaker.good(float(self.contributions[place]))
        return self.speaker.saying(fact, self.values, good, self._shares(place) if fact.by_share else None)

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
    chosen = _chosen(known, distance, against)
    told = tuple(_reason(known, place, said, distance) for place, said in chosen)
    return Told(told, distance - sum(reason.contribution for reason in told))


def _chosen(known: _Known, distance: float, against: Listed) -> Listed:
    """The reasons to list: with as many against as leave no more untold than the strongest says, or what leaves least."""
    best: Listed = []
    for count in range(len(against), -1, -1):
        countered = sum(abs(known.contributions[place]) for place, _ in against[:count])
        towards = np.sign(distance) * known.contributions
        found = _listed(known, towards, _MOST_FOR, _TOLD * abs(distance) + countered)
        if not found:
            return []
        listed = [*found, *against[:count]]
        untold = _untold(known, distance, listed)
        if untold <= max(abs(known.contributions[place]) for place, _ in listed):
            return listed
        best = listed if not best or untold < _untold(known, distance, best) else best
    return best


def _untold(known: _Known, distance: float, listed: Listed) -> float:
    """How far what is not listed moves the number."""
    return abs(distance - sum(float(known.contributions[place]) for place, _ in listed))


def _listed(known: _Known, towards: Floats, most: int, enough: float) -> Listed:
    """The strongest facts that point one way and can be said; ties in the order of the catalogue."""
    found: Listed = []
    told = 0.0
    for place in np.argsort(-towards, kind="stable").tolist():
        if len(found) == most or told >= enough or towards[place] < known.least:
            break
        if (said := known.said(place)) is not None:
            found.append((place, said))
            told += towards[place]
    return found


def _reason(known: _Known, place: int, said: Saying, distance: float) -> Reason:
    zh, en = known.speaker.words(said, known.values, known.moment)
    fact, contribution = known.speaker.scorer.facts[place].fact, float(known.contributions[place])
    return Reason(
        fact.name,
        fact.dimension,
        said.situation,
        said.compared,
        "up" if contribution > 0 else "down",
        contribution * known.explanation.per_contribution,
        contribution,
        (contribution > 0) != (distance > 0),
        {name: known.values[name] for name in said.names},
        zh,
        en,
    )
