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
_CODES = {413: "content-too-large", 422: "invalid-request", 500: "internal-error"}  # where it is not HTTP's own phrase
_PHRASES = {413: "Content Too Large", 422: "Unprocessable Content"}  # as RFC 9110 has them
_MOST_ERRORS = 20
_LONGEST = 200  # of a pointer, which may hold the name of a member that somebody sent


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


def missing_scope(scope: str) -> Problem:
    """A key that may not do this."""
    detail = f"This key lacks the scope `{scope}`. Make one with `foresale key create NAME --scope {scope}`."
    return Problem(403, "missing-scope", detail)


def problem_response(request: Request, problem: Problem) -> JSONResponse:
    """The problem as `application/problem+json`, with the request's id to ask about."""
    body = _body(problem, request.url.path, getattr(request.state, "request_id", ""))
    return JSONResponse(body, problem.status, problem.headers, "application/problem+json")


def _body(problem: Problem, path: str, request_id: str) -> dict[str, Any]:
    return {
        "type": _TYPES + problem.code,
        "title": _phrase(problem.status),
        "status": problem.status,
        "detail": problem.detail,
        "instance": path,
        "request_id": request_id,
        **problem.further,
    }


def of_validation(error: RequestValidationError) -> Problem:
    """A request of the wrong shape."""
    return of_errors([(item["loc"], item["msg"]) for item in error.errors()])


def of_errors(wrong: Sequence[tuple[Sequence[str | int], str]]) -> Problem:
    """What is wrong, never its content: a member of the body by its JSON pointer, a parameter by its name; at most 20 of them.

    A location begins with `body`, `query` or `path`.
    """
    errors = [_error(location, message.removeprefix("Value error, ")) for location, message in wrong[:_MOST_ERRORS]]
    more = f" ({len(wrong)} errors, the first {_MOST_ERRORS} are listed)" if len(wrong) > _MOST_ERRORS else ""
    first = errors[0]
    where = first.get("parameter") or first["pointer"] or "the body"
    return Problem(422, "invalid-request", f"{where}: {first['detail']}{more}", errors=errors)


def _error(location: Sequence[str | int], message: str) -> dict[str, str]:
    place, *path = location
    if place != "body":
        return {"parameter": ".".join(map(str, path))[:_LONGEST], "detail": message}
    return {"pointer": "".join(f"/{_escaped(part)}" for part in path)[:_LONGEST], "detail": message}


def _escaped(part: str | int) -> str:
    """A part of a JSON pointer (RFC 6901)."""
    return str(part).replace("~", "~0").replace("/", "~1")


def of_foresale(error: ForesaleError) -> Problem:
    """A mistake the caller can mend, in the error's own words."""
    return Problem(422, "invalid-request", str(error).replace("\n  ", "; "))


def of_status(status: int, headers: dict[str, str]) -> Problem:
    """An error of the HTTP layer itself: no such page, method not allowed, body too large."""
    details = {
        404: "There is nothing at this address. /openapi.json lists every endpoint.",
        405: "This method is not allowed here. /openapi.json lists every endpoint with its method.",
        413: "The body is larger than 2,000,000 bytes: send fewer items.",
    }
    code = _CODES.get(status) or HTTPStatus(status).phrase.lower().replace(" ", "-")
    return Problem(status, code, details.get(status, HTTPStatus(status).description or code), headers=headers)


def of_crash() -> Problem:
    """A fault of ours: the details are in the server's own log under the request id, never in the answer."""
    return Problem(500, "internal-error", "The server failed. Report the request_id to whoever runs it.")


def of_store() -> Problem:
    """The database does not answer: worth trying again."""
    return Problem(503, "store-unavailable", "The score store does not answer. Try again soon.", headers={"retry-after": "5"})


PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "What went wrong and what to do about it (RFC 9457). Branch on `type`, show `detail`, log `request_id`.",
    "required": ["type", "title", "status", "detail", "instance", "request_id"],
    "properties": {
        "type": {"type": "string", "description": "A stable name: docs/api.md lists them"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "description": "The path asked for"},
        "request_id": {"type": "string", "description": "To ask about this answer"},
        "errors": {
            "type": "array",
            "maxItems": _MOST_ERRORS,
            "description": "Each mistake, the first 20",
            "items": {"$ref": "#/components/schemas/Mistake"},
        },
    },
}
MISTAKE: dict[str, Any] = {
    "type": "object",
    "description": "One mistake, and where it is.",
    "required": ["detail"],
    "properties": {
        "pointer": {"type": "string", "description": "Into the body (RFC 6901); empty for the body itself"},
        "parameter": {"type": "string", "description": "Of the query or the path"},
        "detail": {"type": "string"},
    },
}


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI's description of the problems an endpoint may answer with."""
    return {
        status: {
            "description": _phrase(status),
            "content": {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}, "example": _example(status)}
            },
        }
        for status in statuses
    }


def _phrase(status: int) -> str:
    """HTTP's phrase, the same with every Python."""
    return _PHRASES.get(status) or HTTPStatus(status).phrase


def _example(status: int) -> dict[str, Any]:
    makers = {401: unauthorized, 403: lambda: missing_scope("read"), 500: of_crash, 503: of_store}
    problem = makers[status]() if status in makers else of_status(status, {})
    return _body(problem, "/v1/accounts", "5f0c2f6f7f0a4b0e9a52f1e3f1c4d7aa")
