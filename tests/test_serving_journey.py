"""Real data through the real server: what the API and the pages say is what was stored, to the last bit."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page
from serving_world import World, browsing, chromium, serving, wait_until_ready

from display.language import TAGS, Wording
from display.words import Language
from models.prediction import Prediction
from serving.access.keys import create_key
from serving.app import create_app
from serving.engine import Engine
from serving.loading import load_engine
from serving.settings import Settings
from serving.store.scores import Store
from tests.conftest import TEST_DAY
from workspace.workspace import Workspace

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


def asked(world: World, task: str, ids: Sequence[str]) -> list[dict[str, Any]]:
    """The answers of `POST /v1/scores` to one task as of the test day."""
    kind = "opportunity_id" if task == "conversion" else "account_id"
    answer = world.post({"items": [{kind: key} for key in ids], "tasks": [task], "as_of": TEST_DAY.isoformat()})
    assert answer.status_code == 200, answer.text
    items = answer.json()["items"]
    assert {item["status"] for item in items} == {"ok"}
    return [item["conversions"][0] if task == "conversion" else item[task] for item in items]


def told(item: Prediction, workspace: Workspace) -> dict[str, Any]:
    """A stored prediction as an answer has to tell it, written down here once more by hand."""
    unit = _money(workspace) if item.task == "value" else _same
    low, median, high = item.interval or (None, None, None)
    own = (
        {"expected": unit(item.shown), "low": unit(low), "median": unit(median), "high": unit(high)}
        if item.task == "value"
        else {"probability": item.shown}
    )
    return {
        **own,
        "status": "not_applicable" if item.status == "not_in_population" else item.status,
        "average": unit(item.base_shown),
        "horizon_days": item.horizon_days,
        "as_of": "2017-11-30T23:59:59Z",
        "reasons": [
            (one.code, one.zh, one.en, unit(one.points), one.direction, one.against, one.compared) for one in item.reasons
        ],
        "remarks": [(one.code, one.zh, one.en) for one in item.remarks],
        "model": {"name": item.model_name, "version": item.model_version, "bundle_sha256": item.bundle_sha256},
    }


def _same(number: float | None) -> float | None:
    return number


def _money(workspace: Workspace) -> Callable[[float | None], dict[str, str] | None]:
    def told(minor: float | None) -> dict[str, str] | None:
        return None if minor is None else {"amount": f"{round(minor) / 100:.2f}", "currency": workspace.currency}

    return told


def plain(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer in the same form."""
    left_out = ("percentile", "grade", "other", "opportunity_id", "within", "days_to_win")
    reasons = [
        (r["fact"], r["sentence"]["zh-CN"], r["sentence"]["en"], r["effect"], r["direction"], r["against"], r["compared"])
        for r in answer["reasons"]
    ]
    remarks = [(one["code"], one["sentence"]["zh-CN"], one["sentence"]["en"]) for one in answer["remarks"]]
    kept = {name: value for name, value in answer.items() if name not in left_out}
    return {**kept, "reasons": reasons, "remarks": remarks}


def bits(value: object) -> str:
    """Text that differs when any bit of any number does: JSON writes floats so that they come back exactly."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)


def households(engine: Engine) -> list[str]:
    """The first households, a few of them not active any more."""
    return engine.everyone("churn")[:HOUSEHOLDS]


@pytest.mark.parametrize("task", ["churn", "value"])
def test_500_households_are_answered_as_they_were_stored(world: World, kept: Kept, task: str) -> None:
    ids = households(world.engine)
    answers = asked(world, task, ids)
    assert {answer["status"] for answer in answers} == {"ok", "not_applicable"}
    assert sum(answer["status"] == "ok" for answer in answers) > 400
    for answer, key in zip(answers, ids, strict=True):
        assert bits(plain(answer)) == bits(told(kept[task, key], world.engine.workspace))


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


def test_campaigns_are_answered_as_they_were_stored(world: World, kept: Kept) -> None:
    ids = world.engine.population("conversion", TEST_DAY)[:HOUSEHOLDS]
    assert len(ids) > 100
    for answer, key in zip(asked(world, "conversion", ids), ids, strict=True):
        assert answer["status"] == "ok"
        assert 0 < answer["probability"] < 1
        assert bits(plain(answer)) == bits(told(kept["conversion", key], world.engine.workspace))


def wording(world: World, page: Page) -> Wording:
    """The page's own language."""
    return Wording("zh" if page.get_attribute("html", "lang") == "zh-CN" else "en", world.engine.workspace)


def cells(row: Locator) -> list[str]:
    """The numbers of a row of the list."""
    return [text.strip() for text in row.locator("td.number").all_inner_texts()]


def minor(money: dict[str, str] | None) -> float | None:
    """Money of an answer in minor units."""
    return money and float(money["amount"]) * 100


def test_the_list_shows_the_numbers_of_the_api(world: World, page: Page) -> None:
    accounts = world.get("/v1/accounts?limit=50", "read").json()["accounts"]
    page.goto(f"{world.server.url}/accounts")
    words, rows = wording(world, page), page.locator("table.ranking tbody tr").all()
    assert page.inner_text("h1") == words.say("accounts.title")
    for row, account in zip(rows, accounts, strict=True):
        rank, stake, churn, value, conversion = cells(row)
        assert (rank, churn, conversion) == (
            str(account["rank"]),
            words.percent(account["churn"]),
            words.percent(account["conversion"]),
        )
        assert (stake, value) == (words.money(minor(account["value_at_stake"])), words.money(minor(account["value"])))
        assert account["name"] in row.inner_text()


def test_the_page_speaks_the_language_of_the_browser(world: World, page: Page, request: pytest.FixtureRequest) -> None:
    assert wording(world, page).language == LOCALES[request.node.callspec.params["page"]]


def assert_card_shows(card: Locator, task: str, item: dict[str, Any], words: Wording) -> None:
    """A card says the API's number, its average and its reasons."""
    shown, average = (item["expected"], item["average"]) if task == "value" else (item["probability"], item["average"])
    levels = [words.shown(task, minor(level) if task == "value" else level) for level in (average, shown)]
    assert card.locator(".shown").text_content() == levels[1]
    numbers = card.locator(".waterfall tbody td.number").all_text_contents()
    assert [numbers[0], numbers[-1]] == levels
    reasons = card.locator(".reasons li:not(.rest)")
    effects = [minor(r["effect"]) if task == "value" else r["effect"] for r in item["reasons"]]
    assert reasons.locator(".points").all_text_contents() == [words.points(task, effect) for effect in effects]
    for text, reason in zip(reasons.locator(".words").all_text_contents(), item["reasons"], strict=True):
        assert reason["sentence"][TAGS[words.language]] in text
    assert f"{item['model']['bundle_sha256'][:12]}" in card.locator(".model").inner_text()


def test_one_account_shows_the_numbers_of_the_api(world: World, page: Page) -> None:
    chosen = world.get("/v1/accounts?churn_min=0&open_opportunities_min=1&limit=1", "read").json()["accounts"][0]
    body = world.get(f"/v1/accounts/{chosen['account_id']}", "read").json()
    deals = {one["opportunity_id"]: one for one in body["conversions"]}
    items = {"churn": body["churn"], "value": body["value"], "conversion": deals[chosen["best_opportunity_id"]]}
    page.goto(f"{world.server.url}/accounts/{chosen['account_id']}")
    for card, task in zip(page.locator("main > section.prediction").all(), items, strict=True):
        assert_card_shows(card, task, items[task], wording(world, page))


def test_the_registry_tells_what_serves_was_trained_on(world: World) -> None:
    model = world.get("/v1/models/churn", "read").json()["model"]
    assert model["bundle_sha256"] == world.engine.models["churn"].bundle_sha256
    assert model["trained_through"] == "2017-12-01"
    assert model["gate"].startswith("passed")
    assert 0.5 < model["test"]["auc"] < 1
    assert model["overruled"] is None
    assert model["inputs"] == len(world.engine.loaded["churn"].scorer.encoding.features)


def test_the_models_can_be_reloaded_while_everyone_asks(world: World) -> None:
    body = {"items": [{"id": key} for key in households(world.engine)[:5]], "as_of": TEST_DAY.isoformat()}
    done = threading.Event()

    def ask() -> list[str]:
        found: list[str] = []
        with world.client("score") as client:
            while not done.is_set() or not found:
                answer = client.post("/v1/scores", json=body, timeout=60)
                found.append(f"{answer.status_code} {bits(answer.json().get('items'))}")
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
