"""Every error over HTTP in one shape: RFC 9457 `application/problem+json`, saying what to do and giving nothing away."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.requests import Request

from workspace.errors import ForesaleError

SECURITY_HEADERS: dict[str, str] = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_TYPES = "urn:foresale:problem:"


class Problem(Exception):
    """An answer that is not the one asked for: an HTTP status, a stable `code`, and a sentence on what to do.

    `further` are members of the answer beyond those of the standard, `headers` further HTTP headers.
    """

    def __init__(self, status: int, code: str, detail: str, *, headers: dict[str, str] | None = None, **further: Any) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.headers, self.further = status, code, detail, headers or {}, further


def unauthorized() -> Problem:
    """No key, or one that is wrong or revoked: the answer does not say which."""
    return Problem(
        401,
        "unauthorized",
        "Send a valid API key: `Authorization: Bearer fsk_...`. `foresale key create NAME` makes one.",
        headers={"www-authenticate": 'Bearer realm="foresale"'},
    )


def problem_response(request: Request, problem: Problem) -> JSONResponse:
    """The problem as `application/problem+json`, with the request's id to ask about."""
    request_id = getattr(request.state, "request_id", None)
    body = {
        "type": _TYPES + problem.code,
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "instance": request.url.path,
        "request_id": request_id,
        **problem.further,
    }
    return JSONResponse(body, problem.status, problem.headers, "application/problem+json")


def of_validation(error: RequestValidationError) -> Problem:
    """A request of the wrong shape: every wrong member by its JSON pointer or parameter name, never its content."""
    errors = [{"pointer": _pointer(item["loc"]), "detail": item["msg"].removeprefix("Value error, ")} for item in error.errors()]
    first = errors[0]
    return Problem(422, "invalid-request", f"{first['pointer']}: {first['detail']}", errors=errors)


def _pointer(location: Sequence[str | int]) -> str:
    place, *path = location
    return "/" + "/".join(str(part) for part in path) if place == "body" else f"{place} {'.'.join(map(str, path))}"


def of_foresale(error: ForesaleError) -> Problem:
    """A mistake the caller can mend, in the error's own words."""
    return Problem(422, "invalid-request", str(error).replace("\n  ", "; "))


def of_status(status: int, headers: dict[str, str]) -> Problem:
    """An error of the HTTP layer itself: no such page, method not allowed, body too large."""
    details = {
        404: "There is nothing at this address. /openapi.json lists every endpoint.",
        405: "This method is not allowed here. /openapi.json lists every endpoint with its method.",
        413: "The body is too large: ask for at most 500 ids at once.",
    }
    code = "content-too-large" if status == 413 else HTTPStatus(status).phrase.lower().replace(" ", "-")
    return Problem(status, code, details.get(status, HTTPStatus(status).description or code), headers=headers)


def of_crash() -> Problem:
    """A fault of ours: the details are in the server's own log under the request id, never in the answer."""
    return Problem(500, "internal-error", "The server failed. Report the request_id to whoever runs it.")


def of_store() -> Problem:
    """The database does not answer: worth trying again."""
    return Problem(503, "store-unavailable", "The score store does not answer. Try again soon.", headers={"retry-after": "5"})


EXAMPLE: dict[str, Any] = {
    "type": _TYPES + "unauthorized",
    "title": "Unauthorized",
    "status": 401,
    "detail": "Send a valid API key: `Authorization: Bearer fsk_...`. `foresale key create NAME` makes one.",
    "instance": "/v1/accounts",
    "request_id": "5f0c2f6f7f0a4b0e9a52f1e3f1c4d7aa",
}


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI's description of the problems an endpoint may answer with."""
    schema = {
        "type": "object",
        "required": ["type", "title", "status", "detail", "instance", "request_id"],
        "properties": {name: {"type": "integer" if name == "status" else "string"} for name in EXAMPLE},
    }
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {"application/problem+json": {"schema": schema, "example": _example(status)}},
        }
        for status in statuses
    }


def _example(status: int) -> dict[str, Any]:
    if status == 401:
        return EXAMPLE
    problem = of_status(status, {})
    return {
        **EXAMPLE,
        "type": _TYPES + problem.code,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": problem.detail,
    }
