"""The mapping language: every way from a source row to a canonical row, and what its mistakes say."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from acme import acme, rows

from tables.ingest import IngestResult, ingest

NOW = int(pd.Timestamp("2026-01-01", tz="UTC").timestamp())
ACCOUNTS = "no,company\nA1,甲公司\nA2,乙公司\n"


def company(folder: Path, files: dict[str, str], sources: dict[str, Any], tables: dict[str, Any]) -> IngestResult:
    """Ingest a company of these files; its accounts are there."""
    for name, text in {"accounts.csv": ACCOUNTS, **files}.items():
        (folder / name).write_text(text, encoding="utf-8")
    accounts = {"source": "accounts", "columns": {"account_id": "no", "name": "company"}}
    return ingest(acme(folder, {"accounts": "accounts.csv", **sources}, {"accounts": accounts, **tables}), now=NOW)


CALLS = "id,no,at\nc1,A1,2025-03-01\nc2,A2,2025-03-02\n"
VISITS = "nr,customer,day,what\nv1,A1,2025-03-03,拜访\nv2,A1,2025-03-04,void\n"


def test_several_sources_become_one_table_each_with_constants_and_a_filter(tmp_path: Path) -> None:
    parts = [
        {
            "source": "calls",
            "columns": {"interaction_id": "id", "account_id": "no", "occurred_at": "at"},
            "values": {"kind": "call"},
        },
        {
            "source": "visits",
            "columns": {"interaction_id": "nr", "account_id": "customer", "occurred_at": "day"},
            "values": {"kind": "visit"},
            "where": "what <> 'void'",
        },
    ]
    result = company(
        tmp_path,
        {"calls.csv": CALLS, "visits.csv": VISITS},
        {"calls": "calls.csv", "visits": "visits.csv"},
        {"interactions": {"parts": parts}},
    )
    assert rows(result, "interactions")[["interaction_id", "kind"]].to_numpy().tolist() == [
        ["c1", "call"],
        ["v1", "visit"],
        ["c2", "call"],
    ]
    assert result.counts["interactions"].read == 3


def test_an_expression_over_the_source_row_and_a_return_as_a_negative_order(tmp_path: Path) -> None:
    lines = "id,no,at,price,qty,type\no1,A1,2025-03-01,10.5,2,sale\no2,A1,2025-03-02,10.5,1,return\n"
    orders = {
        "source": "orders",
        "columns": {"order_id": "id", "account_id": "no", "occurred_at": "at"},
        "sql": {"amount": "price::decimal(18, 2) * qty::int * case when type = 'return' then -1 else 1 end"},
    }
    result = company(tmp_path, {"orders.csv": lines}, {"orders": "orders.csv"}, {"orders": orders})
    assert rows(result, "orders")["amount"].tolist() == [2100, -1050]


def test_keys_from_another_table_by_join(tmp_path: Path) -> None:
    orders = {
        "source": "orders",
        "join": [{"source": "accounts", "on": {"firm": "company"}}],
        "columns": {"order_id": "id", "account_id": "accounts.no", "occurred_at": "at"},
        "values": {"amount": "1"},
    }
    result = company(
        tmp_path,
        {"orders.csv": "id,firm,at\no1,乙公司,2025-03-01\no2,丙公司,2025-03-01\n"},
        {"orders": "orders.csv"},
        {"orders": orders},
    )
    assert rows(result, "orders")["account_id"].tolist() == ["A2"]
    assert result.counts["orders"].reasons == {"missing:account_id": 1}


def test_a_join_may_start_from_one_before_it(tmp_path: Path) -> None:
    lines = {
        "source": "lines",
        "join": [{"source": "receipts", "on": {"receipt": "nr"}}, {"source": "cards", "on": {"receipts.card": "card"}}],
        "columns": {"order_id": "line", "account_id": "cards.holder", "occurred_at": "receipts.day", "amount": "price"},
    }
    files = {
        "lines.csv": "line,receipt,price\nl1,r1,5\nl2,r2,7\n",
        "receipts.csv": "nr,card,day\nr1,k1,2025-03-01\nr2,k2,2025-03-02\n",
        "cards.csv": "card,holder\nk1,A2\nk2,A1\n",
    }
    result = company(tmp_path, files, {name: f"{name}.csv" for name in ("lines", "receipts", "cards")}, {"orders": lines})
    assert rows(result, "orders").set_index("order_id")["account_id"].to_dict() == {"l1": "A2", "l2": "A1"}


def test_wide_becomes_long(tmp_path: Path) -> None:
    long = {
        "source": "months",
        "unpivot": {"columns": {"jan": "2025-01-31", "feb": "2025-02-28"}, "name": "month", "value": "sum"},
        "columns": {"account_id": "no", "occurred_at": "month", "amount": "sum"},
        "sql": {"order_id": "no || '-' || month"},
    }
    result = company(tmp_path, {"months.csv": "no,jan,feb\nA1,10,\nA2,20,30\n"}, {"months": "months.csv"}, {"orders": long})
    assert rows(result, "orders")["order_id"].tolist() == ["A1-2025-01-31", "A2-2025-01-31", "A2-2025-02-28"]


def test_one_source_feeds_several_tables(tmp_path: Path) -> None:
    lines = "deal,no,opened,proposal,closed,result\nd1,A1,2025-01-01,2025-02-01,2025-03-01,won\nd2,A2,2025-01-05,,,\n"
    stages = {
        "source": "funnel",
        "unpivot": {
            "columns": {"opened": "prospect", "proposal": "proposal", "closed": "closed"},
            "name": "stage",
            "value": "day",
        },
        "columns": {"opportunity_id": "deal", "occurred_at": "day"},
    }
    deals = {
        "source": "funnel",
        "columns": {
            "opportunity_id": "deal",
            "account_id": "no",
            "opened_at": "opened",
            "closed_at": "closed",
            "outcome": "result",
        },
    }
    result = company(tmp_path, {"funnel.csv": lines}, {"funnel": "funnel.csv"}, {"opportunities": deals, "stage_changes": stages})
    assert rows(result, "stage_changes")["stage"].tolist() == ["prospect", "proposal", "closed", "prospect"]
    assert rows(result, "opportunities")["outcome"].fillna("").tolist() == ["won", ""]


def test_the_outcome_is_an_event_within_so_many_days_and_later_ones_are_censored(tmp_path: Path) -> None:
    leads = "lead,no,day\nl1,A1,2025-01-01\nl2,A2,2025-01-01\nl3,A3,2025-03-20\n"
    bought = "no,day\nA1,2024-12-01\nA1,2025-01-20\nA2,2025-03-15\nA4,2025-04-01\n"
    table = {
        "source": "leads",
        "columns": {"opportunity_id": "lead", "account_id": "no", "opened_at": "day"},
        "outcome": {"source": "bought", "on": {"account_id": "no"}, "at": "day", "within_days": 30},
    }
    accounts = {"query": "select distinct no as account_id from leads"}
    result = company(
        tmp_path,
        {"leads.csv": leads, "bought.csv": bought},
        {"leads": "leads.csv", "bought": "bought.csv"},
        {"accounts": accounts, "opportunities": table},
    )
    found = rows(result, "opportunities")
    assert found["outcome"].fillna("").tolist() == ["won", "lost", ""]
    assert found["closed_at"].dt.tz_convert("Asia/Shanghai").dt.strftime("%F").fillna("").tolist() == [
        "2025-01-20",
        "2025-01-31",
        "",
    ]


def test_the_last_version_of_a_row_is_kept(tmp_path: Path) -> None:
    lines = "id,no,at,sum,changed\no1,A1,2025-03-01,1,2025-03-01\no1,A1,2025-03-01,3,2025-03-09\no1,A1,2025-03-01,2,2025-03-02\n"
    orders = {"source": "orders", "columns": {"order_id": "id", "account_id": "no", "occurred_at": "at", "amount": "sum"}}
    tables = {"orders": {**orders, "deduplicate": {"by": "changed", "keep": "last"}}}
    result = company(tmp_path, {"orders.csv": lines}, {"orders": "orders.csv"}, tables)
    assert rows(result, "orders")["amount"].tolist() == [300]
    assert result.counts["orders"].reasons == {"superseded": 2}


@pytest.mark.parametrize(
    ("text", "options", "second"),
    [
        ("2025-03-01", {}, "2025-03-01T23:59:59"),
        ("2025/3/1", {}, "2025-03-01T23:59:59"),
        ("2025年3月1日", {}, "2025-03-01T23:59:59"),
        ("2025.03.01", {}, "2025-03-01T23:59:59"),
        ("20250301", {}, "2025-03-01T23:59:59"),
        ("2025年3月1日 08:30", {}, "2025-03-01T08:30:00"),
        ("1740789000", {}, "2025-03-01T08:30:00"),
        ("1740789000123", {}, "2025-03-01T08:30:01"),
        ("2025-03-01T00:30:00Z", {}, "2025-03-01T08:30:00"),
        ("2025-03-01T08:30+08", {}, "2025-03-01T08:30:00"),
        ("2025-03-01 08:30", {}, "2025-03-01T08:30:00"),
        ("01/03/2025", {"day_first": True}, "2025-03-01T23:59:59"),
        ("03/01/2025", {"day_first": False}, "2025-03-01T23:59:59"),
        ("1.3.2025 08:30", {"day_first": True}, "2025-03-01T08:30:00"),
        ("03/01/2025 8:30 AM", {"day_first": False}, "2025-03-01T08:30:00"),
        ("1 Mar 25", {"dates": {"occurred_at": "%d %b %y"}}, "2025-03-01T23:59:59"),
        ("45717", {"dates": {"occurred_at": "excel"}}, "2025-03-01T00:00:00"),
    ],
)
def test_dates_as_people_write_them(tmp_path: Path, text: str, options: dict[str, Any], second: str) -> None:
    table = {
        "source": "orders",
        "columns": {"order_id": "id", "account_id": "no", "occurred_at": "at"},
        "values": {"amount": "1"},
        **options,
    }
    result = company(tmp_path, {"orders.csv": f"id,no,at\no1,A1,{text}\n"}, {"orders": "orders.csv"}, {"orders": table})
    assert rows(result, "orders")["occurred_at"].tolist() == [pd.Timestamp(f"{second}+08:00")]


def test_a_date_that_could_be_two_days_is_not_guessed(tmp_path: Path) -> None:
    table = {
        "source": "orders",
        "columns": {"order_id": "id", "account_id": "no", "occurred_at": "at"},
        "values": {"amount": "1"},
    }
    result = company(tmp_path, {"orders.csv": "id,no,at\no1,A1,03/04/2025\n"}, {"orders": "orders.csv"}, {"orders": table})
    assert result.counts["orders"].reasons == {"unparsable_date:occurred_at": 1}


@pytest.mark.parametrize(
    ("text", "options", "minor"),
    [
        ("1234.5", {}, 123450),
        ("¥1,234.50", {}, 123450),
        ("1,234", {}, 123400),
        ("CNY 12", {}, 1200),
        ("1.2万", {}, 1200000),
        ("3亿", {}, 30000000000),
        ("(12.50)", {}, -1250),
        ("1.234,50 元", {"decimal_comma": True}, 123450),
        ("１２３．５元", {}, 12350),
        ("-¥3", {}, -300),
    ],
)
def test_amounts_as_people_write_them(tmp_path: Path, text: str, options: dict[str, Any], minor: int) -> None:
    table = {
        "source": "orders",
        "columns": {"order_id": "id", "account_id": "no", "occurred_at": "at", "amount": "sum"},
        **options,
    }
    result = company(
        tmp_path, {"orders.csv": f'id,no,at,sum\no1,A1,2025-03-01,"{text}"\n'}, {"orders": "orders.csv"}, {"orders": table}
    )
    assert rows(result, "orders")["amount"].tolist() == [minor]


@pytest.mark.parametrize("text", ["12,34", "five thousand", "12 34", "1.2.3"])
def test_an_amount_that_is_unclear_is_not_guessed(tmp_path: Path, text: str) -> None:
    table = {"source": "orders", "columns": {"order_id": "id", "account_id": "no", "occurred_at": "at", "amount": "sum"}}
    result = company(
        tmp_path, {"orders.csv": f'id,no,at,sum\no1,A1,2025-03-01,"{text}"\n'}, {"orders": "orders.csv"}, {"orders": table}
    )
    assert result.counts["orders"].reasons == {"wrong_type:amount": 1}


LINES = "o1,A1,2025-03-01,7\no2,A2,2025-03-02,8\n"
HEADED = f"order_id,account_id,occurred_at,amount\n{LINES}"


def _write_database(path: Path, connect: Any) -> None:
    with connect(path) as connection:
        connection.execute("create table sales (order_id varchar, account_id varchar, occurred_at varchar, amount varchar)")
        for line in LINES.split():
            connection.execute(f"insert into sales values ({', '.join(repr(cell) for cell in line.split(','))})")


def test_every_kind_of_source_gives_the_same_rows(tmp_path: Path) -> None:
    (tmp_path / "gb.csv").write_bytes(HEADED.encode("gb18030"))
    (tmp_path / "bare.txt").write_text(LINES.replace(",", "\t"))
    (tmp_path / "blanks.txt").write_text(HEADED.replace(",", "   "))
    (tmp_path / "parts").mkdir()
    for number, line in enumerate(LINES.split()):
        (tmp_path / "parts" / f"{number}.csv").write_text(f"order_id,account_id,occurred_at,amount\n{line}\n")
    frame = pd.read_csv(tmp_path / "gb.csv", dtype=str)
    frame.to_parquet(tmp_path / "orders.parquet")
    frame.to_excel(tmp_path / "orders.xlsx", sheet_name="sales", index=False, engine="xlsxwriter")
    frame.to_csv(tmp_path / "orders.csv.gz", index=False)
    _write_database(tmp_path / "orders.sqlite", sqlite3.connect)
    _write_database(tmp_path / "orders.duckdb", lambda path: duckdb.connect(str(path)))
    names = ["order_id", "account_id", "occurred_at", "amount"]
    kinds: list[Any] = [
        {"path": "gb.csv", "encoding": "gb18030"},
        {"path": "bare.txt", "header": False, "names": names},
        "parts",
        "parts/*.csv",
        {"path": "blanks.txt", "delimiter": "whitespace"},
        "orders.parquet",
        {"path": "orders.xlsx", "sheet": "sales"},
        "orders.csv.gz",
        {"path": "orders.sqlite", "table": "sales"},
        {"path": "orders.duckdb", "table": "main.sales"},
    ]
    for kind in kinds:
        found = rows(company(tmp_path, {}, {"orders": kind}, {"orders": {"source": "orders"}}), "orders")
        assert found[["order_id", "amount"]].to_numpy().tolist() == [["o1", 700], ["o2", 800]], kind
