"""The facts: what a salesperson says of a customer, one module per dimension, collected here in a fixed order.

Every feature belongs to exactly one fact: the first whose patterns match its name, or that of the attribute it was made of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from features.facts import channels, decision_chain, engagement, fit, purchases, relationship, risk, service, urgency
from features.facts.attributes import PROFILES, attribute_fact, attribute_of, by_words
from features.facts.evidence import EVIDENCE
from features.facts.fact import Fact
from features.feature import Feature
from workspace.errors import ForesaleError

FACTS: tuple[Fact, ...] = (
    *fit.FACTS,
    *channels.FACTS,
    *engagement.FACTS,
    *urgency.FACTS,
    *decision_chain.FACTS,
    *purchases.FACTS,
    *relationship.FACTS,
    *service.FACTS,
    *risk.FACTS,
)
__all__ = ["EVIDENCE", "FACTS", "Fact", "Gathered", "fact_words", "gathered"]


@dataclass(frozen=True)
class Gathered:
    """A fact, and the places of the features that belong to it."""

    fact: Fact
    places: tuple[int, ...]


def gathered(features: Sequence[Feature]) -> tuple[Gathered, ...]:
    """Every fact that some of the features belong to, in the order of the catalogue, those of attributes last.

    Raises ForesaleError where a feature belongs to none.
    """
    places: dict[str, list[int]] = {}
    for place, feature in enumerate(features):
        places.setdefault(_name_of(feature), []).append(place)
    names = [*(name for name in _FACTS if name in places), *(name for name in places if name not in _FACTS)]
    return tuple(Gathered(_fact(name, [features[i] for i in places[name]]), tuple(places[name])) for name in names)


def _fact(name: str, own: Sequence[Feature]) -> Fact:
    if name not in _FACTS:
        return attribute_fact(name, own)
    return by_words(_FACTS[name], own) if _FACTS[name].by_words else _FACTS[name]


_FACTS = {fact.name: fact for fact in FACTS}


def fact_words(name: str) -> tuple[str, str]:
    """What a fact is called in Chinese and in English; that of an attribute of events by its own name."""
    fact = _FACTS.get(name)
    return (fact.zh, fact.en) if fact else PROFILES.get(name.partition(".profile")[0], (name, name))


def _name_of(feature: Feature) -> str:
    """The name of the fact that a feature belongs to."""
    if "." in feature.name.partition(":")[0]:
        return attribute_of(feature)
    found = next((fact.name for fact in FACTS if fact.holds(feature.name)), None)
    if found is None:
        raise ForesaleError(
            "a feature belongs to no fact",
            got=feature.name,
            expected="a pattern of its name in features/facts/",
            do="add the name to the fact that speaks of it",
        )
    return found
