"""The language a browser asks for."""

from __future__ import annotations

from starlette.requests import Request

from display.words import LANGUAGES, Language

LANGUAGE_COOKIE = "foresale_language"


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
