"""Real data through the real server: what the API and the pages say is what was stored, to the last bit."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page
from serving_world import World, assert_problem, browsing, chromium, serving, wait_until_ready

from display.language import Wording
from display.words import Language
from features.compute import Spine, account_spine
from models.prediction import Prediction
from serving.access.keys import create_key
from serving.app import create_app
from serving.engine import Engine, load_engine
from serving.settings import Settings
from serving.store.scores import Store
from tests.conftest import TEST_DAY
from workspace.workspace import AccountTask, Workspace

HOUSEHOLDS = 500
Kept = dict[tuple[str, str], Prediction]
LOCALES: dict[str, Language] = {"zh-CN": "zh", "en-US": "en"}


@pytest.fixture(scope="module")
def world(demo_workspace: Workspace, journey: Engine, scored: Store) -> Iterator[World]:
    """The application over the real registry and the stored scores."""
    log = io.StringIO()
    app = create_app(Settings(demo_workspace), lambda: load_engine(demo_workspace), scored, log_stream=log)
    with serving(app, log) as server:
        world = World(server, scored, journey)
        wait_until_ready(world, 120)
        yield world


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(params=LOCALES)
def page(request: pytest.FixtureRequest, browser: Browser, world: World) -> Iterator[Page]:
    """A logged-in page in each language."""
    with browsing(browser, world.server, create_key(world.store, "pages", ("read",)), request.param) as page:
        yield page


@pytest.fixture(scope="module")
def kept(scored: Store) -> Kept:
    """The stored predictions by task and entity."""
    run = scored.latest_run()
    assert run is not None
    assert run.as_of == TEST_DAY
    return {(item.task, item.entity_id): item for item in scored.predictions(run)}


def asked(world: World, task: str, ids: Sequence[str], *scopes: str, **more: object) -> list[dict[str, Any]]:
    """The entries of `POST /v1/scores` as of the test day."""
    answer = world.post({"task": task, "ids": list(ids), "as_of": TEST_DAY.isoformat(), **more}, *scopes)
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def bits(value: object) -> str:
    """Text that differs when any bit of any number does: JSON writes floats so that they come back exactly."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)


def households(engine: Engine) -> list[str]:
    """The first households, a few of them not active any more."""
    return engine.everyone("churn")[:HOUSEHOLDS]


@pytest.mark.parametrize("task", ["churn", "value"])
def test_500_households_are_answered_as_they_were_stored(world: World, kept: Kept, task: str) -> None:
    ids = households(world.engine)
    answers, stored = asked(world, task, ids), [kept[task, key].as_dict() for key in ids]
    assert {answer["status"] for answer in answers} == {"ok", "not_in_population"}
    assert sum(answer["status"] == "ok" for answer in answers) > 400
    for answer, want in zip(answers, stored, strict=True):
        moment = answer.pop("as_of")
        assert (moment, want.pop("as_of")) == ("2017-11-30T23:59:59Z", "2017-11-30T23:59:59+00:00")
        assert bits(answer) == bits(want)


@pytest.mark.parametrize("task", ["churn", "value"])
def test_what_is_stored_explains_itself(world: World, kept: Kept, task: str) -> None:
    """The comparison above would be hollow if the stored answers had no reasons."""
    answers = [kept[task, key] for key in households(world.engine)]
    explained = [item for item in answers if item.status == "ok"]
    assert all(item.dimensions for item in explained)
    apart = [item for item in explained if abs((item.shown or 0.0) / (item.base_shown or 1.0) - 1) > 0.1]
    assert len(apart) > 0.8 * len(explained)  # the others are told the average, and there is nothing to explain
    assert sum(bool(item.reasons) for item in apart) >= 0.98 * len(
        apart
    )  # where many small things add up, none of which is unusual, none is said
    assert all((item.interval is None) == (task == "churn") for item in answers if item.status == "ok")


def rows_of(engine: Engine, task: str, ids: Sequence[str]) -> Spine:
    """The rows that these accounts are as of the test day."""
    config = engine.workspace.parameters(task)
    assert isinstance(config, AccountTask)
    codes = np.array([engine.history.account_codes[key] for key in ids], np.int64)
    return account_spine(codes, np.full(len(ids), int(TEST_DAY.timestamp()), np.int64), config.horizon_days)


@pytest.mark.parametrize("task", ["churn", "value"])
def test_features_are_the_pipelines_and_need_the_scope_admin(world: World, task: str) -> None:
    ids = households(world.engine)
    body = {"task": task, "ids": ids, "include": ["features"]}
    assert_problem(world.post(body, "score"), 403, "missing-scope")
    answers = asked(world, task, ids, "admin", include=["features"])
    frame = world.engine.loaded[task].pipeline.frame(rows_of(world.engine, task, ids))
    names = world.engine.loaded[task].scorer.encoding.names
    assert list(frame)[: len(names)] == names
    frame = frame[names]
    wanted = frame.astype(object).where(frame.notna(), None).to_dict("records")
    for answer, want in zip(answers, wanted, strict=True):
        assert list(answer["features"]) == names
        assert bits(answer["features"]) == bits(want)


def test_campaigns_are_answered_as_they_were_stored(world: World, kept: Kept) -> None:
    ids = world.engine.population("conversion", TEST_DAY)[:HOUSEHOLDS]
    assert len(ids) > 100
    for answer, key in zip(asked(world, "conversion", ids), ids, strict=True):
        want = kept["conversion", key].as_dict()
        assert (answer.pop("as_of"), want.pop("as_of")) == ("2017-11-30T23:59:59Z", "2017-11-30T23:59:59+00:00")
        assert answer["status"] == "ok"
        assert 0 < answer["shown"] < 1
        assert bits(answer) == bits(want)


def wording(world: World, page: Page) -> Wording:
    """The page's own language."""
    return Wording("zh" if page.get_attribute("html", "lang") == "zh-CN" else "en", world.engine.workspace)


def cells(row: Locator) -> list[str]:
    """The numbers of a row of the list."""
    return [text.strip() for text in row.locator("td.number").all_inner_texts()]


def test_the_list_shows_the_numbers_of_the_api(world: World, page: Page) -> None:
    accounts = world.get("/v1/accounts?limit=50", "read").json()["accounts"]
    words, rows = wording(world, page), page.locator("table.ranking tbody tr").all()
    assert page.inner_text("h1") == words.say("accounts.title")
    for row, account in zip(rows, accounts, strict=True):
        assert cells(row) == [
            str(account["rank"]),
            words.money(account["value_at_stake_minor"]),
            words.percent(account["churn"]),
            words.money(account["value_minor"]),
            words.percent(account["conversion"]),
        ]
        assert account["name"] in row.inner_text()
        said = row.locator(".reason").inner_text()
        assert all(reason[words.language] in said for reason in account["reasons"])


def test_the_page_speaks_the_language_of_the_browser(world: World, page: Page, request: pytest.FixtureRequest) -> None:
    assert wording(world, page).language == LOCALES[request.node.callspec.params["page"]]


def assert_card_shows(card: Locator, item: dict[str, Any], words: Wording) -> None:
    """A card says the API's number, its base, its parts and its strongest reasons."""
    assert card.locator(".shown").text_content() == words.shown(item["task"], item["shown"])
    parts = [part["points"] for part in item["dimensions"] if part["points"] != 0.0]
    levels = [words.shown(item["task"], item[name]) for name in ("base_shown", "shown")]
    numbers = card.locator(".waterfall tbody td.number").all_text_contents()
    assert (numbers[0], numbers[-1]) == tuple(levels)
    assert numbers[1:-1] == [words.points(item["task"], points) for points in parts]
    told = card.locator(".reasons li:not(.rest)")
    listed = item["reasons"]
    assert told.locator(".points").all_text_contents() == [words.points(item["task"], r["points"]) for r in listed]
    for text, reason in zip(told.locator(".words").all_text_contents(), listed, strict=True):
        assert reason[words.language] in text
    assert f"{item['bundle_sha256'][:12]}" in card.locator(".model").inner_text()


def test_one_account_shows_the_numbers_of_the_api(world: World, page: Page) -> None:
    accounts = world.get("/v1/accounts?limit=500", "read").json()["accounts"]
    chosen = next(a["account_id"] for a in accounts if a["churn"] is not None and a["open_opportunities"])
    items = {
        item["task"]: item
        for item in world.get(f"/v1/accounts/{chosen}", "read").json()["predictions"]
        if item["task"] != "conversion"
    }
    best = next(a["best_opportunity_id"] for a in accounts if a["account_id"] == chosen)
    items["conversion"] = asked(world, "conversion", [best])[0]
    page.goto(f"{world.server.url}/accounts/{chosen}")
    for card, task in zip(page.locator("main > section.prediction").all(), ("churn", "value", "conversion"), strict=True):
        assert_card_shows(card, items[task], wording(world, page))


def test_the_models_can_be_reloaded_while_everyone_asks(world: World) -> None:
    ids, done = households(world.engine)[:5], threading.Event()

    def ask() -> list[str]:
        found: list[str] = []
        with world.client("score") as client:
            while not done.is_set() or not found:
                answer = client.post("/v1/scores", json={"task": "churn", "ids": ids, "as_of": TEST_DAY.isoformat()}, timeout=60)
                found.append(f"{answer.status_code} {bits(answer.json().get('results'))}")
        return found

    with ThreadPoolExecutor(3) as pool, world.client("admin") as client:
        asking = [pool.submit(ask) for _ in range(3)]
        try:
            reloaded = client.post("/v1/models/reload", timeout=300)
        finally:
            done.set()
        answers = [text for future in asking for text in future.result()]
    assert reloaded.status_code == 200
    assert {task: model["bundle_sha256"] for task, model in reloaded.json()["models"].items()} == {
        task: model.bundle_sha256 for task, model in world.engine.models.items()
    }
    assert len(answers) > 3
    assert len(set(answers)) == 1
    assert answers[0].startswith("200 ")
