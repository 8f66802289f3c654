"""The words of a language: gettext catalogues, read as people write them (`.po`), so that nothing has to be built first."""

from __future__ import annotations

from functools import cache
from gettext import GNUTranslations
from importlib.resources import files
from io import BytesIO
from typing import Literal

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


def catalogue(language: Language) -> Catalog:
    """Every message of one language with its translation, its plurals and its comments."""
    source = files("display").joinpath("locale", language, "LC_MESSAGES", "foresale.po")
    with source.open("rb") as lines:
        return read_po(lines, locale=language, domain="foresale", abort_invalid=True)


@cache
def translations(language: Language) -> GNUTranslations:
    """The catalogue as gettext looks things up; a message it does not have is answered by its own id."""
    compiled = BytesIO()
    write_mo(compiled, catalogue(language))
    compiled.seek(0)
    return GNUTranslations(compiled)
