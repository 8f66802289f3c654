"""Short ways through a conversion give what the long ways give."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pytest

from tables.sql.text import stated, stated_number
from tables.sql.values import Reading, settled_since, time_sql, value_sql
from workspace.schema.columns import Column


def evaluated(sql: str, values: list[str]) -> list[object]:
    """The SQL over a column `v` of text."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        rows = ", ".join(f"({i}, '{value}')" for i, value in enumerate(values))
        return [row[0] for row in connection.execute(f"select {sql} from (values {rows}) t(i, v) order by i").fetchall()]


@pytest.mark.parametrize("form", ["%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S"])
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "UTC", "America/New_York", "America/Mexico_City", "Europe/Moscow"])
def test_a_settled_clock_says_what_the_calendar_says(zone: str, form: str) -> None:
    moments = [datetime(1985, 1, 1, 12) + timedelta(hours=307 * i) for i in range(1200)]
    texts = [moment.strftime(form) for moment in moments]
    expected = [int(moment.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).timestamp()) for moment in moments]
    assert evaluated(time_sql("v", "VARCHAR", "time", Reading(zone, 100, {})), texts) == expected


def test_clocks_that_still_change_are_not_settled() -> None:
    assert settled_since("Asia/Shanghai") == ("1992-01-01", 8 * 3600)
    assert settled_since("America/New_York")[0] > "2090"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", None), ("   ", None), ("NA", None), (" n/a ", None), ("null", None), ("\\N", None), ("-", None), ("无", None),
        ("空", None), ("#N/A", None), (" a b ", "a b"), ("Nora", "Nora"), ("-1", "-1"), ("无锡", "无锡"), ("nothing", "nothing"),
        ("  N/A  ", None), ("\tx", "\tx"),
    ],
)  # fmt: skip
def test_words_for_nothing_say_nothing(text: str, said: str | None) -> None:
    assert evaluated(stated("v"), [text]) == [said]


def test_what_is_said_is_the_same_as_plainly_defined() -> None:
    nothing = ["null", "n/a", "#n/a", "na", "nan", "none", "\\n", "-", "无", "空", ""]
    words = [*nothing, "no", "x", "无锡", "-5", "O", "]", "旡", "穻", ".", "~"]
    cased = [form(word) for word in words for form in (str, str.upper, str.title)]
    texts = [f"{before}{word}{after}" for word in cased for before in ("", " ") for after in ("", " ", "x")]
    expected = [None if text.strip().lower() in nothing else text.strip() for text in texts]
    assert evaluated(stated("v"), texts) == expected


def test_forms_of_a_second() -> None:
    texts = ["2025-03-01T10:30:00", "2025/03/01 10:30:00", "2025-03-01 10:30:00", "2025/3/1 10:30", "2025-03-01 10:30:00 "]
    assert evaluated(time_sql("v", "VARCHAR", "time", Reading("UTC", 100, {})), texts) == [1740825000] * 5


def test_a_number_and_a_time_may_have_blanks_behind_them() -> None:
    texts = ["20250301  ", "1740825000 ", "1740825000000 ", "2025年3月1日 ", "2025-03-01 ", "N/A ", " "]
    end = 1740873599
    times = [end, 1740825000, 1740825000, end, end, None, None]
    assert evaluated(time_sql(stated_number("v", "VARCHAR"), "VARCHAR", "time", Reading("UTC", 100, {})), texts) == times
    money = Column("m", "money", "", "")
    texts = ["1 ", "1,234.50 ", "1.2万 ", "(5) ", "无", "- "]
    assert evaluated(value_sql(stated_number("v", "VARCHAR"), "VARCHAR", money, Reading("UTC", 100, {})), texts) == [
        100, 123450, 1200000, -500, None, None]  # fmt: skip


def test_halves_of_the_day() -> None:
    texts = ["2025/3/1 下午 3:05:00", "2025年3月1日上午12:05", "2025-03-01 3:05 PM", "2025/3/1 3:05 PM", "2025.3.1 3:05 PM"]
    wrong = ["2025-03-01 下午 15:05", "03-04-25 3:05 PM", "infinity", "epoch"]
    read = evaluated(time_sql("v", "VARCHAR", "time", Reading("UTC", 100, {})), texts + wrong)
    assert read == [1740841500, 1740787500, 1740841500, 1740841500, 1740841500, *[None] * 4]


def test_an_offset_is_not_ignored_where_the_text_is_as_long_as_usual() -> None:
    texts = ["2025-3-1 1:30+08:00", "2025-03-01 10:30+08"]
    assert evaluated(time_sql("v", "VARCHAR", "time", Reading("UTC", 100, {})), texts) == [1740763800, 1740796200]


def test_whole_numbers_of_every_length_and_form() -> None:
    column = Column("n", "integer", "", "")
    texts = ["7", "-7", "+7", "12.5", "1,234", "123456789012345678", "1234567890123456789", "1e3", "1.2万", "(5)", "x"]
    assert evaluated(value_sql("v", "VARCHAR", column, Reading("UTC", 100, {})), texts) == [
        7, -7, 7, 13, 1234, 123456789012345678, 1234567890123456789, 1000, 12000, -5, None]  # fmt: skip
