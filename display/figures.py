"""Figures inside a sentence: short, and as people say them in Chinese and in English."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from babel.dates import format_date
from babel.numbers import get_currency_symbol

from display.language import LOCALES
from display.words import Language

_LEAST: dict[Language, str] = {"zh": "不到 1 天", "en": "less than a day"}
_UNDER_AN_HOUR: dict[Language, str] = {"zh": "不到 1 小时", "en": "less than an hour"}
_SIZES: dict[Language, tuple[tuple[float, str], ...]] = {"zh": ((1e8, "亿"), (1e4, "万")), "en": ((1e9, "B"), (1e6, "M"))}
_UNITS: dict[Language, dict[str, tuple[str, str]]] = {
    "zh": {"year": ("年", "年"), "day": ("天", "天"), "hour": ("小时", "小时")},
    "en": {"year": ("year", "years"), "day": ("day", "days"), "hour": ("hour", "hours")},
}
_DAILY: dict[Language, str] = {"zh": "几乎每天", "en": "almost every day"}
_OFTEN: dict[Language, str] = {"zh": "约 {}", "en": "every {}"}
_WITHIN: dict[Language, str] = {"zh": "{} {}以内", "en": "up to {} {}"}
_LONG_DAYS = 730
_DAILY_BELOW = 1.5
_LEAST_SHOWN = 0.005


def plain(value: float) -> str:
    """A count, or a score with at most one decimal."""
    return f"{value:,.1f}".removesuffix(".0").replace("-", "−")


def percent(share: float) -> str:
    """A share without decimals, with one below 10 %."""
    return f"{share * 100:.0f}%" if abs(share) >= 0.0995 or share == 0 else f"{share * 100:.1f}%".replace(".0%", "%")


def length(days: float, language: Language) -> str:
    """A length of time: days, and years where there are many."""
    if days < 1:
        return _LEAST[language]
    many = days >= _LONG_DAYS
    return _with_unit(days / 365.25, "year", language) if many else _with_unit(float(round(days)), "day", language)


def every(days: float, language: Language) -> str:
    """A rhythm: once in so many days."""
    return _DAILY[language] if days < _DAILY_BELOW else _OFTEN[language].format(length(days, language))


def lengths(low: float, high: float, language: Language) -> str:
    """From one length of time to another, both in the unit of the longer one."""
    if high < 1:
        return _LEAST[language]
    unit, long = ("year", 365.25) if high >= _LONG_DAYS else ("day", 1.0)
    first, last = (plain(days / long if unit == "year" else float(round(days))) for days in (low, high))
    one, many = _UNITS[language][unit]
    noun = one if last == "1" else many
    if first == "0":
        return _WITHIN[language].format(last, noun)
    return f"{last if first == last else f'{first}–{last}'} {noun}"


def reply_time(seconds: float, language: Language) -> str:
    """How long an answer took: hours, and days from one day up."""
    hours = seconds / 3600
    if hours < 1:
        return _UNDER_AN_HOUR[language]
    days = hours / 24
    return _with_unit(days if days < 10 else float(round(days)), "day", language) if days >= 1 else _hours(hours, language)


def _hours(hours: float, language: Language) -> str:
    return _with_unit(float(round(hours)), "hour", language)


def _with_unit(value: float, unit: str, language: Language) -> str:
    one, many = _UNITS[language][unit]
    text = plain(value)
    return f"{text} {one if text == '1' else many}"


def money(minor: float, currency: str, minor_units: int, language: Language) -> str:
    """An amount in as few digits as say it: 12.3 万, 1.2M."""
    amount = minor / minor_units
    size = abs(amount) if abs(amount) >= _LEAST_SHOWN else 0.0
    sign = "−" if amount < 0 < size else ""
    unit, word = next(((unit, word) for unit, word in _SIZES[language] if size >= unit), (1.0, ""))
    scaled = size / unit
    digits = 0 if scaled >= 100 or (not word and size >= 10) or size == 0 else 1 if scaled >= 10 else 2
    text = f"{scaled:,.{digits}f}"
    short = text.rstrip("0").rstrip(".") if "." in text and word else text
    return f"{sign}{_symbol(currency, language)}{short}{word}"


@lru_cache
def _symbol(currency: str, language: Language) -> str:
    return str(get_currency_symbol(currency, LOCALES[language]))


@lru_cache(maxsize=4096)
def day(moment: date, language: Language) -> str:
    """A date as people write it."""
    return str(format_date(moment, "medium" if language == "en" else "yyyy年M月d日", LOCALES[language]))
