"""The pages' language, numbers and charts, without a browser."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from serving_world import AS_OF, company_engine
from starlette.requests import Request

from display import svg
from display.language import Wording
from models.prediction import Prediction
from serving.engine import Engine
from serving.insight.overview import Filters
from serving.language import language_of
from serving.pages import charts


@pytest.fixture(scope="module")
def engine() -> Engine:
    """The company whose numbers are written."""
    return company_engine()


@pytest.mark.parametrize(
    ("query", "cookie", "accepted", "expected"),
    [
        ("lang=en", "zh", "zh-CN", "en"),
        ("", "en", "zh-CN", "en"),
        ("", "", "fr, en;q=0.4, zh;q=0.9", "zh"),
        ("", "", "en-GB,en;q=0.9", "en"),
        ("", "", "", "zh"),
        ("lang=xx", "", "en;q=0, fr", "zh"),
        ("", "", "en;q=x", "zh"),
    ],
)
def test_the_language_is_the_one_asked_for(query: str, cookie: str, accepted: str, expected: str) -> None:
    headers = [(b"accept-language", accepted.encode()), (b"cookie", f"foresale_language={cookie}".encode())]
    assert language_of(Request({"type": "http", "query_string": query.encode(), "headers": headers}), "zh") == expected


def test_numbers_are_written_as_people_write_them(engine: Engine) -> None:
    zh, en = Wording("zh", engine.workspace), Wording("en", engine.workspace)
    assert (zh.money(1_234_567_89.0), en.money(-150.0)) == ("¥1,234,568", "−CN¥1.50")
    assert (zh.points("churn", 0.0123), en.points("churn", -0.0123)) == ("+1.2 个百分点", "−1.2 points")
    assert (zh.points("churn", -1e-12), zh.money(None), zh.percent(None)) == ("0.0 个百分点", "–", "–")
    assert (zh.day(AS_OF), en.day(AS_OF)) == ("2026年3月31日", "Mar 31, 2026")


def parts_of(item: Prediction) -> float:
    return sum(step.points for step in charts.steps(item))


def test_the_steps_lead_from_the_base_to_the_shown_number(engine: Engine) -> None:
    items = engine.predict("churn", engine.population("churn", AS_OF), AS_OF)
    assert len(items) == 112
    for item in items:
        assert charts.steps(item)
        assert item.shown is not None
        assert item.base_shown is not None
        assert item.base_shown + parts_of(item) == pytest.approx(item.shown, abs=1e-9)


def test_listed_reasons_and_the_rest_make_the_whole_distance(engine: Engine) -> None:
    item = engine.predict("value", ["A001"], AS_OF)[0]
    assert item.shown is not None
    assert item.base_shown is not None
    assert item.other_points is not None
    assert sum(reason.points for reason in item.reasons) + item.other_points == pytest.approx(item.shown - item.base_shown)


def test_a_lower_risk_is_good_news_and_a_lower_value_bad() -> None:
    assert (charts.tone("churn", -0.1), charts.tone("value", -1.0), charts.tone("conversion", 0.1)) == ("good", "bad", "good")


def test_bars_stay_inside_their_cell(engine: Engine) -> None:
    real = engine.predict("churn", ["A001"], AS_OF)[0]
    for shown, base in ((0.9, 0.1), (0.0, 1.0), (1.0, 1.0)):
        item = replace(real, shown=shown, base_shown=base)
        for bar in (charts.gauge(item), charts.level_bar(item, shown), svg.share_bar(shown)):
            assert all(0 <= float(number) <= 100 for number in re.findall(r'(?:x|width)="([\d.]+)%"', bar))


def test_links_of_the_list_keep_the_other_choices() -> None:
    filters = Filters("churn", "gold", "a&b", 3)
    assert filters.link(page=4) == "/accounts?sort=churn&tier=gold&find=a%26b&page=4"
    assert filters.link(tier=None, find="") == "/accounts?sort=churn"
    assert Filters().link() == "/accounts"
