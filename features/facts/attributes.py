"""Facts in a company's own words: of the columns it declares itself, and of the kinds of contact that only it has."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from features.facts.fact import Fact, Saying, beside_all, unknown
from features.feature import Feature
from features.words import in_chinese

_MADE = re.compile(r"(_share_\d+d|_decayed_\d+d|_recency|_\d+d)(:.*)?$", re.DOTALL)
_FRAME_ZH = re.compile(r"^(近 \d+ 天|距上次)|(次数|占比|天数)$")
_FRAME_EN = re.compile(r"^(share of|days since the last) | in the last \d+ days$")
_SAID = ("count", "sum", "recency_days", "attribute")
_MARKS = set("{}@|")
_SEVERAL = 2
PROFILES = {"account": ("客户资料", "customer profile"), "opportunity": ("商机资料", "deal profile")}


def attribute_of(feature: Feature) -> str:
    """The fact of a feature that was made of an attribute: `account.profile`, or for events the attribute's own name."""
    if feature.stat != "attribute":
        return _MADE.sub("", feature.name)
    return f"{feature.path}.profile" + ("" if feature.dimension == "fit" else f".{feature.dimension}")


def attribute_fact(name: str, features: Sequence[Feature]) -> Fact:
    """What is said of the attributes of an entity itself, or of one attribute of events."""
    first = features[0]
    zh, en = PROFILES.get(first.path, (name, name)) if first.stat == "attribute" else (name, name)
    return by_words(Fact(name, first.dimension, zh, en, tuple(feature.name for feature in features)), features)


def by_words(fact: Fact, features: Sequence[Feature]) -> Fact:
    """The fact with a saying for each of its features that counts something or is a length of time, the longest window first."""
    said = [_readable(feature) for feature in features if feature.stat in _SAID and not _marked(feature)]
    ordered = sorted(said, key=lambda feature: -(feature.window_days or 0))
    own = [feature for feature in ordered if feature.stat == "attribute"]
    unfilled = [_unfilled(feature) for feature in own]
    return replace(fact, sayings=(*_nothing(own), *(_saying(feature) for feature in ordered), *unfilled), by_share=True)


def _readable(feature: Feature) -> Feature:
    """Levels as words: `coupon_redeemed` is read, not typed."""
    return replace(feature, zh=feature.zh.replace("_", " "), en=feature.en.replace("_", " "))


def _nothing(own: Sequence[Feature]) -> tuple[Saying, ...]:
    """That no attribute of an entity is filled in."""
    if len(own) < _SEVERAL:
        return ()
    zh, en = PROFILES[own[0].path]
    return (Saying("nothing_filled", f"{zh}均未填写", f"the {en} is not filled in", tuple(unknown(f.name) for f in own)),)


def _unfilled(feature: Feature) -> Saying:
    words = f"{feature.zh}：未填写", f"{feature.en}: not filled in"
    return Saying(f"unfilled_{feature.name}", *words, when=(unknown(feature.name),))


def _saying(feature: Feature) -> Saying:
    if feature.categorical:
        slot = f"{{{feature.name}}}"
        return Saying(f"is_{feature.name}", f"{feature.zh}：{slot}", f"{feature.en}: {slot}", (), "all", feature.name)
    if feature.where:
        return _of_level(feature, *_level(feature))
    return beside_all(feature.name, f"{feature.zh}：{{}}", f"{feature.en}: {{}}")


def _level(feature: Feature) -> tuple[str, str]:
    """An attribute of events and one of its levels as they are said, zh and en: 结账方式为“用券”."""
    level = feature.where[-1][1]
    zh, en = (word.replace("_", " ") for word in (in_chinese(level), level))
    named = _FRAME_ZH.sub("", feature.zh.removesuffix(f"（{zh}）")), _FRAME_EN.sub("", feature.en.removesuffix(f" ({en})"))
    return f"{named[0]}为“{zh}”", f'{named[1]} "{en}"'


def _of_level(feature: Feature, zh: str, en: str) -> Saying:
    """When an attribute of events last had a level, which share of them, or how often."""
    name, days = feature.name, feature.window_days
    if feature.stat == "recency_days":
        return beside_all(name, f"上次{zh}是{{@date}}，距今 {{}}", f"{en}: last on {{@date}}, {{}} ago", more=-1)
    if feature.unit == "share":
        return beside_all(name, f"近 {days} 天有 {{}} 的{zh}", f"{en}: {{}} of all in the last {days} days")
    return beside_all(name, f"近 {days} 天{zh} {{}} 次", f"{en}: {{|time|times}} in the last {days} days", unit=" 次")


def _marked(feature: Feature) -> bool:
    """Whether its name or words would be taken for a slot."""
    return bool(_MARKS & set(feature.name + feature.zh + feature.en))
