"""What an operator sees: JSON access logs without personal data, and metrics; and the headers every answer carries."""

from __future__ import annotations

import logging
import re
import time
import traceback
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.prediction import Prediction
from serving.problems import SECURITY_HEADERS

if TYPE_CHECKING:
    from models.predict import ModelInfo

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


def access_log(stream: TextIO) -> Any:
    """A logger that writes one JSON line per event to `stream`, with a UTC time."""
    processors: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper("iso", utc=True),
        structlog.processors.JSONRenderer(),
    ]
    return structlog.wrap_logger(structlog.WriteLogger(stream), processors=processors)


class _Lines(logging.Handler):
    def __init__(self, stream: TextIO) -> None:
        super().__init__(logging.WARNING)
        self._log = access_log(stream)

    def emit(self, record: logging.LogRecord) -> None:
        """The record as a line; a fault with its trace."""
        trace = {"exception": "".join(traceback.format_exception(*record.exc_info))} if record.exc_info else {}
        told = self._log.error if record.levelno >= logging.ERROR else self._log.warning
        told(record.getMessage(), logger=record.name, **trace)


@contextmanager
def log_lines(logger: str, stream: TextIO) -> Iterator[None]:
    """What a library logs, from warnings up, as JSON lines in `stream` and nowhere else, until the block ends."""
    theirs, lines = logging.getLogger(logger), _Lines(stream)
    before, theirs.propagate = theirs.propagate, False
    theirs.addHandler(lines)
    try:
        yield
    finally:
        theirs.removeHandler(lines)
        theirs.propagate = before


class Metrics:
    """One server's Prometheus metrics, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "foresale_http_requests", "Requests answered", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "foresale_http_request_seconds", "Time to answer", ("method", "route"), buckets=_SECONDS, registry=self.registry
        )
        self.predictions = Counter(
            "foresale_predictions", "Predictions computed on request", ("task", "status"), registry=self.registry
        )
        self.model = Gauge(
            "foresale_model_info",
            "Loaded models (always 1)",
            ("task", "name", "version", "bundle_sha256"),
            registry=self.registry,
        )

    def loaded(self, models: Mapping[str, ModelInfo]) -> None:
        """Show these models, and no others, as loaded."""
        self.model.clear()
        for task, model in models.items():
            self.model.labels(task, model.name, model.version, model.bundle_sha256).set(1)

    def predicted(self, predictions: Iterable[Prediction]) -> None:
        """Count predictions by task and status."""
        for prediction in predictions:
            self.predictions.labels(prediction.task, prediction.status).inc()


def route_of(scope: Scope) -> str:
    """The route's template (`/v1/accounts/{account_id}`), never the path with its ids."""
    path = getattr(scope.get("route"), "path", None)
    return path or ("/static" if scope["path"].startswith("/static/") else "unmatched")


def _limited(receive: Receive, headers: Headers, limit: int) -> Receive:
    declared = headers.get("content-length", "")
    left = -1 if declared.isdecimal() and int(declared) > limit else limit

    async def counted() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413)
        return message

    return counted


class Observed:
    """ASGI middleware: request id, size limit and security headers on the way, one log line and metrics at the end."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, log: Any, max_body_bytes: int, https: bool) -> None:
        self.app, self.metrics, self.log, self.max_body_bytes = app, metrics, log, max_body_bytes
        self.headers = SECURITY_HEADERS | ({"strict-transport-security": "max-age=31536000"} if https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and observe it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers, started = Headers(scope=scope), time.perf_counter()
        offered = headers.get("x-request-id", "")
        state = scope.setdefault("state", {})
        state["request_id"] = offered if _REQUEST_ID.fullmatch(offered) else uuid.uuid4().hex
        status = 500

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message).update(self.headers | {"x-request-id": state["request_id"]})
            await send(message)

        try:
            await self.app(scope, _limited(receive, headers, self.max_body_bytes), sent)
        finally:
            self._observe(scope, status, time.perf_counter() - started)

    def _observe(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        route, state = route_of(scope), scope["state"]
        self.metrics.requests.labels(method, route, status).inc()
        self.metrics.seconds.labels(method, route).observe(seconds)
        self.log.info(
            "request",
            method=method,
            route=route,
            status=status,
            ms=round(seconds * 1000, 2),
            request_id=state["request_id"],
            key_id=state.get("key_id"),
        )
