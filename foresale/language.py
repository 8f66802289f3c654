"""The language of whoever sits at the terminal."""

from __future__ import annotations

from collections.abc import Mapping

from display.words import LANGUAGES, Language

_LOCALES = ("LC_ALL", "LC_MESSAGES", "LANG")  # in the order in which gettext asks them


def spoken(environment: Mapping[str, str]) -> Language:
    """The language of the terminal's locale, such as `zh_CN.UTF-8`; English where that is none of ours."""
    locale = next((said for name in _LOCALES if (said := environment.get(name))), "")
    return next((language for language in LANGUAGES if locale.lower().startswith(language)), "en")
