"""The door of the API and of the pages: who is asking, and may they."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, params
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from serving.access.keys import Principal, authenticate, session_principal
from serving.problems import Problem, missing_scope, unauthorized
from serving.runtime import Runtime

COOKIE = "foresale_session"
_bearer = HTTPBearer(auto_error=False, description="An API key made by `foresale key create`.")


def runtime_of(request: Request) -> Runtime:
    """What this server holds."""
    runtime: Runtime = request.app.state.runtime
    return runtime


def request_id_of(request: Request) -> str:
    """The id to ask about this request: the client's own where it sent a sensible one."""
    request_id: str = request.state.request_id
    return request_id


Running = Annotated[Runtime, Depends(runtime_of)]


def require(scope: str) -> params.Security:
    """A dependency that lets only API keys with `scope` pass: 401 without a valid key, 403 without the scope.

    The OpenAPI document names the scope too.
    """

    def holder(
        request: Request, runtime: Running, sent: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
    ) -> Principal:
        principal = authenticate(runtime.store, sent.credentials) if sent else None
        if principal is None:
            raise unauthorized()
        request.state.key_id = principal.key_id
        check_scope(principal, scope)
        return principal

    return params.Security(holder, scopes=[scope])


def check_scope(principal: Principal, scope: str) -> None:
    """Raise Problem 403 unless the key carries the scope."""
    if not principal.may(scope):
        raise missing_scope(scope)


def visitor(request: Request, runtime: Runtime) -> Principal | None:
    """Who is logged in on the pages, or None."""
    principal = session_principal(runtime.store, request.cookies.get(COOKIE, ""))
    if principal is not None:
        request.state.key_id = principal.key_id
    return principal


def require_same_origin(request: Request) -> None:
    """Raise Problem 403 for a form that another site made the browser send (CSRF)."""
    site = request.headers.get("sec-fetch-site")
    origin = urlsplit(request.headers.get("origin", "")).netloc
    if site != "same-origin" if site else origin != request.headers.get("host"):
        raise Problem(403, "cross-site", "This form was not sent from this site's own page.")
