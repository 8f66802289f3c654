"""Reasons in a salesperson's words, zh and en: what the value is, what is usual, and which way it moves the number.

A reason describes; it never claims a cause.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from babel import Locale
from babel.numbers import format_currency, format_decimal, format_percent

from features.feature import Feature
from features.words import in_chinese
from models.explain import Explanation
from models.model import Floats
from models.prediction import Reason
from models.scorer import Scorer

_MOST = 6
_LOCALES = {"zh": "zh_CN", "en": "en_US"}
_NONE = {"zh": "无记录", "en": "none on record"}
_DAYS = {"zh": "{} 天", "en": "{} days"}
_HOURS = {"zh": "{} 小时", "en": "{} hours"}
_FLAGS = {"zh": ("否", "是"), "en": ("no", "yes")}
_PATTERN = {"zh": "{what}：{value}（通常 {usual}）", "en": "{what}: {value} (usual: {usual})"}

Value = float | str | None


@cache
def _locale(name: str) -> Locale:
    """A parsed locale: parsing its name takes longer than formatting a number."""
    return Locale.parse(name)


def format_value(value: Value, unit: str, language: str, scorer: Scorer) -> str:
    """A feature's value for a reader of that language."""
    locale = _locale(_LOCALES[language])
    if value is None:
        return _NONE[language]
    if isinstance(value, str):
        return in_chinese(value) if language == "zh" else value
    match unit:
        case "money":
            return str(format_currency(value / scorer.minor_units, scorer.currency, locale=locale))
        case "share":
            return str(format_percent(value, "#,##0.#%", locale=locale))
        case "flag":
            return _FLAGS[language][value > 0]
        case "days":
            return _DAYS[language].format(format_decimal(round(value, 1), locale=locale))
        case "seconds":
            return _HOURS[language].format(format_decimal(round(value / 3600, 1), locale=locale))
        case _:
            return str(format_decimal(round(value, 2), locale=locale))


def _value(scorer: Scorer, feature: Feature, encoded: float) -> Value:
    if math.isnan(encoded):
        return None
    return scorer.encoding.levels[feature.name][int(encoded)] if feature.categorical else encoded


def _reason(scorer: Scorer, position: int, row: Floats, explanation: Explanation) -> Reason:
    feature = scorer.encoding.features[position]
    contribution = float(explanation.contributions[position])
    value, usual = _value(scorer, feature, float(row[position])), scorer.reference.usual[feature.name]
    words = {
        language: _PATTERN[language].format(
            what=what,
            value=format_value(value, feature.unit, language, scorer),
            usual=format_value(usual, feature.unit, language, scorer),
        )
        for language, what in (("zh", feature.zh), ("en", feature.en))
    }
    return Reason(
        feature.name,
        feature.dimension,
        "up" if contribution > 0 else "down",
        contribution * explanation.per_contribution,
        contribution,
        value,
        usual,
        feature.unit,
        **words,
    )


def reasons(scorer: Scorer, row: Floats, explanation: Explanation) -> tuple[Reason, ...]:
    """The strongest few contributions of one row, strongest first; ties in catalogue order."""
    strongest = np.argsort(-np.abs(explanation.contributions), kind="stable")[:_MOST]
    return tuple(_reason(scorer, int(i), row, explanation) for i in strongest if explanation.contributions[i] != 0.0)
