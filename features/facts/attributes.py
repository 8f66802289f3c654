"""Facts in a company's own words: of the columns it declares itself, and of the kinds of contact that only it has."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from features.facts.fact import Fact, Saying, beside_all
from features.feature import Feature

_MADE = re.compile(r"(_share_\d+d|_decayed_\d+d|_recency|_\d+d)(:.*)?$", re.DOTALL)
_SAID = ("count", "sum", "recency_days", "attribute")
_MARKS = set("{}@|")


def attribute_of(feature: Feature) -> str:
    """The name of the attribute that a feature was made of, such as `orders.paid_with`."""
    return feature.name if feature.stat == "attribute" else _MADE.sub("", feature.name)


def attribute_fact(name: str, features: Sequence[Feature]) -> Fact:
    """What is said of one attribute: its own value, or how often and how much of it there was."""
    first = features[0]
    zh, en = (first.zh, first.en) if first.stat == "attribute" else (name, name)
    return by_words(Fact(name, first.dimension, zh, en, tuple(feature.name for feature in features)), features)


def by_words(fact: Fact, features: Sequence[Feature]) -> Fact:
    """The fact with a saying for each of its features that counts something or is a length of time, the longest window first."""
    said = [feature for feature in features if feature.stat in _SAID and not _marked(feature)]
    ordered = sorted(said, key=lambda feature: -(feature.window_days or 0))
    return replace(fact, sayings=tuple(_saying(feature) for feature in ordered))


def _saying(feature: Feature) -> Saying:
    if feature.categorical:
        slot = f"{{{feature.name}}}"
        return Saying(f"is_{feature.name}", f"{feature.zh}：{slot}", f"{feature.en}: {slot}", (), "all", feature.name)
    return beside_all(feature.name, f"{feature.zh}：{{}}", f"{feature.en}: {{}}")


def _marked(feature: Feature) -> bool:
    """Whether its name or words would be taken for a slot."""
    return bool(_MARKS & set(feature.name + feature.zh + feature.en))
