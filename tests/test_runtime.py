"""A server while it starts, fails and changes its models."""

from __future__ import annotations

import io
import json
import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import pytest
from serving_world import AS_OF, CHURN, World, assert_problem, company_engine, serving, wait_until_ready

from features.compute import prepare
from serving.access.keys import create_key
from serving.app import create_app
from serving.batch import score_and_store
from serving.engine import Engine
from serving.settings import Settings
from serving.store.scores import open_store
from serving.telemetry import log_lines
from workspace.errors import ForesaleError


@pytest.fixture(scope="module")
def engine() -> Engine:
    """The engine that these tests serve."""
    return company_engine()


def with_a_fault(engine: Engine) -> Engine:
    """An engine whose churn model gets one input only: predicting crashes with the name of the first one it misses."""
    churn = engine.loaded["churn"]
    one = prepare(engine.history, churn.pipeline.features[:1])
    return replace(engine, loaded={"churn": replace(churn, pipeline=one)})


@dataclass
class Loader:
    """Loads what the test says: an engine made anew each time, or an error; only when the test lets it."""

    result: Engine | ForesaleError
    may: threading.Event = field(default_factory=threading.Event)
    waiting: threading.Event = field(default_factory=threading.Event)

    def __call__(self) -> Engine:
        self.waiting.set()
        assert self.may.wait(30)
        if isinstance(self.result, ForesaleError):
            raise self.result
        return replace(self.result)


def willing(result: Engine | ForesaleError) -> Loader:
    """A loader that does not wait."""
    loader = Loader(result)
    loader.may.set()
    return loader


@pytest.fixture
def loader(engine: Engine) -> Loader:
    return willing(engine)


@pytest.fixture
def fresh(engine: Engine, loader: Loader, tmp_path: Path) -> Iterator[World]:
    """A server of its own with an empty store, for tests that change what it holds."""
    with open_store(f"sqlite:///{tmp_path / 'f.db'}") as store:
        log = io.StringIO()
        with serving(create_app(Settings(engine.workspace), loader, store, log_stream=log), log) as server:
            yield World(server, store, engine)


def test_it_lives_before_it_is_ready_and_says_what_is_missing(fresh: World) -> None:
    assert fresh.get("/livez").status_code == 200
    problem = assert_problem(fresh.get("/readyz"), 503, "not-ready")
    assert any("foresale score" in reason for reason in problem["reasons"])
    assert_problem(fresh.get("/v1/accounts", "read"), 503, "no-scores")
    score_and_store(fresh.engine, fresh.store, AS_OF)
    wait_until_ready(fresh)


def test_a_store_that_does_not_answer_is_said_and_is_no_crash(fresh: World, tmp_path: Path) -> None:
    key = create_key(fresh.store, "crm", ("read",))
    fresh.store.close()
    for file in tmp_path.glob("f.db*"):
        file.unlink()
    (tmp_path / "f.db").mkdir()
    with httpx.Client(base_url=fresh.server.url, headers={"authorization": f"Bearer {key}"}) as client:
        assert_problem(client.get("/v1/accounts"), 503, "store-unavailable")
        assert "the score store does not answer" in assert_problem(client.get("/readyz"), 503, "not-ready")["reasons"]


def test_a_task_without_a_model_is_refused_with_those_there_are(fresh: World, loader: Loader) -> None:
    loader.result = replace(fresh.engine, loaded={"value": fresh.engine.loaded["value"]})
    with fresh.client("admin") as client:
        client.post("/v1/models/reload")
        assert "Loaded: value." in assert_problem(client.post("/v1/scores", json=CHURN), 422, "task-not-loaded")["detail"]


def test_a_crash_reveals_nothing_but_the_request_id(fresh: World, loader: Loader) -> None:
    loader.result = with_a_fault(fresh.engine)
    secret = fresh.engine.loaded["churn"].scorer.encoding.names[1]
    with pytest.raises(KeyError, match=secret):
        loader.result.predict("churn", ["A001"], AS_OF)
    with fresh.client("admin") as client:
        client.post("/v1/models/reload")
        response = client.post("/v1/scores", json=CHURN)
    assert_problem(response, 500, "internal-error")
    assert secret not in response.text
    assert response.headers["content-security-policy"].startswith("default-src 'none'")


def test_a_failed_reload_keeps_the_models_in_use(fresh: World, loader: Loader) -> None:
    with fresh.client("admin") as client:
        assert client.post("/v1/models/reload").json()["models"]["churn"]["version"] == "3"
        loader.result = ForesaleError("the bundle is damaged", expected="its own hash", do="promote another version")
        assert_problem(client.post("/v1/models/reload"), 409, "reload-failed")
        assert client.post("/v1/scores", json=CHURN).status_code == 200


def test_the_old_models_answer_while_new_ones_are_loading(fresh: World, loader: Loader) -> None:
    with fresh.client("admin") as client, ThreadPoolExecutor(1) as pool:
        client.post("/v1/models/reload")
        loader.may.clear()
        loader.waiting.clear()
        loader.result = replace(fresh.engine, loaded={"value": fresh.engine.loaded["value"]})
        reload = pool.submit(client.post, "/v1/models/reload")
        assert loader.waiting.wait(10)
        assert client.post("/v1/scores", json=CHURN).status_code == 200
        loader.may.set()
        assert list(reload.result().json()["models"]) == ["value"]
        assert_problem(client.post("/v1/scores", json=CHURN), 422, "task-not-loaded")


def test_no_request_fails_while_models_are_swapped(fresh: World) -> None:
    with fresh.client("admin") as client:
        assert client.post("/v1/models/reload").status_code == 200
        done = threading.Event()

        def ask() -> set[int]:
            found: set[int] = set()
            while not done.is_set():
                found.add(client.post("/v1/scores", json=CHURN).status_code)
            return found

        with ThreadPoolExecutor(4) as pool:
            asking = [pool.submit(ask) for _ in range(4)]
            reloads = {client.post("/v1/models/reload").status_code for _ in range(15)}
            done.set()
    assert reloads == {200}
    assert set().union(*(future.result() for future in asking)) == {200}


def test_reloading_needs_the_scope_admin(fresh: World) -> None:
    with fresh.client("read", "score") as client:
        assert_problem(client.post("/v1/models/reload"), 403, "missing-scope")


def test_a_first_load_that_fails_is_reported_in_readyz_and_log(engine: Engine, tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'f.db'}") as store:
        log, broken = io.StringIO(), willing(ForesaleError("no champion is registered"))
        with serving(create_app(Settings(engine.workspace), broken, store, log_stream=log), log) as server:
            world = World(server, store, engine)
            deadline = time.monotonic() + 5
            while "could not be loaded" not in (text := world.get("/readyz").text) and time.monotonic() < deadline:
                time.sleep(0.01)
            assert "could not be loaded" in text
            assert_problem(world.post(CHURN), 503, "not-ready")
    assert "no champion is registered" in log.getvalue()


def test_what_the_http_server_says_becomes_a_line_of_the_log_and_goes_nowhere_else(capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    with log_lines("a.server", stream):
        try:
            _ = 1 / 0
        except ZeroDivisionError:
            logging.getLogger("a.server.error").exception("Exception in ASGI application")
        logging.getLogger("a.server.error").info("Started")
    (line,) = [json.loads(text) for text in stream.getvalue().splitlines()]
    assert (line["event"], line["level"], line["logger"]) == ("Exception in ASGI application", "error", "a.server.error")
    assert "ZeroDivisionError" in line["exception"]
    assert capsys.readouterr() == ("", "")
