"""The managers' pages in a real browser: login, list, account, both languages, and no way around the login."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page
from serving_world import AS_OF, Server, browsing, chromium, company_engine, logged_in, serving

from display.language import Wording, Writer
from serving.access.keys import create_key
from serving.app import create_app
from serving.batch import score_and_store
from serving.engine import Engine
from serving.pages import charts
from serving.settings import Settings
from serving.store.scores import Store, open_store

BROWSER = {"accept": "text/html"}


@dataclass
class Site:
    """A running site with scores, and a key for its pages."""

    server: Server
    store: Store
    engine: Engine
    key: str

    def client(self) -> httpx.Client:
        """A client that is logged in."""
        return logged_in(self.server, self.key)


@pytest.fixture(scope="module")
def engine() -> Engine:
    """The engine behind these pages."""
    return company_engine()


@pytest.fixture(scope="module")
def site(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('store') / 'f.db'}") as store:
        score_and_store(engine, store, AS_OF)
        log = io.StringIO()
        with serving(create_app(Settings(engine.workspace), lambda: engine, store, log_stream=log), log) as server:
            yield Site(server, store, engine, create_key(store, "pages", ("read",)))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(params=["zh-CN", "en-US"])
def page(request: pytest.FixtureRequest, browser: Browser, site: Site) -> Iterator[Page]:
    """A logged-in page at 1280 px in each language, which must end without a complaint of the browser."""
    with browsing(browser, site.server, site.key, request.param) as page:
        yield page


def language(page: Page) -> str:
    return "zh" if page.get_attribute("html", "lang") == "zh-CN" else "en"


def test_the_login_leads_to_the_page_that_was_asked_for(browser: Browser, site: Site) -> None:
    with browser.new_context(locale="en-US") as context:
        page = context.new_page()
        page.goto(f"{site.server.url}/accounts/A004?lang=zh")
        page.fill("#key", site.key)
        page.click("button[type=submit]")
        page.wait_for_selector("section.prediction")
        assert page.url == f"{site.server.url}/accounts/A004?lang=zh"
        assert site.key not in page.content()


def test_the_list_shows_the_first_fifty_accounts(page: Page, site: Site) -> None:
    words = Writer("zh" if language(page) == "zh" else "en")
    page.goto(f"{site.server.url}/accounts")
    assert page.inner_text("h1") == words.say("accounts.title")
    assert page.locator("table.ranking tbody tr").count() == 50


def test_an_account_explains_its_numbers_from_base_to_result(page: Page, site: Site) -> None:
    page.goto(f"{site.server.url}/accounts/A004")
    churn = site.engine.predict("churn", ["A004"], AS_OF)[0]
    wording = Wording("zh" if language(page) == "zh" else "en", site.engine.workspace)
    card = page.locator("section.prediction").first
    assert wording.percent(churn.shown) in card.locator(".shown").inner_text()
    assert card.locator(".waterfall tbody tr").count() == 2 + len(charts.steps(churn))
    assert wording.of(churn.reasons[0]) in card.locator(".reasons").inner_text()
    assert "foresale-demo-churn" in card.inner_text()


def test_nothing_is_wider_than_a_phone(page: Page, site: Site) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    for path in ("/accounts", "/accounts/A004", "/accounts/A007"):
        page.goto(site.server.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_sorting_and_filtering_need_no_script(browser: Browser, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-US")
    page = context.new_page()
    page.goto(f"{site.server.url}/")
    page.fill("#key", site.key)
    page.press("#key", "Enter")
    page.click(".places a:last-child")
    page.select_option("select[name=sort]", "churn")
    page.select_option("select[name=tier]", "gold")
    page.click(".filters button")
    assert page.locator("table.ranking tbody tr").count() == 23
    assert page.locator("thead [aria-sort=descending]").inner_text().startswith("Churn risk")
    assert set(page.locator("tbody .tier").all_inner_texts()) == {"Gold"}
    context.close()


def test_the_list_can_be_walked_by_keyboard(page: Page, site: Site) -> None:
    page.goto(f"{site.server.url}/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.goto(f"{site.server.url}/accounts")
    page.locator("table.ranking tbody a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("section.prediction")


def test_the_other_language_is_kept_in_a_cookie(page: Page, site: Site) -> None:
    before = language(page)
    page.click(".tools a")
    page.goto(f"{site.server.url}/accounts/A004")
    assert language(page) != before


def test_logging_out_ends_the_session(page: Page, site: Site) -> None:
    page.click(".tools button")
    page.wait_for_selector("#key")
    page.goto(f"{site.server.url}/accounts/A004")
    assert "/login?next=" in page.url


def test_the_next_page_goes_on_where_the_first_ended(page: Page, site: Site) -> None:
    page.goto(f"{site.server.url}/accounts")
    page.click("a[rel=next]")
    assert page.locator("tbody .rank").first.inner_text() == "51"


def test_the_workspace_note_is_visible(page: Page, site: Site) -> None:
    wording = Wording("zh" if language(page) == "zh" else "en", site.engine.workspace)
    assert page.inner_text(".note") == wording.of(site.engine.workspace, "note_")


@pytest.mark.parametrize("path", ["/", "/week.csv", "/accounts", "/accounts/A004"])
def test_without_a_login_every_page_leads_to_it(site: Site, path: str) -> None:
    response = httpx.get(site.server.url + path, headers=BROWSER)
    assert (response.status_code, response.headers["location"].split("?")[0]) == (303, "/login")


def test_a_wrong_key_is_refused_without_a_cookie(site: Site) -> None:
    response = httpx.post(f"{site.server.url}/login", data={"key": "fsk_x"}, headers={**BROWSER, "origin": site.server.url})
    assert response.status_code == 401
    assert "set-cookie" not in response.headers


def test_a_key_without_the_scope_read_opens_no_page(site: Site) -> None:
    key = create_key(site.store, "crm", ("score",))
    response = httpx.post(f"{site.server.url}/login", data={"key": key}, headers={**BROWSER, "origin": site.server.url})
    assert response.status_code == 401


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(site: Site) -> None:
    response = httpx.post(f"{site.server.url}/login", data={"key": site.key}, headers={"origin": site.server.url})
    cookie = response.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert site.key not in cookie


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
@pytest.mark.parametrize("path", ["/login", "/logout"])
def test_a_form_of_another_site_is_refused(site: Site, path: str, headers: dict[str, str]) -> None:
    response = httpx.post(site.server.url + path, data={"key": site.key}, headers=headers)
    assert response.status_code == 403
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize("goal", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_the_login_leads_only_to_this_site(site: Site, goal: str) -> None:
    response = httpx.post(f"{site.server.url}/login", data={"key": site.key, "next": goal}, headers={"origin": site.server.url})
    assert response.headers["location"] == "/"


def test_pages_are_not_cached_and_hold_no_inline_style_or_script(site: Site) -> None:
    with site.client() as client:
        for path in ("/", "/accounts", "/accounts/A004", "/login", "/docs", "/nowhere"):
            response = client.get(path)
            assert response.headers["cache-control"] == "no-store"
            assert not re.search(r"<script|<style|\sstyle=|\son\w+=", response.text)


def test_names_and_searches_are_escaped(site: Site) -> None:
    with site.client() as client:
        text = client.get("/accounts", params={"find": "<img src=x>\"'"}).text
    assert "<img" not in text
    assert "&lt;img" in text


def test_an_unknown_account_is_a_page_that_leads_back(site: Site) -> None:
    with site.client() as client:
        response = client.get("/accounts/nobody")
    assert response.status_code == 404
    assert 'href="/"' in response.text


def test_a_filter_without_a_match_says_what_to_do(site: Site) -> None:
    with site.client() as client:
        text = client.get("/accounts?find=zzz&lang=en").text
    assert Writer("en").say("empty.filter.do") in text


def test_before_the_first_scores_the_page_says_how_to_make_them(engine: Engine, tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'f.db'}") as store:
        log = io.StringIO()
        with (
            serving(create_app(Settings(engine.workspace), lambda: engine, store, log_stream=log), log) as server,
            Site(server, store, engine, create_key(store, "pages")).client() as client,
        ):
            response = client.get("/")
    assert response.status_code == 503
    assert "foresale score" in response.text


def test_every_account_has_a_page(site: Site) -> None:
    """Also one that no task asks about, or that has nothing open."""
    run = site.store.latest_run()
    assert run is not None
    accounts = {prediction.account_id for prediction in site.store.predictions(run)}
    with site.client() as client:
        assert {client.get(f"/accounts/{account}").status_code for account in sorted(accounts)} == {200}
