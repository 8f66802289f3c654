"""Inputs that once were read wrongly without a word: each is now read right, quarantined or refused."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from acme import acme, rows
from test_mapping import NOW, company

from readiness.check import check
from tables.ingest import ingest
from workspace.errors import ForesaleError

ORDER = {"source": "orders", "columns": {"order_id": "id", "account_id": "no", "occurred_at": "at"}, "values": {"amount": "1"}}
LINE = "id,no,at\no1,A1,2025-03-01\n"


def dated(folder: Path, text: str, **options: Any) -> Any:
    """The reasons against an order of that date, or its moment."""
    result = company(
        folder, {"orders.csv": f"id,no,at\no1,A1,{text}\n"}, {"orders": "orders.csv"}, {"orders": {**ORDER, **options}}
    )
    return (
        result.counts["orders"].reasons or rows(result, "orders")["occurred_at"].iloc[0].tz_convert("Asia/Shanghai").isoformat()
    )


@pytest.mark.parametrize(
    ("text", "options", "found"),
    [
        ("01/03/25", {}, {"unparsable_date:occurred_at": 1}),
        ("1/3/25 10:00", {}, {"unparsable_date:occurred_at": 1}),
        ("31/12/24", {"day_first": True}, "2024-12-31T23:59:59+08:00"),
        ("03.04.25", {"day_first": True}, "2025-04-03T23:59:59+08:00"),
        ("2025-03-01 02:00:00 UTC", {}, "2025-03-01T10:00:00+08:00"),
        ("2025-03-01 02:00:00.000 +0000", {}, "2025-03-01T10:00:00+08:00"),
        ("2025-03-01 10:00:00 CST", {}, {"unparsable_date:occurred_at": 1}),
        ("2025-03-01 10:00 PM", {}, "2025-03-01T22:00:00+08:00"),
    ],
)
def test_a_date_is_read_whole_or_not_at_all(tmp_path: Path, text: str, options: dict[str, Any], found: Any) -> None:
    assert dated(tmp_path, text, **options) == found


@pytest.mark.parametrize("text", ["1亿2000万", "3万5千", "0:02:30", "10:30", "4/5", "1h30m", "1-2", "1.5M 2", "五百"])
def test_a_number_with_more_in_it_is_not_stripped_to_its_digits(tmp_path: Path, text: str) -> None:
    table = {**ORDER, "values": {}, "columns": {**ORDER["columns"], "amount": "sum"}}  # type: ignore[dict-item]
    result = company(
        tmp_path, {"orders.csv": f'id,no,at,sum\no1,A1,2025-03-01,"{text}"\n'}, {"orders": "orders.csv"}, {"orders": table}
    )
    assert result.counts["orders"].reasons == {"wrong_type:amount": 1}


def test_a_query_that_was_edited_is_run_again_and_parts_with_queries_keep_apart(tmp_path: Path) -> None:
    def part(which: str) -> dict[str, Any]:
        columns = 'id as order_id, no as account_id, "at" as occurred_at, 1 as amount'
        return {"query": f"select {columns} from orders where id = '{which}'"}

    files, sources = {"orders.csv": LINE + "o2,A2,2025-03-02\n"}, {"orders": "orders.csv"}
    for chosen in ("o1", "o2"):
        result = company(tmp_path, files, sources, {"orders": part(chosen)})
        assert rows(result, "orders")["order_id"].tolist() == [chosen]
    both = company(tmp_path, files, sources, {"orders": {"parts": [part("o1"), part("o2")]}})
    assert both.counts["orders"].accepted == 2


def test_a_bracket_in_a_file_name_is_no_pattern(tmp_path: Path) -> None:
    files = {"o[1].csv": LINE, "o1.csv": LINE.replace("o1", "wrong")}
    assert rows(company(tmp_path, files, {"orders": "o[1].csv"}, {"orders": ORDER}), "orders")["order_id"].tolist() == ["o1"]


@pytest.mark.parametrize("name", ["crm-orders", "订单", "my orders"])
def test_a_source_may_have_any_name(tmp_path: Path, name: str) -> None:
    assert (
        company(tmp_path, {"orders.csv": LINE}, {name: "orders.csv"}, {"orders": {**ORDER, "source": name}})
        .counts["orders"]
        .accepted
        == 1
    )


def test_the_event_decides_whatever_the_source_says_of_itself(tmp_path: Path) -> None:
    leads = "lead,no,day,outcome\nl1,A1,2025-01-01,lost\nl2,A2,2025-12-20,\n"
    bought = "no,day\nA1,2025-01-20\nA9,2099-01-01\n"
    table = {
        "source": "leads",
        "columns": {"opportunity_id": "lead", "account_id": "no", "opened_at": "day"},
        "outcome": {"source": "bought", "on": {"account_id": "no"}, "at": "day", "within_days": 30},
    }
    result = company(
        tmp_path,
        {"leads.csv": leads, "bought.csv": bought},
        {"leads": "leads.csv", "bought": "bought.csv"},
        {"opportunities": table},
    )
    assert rows(result, "opportunities")["outcome"].fillna("").tolist() == ["won", ""]


def test_versions_within_one_second_keep_their_order(tmp_path: Path) -> None:
    lines = "id,no,at,sum,changed\n" + "".join(f"o1,A1,2025-03-01,{n},2025-03-01 10:00:00.{n}\n" for n in (3, 1, 2))
    table = {"source": "orders", "columns": {**ORDER["columns"], "amount": "sum"}, "deduplicate": {"by": "changed"}}  # type: ignore[dict-item]
    assert rows(company(tmp_path, {"orders.csv": lines}, {"orders": "orders.csv"}, {"orders": table}), "orders")[
        "amount"
    ].tolist() == [300]


def test_a_broken_line_counts_once_for_two_parts_of_a_table(tmp_path: Path) -> None:
    parts = [{**ORDER, "where": "id = 'o1'"}, {**ORDER, "where": "id <> 'o1'"}]
    count = company(tmp_path, {"orders.csv": LINE + "broken\n"}, {"orders": "orders.csv"}, {"orders": {"parts": parts}}).counts[
        "orders"
    ]
    assert (count.read, count.reasons) == (2, {"unreadable_row:too_few_columns": 1})


def test_a_row_committed_to_sqlites_log_is_seen(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "crm.sqlite")
    connection.execute("pragma journal_mode = wal")
    connection.execute("create table sales (id text, no text, at text)")
    for number in (1, 2):
        connection.execute(f"insert into sales values ('o{number}', 'A1', '2025-03-01')")
        connection.commit()
        result = company(tmp_path, {}, {"orders": {"path": "crm.sqlite", "table": "sales"}}, {"orders": ORDER})
        assert result.counts["orders"].accepted == number
    connection.close()


def test_a_file_that_grew_inside_a_quoted_field_is_read_again(tmp_path: Path) -> None:
    table = {**ORDER, "columns": {**ORDER["columns"]}}  # type: ignore[dict-item]
    begun = 'id,no,at,note\no1,A1,2025-03-01,x\no2,A1,2025-03-01,"two\n'
    company(tmp_path, {"orders.csv": begun}, {"orders": "orders.csv"}, {"orders": table})
    grown = company(tmp_path, {"orders.csv": begun + 'lines"\n'}, {"orders": "orders.csv"}, {"orders": table})
    assert (grown.counts["orders"].accepted, grown.counts["orders"].quarantined) == (2, 0)


def test_equal_headers_keep_both_columns(tmp_path: Path) -> None:
    table = {**ORDER, "values": {}, "columns": {**ORDER["columns"], "amount": "sum"}}  # type: ignore[dict-item]
    result = company(
        tmp_path, {"orders.csv": "id,no,at,sum,Sum\no1,A1,2025-03-01,10,99\n"}, {"orders": "orders.csv"}, {"orders": table}
    )
    assert rows(result, "orders")["amount"].tolist() == [1000]


def test_a_day_as_a_whole_number_in_parquet(tmp_path: Path) -> None:
    pd.DataFrame({"id": ["o1"], "no": ["A1"], "at": [20250301]}).to_parquet(tmp_path / "orders.parquet")
    found = rows(company(tmp_path, {}, {"orders": "orders.parquet"}, {"orders": ORDER}), "orders")
    assert found["occurred_at"].tolist() == [pd.Timestamp("2025-03-01T23:59:59+08:00")]


def test_an_attribute_may_be_called_reason_but_not_like_a_canonical_column(tmp_path: Path) -> None:
    words = {"kind": "categorical", "known": "event", "zh": "原因", "en": "reason"}
    table = {**ORDER, "attributes": {"reason": words}}
    result = company(
        tmp_path, {"orders.csv": "id,no,at,reason\no1,A1,2025-03-01,late\n"}, {"orders": "orders.csv"}, {"orders": table}
    )
    assert rows(result, "orders")["reason"].tolist() == ["late"]
    with pytest.raises(ForesaleError, match="another name"):
        company(tmp_path, {}, {"orders": "orders.csv"}, {"orders": {**ORDER, "attributes": {"discount": words}}})


def test_no_password_is_printed_or_connected_with(tmp_path: Path) -> None:
    for source in (
        {"path": "postgresql://u:se/cr@et@h/db"},
        {"url": "postgresql://u:secret@h/db", "table": "t"},
        {"url": "mysql://u:secret@h/db", "table": "t"},
    ):
        with pytest.raises(ForesaleError) as caught:
            company(tmp_path, {}, {"orders": source}, {"orders": ORDER})
        assert "secret" not in str(caught.value) and "cr@et" not in str(caught.value)


@pytest.mark.parametrize(("name", "text"), [("empty.csv", ""), ("blank.csv", "\n\n"), ("book.xlsx", "no workbook")])
def test_a_file_without_rows_is_said_at_its_own_key(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(ForesaleError, match=r"key sources\.orders is wrong"):
        company(tmp_path, {name: text}, {"orders": name}, {"orders": ORDER})


def test_check_ends_well_on_nearly_nothing(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("no,entered\n")
    sources, tables = {"accounts": "accounts.csv"}, {"accounts": {"source": "accounts", "columns": {"account_id": "no"}}}
    assert check(acme(tmp_path, sources, tables, time_zone="UTC"), now=NOW).state == "not_ready"
    table = {**ORDER, "columns": {**ORDER["columns"], "received_at": "entered"}}  # type: ignore[dict-item]
    (tmp_path / "accounts.csv").write_text("no,entered\nA1,\n")
    (tmp_path / "orders.csv").write_text("id,no,at,entered\no1,A1,2025-03-01,\n")
    wider = acme(tmp_path, {**sources, "orders": "orders.csv"}, {**tables, "orders": table}, time_zone="UTC")
    assert check(wider, now=NOW).counts["orders"].accepted == 1
    assert pq.read_table(ingest(wider, now=NOW).snapshot.folder / "orders.parquet").num_rows == 1


def test_a_moment_beyond_all_calendars_does_not_end_the_ingest(tmp_path: Path) -> None:
    contract = {
        "source": "contracts",
        "columns": {"contract_id": "id", "account_id": "no", "starts_at": "start", "ends_at": "end"},
        "dates": {"ends_at": "epoch_ms"},
    }
    files = {"contracts.csv": "id,no,start,end\nc1,A1,2025-03-01,1756684800000\nc2,XX,2025-03-01,1700000000000000000\n"}
    result = company(tmp_path, files, {"contracts": "contracts.csv"}, {"contracts": contract})
    assert result.counts["contracts"].reasons == {"unknown_key:account_id": 1}
