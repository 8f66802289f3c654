"""`/docs`: the whole API for a person, in both languages, open to all, without a script."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser
from serving_world import CHURN, World, chromium, company_engine, serving

from display.language import Wording, Writer
from display.words import LANGUAGES
from serving.app import create_app
from serving.pages.reference import kind, reference
from serving.settings import Settings
from serving.store.scores import open_store


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A server without a single score: the page needs none."""
    engine, log = company_engine(), io.StringIO()
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('store') / 'f.db'}") as store:
        app = create_app(Settings(engine.workspace), lambda: engine, store, log_stream=log)
        with serving(app, log) as server:
            yield World(server, store, engine)


@pytest.fixture(scope="module")
def document(world: World) -> dict[str, Any]:
    """The OpenAPI document."""
    found: dict[str, Any] = world.get("/openapi.json").json()
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def words(html: str) -> str:
    """The text of a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_part_of_the_document_is_on_the_page_without_a_key(world: World, document: dict[str, Any], language: str) -> None:
    response = world.get(f"/docs?lang={language}")
    assert (response.status_code, response.headers["content-language"][:2]) == (200, language)
    page = words(response.text)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert f"{method.upper()} {path}" in page
            sought = [operation["summary"], *(found["name"] for found in operation.get("parameters", ()))]
            assert [text for text in sought if text not in page] == []
            assert [status for status in operation["responses"] if status not in page] == []
    for shape in document["components"]["schemas"].values():
        assert [name for name in shape["properties"] if name not in page] == []
    assert Writer(language).say("api.title") in page


def test_the_scopes_it_names_are_those_that_the_door_asks_for(world: World, document: dict[str, Any]) -> None:
    found = {f"{e.method} {e.path}": e.scopes for about in reference(document).endpoints.values() for e in about}
    assert {name: scopes for name, scopes in found.items() if scopes} == {
        "POST /v1/scores": ("score",),
        "POST /v1/events": ("events",),
        "POST /v1/feedback": ("events",),
        "POST /v1/models/reload": ("admin",),
        **dict.fromkeys(READ, ("read",)),
    }
    for name, scopes in found.items():
        method, path = name.split()
        others = [scope for scope in ("read", "score") if scope not in scopes]
        with world.client(*others) as client:
            answer = client.request(method, path, json=CHURN if method == "POST" else None)
        assert (answer.status_code == 403) == bool(scopes), name


READ = [
    f"GET /v1/{path}"
    for path in (
        "accounts",
        "accounts/{account_id}",
        "accounts/{account_id}/actions",
        "accounts/{account_id}/history",
        "accounts/{account_id}/changes",
        "opportunities",
        "opportunities/{opportunity_id}",
        "opportunities/{opportunity_id}/history",
        "opportunities/{opportunity_id}/changes",
        "models",
        "models/{task}",
        "feedback/{id}",
    )
]


def test_a_type_is_said_in_the_readers_words(world: World) -> None:
    texts = {"type": "array", "minItems": 1, "maxItems": 500, "items": {"type": "string"}}
    english, chinese = (Wording(language, world.engine.workspace) for language in ("en", "zh"))
    assert kind(texts, english) == "list of text, 1\u2013500 entries"
    assert kind({"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]}, chinese) == "整数，≥ 0 或 null"
    assert kind({"$ref": "#/components/schemas/ReasonOut"}, english) == '<a href="#ReasonOut">ReasonOut</a>'
    assert kind({"enum": ["<b>"]}, english) == "<code>&lt;b&gt;</code>"


def test_every_link_on_the_page_leads_to_a_part_of_it(world: World) -> None:
    html = world.get("/docs?lang=en").text
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(re.findall(r'id="([^"]+)"', html))
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|https?://", html)


def test_other_pages_lead_to_it(world: World) -> None:
    assert 'href="/docs"' in httpx.get(f"{world.server.url}/login").text


@pytest.mark.parametrize("width", [360, 820, 1280])
def test_nothing_is_wider_than_the_window_with_every_example_open(browser: Browser, world: World, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(f"{world.server.url}/docs")
    for example in page.locator("details > summary").all():
        example.click()
    assert page.locator("details[open]").count() > 10
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()
