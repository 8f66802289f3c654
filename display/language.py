"""Phrases, numbers, money, percents and dates as people write them in Chinese and in English."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from math import ceil
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal, format_percent

from display.words import Language, translations
from workspace.workspace import Workspace

LOCALES: dict[Language, Locale] = {"zh": Locale("zh", "CN", script="Hans"), "en": Locale("en", "US")}
TAGS: dict[Language, str] = {"zh": "zh-CN", "en": "en"}
NOTHING = "–"


@dataclass(frozen=True)
class Writer:
    """How one language says things that need no company: phrases, numbers and shares."""

    language: Language

    @property
    def locale(self) -> Locale:
        """Babel's locale."""
        return LOCALES[self.language]

    def say(self, key: str, **values: object) -> str:
        """A phrase of the catalogue with its values filled in."""
        return translations(self.language).gettext(key) % values

    def count(self, key: str, number: float, **values: object) -> str:
        """A phrase in the form that its number asks for; a broken number takes that of the next whole one."""
        return translations(self.language).ngettext(key, key, ceil(number)) % values

    def named(self, family: str, name: str) -> str:
        """The catalogue's word for a name of ours (`baseline.recency`), or the name where it has none."""
        key = f"{family}.{name}"
        word = translations(self.language).gettext(key)
        return name if word == key else word % {}

    def of(self, item: Any, stem: str = "") -> str:
        """The attribute `zh` or `en` (or `title_zh`, ...) of a declaration."""
        return str(getattr(item, f"{stem}{self.language}"))

    def ordinal(self, place: int) -> str:
        """A place in a list: 1st, 2nd, 11th; in Chinese the phrase around it says that it is a place."""
        if self.language != "en":
            return str(place)
        return f"{place}{'th' if place % 100 in (11, 12, 13) else {1: 'st', 2: 'nd', 3: 'rd'}.get(place % 10, 'th')}"

    def percent(self, share: float | None) -> str:
        """A share with one decimal."""
        return NOTHING if share is None else str(format_percent(share, "#,##0.0%", self.locale))

    def number(self, value: float | None, decimals: int = 1) -> str:
        """A number with at most so many decimals, grouped."""
        return NOTHING if value is None else str(format_decimal(round(value, decimals), locale=self.locale))


@dataclass(frozen=True)
class Wording(Writer):
    """How one page says things: its language, and the company's currency and time zone."""

    workspace: Workspace

    def money(self, minor: float | None, *, signed: bool = False) -> str:
        """Minor units as money; without the decimals from 1,000 units up."""
        if minor is None:
            return NOTHING
        amount = Decimal(repr(minor)) / self.workspace.minor_units
        pattern = "¤#,##0" if abs(amount) >= 1000 or self.workspace.minor_units == 1 else "¤#,##0.00"
        text = format_currency(abs(amount), self.workspace.currency, pattern, self.locale, currency_digits=False)
        return _signed(text, minor) if signed or minor < 0 else str(text)

    def day(self, moment: date | datetime | None) -> str:
        """A day; of a moment, the day it falls on in the company's time zone."""
        local = moment.astimezone(self.workspace.zone).date() if isinstance(moment, datetime) else moment
        return NOTHING if local is None else str(format_date(local, "medium", self.locale))

    def moment(self, moment: datetime) -> str:
        """A day and time in the company's time zone."""
        return str(format_datetime(moment.astimezone(self.workspace.zone), "medium", locale=self.locale))

    def shown(self, task: str, number: float | None) -> str:
        """A task's number: money for value, a percentage otherwise."""
        return self.money(number) if task == "value" else self.percent(number)

    def points(self, task: str, points: float) -> str:
        """A part of a task's number: money for value, percentage points otherwise."""
        if task == "value":
            return self.money(points, signed=True)
        text = format_decimal(abs(points) * 100, "#,##0.0", self.locale)
        return self.say("points.probability", points=_signed(text, points))


def _signed(text: str, number: float) -> str:
    """The sign and the text, or the text alone where it says zero."""
    return text if not any(digit in "123456789" for digit in text) else ("−" if number < 0 else "+") + text
