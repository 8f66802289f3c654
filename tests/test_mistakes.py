"""The 30 commonest mistakes in a mapping: each message says file, key, got, expected and what to do. `mistakes.txt` holds them.

Write it anew with `FORESALE_SNAPSHOT=1 pytest tests/test_mistakes.py` and read the difference.
"""

from __future__ import annotations

import copy
import os
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tables.ingest import ingest
from workspace.errors import ForesaleError
from workspace.workspace import parse_workspace

SNAPSHOT = Path(__file__).parent / "mistakes.txt"
GOOD = tomllib.loads("""
name = "acme"
title_zh = "示例"
title_en = "Acme"
time_zone = "Asia/Shanghai"
currency = "CNY"
data_dir = "var"
[sources]
accounts = "accounts.csv"
orders = "orders.csv"
[tables.accounts]
source = "accounts"
[tables.orders]
source = "orders"
columns = { order_id = "no", account_id = "customer", occurred_at = "day", amount = "total" }
[tasks.churn]
horizon_days = 90
active_days = 180
cutoffs = { kind = "calendar", first = 2024-01-01, test = 2025-06-01 }
""")
LEADS = {"source": "orders", "columns": {"opportunity_id": "no", "account_id": "customer", "opened_at": "day"}}
MISTAKES: dict[str, tuple[str, Any]] = {
    "a currency that is a word": ("currency", "RMB"),
    "a time zone that is a city": ("time_zone", "Beijing"),
    "a name with a blank": ("name", "Acme Inc"),
    "a key nobody knows": ("timezone", "Asia/Shanghai"),
    "a file that is not there": ("sources.orders", "order.csv"),
    "a file of an unknown kind": ("sources.orders", "orders.docx"),
    "a source without a path": ("sources.orders", {"table": "orders"}),
    "a server without a table": ("sources.orders", {"url": "postgresql://host/crm"}),
    "a URL that is no PostgreSQL": ("sources.orders", {"url": "mysql://host/crm", "table": "orders"}),
    "no header and no names": ("sources.orders", {"path": "orders.csv", "header": False}),
    "an encoding that does not exist": ("sources.orders", {"path": "orders.csv", "encoding": "utf-9"}),
    "the wrong encoding": ("sources.orders", {"path": "gb.csv", "encoding": "utf-16"}),
    "a sheet that is not there": ("sources.orders", {"path": "book.xlsx", "sheet": "Orders"}),
    "no table of accounts": ("tables.accounts", None),
    "a table nobody knows": ("tables.visits", {"source": "orders"}),
    "a source that is not declared": ("tables.orders.source", "sales"),
    "a source and a query": ("tables.orders.query", "select 1"),
    "neither a source nor a query": ("tables.orders.source", None),
    "a source column that is not there": ("tables.orders.columns.amount", "sum"),
    "a canonical column that does not exist": ("tables.orders.columns.total", "total"),
    "a required column that is left out": ("tables.orders.columns.occurred_at", None),
    "a query that is no SQL": ("tables.orders", {"query": "select from from orders"}),
    "a query over a table that is not there": ("tables.orders", {"query": "select * from sales"}),
    "an expression over a column that is not there": ("tables.orders.sql", {"margin": "price - cost"}),
    "a column said twice": ("tables.orders.values", {"amount": "1"}),
    "a filter that is no SQL": ("tables.orders.where", "day => '2025'"),
    "a join on a column that is not there": ("tables.orders.join", [{"source": "accounts", "on": {"firm": "id"}}]),
    "a column to unpivot that is not there": (
        "tables.orders.unpivot",
        {"columns": {"jan": "01"}, "name": "month", "value": "sum"},
    ),
    "a column to deduplicate by that is not there": ("tables.orders.deduplicate", {"by": "changed"}),
    "an outcome by a column that is not there": (
        "tables.opportunities",
        {**LEADS, "outcome": {"source": "orders", "on": {"account_id": "customer"}, "at": "bought"}},
    ),
    "an attribute whose column is not there": (
        "tables.orders.attributes",
        {"channel": {"kind": "categorical", "known": "event", "zh": "渠道", "en": "channel"}},
    ),
    "an attribute of an unknown kind": (
        "tables.accounts.attributes",
        {"size": {"kind": "text", "known": "creation", "zh": "规模", "en": "size"}},
    ),
    "a horizon of no days": ("tasks.churn.horizon_days", 0),
    "cutoffs of an unknown kind": ("tasks.conversion", {"horizon_days": 30, "cutoffs": {"kind": "weekly"}}),
}


def changed(key: str, value: Any) -> dict[str, Any]:
    """The good workspace with one key changed, or taken out where the value is None."""
    raw = copy.deepcopy(GOOD)
    *path, last = key.split(".")
    section = raw
    for name in path:
        section = section.setdefault(name, {})
    if value is None:
        del section[last]
    else:
        section[last] = value
    return raw


def message(folder: Path, key: str, value: Any) -> str:
    """What a user reads."""
    (folder / "accounts.csv").write_text("account_id\nA1\n")
    for name in ("orders.csv", "orders.docx", "gb.csv"):
        (folder / name).write_text("no,customer,day,total\no1,A1,2025-03-01,1\n")
    import xlsxwriter

    with xlsxwriter.Workbook(folder / "book.xlsx") as book:
        book.add_worksheet("Sales").write_row(0, 0, ["no", "customer", "day", "total"])
    with pytest.raises(ForesaleError) as caught:
        ingest(parse_workspace(changed(key, value), folder / "foresale.toml"))
    return str(caught.value).replace(str(folder.resolve()), "")


def test_each_message_says_file_key_got_expected_and_what_to_do(tmp_path: Path) -> None:
    texts = {what: message(tmp_path, *mistake) for what, mistake in MISTAKES.items()}
    for what, text in texts.items():
        assert "/foresale.toml: key " in text and all(part in text for part in ("got: ", "expected: ", "do this: ")), (
            f"{what}\n{text}"
        )
    whole = "\n\n".join(f"# {what}\n{text}" for what, text in texts.items()) + "\n"
    if os.environ.get("FORESALE_SNAPSHOT"):
        SNAPSHOT.write_text(whole, encoding="utf-8")
    assert len(MISTAKES) >= 30
    assert SNAPSHOT.read_text(encoding="utf-8") == whole
