"""How a fact is said of one customer: the saying that its situation chooses, with the customer's own values in it."""

from __future__ import annotations

import math
import operator
import re
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from display import figures
from display.words import Language
from features.facts.fact import PEERS, Condition, Fact, Saying, Slot, pieces
from features.feature import Feature
from features.words import in_chinese
from models.scorer import Scorer, Usual

Value = float | str | None
_SPEAKERS = 16  # of the models in use, and of some that were before
_BETWEEN_CHINESE = re.compile(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")  # 距今 12 天, but 距今不到 1 天
_PEERS: dict[str, dict[Language, str]] = {
    "account": {"zh": "平均水平的客户", "en": "average customers"},
    "opportunity": {"zh": "平均水平的商机", "en": "average deals"},
}


@dataclass(frozen=True)
class Speaker:
    """What sentences of one scorer are made with: what it reads by name, and what is usual, written once."""

    scorer: Scorer
    features: Mapping[str, Feature]
    evidence: tuple[str, ...]
    zone: ZoneInfo
    written: dict[str, set[str]] = field(default_factory=dict)
    ranges: dict[tuple[str, Language], str] = field(default_factory=dict)

    def saying(
        self, fact: Fact, values: Mapping[str, Value], good: int, shares: Mapping[str, float] | None = None
    ) -> Saying | None:
        """How a fact is said: the first saying that applies and does not speak against the direction of `good`; None without.

        `shares` is what each feature adds, for facts said in that order.
        """
        sayings = sorted(fact.sayings, key=lambda saying: _weight(saying, shares)) if fact.by_share and shares else fact.sayings
        for saying in sayings:
            possible = saying.unusual or saying.tends * good >= 0
            if possible and self.applies(saying, values) and self._tendency(saying, values) * good >= 0:
                return saying
        return None

    def words(self, saying: Saying, values: Mapping[str, Value], moment: datetime) -> tuple[str, str]:
        """A saying with the values filled in, zh and en; `moment` is the cutoff in the company's time zone."""
        return self._text(saying.zh, "zh", values, moment), self._text(saying.en, "en", values, moment)

    def good(self, contribution: float) -> int:
        """The direction in which a salesperson takes a contribution: more risk of leaving is bad."""
        return 1 if (contribution > 0) != (self.scorer.task == "churn") else -1

    def applies(self, saying: Saying, values: Mapping[str, Value]) -> bool:
        """Whether a situation is this one: all it reads is known, its conditions hold, and the value is unusual."""
        for name in saying.present:
            if values.get(name) is None:
                return False
        for name in saying.absent:
            if values.get(name, math.nan) is not None:
                return False
        for condition in saying.compared_values:
            if not _compares(condition, values):
                return False
        return self._unusual(saying, values)

    def _unusual(self, saying: Saying, values: Mapping[str, Value]) -> bool:
        """Whether the value lies outside what the middle half of all have, or is another level than the most frequent."""
        if saying.unusual is None:
            return True
        value, usual = values[saying.unusual], self._usual(saying.unusual)
        if isinstance(value, str) or isinstance(usual, str):
            return value != usual
        if usual is None or value is None or usual[0] <= value <= usual[2]:
            return False
        return self._value(self.features[saying.unusual], value, "en") not in self._as_usual(saying.unusual)

    def _as_usual(self, name: str) -> set[str]:
        """How the quartiles of a value are written: what is written alike is not unusual."""
        if name not in self.written:
            usual = self._usual(name)
            numbers = usual if isinstance(usual, tuple) else ()
            self.written[name] = {self._value(self.features[name], number, "en") for number in numbers}
        return self.written[name]

    def _tendency(self, saying: Saying, values: Mapping[str, Value]) -> int:
        if saying.unusual is None or not saying.tends:
            return saying.tends
        value, usual = values[saying.unusual], self._usual(saying.unusual)
        if isinstance(value, float | int) and isinstance(usual, tuple):
            return saying.tends if value > usual[1] else -saying.tends
        return saying.tends

    def _usual(self, name: str) -> Usual:
        return self.scorer.reference.usual.get(name)

    def _text(self, text: str, language: Language, values: Mapping[str, Value], moment: datetime) -> str:
        told = [piece if isinstance(piece, str) else self._slot(piece, language, values, moment) for piece in pieces(text)]
        return _BETWEEN_CHINESE.sub("", "".join(told))

    def _slot(self, slot: Slot, language: Language, values: Mapping[str, Value], moment: datetime) -> str:
        if slot.name == PEERS:
            return _PEERS[self.scorer.population.entity][language]
        value, feature = values[slot.name], self.features[slot.name]
        match slot.form:
            case "range":
                return self._known_range(feature, language)
            case "date":
                return figures.day((moment - timedelta(days=_number(value))).date(), language)
            case "ahead":
                return figures.day((moment + timedelta(days=_number(value))).date(), language)
            case "every":
                return figures.every(_number(value), language)
            case "passed":
                return figures.length(-_number(value), language)
            case _:
                return _NOUNS[language](self._value(feature, value, language), slot, feature.unit)

    def _known_range(self, feature: Feature, language: Language) -> str:
        if (feature.name, language) not in self.ranges:
            self.ranges[feature.name, language] = self._range(feature, language)
        return self.ranges[feature.name, language]

    def _range(self, feature: Feature, language: Language) -> str:
        """What the middle half of all have; a length or an amount never begins below nothing."""
        usual = self._usual(feature.name)
        if not isinstance(usual, tuple):
            return self._value(feature, usual, language)
        if feature.unit == "days":
            return figures.lengths(max(usual[0], 0.0), usual[2], language)
        low, high = (self._value(feature, max(number, 0.0), language) for number in (usual[0], usual[2]))
        if low == high:
            return low
        return f"{_without_unit(low, high)}–{high}"

    def _level(self, level: str, language: Language) -> str:
        """A level in the company's own words, else in ours, else as it is."""
        if level in self.scorer.words:
            return self.scorer.words[level][language]
        return in_chinese(level) if language == "zh" else level.replace("_", " ")

    def _value(self, feature: Feature, value: Value, language: Language) -> str:
        """A value in the form of its unit."""
        if value is None or isinstance(value, str):
            return self._level(str(value), language)
        match feature.unit:
            case "money":
                return figures.money(value, self.scorer.currency, self.scorer.minor_units, language)
            case "share":
                return figures.percent(value)
            case "days":
                return figures.length(value, language)
            case "seconds":
                return figures.reply_time(value, language)
            case _:
                return figures.plain(value)


@lru_cache(maxsize=_SPEAKERS)
def speaker(scorer: Scorer) -> Speaker:
    """The speaker of a scorer, made once."""
    features = {feature.name: feature for feature in scorer.reads}
    names = dict.fromkeys(name for told in scorer.facts for name in told.fact.names if name in features)
    return Speaker(scorer, features, tuple(names), ZoneInfo(scorer.time_zone))


def _weight(saying: Saying, shares: Mapping[str, float]) -> float:
    """What the features of a saying add, the most first; one about several of them comes before those about each."""
    return -sum(abs(shares.get(name, 0.0)) for name in saying.names)


def hold(conditions: Sequence[Condition], values: Mapping[str, Value]) -> bool:
    """Whether all of some conditions hold; one about a value that is not there holds only where it asks for that."""
    return all(_holds(condition, values) for condition in conditions)


def _holds(condition: Condition, values: Mapping[str, Value]) -> bool:
    if condition.operator == "unknown":
        return condition.name in values and values[condition.name] is None
    return all(values.get(name) is not None for name in condition.names) and _compares(condition, values)


def _compares(condition: Condition, values: Mapping[str, Value]) -> bool:
    value = _number(values[condition.name])
    bound = condition.number * (_number(values[condition.of]) if condition.of else 1.0)
    return _COMPARED[condition.operator](value, bound)


_COMPARED: dict[str, Callable[[float, float], bool]] = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def _number(value: Value) -> float:
    return value if isinstance(value, float | int) else math.nan


_NONE = {"count": "none", "money": "nothing"}
_TIMES = {"0": "not once", "1": "once", "2": "twice"}


def _in_chinese(text: str, slot: Slot, _: str) -> str:
    if not slot.many:
        return text
    return slot.one if _is_none(text) else slot.many.replace("#", text)


def _in_english(text: str, slot: Slot, unit: str) -> str:
    if not slot.many:
        return _NONE.get(unit, text) if _is_none(text) else text
    if slot.one == "time" and text in _TIMES:
        return _TIMES[text]
    return f"{'no' if text == '0' else text} {slot.one if text == '1' else slot.many}"


def _is_none(text: str) -> bool:
    """Whether a count or an amount is zero as it is written."""
    return text.strip(string.punctuation + string.ascii_letters + "¥€£") == "0"


_NOUNS: dict[Language, Callable[[str, Slot, str], str]] = {"zh": _in_chinese, "en": _in_english}


def _without_unit(low: str, high: str) -> str:
    """`20 days` beside `45 days` is `20`."""
    number, _, unit = low.partition(" ")
    return number if unit and high.endswith(f" {unit}") and number[0].isdigit() else low
