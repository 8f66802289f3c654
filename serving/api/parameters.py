"""Query parameters: those that an endpoint does not know are refused, for a filter that is not read would answer everybody."""

from __future__ import annotations

from fastapi import Request

from serving.problems import of_errors

_CSV = ".csv"


def known_parameters(request: Request) -> None:
    """Raise Problem 422 for a query parameter that the OpenAPI document does not name here, or one that stands there twice."""
    known = _known(request)
    names = [name for name, _ in request.query_params.multi_items()]
    told = {name: _wrong(name, names, known) for name in dict.fromkeys(names)}
    if wrong := [(("query", name), detail) for name, detail in told.items() if detail]:
        raise of_errors(wrong)


def _known(request: Request) -> list[str]:
    """The query parameters of the endpoint, as documented; the CSV of an address has those of the address."""
    path = request.scope["route"].path.removesuffix(_CSV)
    operation = request.app.openapi()["paths"][path][request.method.lower()]
    return [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]


def _wrong(name: str, names: list[str], known: list[str]) -> str | None:
    if name not in known:
        return f"there is no such query parameter here; there are: {', '.join(known) or 'none'}"
    return "it stands there more than once" if names.count(name) > 1 else None
