"""`foresale init`: small sources as people have them; each proposal is parsed and ingested, and what it accepts is counted."""

from __future__ import annotations

import random
import re
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from acme import rows
from postgres import WITHOUT

from intake.guess.returns import means_a_return
from intake.guess.touches import kind_of
from intake.guess.won import sounds_lost
from intake.look.files import encoding_of
from intake.propose import propose
from intake.words.names import fit, is_id, state_word, who, words_of
from tables.ingest import IngestResult, ingest
from workspace.errors import ForesaleError
from workspace.workspace import Workspace, load_workspace

ROOT = Path(__file__).parents[1]
START = date(2023, 1, 2)


def proposed(folder: Path, source: Path | str) -> tuple[str, Workspace, IngestResult]:
    """The text, the parsed workspace and what ingest makes of it."""
    target = folder / "foresale.toml"
    target.write_text(text := propose(str(source), target), encoding="utf-8")
    workspace = load_workspace(target)
    return text, workspace, ingest(workspace)


def accepted(result: IngestResult) -> dict[str, int]:
    """Rows accepted by table; nothing was quarantined."""
    assert {name: count.reasons for name, count in result.counts.items() if count.quarantined} == {}
    return {name: count.accepted for name, count in result.counts.items()}


def days(count: int, span: int = 700) -> Iterator[tuple[int, date]]:
    """Events of 40 customers on days spread over a span."""
    chosen = random.Random(1)
    for number in range(count):
        yield number % 40 + 1, START + timedelta(days=chosen.randrange(span))


def write(folder: Path, name: str, lines: list[list[Any]], *, encoding: str = "utf-8", sign: str = ",") -> Path:
    """A CSV file."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("\n".join(sign.join(map(str, line)) for line in lines) + "\n", encoding=encoding)
    return folder


def chinese(folder: Path, encoding: str = "utf-8") -> Path:
    """A Chinese CRM: customers, orders with every kind of amount, follow-ups in a workbook."""
    accounts = [
        [
            f"KH{i:03}",
            f"第{i}机电有限公司",
            ["机械", "化工", "电子"][i % 3],
            ["华东", "华南"][i % 2],
            f"2022/{i % 12 + 1}/{i % 27 + 1}",
        ]
        for i in range(1, 41)
    ]
    write(folder, "客户.csv", [["客户编号", "客户名称", "所属行业", "地区", "建档日期"], *accounts], encoding=encoding)
    amounts = ['"¥1,234.50"', "1.2万", "980", '"12,000元"']
    orders = [
        [f"DD{n:04}", f"KH{i:03}", f"{day.year}年{day.month}月{day.day}日", amounts[n % 4]]
        for n, (i, day) in enumerate(days(300))
    ]
    write(folder, "订单.csv", [["订单编号", "客户编号", "下单日期", "金额"], *orders], encoding=encoding)
    kinds = ["拜访", "电话", "邮件"]
    visits = pd.DataFrame(
        [[f"KH{i:03}", day, kinds[n % 3], "张三", f"第{n}次沟通"] for n, (i, day) in enumerate(days(200))],
        columns=["客户编号", "跟进时间", "跟进方式", "负责人", "跟进内容"],
    )
    visits.to_excel(folder / "跟进记录.xlsx", index=False, engine="xlsxwriter")
    return folder


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_chinese_company(tmp_path: Path, encoding: str) -> None:
    text, workspace, result = proposed(tmp_path, chinese(tmp_path / "数据", encoding))
    assert accepted(result) == {"accounts": 40, "interactions": 200, "orders": 300}
    assert (workspace.time_zone, workspace.currency) == ("Asia/Shanghai", "CNY")
    assert set(rows(result, "orders")["amount"]) == {123450, 1200000, 98000}
    assert set(rows(result, "interactions")["kind"]) == {"拜访", "电话", "邮件"}
    assert {"name", "industry", "region", "created_at"} <= set(rows(result, "accounts"))
    assert workspace.tables["accounts"].known_at_creation == ("industry", "region")
    assert workspace.tasks.churn is not None
    assert "\n# ???" not in text


CRM = [["OpportunityId", "AccountId", "Created Date", "Close Date", "Stage", "Amount", "Lead Source", "Owner"]]


def crm(folder: Path) -> Path:
    """Exports in English: day first, currency signs, a stage that says won and lost, a closing date that open ones have too."""
    write(
        folder,
        "Account.csv",
        [
            ["Id", "Name", "Industry", "BillingCountry", "LastActivityDate"],
            *([f"001{i:03}", f"Firm {i}", ["Retail", "Energy"][i % 2], ["UK", "DE"][i % 2], "2025-01-01"] for i in range(1, 41)),
        ],
    )
    stages = ["Closed Won", "Closed Lost", "Negotiation"]
    deals = [
        [
            f"006{n:04}",
            f"001{i:03}",
            f"{day:%d/%m/%Y}",
            f"{day + timedelta(days=20 + n % 30):%d/%m/%Y}",
            stages[n % 3],
            f'"€{n + 1},000.00"',
            ["Web", "Fair"][n % 2],
            f"Rep {n % 4}",
        ]
        for n, (i, day) in enumerate(days(300))
    ]
    write(folder, "Opportunity.csv", [*CRM, *deals])
    calls = [
        [f"006{n:04}", f"{day:%d/%m/%Y} 14:30", ["Call", "Email"][n % 2], ["Inbound", "Outbound"][n % 2], n % 50]
        for n, (_, day) in enumerate(days(250))
    ]
    return write(folder, "Activities.csv", [["OpportunityId", "ActivityDate", "Type", "Direction", "Duration Minutes"], *calls])


def test_a_crm_export_in_english(tmp_path: Path) -> None:
    text, workspace, result = proposed(tmp_path, crm(tmp_path / "export"))
    assert accepted(result) == {"accounts": 40, "opportunities": 300, "interactions": 250}
    deals, calls = rows(result, "opportunities"), rows(result, "interactions")
    assert deals["outcome"].value_counts().to_dict() == {"won": 100, "lost": 100}
    assert deals["closed_at"].notna().sum() == 200
    assert calls["account_id"].notna().all() and calls["opportunity_id"].nunique() == 250
    assert set(calls["direction"]) == {"in", "out"} and calls["duration_s"].max() == 49 * 60
    assert workspace.currency == "EUR" and workspace.tasks.conversion is not None
    assert "# ??? Negotiation of Stage count as open" in text
    assert "day_first = true" in text


def test_orders_alone_make_accounts_of_their_customers(tmp_path: Path) -> None:
    lines = [[f"C{i}", f"{day:%m/%d/%Y}", n + 0.5] for n, (i, day) in enumerate(days(300))]
    write(tmp_path / "shop", "sales.csv", [["customer", "order_date", "total"], *lines], sign=";")
    text, workspace, result = proposed(tmp_path, tmp_path / "shop")
    assert accepted(result) == {"accounts": 40, "orders": 300}
    assert workspace.tables["orders"].day_first is False
    assert "rows are numbered in a fixed order" in text


def test_lines_with_a_receipt_number_become_orders_and_lines(tmp_path: Path) -> None:
    lines = [
        [f"INV{n // 3}", f"P{n % 7}", n % 5 + 1, "2.50", n // 3 % 40 + 1, START + timedelta(days=n // 3)] for n in range(900)
    ]
    write(
        tmp_path / "shop",
        "retail.csv",
        [["InvoiceNo", "StockCode", "Quantity", "UnitPrice", "CustomerID", "InvoiceDate"], *lines],
    )
    _, _, result = proposed(tmp_path, tmp_path / "shop" / "retail.csv")
    assert accepted(result) == {"accounts": 40, "orders": 300, "order_lines": 900}
    assert (
        rows(result, "orders")["amount"].sum()
        == rows(result, "order_lines")["amount"].sum()
        == sum((n % 5 + 1) * 250 for n in range(900))
    )


def test_lines_in_a_table_of_their_own_give_orders_their_amount(tmp_path: Path) -> None:
    orders = [[n, i, f"{day} 10:00:00", "delivered"] for n, (i, day) in enumerate(days(300), 1)]
    write(tmp_path / "shop", "orders.csv", [["order_id", "customer_id", "order_purchase_timestamp", "order_status"], *orders])
    write(tmp_path / "shop", "customers.csv", [["customer_id", "city"], *([i, ["Lyon", "Nice"][i % 2]] for i in range(1, 41))])
    items = [[n % 300 + 1, f"p{n % 9}", "10.00"] for n in range(600)]
    write(tmp_path / "shop", "order_items.csv", [["order_id", "product_id", "price"], *items])
    _, _, result = proposed(tmp_path, tmp_path / "shop")
    assert accepted(result) == {"accounts": 40, "orders": 300, "order_lines": 600}
    assert set(rows(result, "orders")["amount"]) == {2000}


def leads(count: int = 600) -> list[list[Any]]:
    """Leads without a date; the score knows the outcome, the source is harmless."""
    chosen = random.Random(2)
    won = [chosen.random() < 0.3 for _ in range(count)]
    return [
        ["Lead ID", "Lead Source", "City", "Score", "Grade", "Converted"],
        *(
            [
                f"L{n:04}",
                chosen.choice(["Web", "Fair", "Call"]),
                chosen.choice(["Select", "Pune", "Delhi"]),
                50 + 40 * y + chosen.randrange(9),
                "AB"[y],
                "Yes" if y else "No",
            ]
            for n, y in enumerate(won)
        ),
    ]


def test_one_static_table_of_leads(tmp_path: Path) -> None:
    text, workspace, result = proposed(tmp_path, write(tmp_path / "in", "leads.csv", leads()))
    assert accepted(result) == {"accounts": 600, "opportunities": 600}
    assert workspace.tasks.conversion is not None and workspace.tasks.conversion.cutoffs.kind == "none"
    assert set(workspace.tables["opportunities"].attributes) == {"city"}
    assert rows(result, "opportunities")["city"].isna().any()
    assert "# score = {" in text and "# grade = {" in text


def test_touches_alone(tmp_path: Path) -> None:
    lines = [[i, int(pd.Timestamp(day).timestamp() * 1000) + n, ["login", "view"][n % 2]] for n, (i, day) in enumerate(days(300))]
    write(tmp_path / "in", "events.csv", [["user_id", "timestamp", "event"], *lines])
    _, workspace, result = proposed(tmp_path, tmp_path / "in")
    assert accepted(result) == {"accounts": 40, "interactions": 300}
    assert rows(result, "interactions")["occurred_at"].min() >= pd.Timestamp(START, tz="UTC")
    assert workspace.tasks.churn is None


def test_a_file_without_a_header(tmp_path: Path) -> None:
    lines = [[f"{i:05}", f"{day:%Y%m%d}", n % 4 + 1, f"{n}.25"] for n, (i, day) in enumerate(days(300))]
    write(tmp_path / "in", "log.txt", lines, sign="  ")
    _, workspace, result = proposed(tmp_path, tmp_path / "in" / "log.txt")
    assert not workspace.sources["log"].header and workspace.sources["log"].delimiter == "whitespace"
    assert accepted(result)["accounts"] == 40


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_a_database_file(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"crm.{kind}"
    frames = {
        "customers": pd.DataFrame({"customer_id": range(1, 41), "company": [f"Firm {i}" for i in range(40)]}),
        "orders": pd.DataFrame(
            [(n, i, str(day), n * 1.5) for n, (i, day) in enumerate(days(300))],
            columns=["order_id", "customer_id", "order_date", "amount"],
        ),
    }
    for name, frame in frames.items():
        if kind == "sqlite":
            with sqlite3.connect(path) as database:
                frame.to_sql(name, database, index=False)
        else:
            with duckdb.connect(str(path)) as database:
                database.execute(f"create table {name} as select * from frame")
    _, _, result = proposed(tmp_path, path)
    assert accepted(result) == {"accounts": 40, "orders": 300}


@WITHOUT
def test_a_postgresql_url(tmp_path: Path, cluster: str) -> None:
    import psycopg

    with psycopg.connect(cluster) as connection:
        connection.execute("create schema shop")
        connection.execute("create table shop.clients (client_id int primary key, client_name text)")
        connection.execute(
            "create table shop.invoices (invoice_id int primary key, client_id int, invoice_date date, total numeric)"
        )
        with connection.cursor() as cursor:
            cursor.executemany("insert into shop.clients values (%s, %s)", [(i, f"Firm {i}") for i in range(1, 41)])
            cursor.executemany(
                "insert into shop.invoices values (%s, %s, %s, %s)", [(n, i, day, n) for n, (i, day) in enumerate(days(300))]
            )
    text, _, result = proposed(tmp_path, cluster)
    assert {"accounts": 40, "orders": 300}.items() <= accepted(result).items()
    assert 'table = "shop.clients"' in text


def test_files_of_several_years_are_one_source(tmp_path: Path) -> None:
    for year in (2022, 2023):
        write(
            tmp_path / "in",
            f"orders_{year}.csv",
            [
                ["order_no", "client", "date", "amount"],
                *([f"{year}-{n}", f"C{n % 30}", date(year, 1, 1) + timedelta(days=n), n] for n in range(200)),
            ],
        )
    _, workspace, result = proposed(tmp_path, tmp_path / "in")
    assert accepted(result)["orders"] == 400
    assert len(workspace.sources) == 1


def test_dates_that_could_be_two_days_are_a_doubt(tmp_path: Path) -> None:
    lines = [[n, f"C{n % 40}", f"0{n % 9 + 1}/0{n % 7 + 1}/202{n % 3 + 2}", 5] for n in range(300)]
    text, _, result = proposed(
        tmp_path, write(tmp_path / "in", "orders.csv", [["order_id", "customer_id", "date", "amount"], *lines])
    )
    assert accepted(result)["orders"] == 300
    assert "# ??? 03/04/2025 may be the 3rd of April or the 4th of March" in text


def test_a_copy_and_a_dictionary_are_left_out_with_the_reason(tmp_path: Path) -> None:
    write(tmp_path / "in", "leads.csv", leads())
    write(tmp_path / "in", "leads_backup.csv", leads(300))
    write(tmp_path / "in", "data_dictionary.csv", [["column", "meaning"], ["City", "where"], ["Score", "how good"]])
    text, _, result = proposed(tmp_path, tmp_path / "in")
    assert accepted(result)["opportunities"] == 600
    assert "# ??? leads_backup: its name says 'backup'" in text and "# ??? data_dictionary: its name says 'dictionary'" in text


def test_an_existing_file_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "foresale.toml").write_text("mine")
    with pytest.raises(ForesaleError, match="a workspace file already"):
        propose(str(write(tmp_path / "in", "leads.csv", leads())), tmp_path / "foresale.toml")


@pytest.mark.parametrize(
    ("files", "says"), [({}, "no table is there"), ({"a.csv": [["x", "y"], [1, 2], [3, 4]]}, "nothing to predict was found")]
)
def test_what_holds_nothing_to_predict_is_refused(tmp_path: Path, files: dict[str, list[list[Any]]], says: str) -> None:
    (tmp_path / "in").mkdir()
    for name, lines in files.items():
        write(tmp_path / "in", name, lines)
    with pytest.raises(ForesaleError, match=says):
        propose(str(tmp_path / "in"), tmp_path / "foresale.toml")


def test_the_command_says_what_it_found_and_what_comes_next(tmp_path: Path) -> None:
    write(tmp_path / "in", "leads.csv", leads())
    write(tmp_path / "in", "empty.csv", [["a", "b"]])
    done = subprocess.run(
        [sys.executable, "-m", "foresale", "init", str(tmp_path / "in"), "--out", str(tmp_path / "new.toml")],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert "opportunities" in done.stdout and "600" in done.stdout and "Next:" in done.stdout
    assert "left out: empty: no rows" in done.stdout
    assert tomllib.loads((tmp_path / "new.toml").read_text(encoding="utf-8"))["tables"]["opportunities"]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("客户编号,金额\nA1,一百元\n", "gb18030"), ("Müller, café, Größe\n" * 9, None), ("a,b\n1,2\n", "utf-8")],
)
def test_encodings_are_told_apart(text: str, encoding: str | None) -> None:
    raw = text.encode(encoding or "cp1252")
    found = encoding_of(raw)
    assert found == encoding if encoding else raw.decode(found) == text


def test_names_are_cut_into_words_however_they_are_written() -> None:
    assert [words_of(name) for name in ("CustomerIDs", "order_date", "custid", "Amount__c", "下单日期")] == [
        ("customer", "id"),
        ("order", "date"),
        ("cust", "id"),
        ("amount",),
        ("下单日期",),
    ]
    assert who("客户编号") == who("AccountId") == 1.0 and is_id("客户编号") and not is_id("city")
    assert fit("订单金额", "金额") > 0.7 > fit("city", "amount")


NAMES = {
    "en": {
        "customers": ["customer_id", "customer_name", "industry", "customer_level"],
        "deals": ["opportunity_no", "customer_id", "created_at", "close_date", "stage", "amount"],
        "orders": ["order_no", "customer_id", "order_date", "order_type", "amount"],
        "order_lines": ["order_no", "line_no", "product_id", "quantity", "unit_price"],
        "visits": ["visit_no", "customer_id", "opportunity_no", "visit_date", "purpose"],
    },
    "zh": {
        "客户": ["客户编号", "客户名称", "行业", "客户等级"],
        "商机": ["商机号", "客户编号", "创建日期", "关闭日期", "阶段", "预计金额"],
        "销售订单": ["单据编号", "客户编号", "单据日期", "单据类型", "金额"],
        "销售订单明细": ["单据编号", "行号", "物料编码", "数量", "单价"],
        "拜访记录": ["拜访编号", "客户编号", "关联商机", "拜访时间", "目的"],
    },
}
KINDS = {"en": ("sale", "Return"), "zh": ("销售出库", "销售退货")}
STAGES = {"en": ("Closed - Won", "Closed: customer cancelled", "Negotiation"), "zh": ("赢单", "已关闭-客户取消", "方案报价")}


def messy(folder: Path, language: str, *, copies: int = 1) -> Path:
    """A CRM and an ERP with one copy in the customers, the deals and the orders, and returns with positive amounts."""
    sale, back = KINDS[language]
    customers = [[f"C{i:03}", f"Firm {i}", ["Retail", "Energy"][i % 2], "ABC"[i % 3]] for i in range(1, 41)]
    deals = [
        [f"D{n:04}", f"C{i:03}", day, day + timedelta(days=30) if n % 3 < 2 else "", STAGES[language][n % 3], n + 1]
        for n, (i, day) in enumerate(days(300))
    ]
    sums = ['"¥1,234.5"', "2.5万", "100", '"(300)"', "-50"]
    orders = [
        [f"O{n:04}", f"C{i:03}", day, back if n % 10 < 5 and n >= 250 else sale, sums[n % 5]]
        for n, (i, day) in enumerate(days(300))
    ]
    lines = [[f"O{n // 2:04}", n % 2 + 1, f"P{n % 9}", 1, 10] for n in range(600)]
    visits = [[f"V{n:04}", f"C{i:03}", f"D{n:04}", day, ["offer", "talk"][n % 2]] for n, (i, day) in enumerate(days(250))]
    customers += [[f"{key}", f"{name} (new)", field, level] for key, name, field, level in customers[:copies]]
    data = [customers, [*deals, *deals[:copies]], [*orders, *orders[:copies]], lines, visits]
    for (name, header), content in zip(NAMES[language].items(), data, strict=True):
        write(folder, f"{name}.csv", [header, *content])
    return folder


@pytest.mark.parametrize("language", ["en", "zh"])
def test_one_copy_takes_no_key_away(tmp_path: Path, language: str) -> None:
    text, _workspace, result = proposed(tmp_path, messy(tmp_path / "in", language))
    reasons = {name: count.reasons for name, count in result.counts.items() if count.quarantined}
    assert reasons == {name: {"duplicate_key": 1} for name in ("accounts", "opportunities", "orders")}
    accepted_rows = {name: count.accepted for name, count in result.counts.items()}
    assert accepted_rows == {"accounts": 40, "opportunities": 300, "orders": 300, "order_lines": 600, "interactions": 250}
    assert "row_key" not in text
    assert text.count("a key but for 1 row that repeats a value") == 3
    header = next(iter(NAMES[language].values()))
    assert f"with a {header[0]} of an earlier row, 1 of them with other values" in text and "equal in every column" in text
    assert rows(result, "interactions")["opportunity_id"].nunique() == 250


@pytest.mark.parametrize("language", ["en", "zh"])
def test_returns_count_as_negative(tmp_path: Path, language: str) -> None:
    text, _, result = proposed(tmp_path, messy(tmp_path / "in", language, copies=0))
    accepted(result)
    orders = rows(result, "orders").set_index("order_id")["amount"]
    assert [orders[f"O{n:04}"] for n in range(240, 245)] == [123450, 2500000, 10000, -30000, -5000]
    assert [orders[f"O{n:04}"] for n in range(250, 255)] == [-123450, -2500000, -10000, -30000, -5000]
    assert rows(result, "order_lines").groupby("order_id")["amount"].sum()[["O0249", "O0250"]].tolist() == [2000, -2000]
    kind = NAMES[language]["orders" if language == "en" else "销售订单"][3]
    assert re.search(rf"# \?\?\?.*{kind} says {KINDS[language][1]} in 8.3% of the rows", text)


@pytest.mark.parametrize("number", ["a number", "text"])
def test_returns_with_numbers_and_with_receipts_of_several_lines(tmp_path: Path, number: str) -> None:
    frame = pd.DataFrame(
        [
            (n // 2, i, day, ["invoice", "credit note"][n // 2 % 10 == 0], f"p{n % 7}", 2, 10.5)
            for n, (i, day) in enumerate(days(400))
        ],
        columns=["invoice_no", "customer_id", "date", "type", "product_id", "quantity", "amount"],
    )
    frame["customer_id"], frame["date"] = frame["invoice_no"] % 40, frame["date"].iloc[0]
    (tmp_path / "in").mkdir()
    frame = frame if number == "a number" else frame.astype({"amount": str})
    frame.to_parquet(tmp_path / "in" / "invoices.parquet")
    _, _, result = proposed(tmp_path, tmp_path / "in")
    assert rows(result, "orders")["amount"].value_counts().to_dict() == {2100: 180, -2100: 20}
    assert rows(result, "order_lines")["amount"].value_counts().to_dict() == {1050: 360, -1050: 40}


def test_returns_that_are_negative_already_stay(tmp_path: Path) -> None:
    lines = [[n, f"C{i}", day, ["sale", "refund"][n % 9 == 0], -5 if n % 9 == 0 else 5] for n, (i, day) in enumerate(days(300))]
    header = ["order_id", "customer_id", "date", "type", "amount"]
    text, workspace, _ = proposed(tmp_path, write(tmp_path / "in", "orders.csv", [header, *lines]))
    assert workspace.tables["orders"].columns["amount"] == "amount" and "as returns" not in text


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("退货", True),
        ("销售退货", True),
        ("红字", True),
        ("Credit Note", True),
        ("returns", True),
        ("refund", True),
        ("credit card", False),
        ("未退款", False),
        ("蓝字", False),
        ("换货", False),
        ("return customer", False),
    ],
)
def test_words_for_a_return(value: str, meant: bool) -> None:
    assert means_a_return(value) == meant


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_level_is_a_state_and_only_a_comment(tmp_path: Path, language: str) -> None:
    text, workspace, _ = proposed(tmp_path, messy(tmp_path / "in", language, copies=0))
    assert workspace.tables["accounts"].attributes == {}
    assert re.search(r"# \?\?\? left out: its name says '(level|等级)'", text)


@pytest.mark.parametrize(
    "name", ["客户级别", "评级", "客户分级", "标签", "评分", "得分", "tier", "rating", "segment", "score", "rank"]
)
def test_words_for_a_state(name: str) -> None:
    assert state_word(name)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_closed_deal_that_is_not_won_is_lost(tmp_path: Path, language: str) -> None:
    text, _, result = proposed(tmp_path, messy(tmp_path / "in", language, copies=0))
    assert rows(result, "opportunities")["outcome"].value_counts().to_dict() == {"won": 100, "lost": 100}
    _, ended, still = STAGES[language]
    assert re.search(rf"# \?\?\? {ended} of \w+ count as lost where \w+ is filled.*{still} of \w+ count as open", text)


@pytest.mark.parametrize(("undated", "strict"), [(7, True), (50, False)])
def test_a_won_deal_without_its_date_is_named(tmp_path: Path, undated: int, strict: bool) -> None:
    folder = messy(tmp_path / "in", "en", copies=0)
    header, *deals = (folder / "deals.csv").read_text().splitlines()
    for n in [n for n, line in enumerate(deals) if STAGES["en"][0] in line][:undated]:
        key, account, opened, _, *rest = deals[n].split(",")
        deals[n] = ",".join((key, account, opened, "", *rest))
    (folder / "deals.csv").write_text("\n".join([header, *deals]) + "\n")
    text, _, result = proposed(tmp_path, folder)
    fate = "they go to quarantine as outcome_without_date" if strict else f"{undated} count as open"
    assert f"{undated} of 100 that ended have no close_date: {fate}" in text
    assert result.counts["opportunities"].reasons == ({"outcome_without_date": undated} if strict else {})
    assert (rows(result, "opportunities")["outcome"] == "won").sum() == 100 - undated


@pytest.mark.parametrize(
    ("value", "lost"),
    [
        ("已关闭", True),
        ("客户取消", True),
        ("项目终止", True),
        ("abandoned", True),
        ("Closed", True),
        ("Canceled", True),
        ("已关闭-赢单", False),
        ("取消申请中", False),
        ("流失风险", False),
        ("Closed Deal", False),
        ("not closed", False),
    ],
)
def test_words_for_a_lost_deal(value: str, lost: bool) -> None:
    assert sounds_lost(value) == lost


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("电话记录", "call"),
        ("calls", "call"),
        ("拜访记录", "visit"),
        ("邮件", "email"),
        ("Meetings", "meeting"),
        ("微信聊天", "chat"),
        ("web_visits", ""),
        ("跟进记录", ""),
    ],
)
def test_the_kind_of_touches_by_the_name_of_their_table(title: str, kind: str) -> None:
    assert kind_of(title) == kind


@pytest.mark.parametrize("title", ["电话记录", "calls"])
def test_a_table_of_calls_gives_calls(tmp_path: Path, title: str) -> None:
    write(tmp_path / "in", f"{title}.csv", [["客户编号", "时间"], *([f"C{i}", day] for i, day in days(300))])
    _, _, result = proposed(tmp_path, tmp_path / "in")
    assert set(rows(result, "interactions")["kind"]) == {"call"}


def test_near_unique_amounts_and_texts_are_no_keys(tmp_path: Path) -> None:
    lines = [[f"C{i}", day, n * 1.25 + 7, f"remark {n}", 13900000000 + n] for n, (i, day) in enumerate(days(300))]
    header = ["customer_id", "order_date", "amount", "note", "phone number"]
    text, _, result = proposed(tmp_path, write(tmp_path / "in", "orders.csv", [header, *lines, lines[0]]))
    assert "rows are numbered in a fixed order" in text and accepted(result)["orders"] == 301


def test_a_feed_of_changes_has_no_key(tmp_path: Path) -> None:
    lines = [[f"L{n % 100:03}", ["new", "won", "lost"][n % 3], day, day] for n, (_, day) in enumerate(days(300))]
    header = ["lead_id", "status", "created_at", "updated_at"]
    text, _, _ = proposed(tmp_path, write(tmp_path / "in", "leads.csv", [header, *lines]))
    assert 'opportunity_id = "row_key"' in text


def test_a_customer_who_hardly_recurs_is_no_key_of_the_orders(tmp_path: Path) -> None:
    write(tmp_path / "in", "customers.csv", [["customer_id", "city"], *([f"C{i}", "AB"[i % 2]] for i in range(400))])
    orders = [[f"C{n % 295}", day, n + 1] for n, (_, day) in enumerate(days(300))]
    write(tmp_path / "in", "orders.csv", [["customer_id", "order_date", "amount"], *orders])
    _, workspace, result = proposed(tmp_path, tmp_path / "in")
    assert accepted(result)["orders"] == 300 and workspace.tables["accounts"].source == "customers"


def test_a_few_receipts_of_several_lines_are_no_copies(tmp_path: Path) -> None:
    lines = [[f"R{n:03}", f"C{i}", day, f"p{n % 7}", 10] for n, (i, day) in enumerate(days(300))]
    more = [[*line[:3], "p9", 5] for line in lines[:4]]
    header = ["receipt_no", "customer_id", "date", "product_id", "amount"]
    _, _, result = proposed(tmp_path, write(tmp_path / "in", "sales.csv", [header, *lines, *more]))
    assert accepted(result) == {"accounts": 40, "orders": 300, "order_lines": 304}


def test_copies_that_differ_name_the_column_that_says_which_is_newer(tmp_path: Path) -> None:
    customers = [[f"C{i}", "AB"[i % 2], f"2024-01-{i % 27 + 1:02}"] for i in range(1, 41)]
    header = ["customer_id", "region", "updated_at"]
    write(tmp_path / "in", "customers.csv", [header, *customers, ["C1", "B", "2025-01-01"]])
    orders = [[n, f"C{i}", day, n] for n, (i, day) in enumerate(days(300))]
    write(tmp_path / "in", "orders.csv", [["order_id", "customer_id", "date", "amount"], *orders])
    text, workspace, result = proposed(tmp_path, tmp_path / "in")
    assert workspace.tables["accounts"].source == "customers" and result.counts["accounts"].accepted == 40
    assert 'To keep the newest write deduplicate = { by = "updated_at" }' in text
