"""The web application: the API for the CRM, the pages for managers, and what an operator needs. Import does nothing."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, TextIO

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from serving import problems as errors
from serving.access.door import Running
from serving.address import listening
from serving.api import accounts, actions, events, feedback, models, opportunities, scores
from serving.api.outputs import StatusOut
from serving.openapi import described
from serving.pages import routes as pages
from serving.problems import Problem, documented, problem_response
from serving.runtime import EngineHolder, LoadEngine, Runtime
from serving.settings import Settings
from serving.store.scores import Store
from serving.telemetry import Metrics, Observed, access_log, log_lines
from workspace.errors import ForesaleError

_API = [part.router for part in (scores, accounts, actions, opportunities, events, feedback, models)]
_DESCRIPTION = """Conversion, value and churn predictions with reasons, for a CRM.

Every error is an RFC 9457 problem (`application/problem+json`). Times are RFC 3339 with their offset, answers in UTC. Money is a
decimal text in whole units of its currency.

API keys carry scopes: `read` (what is stored), `score` (answers computed now), `admin` (all, model reload)."""


def create_app(settings: Settings, load_engine: LoadEngine, store: Store, *, log_stream: TextIO = sys.stdout) -> FastAPI:
    """The application of one workspace. `load_engine` runs in the background at the start and at each model reload."""
    metrics, log = Metrics(), access_log(log_stream)
    holder = EngineHolder(load_engine, metrics, log)
    runtime = Runtime(settings, store, metrics, holder)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        holder.start(before=runtime.latest)
        app.openapi()  # made once, before the first request asks which parameters there are
        yield
        holder.stop()

    app = FastAPI(title="Foresale", version="1", description=_DESCRIPTION, docs_url=None, redoc_url=None, lifespan=lifespan)
    app.router.redirect_slashes = False  # a redirect would repeat the Host header that somebody sent
    app.openapi = lambda: _described_once(app)  # type: ignore[method-assign]  # FastAPI's own way to extend the document
    app.state.runtime = runtime
    app.add_middleware(Observed, metrics=metrics, log=log, max_body_bytes=settings.max_body_bytes, https=settings.secure_cookies)
    _add_errors(app)
    for router in (*_API, pages.router):
        app.include_router(router)
    _add_health(app)
    app.mount("/static", pages.static_files())
    return app


def _described_once(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        app.openapi_schema = described(app)
    return app.openapi_schema


def _answer(request: Request, problem: Problem) -> Response:
    return pages.error_page(request, problem) if pages.is_page(request) else problem_response(request, problem)


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(Problem)
    def expected(request: Request, problem: Problem) -> Response:
        return _answer(request, problem)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        return _answer(request, errors.of_validation(error))

    @app.exception_handler(ForesaleError)
    def mistaken(request: Request, error: ForesaleError) -> Response:
        return _answer(request, errors.of_foresale(error))

    @app.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> Response:
        return _answer(request, errors.of_status(error.status_code, dict(error.headers or {})))

    @app.exception_handler(OperationalError)
    def no_store(request: Request, _error: OperationalError) -> Response:
        return _answer(request, errors.of_store())

    @app.exception_handler(Exception)
    def crashed(request: Request, _error: Exception) -> Response:
        response = _answer(request, errors.of_crash())
        response.headers.update(errors.SECURITY_HEADERS | {"x-request-id": request.state.request_id})
        return response


def _add_health(app: FastAPI) -> None:
    @app.get("/livez", tags=["operation"], summary="The process runs")
    async def live() -> StatusOut:
        """200 as long as the process answers at all."""
        return StatusOut()

    @app.get("/readyz", tags=["operation"], summary="Everything can be answered", responses=documented(503))
    def ready(runtime: Running) -> StatusOut:
        """200 once models, score store and scores are there; 503 with the reasons until then."""
        if reasons := runtime.waiting_for():
            raise Problem(503, "not-ready", f"Not ready: {'; '.join(reasons)}.", headers={"retry-after": "5"}, reasons=reasons)
        return StatusOut()

    @app.get(
        "/metrics",
        tags=["operation"],
        summary="Prometheus metrics",
        response_class=Response,
        responses={200: {"content": {"text/plain": {"example": "foresale_http_requests_total{...} 12.0\n"}}}},
    )
    def metrics(runtime: Running) -> Response:
        """Requests by route and status, their times, predictions by task and status, and the loaded models."""
        return Response(generate_latest(runtime.metrics.registry), media_type=CONTENT_TYPE_LATEST)


def serve(settings: Settings, load_engine: LoadEngine, store: Store) -> None:
    """Serve until interrupted. The access log is ours: uvicorn's would hold account ids; what else it says becomes lines of ours.

    Raises ForesaleError when the address cannot be listened on.
    """
    with listening(settings.host, settings.port) as address, _log_stream(settings) as stream:
        app = create_app(settings, load_engine, store, log_stream=stream)
        config = uvicorn.Config(app, access_log=False, server_header=False, log_level="warning", log_config=None)
        with log_lines("uvicorn", stream), suppress(KeyboardInterrupt):
            uvicorn.Server(config).run([address])


@contextmanager
def _log_stream(settings: Settings) -> Iterator[TextIO]:
    if settings.log is None:
        yield sys.stdout
    else:
        with settings.log.open("a", encoding="utf-8", buffering=1) as stream:
            yield stream
