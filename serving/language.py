"""The pages' words, and numbers, money, percents and dates as people write them in Chinese and in English."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal, format_percent
from starlette.requests import Request

from serving.settings import LANGUAGES, Language
from workspace.workspace import Workspace

LANGUAGE_COOKIE = "foresale_language"
LOCALES: dict[Language, Locale] = {"zh": Locale("zh", "CN", script="Hans"), "en": Locale("en", "US")}
TAGS: dict[Language, str] = {"zh": "zh-CN", "en": "en"}


@cache
def catalogue(language: Language) -> dict[str, str]:
    """Every phrase of one language, by key."""
    text = files("serving").joinpath("locale", f"{language}.json").read_text(encoding="utf-8")
    phrases: dict[str, str] = json.loads(text)
    return phrases


def _known(tag: str) -> Language | None:
    return next((language for language in LANGUAGES if tag.strip().lower().split("-")[0] == language), None)


def _weight(offer: str) -> float:
    _, _, weight = offer.partition(";q=")
    try:
        return float(weight or 1)
    except ValueError:
        return 0.0


def language_of(request: Request, default: Language) -> Language:
    """The language asked for by `?lang=`, else by the cookie, else by the browser, else the default."""
    accepted = sorted(request.headers.get("accept-language", "").split(","), key=_weight, reverse=True)
    offers = [
        request.query_params.get("lang", ""),
        request.cookies.get(LANGUAGE_COOKIE, ""),
        *(offer.split(";")[0] for offer in accepted if _weight(offer) > 0),
    ]
    return next((known for offer in offers if (known := _known(offer))), default)


@dataclass(frozen=True)
class Wording:
    """How one page says things: its language, and the company's currency and time zone."""

    language: Language
    workspace: Workspace

    @property
    def locale(self) -> Locale:
        """Babel's locale."""
        return LOCALES[self.language]

    def phrase(self, key: str) -> str:
        """A phrase of the catalogue as it is written there."""
        return catalogue(self.language)[key]

    def say(self, key: str, **values: object) -> str:
        """A phrase of the catalogue with its values filled in."""
        return self.phrase(key).format(**values)

    def of(self, item: Any, stem: str = "") -> str:
        """The attribute `zh` or `en` (or `title_zh`, ...) of a declaration."""
        return str(getattr(item, f"{stem}{self.language}"))

    def money(self, minor: float | None, *, signed: bool = False) -> str:
        """Minor units as money; without the decimals from 1,000 units up."""
        if minor is None:
            return "–"
        amount = Decimal(repr(minor)) / self.workspace.minor_units
        pattern = "¤#,##0" if abs(amount) >= 1000 or self.workspace.minor_units == 1 else "¤#,##0.00"
        text = format_currency(abs(amount), self.workspace.currency, pattern, self.locale, currency_digits=False)
        return _signed(text, minor) if signed or minor < 0 else text

    def percent(self, share: float | None) -> str:
        """A share with one decimal."""
        return "–" if share is None else format_percent(share, "#,##0.0%", self.locale)

    def number(self, value: float | None, decimals: int = 1) -> str:
        """A number with at most so many decimals, grouped."""
        return "–" if value is None else format_decimal(round(value, decimals), locale=self.locale)

    def day(self, moment: date | datetime | None) -> str:
        """A day; of a moment, the day it falls on in the company's time zone."""
        local = moment.astimezone(self.workspace.zone).date() if isinstance(moment, datetime) else moment
        return "–" if local is None else format_date(local, "medium", self.locale)

    def moment(self, moment: datetime) -> str:
        """A day and time in the company's time zone."""
        return format_datetime(moment.astimezone(self.workspace.zone), "medium", locale=self.locale)

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
