"""Numbers and amounts as people write them: the value that was meant, or quarantine with its reason; never another value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from acme import acme, rows
from test_mapping import NOW

from tables.ingest import IngestResult, ingest
from tables.sql.values import Reading, notation, value_sql
from workspace.schema.columns import Column, Kind


def read(texts: list[str], kind: Kind = "money", currency: str = "CNY", *, decimal_comma: bool | None = None) -> list[Any]:
    """The value of each text, or the reason why it has none."""
    reading = Reading("UTC", 100, {}, decimal_comma=decimal_comma, currency=currency)
    value = value_sql("v", "VARCHAR", Column("n", kind, "", ""), reading)
    reason = notation(kind, reading).unread("v", "n")
    with duckdb.connect() as connection:
        connection.execute("create table t as select unnest(?) as v", [texts])
        found = connection.execute(f"select {value}, {reason} from t").fetchall()
    return [reason.partition(":")[0] if value is None else value for value, reason in found]


def orders(folder: Path, amounts: list[str], *, more: str = "", **options: Any) -> IngestResult:
    """Ingest an order for each amount, with the content of a further column `more` behind it."""
    (folder / "accounts.csv").write_text("no\nA1\n")
    lines = "".join(f'o{i},A1,2025-03-01,"{amount}",{more}\n' for i, amount in enumerate(amounts))
    (folder / "orders.csv").write_text(f"id,no,at,sum,money\n{lines}", encoding="utf-8")
    columns = {"order_id": "id", "account_id": "no", "occurred_at": "at", "amount": "sum"}
    tables = {
        "accounts": {"source": "accounts", "columns": {"account_id": "no"}},
        "orders": {"source": "orders", "columns": columns, **options},
    }
    return ingest(acme(folder, {"accounts": "accounts.csv", "orders": "orders.csv"}, tables), now=NOW)


def test_every_minus_is_a_minus() -> None:
    texts = [
        "-3",
        "\u22123",
        "\u20133",
        "\ufe633",
        "\uff0d3",
        "3-",
        "3 \u2212",
        "(3)",
        "（3）",
        "- 3",
        "-¥3",
        "¥-3",
        "¥(3)",
        "(¥3)",
        "(3) 元",
    ]
    assert read(texts) == [-300] * len(texts)


def test_what_is_no_known_sign_is_not_dropped() -> None:
    texts = [
        "100 CR",
        "100 DR",
        "贷100",
        "退 100",
        "100 pcs",
        "5千",
        "--5",
        "-5-",
        "(-5)",
        "(5",
        "5)",
        "100,-",
        "5%",
        "about 5 thousand",
    ]
    assert read(texts) == ["unknown_sign"] * len(texts)
    assert read(["x", "五百", "4/5", "12 34", "12,34", "1-2", "1.2.3", "1,234,56", "1亿2000万"]) == ["wrong_type"] * 9


def test_groups_of_digits_between_commas_apostrophes_and_narrow_blanks() -> None:
    texts = [
        "1,234.5",
        "1'234.5",
        "1\u2019234.5",
        "1\u00a0234.5",
        "1\u202f234.5",
        "1\u2009234.5",
        "１，２３４．５",
        "\u00a01234.5\u00a0元",
    ]
    assert read(texts) == [123450] * len(texts)


def test_multiples_and_percent() -> None:
    assert read(["1.2万", "3亿", "12万元", "500k", "1.5M", "¥2 million"]) == [
        1_200_000, 30_000_000_000, 12_000_000, 50_000_000, 150_000_000, 200_000_000]  # fmt: skip
    assert read(["5%", "3万", "30m", "5k", "1e3"], "number") == [5, 30_000, "unknown_sign", "unknown_sign", 1000]


@pytest.mark.parametrize(
    ("currency", "own", "others"),
    [
        ("CNY", ["¥5", "5元", "CNY 5", "cny5", "RMB 5", "人民币5元"], ["$5", "USD 5", "US$5", "5美元", "5 eur", "EUR 5,00.1"]),
        ("USD", ["$5", "USD 5", "US$ 5", "5 USD"], ["¥5", "€5", "EUR 5", "JPY 5", "HK$5", "(CAD 5)", "5 元"]),
        ("CAD", ["$5", "CA$5", "5 CAD"], ["US$5", "5 USD", "£5"]),
        ("SEK", ["5 kr", "5 kr.", "SEK 5"], ["5 Kč", "$5", "5 EUR"]),
        ("EUR", ["€5", "5 €", "5 Euro", "eur 5"], ["$5", "5 zł", "CHF 5"]),
    ],
)
def test_amounts_of_another_currency_are_told_apart(currency: str, own: list[str], others: list[str]) -> None:
    assert read(own, currency=currency) == [500] * len(own)
    assert read(others, currency=currency) == ["foreign_currency"] * len(others)


def test_a_decimal_comma_that_was_said() -> None:
    texts = ["1.234,50 €", "1.234", "1,5", "-1.234.567,1", "1.5", "1,234.50", "12,5 kr"]
    assert read(texts, currency="EUR", decimal_comma=True) == [
        123450, 123400, 150, -123456710, "wrong_type", "ambiguous_number", "foreign_currency"]  # fmt: skip
    assert read(["1.234.567", "1.234,50"], currency="EUR") == ["ambiguous_number"] * 2


def test_a_dot_before_three_digits_is_quarantined_where_no_other_value_tells(tmp_path: Path) -> None:
    result = orders(tmp_path, ["1.234", "12.500 元", "950", "-7.000"])
    assert result.counts["orders"].reasons == {"ambiguous_number:amount": 3}
    assert rows(result, "orders")["amount"].tolist() == [95000]
    kept = pq.read_table(result.snapshot.quarantine("orders"))["row"].to_pylist()
    assert sum('"amount":"1.234"' in row for row in kept) == 1 and sum('"amount":"12.500 元"' in row for row in kept) == 1


@pytest.mark.parametrize("telling", ["950.5", "0.125", "1234.567", "¥9.50"])
def test_a_value_with_other_decimals_tells_what_the_dot_is(tmp_path: Path, telling: str) -> None:
    assert orders(tmp_path, ["1.234", telling]).counts["orders"].accepted == 2


def test_the_mapping_may_say_what_the_dot_is(tmp_path: Path) -> None:
    assert rows(orders(tmp_path, ["1.234", "2.000"], decimal_comma=True), "orders")["amount"].tolist() == [123400, 200000]
    assert rows(orders(tmp_path, ["1.234", "2.000"], decimal_comma=False), "orders")["amount"].tolist() == [123, 200]


def test_a_later_value_that_tells_is_as_good_as_an_earlier_one(tmp_path: Path) -> None:
    assert orders(tmp_path, ["1.234"]).counts["orders"].quarantined == 1
    assert orders(tmp_path, ["1.234", "1.5"]).counts["orders"].accepted == 2


@pytest.mark.parametrize(
    ("said", "reasons"),
    [("CNY", {}), ("rmb", {}), ("", {}), ("USD", {"foreign_currency:currency": 1}), ("？", {"foreign_currency:currency": 1})],
)
def test_a_column_names_the_currency_of_a_row(tmp_path: Path, said: str, reasons: dict[str, int]) -> None:
    assert orders(tmp_path, ["5"], more=said, currency="money").counts["orders"].reasons == reasons
