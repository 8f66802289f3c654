"""This week over real HTTP and in a real browser: rows and their words, filters, the file, and a fit at every width."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import httpx
import pytest
from playwright.sync_api import Browser
from serving_world import AS_OF, Server, browsing, chromium, company_engine, logged_in, serving

from display.language import Writer
from display.words import Language
from serving.access.keys import create_key
from serving.app import create_app
from serving.batch import score_everyone
from serving.insight.week import MOST_LISTED, NAMES
from serving.pages.spreadsheet import as_csv
from serving.runs import DealFacts, Facts, Owner
from serving.settings import Settings
from serving.store.scores import Store, open_store

ANN, BOB = Owner("S1", "=Ann", "East", 6.0), Owner("S2", "Bob", "West", 4.0)


@dataclass
class Site:
    """A running site with two runs of scores, and a key for its pages."""

    server: Server
    key: str

    def get(self, path: str) -> httpx.Response:
        """A page for somebody who is logged in."""
        with logged_in(self.server, self.key) as client:
            return client.get(path)

    def table(self, path: str) -> list[dict[str, str]]:
        """The rows of the file at an address."""
        return list(csv.DictReader(io.StringIO(self.get(path).content.decode("utf-8-sig"))))


def owned(facts: Facts) -> Facts:
    """The facts of a run with two owners, who share the accounts, and one deal that is late."""
    owners = {key: ("S1", "S2")[int(key[1:]) % 2] for key in facts.names}
    closing, contacted = AS_OF - timedelta(days=12), AS_OF - timedelta(days=45)
    late = DealFacts("A004-1", "A004", "proposal", None, 10**10, closing, contacted, "decision_maker offer")
    return replace(facts, owners=owners, people={one.owner_id: one for one in (ANN, BOB)}, deals={**facts.deals, "A004-1": late})


def stored(store: Store) -> None:
    """Two runs, a week apart."""
    engine = company_engine()
    for moment in (AS_OF - timedelta(days=7), AS_OF):
        store.save_run(moment, score_everyone(engine, moment), engine.models, owned(engine.facts(moment)))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    engine = company_engine()
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('store') / 'f.db'}") as store:
        stored(store)
        log = io.StringIO()
        with serving(create_app(Settings(engine.workspace), lambda: engine, store, log_stream=log), log) as server:
            yield Site(server, create_key(store, "pages", ("read",)))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def test_the_week_holds_what_its_people_can_do_and_everybody_once(site: Site) -> None:
    rows = site.table("/week.csv?lang=en")
    accounts = [row["account id"] for row in rows]
    assert 0 < len(accounts) == len(set(accounts)) <= min(10, MOST_LISTED)
    assert len(site.table("/week.csv?lang=en&who=team:West")) <= 4


def test_a_persons_week_is_of_the_own_accounts(site: Site) -> None:
    assert {row["owner"] for row in site.table("/week.csv?lang=en&who=owner:S2")} == {"Bob"}
    assert 'value="owner:S2" selected' in site.get("/?who=owner:S2").text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_late_deal_says_its_amount_stage_date_and_what_is_missing(site: Site, language: Language) -> None:
    words, text = Writer(language), site.get(f"/?lang={language}&who=owner:S1").text
    text += site.get(f"/?lang={language}&who=owner:S2").text
    assert words.count("week.sign.passed", 12, count="12") in text
    assert words.count("week.sign.quiet", 45, count="45") in text
    for key in ("stage.proposal", "week.lacks.decision_maker", "week.lacks.offer"):
        assert words.say(key) in text
    assert "100,000,000" in text
    assert words.say("week.order.win") in text


def test_a_number_shows_how_it_went_since_the_run_before(site: Site) -> None:
    assert '<svg class="spark"' in site.get("/").text


@pytest.mark.parametrize(
    "address",
    [
        "/?owner=S1",
        "/?who=owner:nobody",
        "/?who=team:",
        "/?who=zzz",
        "/week.csv?x=1",
        "/week.csv?who=zzz",
        "/accounts?who=team:West",
    ],
)
def test_what_nobody_knows_is_refused_by_a_page_that_says_so(site: Site, address: str) -> None:
    response = site.get(f"{address}&lang=en")
    assert response.status_code == 422
    assert Writer("en").say("error.unknown") in response.text


def test_a_link_to_the_list_that_once_stood_here_still_leads_to_it(site: Site) -> None:
    response = site.get("/?sort=churn&tier=gold")
    assert (response.status_code, response.headers["location"]) == (308, "/accounts?sort=churn&tier=gold")


def test_the_file_is_for_a_spreadsheet_and_holds_no_formula(site: Site) -> None:
    response = site.get("/week.csv?who=owner:S1&lang=zh")
    assert response.headers["content-disposition"] == 'attachment; filename="week-2026-03-31.csv"'
    assert response.content.startswith(b"\xef\xbb\xbf")
    assert {row["负责人"] for row in csv.DictReader(io.StringIO(response.content.decode("utf-8-sig")))} == {"'=Ann"}


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "-1+1", "@a", "\t=1", "\r=1"])
def test_a_text_that_could_be_a_formula_is_none(text: str) -> None:
    assert next(csv.reader(io.StringIO(as_csv([[text]]).decode("utf-8-sig"), newline="")))[0].startswith("'")


def test_numbers_stay_numbers() -> None:
    assert as_csv([[-1.5, 3, None, "甲"]]).decode("utf-8-sig") == "-1.5,3,,甲\r\n"


@pytest.mark.parametrize("width", [375, 820, 1280])
@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_the_page_fits_and_needs_no_script(browser: Browser, site: Site, locale: str, width: int) -> None:
    with browsing(browser, site.server, site.key, locale) as page:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{site.server.url}/")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("section.week").count() == len(NAMES)
        page.select_option("select[name=who]", "team:West")
        page.click(".filters button")
        assert page.url.endswith("/?who=team%3AWest")
        assert set(page.locator("section.week .whom .small").all_inner_texts()) == {"Bob · West"}
