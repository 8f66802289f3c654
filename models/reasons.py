"""Reasons: which facts set a customer apart from the average one, the strongest first, as a salesperson would say them.

A reason describes; it never claims a cause.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from models.explain import Explanation
from models.model import Floats
from models.prediction import Reason
from models.sentences import Speaker, Spoken, Value

_TOLD = 0.8  # of the distance
_MOST_FOR, _MOST_AGAINST = 5, 2
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

    def said(self, place: int) -> Spoken | None:
        fact, good = self.speaker.scorer.facts[place].fact, self.speaker.good(float(self.contributions[place]))
        return self.speaker.spoken(fact, self.values, self.moment, good)


def reasons(
    speaker: Speaker, values: Mapping[str, Value], contributions: Floats, explanation: Explanation, moment: datetime
) -> Told:
    """First those in the direction of the result, until they tell 80 % of its distance from the base or five are listed;
    then up to two against it. `contributions` are those of facts; a fact that has nothing unusual to say is not listed.
    """
    distance = explanation.link - explanation.base_link
    if abs(distance) < _FLAT:
        return Told(other=distance)
    known = _Known(speaker, values, contributions, moment, explanation)
    towards = contributions * np.sign(distance)
    against = _listed(known, towards, sign=-1, most=_MOST_AGAINST, enough=np.inf)
    countered = sum(towards[place] for place, _ in against)
    chosen = _listed(known, towards, sign=1, most=_MOST_FOR, enough=_TOLD * abs(distance) - countered)
    told = tuple(_reason(known, place, said, distance) for place, said in (*chosen, *against))
    return Told(told, distance - sum(reason.contribution for reason in told))


def _listed(known: _Known, towards: Floats, *, sign: int, most: int, enough: float) -> list[tuple[int, Spoken]]:
    """The strongest facts of one direction that can be said; ties in the order of the catalogue."""
    found: list[tuple[int, Spoken]] = []
    told = 0.0
    for place in np.argsort(-sign * towards, kind="stable").tolist():
        if len(found) == most or told >= enough or towards[place] * sign <= 0:
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
