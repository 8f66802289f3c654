"""Figures in a sentence are short and in the form of their language."""

from __future__ import annotations

from datetime import date

import pytest

from display import figures
from display.words import Language


@pytest.mark.parametrize(
    ("minor", "zh", "en"),
    [
        (0.0, "¥0", "CN¥0"),
        (-0.3, "¥0", "CN¥0"),
        (1.0, "¥0.01", "CN¥0.01"),
        (123_400.0, "¥1,234", "CN¥1,234"),
        (1_234_500.0, "¥1.23万", "CN¥12,345"),
        (1e9, "¥1,000万", "CN¥10M"),
        (1.234e11, "¥12.3亿", "CN¥1.23B"),
        (-5_000_000.0, "−¥5万", "−CN¥50,000"),
    ],
)
def test_money_in_few_digits(minor: float, zh: str, en: str) -> None:
    assert figures.money(minor, "CNY", 100, "zh") == zh
    assert figures.money(minor, "CNY", 100, "en") == en


@pytest.mark.parametrize(
    ("days", "zh", "en"),
    [
        (0.3, "不到 1 天", "less than a day"),
        (1.2, "1 天", "1 day"),
        (132.4, "132 天", "132 days"),
        (1000.0, "2.7 年", "2.7 years"),
    ],
)
def test_lengths_in_days_and_years(days: float, zh: str, en: str) -> None:
    assert (figures.length(days, "zh"), figures.length(days, "en")) == (zh, en)


@pytest.mark.parametrize(
    ("days", "zh", "en"),
    [(0.4, "几乎每天", "almost every day"), (1.6, "约 2 天", "every 2 days"), (23.0, "约 23 天", "every 23 days")],
)
def test_rhythms(days: float, zh: str, en: str) -> None:
    assert (figures.every(days, "zh"), figures.every(days, "en")) == (zh, en)


@pytest.mark.parametrize(
    ("low", "high", "en"),
    [
        (2.0, 9.4, "2–9 days"),
        (5.0, 5.2, "5 days"),
        (365.25, 1461.0, "1–4 years"),
        (0.0, 1.0, "up to 1 day"),
        (0.0, 0.6, "less than a day"),
    ],
)
def test_a_range_has_one_unit(low: float, high: float, en: str) -> None:
    assert figures.lengths(low, high, "en") == en


@pytest.mark.parametrize(
    ("share", "text"), [(0.0, "0%"), (0.034, "3.4%"), (0.05, "5%"), (0.0996, "10%"), (0.384, "38%"), (1.0, "100%")]
)
def test_shares(share: float, text: str) -> None:
    assert figures.percent(share) == text


@pytest.mark.parametrize(("language", "text"), [("zh", "2025年5月2日"), ("en", "May 2, 2025")])
def test_days(language: Language, text: str) -> None:
    assert figures.day(date(2025, 5, 2), language) == text


@pytest.mark.parametrize(
    ("seconds", "en"), [(600.0, "less than an hour"), (3_700.0, "1 hour"), (20 * 3600.0, "20 hours"), (36 * 3600.0, "1.5 days")]
)
def test_reply_times(seconds: float, en: str) -> None:
    assert figures.reply_time(seconds, "en") == en
