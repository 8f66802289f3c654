"""The pages for sales managers: login, this week, the ranked accounts, and one account. No script, no inline style."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import Annotated, Any
from urllib.parse import parse_qs, quote, urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from display import svg
from display.language import TAGS, Wording
from display.pages import render
from display.words import LANGUAGES
from serving.access.door import COOKIE, Running, check_scope, require_same_origin, runtime_of, visitor
from serving.access.keys import Principal, authenticate, end_session, start_session
from serving.insight.overview import Filters, account_view, overview
from serving.insight.ranking import SORT_KEYS, Sort
from serving.insight.week import MOST_LISTED, NAMES, USUAL_OWNER, USUAL_WEEK, week
from serving.insight.week_words import ShownWeek, WeekWriter, looked_after_by, sheet, teams
from serving.language import LANGUAGE_COOKIE, language_of
from serving.pages import charts
from serving.pages.reference import inline, kind, reference
from serving.pages.spreadsheet import as_csv
from serving.problems import Problem, unauthorized
from serving.runtime import Runtime
from serving.settings import Settings
from serving.store.trends import trends

router = APIRouter(include_in_schema=False)
_A_YEAR = 365 * 24 * 3600
_NOT_PAGES = ("/v1", "/livez", "/readyz", "/metrics", "/openapi.json", "/static")
_EXPLAINED = (403, 404, 422, 503)


@cache
def _style_version() -> str:
    return hashlib.sha256(files("serving.pages").joinpath("static", "foresale.css").read_bytes()).hexdigest()[:12]


def static_files() -> StaticFiles:
    """The style sheet and the icon."""
    return StaticFiles(packages=[("serving.pages", "static")])


def _settings(request: Request) -> Settings:
    return runtime_of(request).settings


def _language_switch(request: Request, wording: Wording) -> str:
    other = next(language for language in LANGUAGES if language != wording.language)
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    return "?" + urlencode([*kept, ("lang", other)])


def _render(request: Request, template: str, status: int = 200, **shown: Any) -> HTMLResponse:
    settings = _settings(request)
    wording = Wording(language_of(request, settings.language), settings.workspace)
    html = render(
        "serving.pages",
        template,
        wording,
        workspace=settings.workspace,
        command=settings.command,
        other_language=_language_switch(request, wording),
        style=f"/static/foresale.css?v={_style_version()}",
        charts=charts,
        svg=svg,
        **shown,
    )
    response = HTMLResponse(html, status, {"cache-control": "no-store", "content-language": TAGS[wording.language]})
    if request.query_params.get("lang") == wording.language:
        response.set_cookie(
            LANGUAGE_COOKIE, wording.language, max_age=_A_YEAR, secure=settings.secure_cookies, httponly=True, samesite="lax"
        )
    return response


def is_page(request: Request) -> bool:
    """Whether a person's browser asks for a page, so that an error should be a page too."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith(_NOT_PAGES)


def error_page(request: Request, problem: Problem) -> Response:
    """A problem as a page in the visitor's language; without a login, the way to the login."""
    if problem.status == 401:
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/login?next={quote(here, safe='')}", 303)
    if problem.code == "no-scores":
        return _render(request, "no_scores.html", 503)
    kind = problem.status if problem.status in _EXPLAINED else 500
    unknown = problem.further.get("parameters", [])
    return _render(request, "error.html", problem.status, kind=kind, unknown=unknown, request_id=request.state.request_id)


def _logged_in(request: Request, runtime: Running) -> Principal:
    principal = visitor(request, runtime)
    if principal is None:
        raise unauthorized()
    check_scope(principal, "read")
    return principal


async def _form(request: Request) -> dict[str, str]:
    fields = parse_qs((await request.body()).decode(errors="replace"))
    return {name: values[0] for name, values in fields.items()}


Form = Annotated[dict[str, str], Depends(_form)]
LoggedIn = [Depends(_logged_in)]


def _local(address: str) -> str:
    plain = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if plain else "/"


@router.get("/login")
def show_login(request: Request, next: str = "/") -> HTMLResponse:
    """Ask for a key."""
    return _render(request, "login.html", next=_local(next), wrong=False)


@router.post("/login", dependencies=[Depends(require_same_origin)])
def log_in(request: Request, runtime: Running, form: Form) -> Response:
    """Turn a key with the scope `read` into a session cookie."""
    goal, settings = _local(form.get("next", "/")), runtime.settings
    principal = authenticate(runtime.store, form.get("key", "").strip())
    if principal is None or not principal.may("read"):
        return _render(request, "login.html", 401, next=goal, wrong=True)
    response = RedirectResponse(goal, 303)
    response.set_cookie(
        COOKIE,
        start_session(runtime.store, principal, settings.session_length),
        max_age=int(settings.session_length.total_seconds()),
        secure=settings.secure_cookies,
        httponly=True,
        samesite="strict",
    )
    return response


@router.post("/logout", dependencies=[Depends(require_same_origin)])
def log_out(request: Request, runtime: Running) -> Response:
    """End the session in the store too, so that a copied cookie is worthless."""
    end_session(runtime.store, request.cookies.get(COOKIE, ""))
    response = RedirectResponse("/login", 303)
    response.delete_cookie(COOKIE, secure=runtime.settings.secure_cookies, httponly=True, samesite="strict")
    return response


@router.get("/docs")
def show_api(request: Request) -> HTMLResponse:
    """Every endpoint of the API for a person; open to all, as /openapi.json is: it holds no data."""
    return _render(request, "api.html", api=reference(request.app.openapi()), kind=kind, inline=inline)


def _require_known(request: Request, *names: str) -> None:
    """Refuse a question with parameters that nothing here reads: an answer that left them out would be another one's."""
    if unknown := sorted(set(request.query_params) - {*names, "lang"}):
        detail = f"Unknown parameters: {', '.join(unknown)}; known: {', '.join(names)}, lang."
        raise Problem(422, "unknown-parameter", detail, parameters=unknown)


@router.get("/", dependencies=LoggedIn)
def show_week(request: Request, runtime: Running, who: str = "") -> Response:
    """Whom to see this week, and for what. A link to the list that once stood here leads to where it stands now."""
    if set(request.query_params) & {"sort", "tier", "find", "page"}:
        return RedirectResponse(f"/accounts?{request.url.query}", 308)
    _require_known(request, "who")
    file = "/week.csv" + (f"?{request.url.query}" if request.url.query else "")
    usual = {"usual_owner": USUAL_OWNER, "usual_week": USUAL_WEEK, "most": MOST_LISTED}
    shown: dict[str, Any] = {"file": file, "names": NAMES, "teams": teams, **usual, **vars(_week(request, runtime, who))}
    return _render(request, "week.html", **shown)


@router.get("/week.csv", dependencies=LoggedIn)
def save_week(request: Request, runtime: Running, who: str = "") -> Response:
    """The same rows as a file for a spreadsheet."""
    _require_known(request, "who")
    shown = _week(request, runtime, who)
    name = f"week-{shown.said.today}.csv"
    kept = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(as_csv(sheet(shown.week, shown.said)), 200, kept, "text/csv; charset=utf-8")


def _week(request: Request, runtime: Runtime, who: str) -> ShownWeek:
    settings, latest = runtime.settings, runtime.stored()
    wording = Wording(language_of(request, settings.language), settings.workspace)
    proposed = week(latest.standing, looked_after_by(latest.standing, who))
    told = [row.told for row in proposed.rows if row.told]
    return ShownWeek(
        latest.board.run,
        latest.standing,
        proposed,
        WeekWriter(wording, latest.board.run.as_of),
        trends(runtime.store, [(one.task, one.entity_id) for one in told]),
        who,
    )


@router.get("/accounts", dependencies=LoggedIn)
def show_accounts(
    request: Request,
    runtime: Running,
    sort: Sort = "value_at_stake",
    tier: str = "",
    find: str = "",
    page: Annotated[int, Query(ge=1)] = 1,
) -> HTMLResponse:
    """The ranked accounts."""
    _require_known(request, "sort", "tier", "find", "page")
    filters = Filters(sort, tier or None, find.strip(), page)
    return _render(request, "accounts.html", view=overview(runtime.board(), filters), sorts=list(SORT_KEYS))


@router.get("/accounts/{account_id}", dependencies=LoggedIn)
def show_account(request: Request, runtime: Running, account_id: str) -> HTMLResponse:
    """One account: its numbers, and how each comes about."""
    row, snapshot = runtime.account(account_id)
    view = account_view(row, snapshot.predictions, runtime.settings.workspace, len(runtime.board().rows))
    return _render(request, "account.html", view=view, run=snapshot.run, steps=runtime.next_actions(view.advised))
