"""The training report: whole in each language, self-contained, everything escaped."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from static_world import workspace, written

from display.language import Writer
from display.words import LANGUAGES, Language
from features.history_file import load_history
from tables.ingest import ingest
from tables.snapshot import current_snapshot
from training.leaks.gate import Leaks
from training.leaks.rules import CHANGING, MISSING, Finding
from training.report.charts import charts, importance
from training.report.html import html_report, model_card
from training.tasks import TASKS
from training.train import Trained, train_task

HAN = re.compile(r"[\u4e00-\u9fff]")
HOSTILE = "<script>alert(1)</script>"
LEAKS = Leaks(
    (
        Finding("opportunity.visits", MISSING, {"with_outcome": 0.5, "without": 0.1}),
        Finding(f"opportunity.{HOSTILE}", CHANGING, {"changed": 3, "keys": 40}, HOSTILE),
    ),
    ("opportunity.gone",),
    {"opportunity.visits": "", "opportunity.origin": HOSTILE},
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A conversion model of made-up leads without dates, with findings of the leak gate that want to be markup."""
    made = workspace(written(tmp_path_factory.mktemp("static")), "visits", "origin")
    ingest(made)
    return replace(train_task(made, load_history(current_snapshot(made)), TASKS["conversion"]), leaks=LEAKS)


@pytest.fixture(scope="module")
def reports(trained: Trained) -> dict[Language, str]:
    """The report in every language."""
    weights = importance(trained.fitted.scorer, trained.test)
    return {
        language: html_report(trained, charts(trained, weights, Writer(language)), Writer(language)) for language in LANGUAGES
    }


def test_a_report_is_one_file_without_script_and_escaped(reports: dict[Language, str]) -> None:
    for html in reports.values():
        assert html.count("<svg") == 4 and html.count("&lt;script&gt;") == 3
        assert not any(word in html for word in ("<script", "src=", "<link", "None"))


def texts(html: str) -> list[str]:
    """Everything between tags, in the charts too, that has two words of letters; names of inputs and people's words left out."""
    body = re.sub(r"<code>.*?</code>|&lt;script.*?/script&gt;", "", html.partition("</style>")[2], flags=re.DOTALL)
    return [text.strip() for text in re.findall(r">([^<]+)<", body) if re.search(r"[A-Za-z]{3,} [a-z]{2,}", text)]


def test_the_chinese_report_is_chinese_and_the_english_one_english(reports: dict[Language, str]) -> None:
    english, chinese = reports["en"].partition("</style>")[2], reports["zh"]
    assert not HAN.search(english)
    assert [text for text in texts(chinese) if not HAN.search(text)] == []
    for said in ("闸门", "按客户分折，数据没有日期", "逻辑回归", "泄漏检查", "待确认", "未说明理由", "校准："):
        assert said in chinese
    for said in ("folds by account; no dates", "logistic regression", "Leak gate", "asked", "no reason given", "Calibration"):
        assert said in english


def test_both_say_the_same_numbers(reports: dict[Language, str]) -> None:
    def numbers(html: str) -> list[str]:
        tables = re.findall(r"<table.*?</table>", html, re.DOTALL)[:2]
        return re.findall(r"[-+]?\d[\d,.]*", " ".join(tables))

    assert len(numbers(reports["en"])) > 40
    assert sorted(numbers(reports["en"])) == sorted(numbers(reports["zh"]))


def test_the_model_card_names_what_was_found(trained: Trained) -> None:
    card = model_card(trained, "A note.")
    assert "A note." in card and "overrule of opportunity.gone is not used" in card
