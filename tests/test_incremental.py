"""An ingest after new data reads only these, and gives byte for byte what a full one gives."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from acme import acme
from postgres import WITHOUT

from tables import staging
from tables.formats import databases
from tables.ingest import IngestResult, ingest
from workspace.errors import ForesaleError
from workspace.workspace import Workspace

NOW = int(pd.Timestamp("2026-01-01", tz="UTC").timestamp())
HEAD = "order_id,account_id,occurred_at,amount\n"
OLD = "o1,A1,2025-03-01,1\no2,A2,2025-03-02,2\no2,A2,2025-03-02,2\no3,A3,2025-03-03,3\nbroken\n"
NEW = "o4,A1,2025-03-04,4\no1,A1,2025-03-01,1\no5,A1,never,5\nagain broken\n"


def company(folder: Path, orders: Any, name: str = "var") -> Workspace:
    """Two accounts and their orders."""
    (folder / "accounts.csv").write_text("account_id\nA1\nA2\n")
    tables = {"accounts": {"source": "accounts"}, "orders": {"source": "orders"}}
    return acme(folder, {"accounts": "accounts.csv", "orders": orders}, tables, data_dir=name)


def bytes_of(result: IngestResult) -> dict[str, str]:
    """Every file of a snapshot and its hash."""
    return {
        str(p.relative_to(result.snapshot.folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in result.snapshot.folder.rglob("*")
        if p.is_file()
    }


@pytest.fixture
def staged_sql(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The SQL of every piece that is really read."""
    seen: list[str] = []
    original = staging.write_near
    monkeypatch.setattr(
        staging, "write_near", lambda connection, sql, *rest: (seen.append(sql), original(connection, sql, *rest))[1]
    )
    return seen


def test_a_file_that_grew_is_read_from_where_it_had_ended(tmp_path: Path, staged_sql: list[str]) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(HEAD + OLD)
    growing = company(tmp_path, "orders.csv")
    ingest(growing, now=NOW)
    staged_sql.clear()
    file.write_text(HEAD + OLD + NEW)
    grown = ingest(growing, now=NOW)
    assert len(staged_sql) == 2 and str(file) not in staged_sql[0]  # the new lines, and those of them that are no rows
    full = ingest(company(tmp_path, "orders.csv", "other"), now=NOW)
    assert bytes_of(grown) == bytes_of(full)
    assert grown.counts["orders"].reasons == {
        "duplicate_key": 2,
        "unknown_key:account_id": 1,
        "unparsable_date:occurred_at": 1,
        "unreadable_row:too_few_columns": 2,
    }


def test_nothing_new_reads_nothing(tmp_path: Path, staged_sql: list[str]) -> None:
    (tmp_path / "orders.csv").write_text(HEAD + OLD)
    first = ingest(company(tmp_path, "orders.csv"), now=NOW)
    staged_sql.clear()
    assert bytes_of(ingest(company(tmp_path, "orders.csv"), now=NOW)) == bytes_of(first)
    assert staged_sql == []
    ingest(company(tmp_path, "orders.csv"), now=NOW, full=True)
    assert len(staged_sql) == 3


def test_a_file_whose_old_lines_changed_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(HEAD + OLD)
    ingest(company(tmp_path, "orders.csv"), now=NOW)
    (tmp_path / "orders.csv").write_text(HEAD + OLD.replace("o1,A1,2025-03-01,1", "o1,A1,2025-03-01,9") + NEW)
    again = ingest(company(tmp_path, "orders.csv"), now=NOW)
    assert bytes_of(again) == bytes_of(ingest(company(tmp_path, "orders.csv", "other"), now=NOW))


def test_an_account_that_arrives_later_frees_its_rows(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(HEAD + OLD)
    before = ingest(company(tmp_path, "orders.csv"), now=NOW)
    waiting = company(tmp_path, "orders.csv")
    (tmp_path / "accounts.csv").write_text("account_id\nA1\nA2\nA3\n")
    after = ingest(waiting, now=NOW)
    assert after.counts["orders"].accepted == before.counts["orders"].accepted + 1


def test_a_new_file_in_a_folder_is_the_only_one_read(tmp_path: Path, staged_sql: list[str]) -> None:
    (tmp_path / "orders").mkdir()
    (tmp_path / "orders" / "1.csv").write_text(HEAD + OLD)
    ingest(company(tmp_path, "orders"), now=NOW)
    staged_sql.clear()
    (tmp_path / "orders" / "2.csv").write_text(HEAD + NEW)
    grown = ingest(company(tmp_path, "orders"), now=NOW)
    assert all("1.csv" not in sql for sql in staged_sql)
    assert bytes_of(grown) == bytes_of(ingest(company(tmp_path, "orders", "other"), now=NOW))


def test_two_files_with_the_same_lines_are_duplicates_and_one_of_each_stays(tmp_path: Path) -> None:
    (tmp_path / "orders").mkdir()
    for number in range(2):
        (tmp_path / "orders" / f"{number}.csv").write_text(HEAD + "o1,A1,2025-03-01,1\n")
    count = ingest(company(tmp_path, "orders"), now=NOW).counts["orders"]
    assert (count.accepted, count.reasons) == (1, {"duplicate_key": 1})


def test_lines_above_the_header_stay_above_when_a_file_grows(tmp_path: Path) -> None:
    source = {"path": "orders.csv", "skip": 2}
    (tmp_path / "orders.csv").write_text("export of today\n\n" + HEAD + OLD)
    ingest(company(tmp_path, source), now=NOW)
    (tmp_path / "orders.csv").write_text("export of today\n\n" + HEAD + OLD + NEW)
    grown = ingest(company(tmp_path, source), now=NOW)
    assert bytes_of(grown) == bytes_of(ingest(company(tmp_path, source, "other"), now=NOW))


@pytest.fixture
def table(cluster: str) -> Iterator[tuple[Any, dict[str, Any]]]:
    """A table of orders, and the source of a user who may only read it."""
    import psycopg

    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute(
            "drop owned by reader cascade"
            if connection.execute("select 1 from pg_roles where rolname = 'reader'").fetchone()
            else "create role reader login"
        )
        connection.execute("drop table if exists sales")
        connection.execute(
            "create table sales (order_id text primary key, account_id text, occurred_at timestamptz, amount numeric, "
            "changed timestamptz default clock_timestamp())"
        )
        connection.execute(
            "insert into sales values ('o1', 'A1', '2025-03-01 08:00+08', 1.5), ('o2', 'A2', '2025-03-02 08:00+08', 2)"
        )
        connection.execute("grant select on sales to reader")
        yield (
            connection,
            {"url": cluster.replace("foresale@", "reader@"), "table": "public.sales", "key": ["order_id"], "since": "changed"},
        )


@WITHOUT
def test_only_what_changed_is_asked_of_postgresql(tmp_path: Path, table: tuple[Any, dict[str, Any]]) -> None:
    connection, source = table
    first = ingest(company(tmp_path, source), now=NOW)
    assert first.counts["orders"].accepted == 2
    connection.execute("insert into sales values ('o3', 'A1', '2025-03-03 08:00+08', 3)")
    connection.execute("update sales set amount = 9, changed = clock_timestamp() where order_id = 'o1'")
    second = ingest(company(tmp_path, source), now=NOW)
    pulled = sorted((tmp_path / "var" / "staged" / "pulled").rglob("*.csv"))
    assert [len(file.read_text().splitlines()) - 1 for file in pulled] == [2, 3]  # o2 is as new as the newest one seen
    assert bytes_of(second) == bytes_of(ingest(company(tmp_path, source, "other"), now=NOW))
    assert bytes_of(ingest(company(tmp_path, source), now=NOW, since="2020-01-01")) == bytes_of(second)


@WITHOUT
def test_many_pulls_are_folded_into_one(
    tmp_path: Path, table: tuple[Any, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    connection, source = table
    monkeypatch.setattr(databases, "_MOST_PIECES", 2)
    for number in range(3, 8):
        connection.execute(f"insert into sales values ('o{number}', 'A1', '2025-03-03 08:00+08', 3)")
        assert ingest(company(tmp_path, source), now=NOW).counts["orders"].accepted == number
    assert len(sorted((tmp_path / "var" / "staged" / "pulled").rglob("*.csv"))) <= 2


@WITHOUT
def test_the_server_is_only_read(tmp_path: Path, table: tuple[Any, dict[str, Any]], cluster: str) -> None:
    _, source = table
    ingest(company(tmp_path, {"url": cluster, "table": "sales"}), now=NOW)
    with pytest.raises(ForesaleError, match="permission denied"):
        ingest(company(tmp_path, {**source, "table": "pg_authid", "key": [], "since": None}), now=NOW)
    with pytest.raises(ForesaleError, match="`url` and `key` with `since`"):
        company(tmp_path, {"path": "orders.csv", "since": "changed"})
