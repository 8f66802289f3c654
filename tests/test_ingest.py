"""Sources to canonical tables: types, time zones, quarantine, reconciliation, and the same bytes every time."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from tables.ingest import IngestResult, ingest
from tables.snapshot import current_snapshot
from workspace.errors import ForesaleError
from workspace.mapping import Source
from workspace.workspace import Workspace, parse_workspace

NOW = int(pd.Timestamp("2026-01-01", tz="UTC").timestamp())
ACCOUNTS = "account_id,name,created_at\nA1,甲公司,2024-01-01\nA2,乙公司,2024-02-01\nA2,乙公司,2024-02-01\n,无名,2024-01-01\n"
ORDERS = """order_id,account_id,occurred_at,amount,discount
O1,A1,2025-03-01,100.25,0
O2,A1,2025-03-02 08:30:00,1e3,5
O3,A2,2025-03-02T08:30:00Z,7,1
O4,A9,2025-03-02,7,1
O5,A1,32/13/2025,7,1
O6,A1,2031-01-01,7,1
O7,A1,2025-03-05,seven,1
O8,A1,2025-03-05,-20,1
O9,A1,2025-03-05,20,-1
O10,A1,2025-03-05,,1
O11,A1,2025/3/6,20,
O11,A1,2025/3/6,20,
O12,A1,2025-03-06 08:30:00.5+08:00,20,
"""


def workspace(folder: Path, lines: str = ORDERS, **tables: Any) -> Workspace:
    """A company of two CSV files in Shanghai."""
    (folder / "accounts.csv").write_text(ACCOUNTS, encoding="utf-8")
    (folder / "orders.csv").write_text(lines, encoding="utf-8")
    raw = {
        "name": "acme",
        "title_zh": "示例",
        "title_en": "Acme",
        "time_zone": "Asia/Shanghai",
        "currency": "CNY",
        "data_dir": "var",
        "sources": {"accounts": "accounts.csv", "orders": "orders.csv"},
        "tables": {"accounts": {"source": "accounts"}, "orders": {"source": "orders"}, **tables},
    }
    return parse_workspace(raw, folder / "foresale.toml")


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> IngestResult:
    """One ingest of the damaged file."""
    return ingest(workspace(tmp_path_factory.mktemp("acme")), now=NOW)


@pytest.fixture(scope="module")
def orders(result: IngestResult) -> pd.DataFrame:
    """The accepted orders by id."""
    return pq.read_table(result.snapshot.folder / "orders.parquet").to_pandas().set_index("order_id")


def test_read_is_accepted_plus_quarantined(result: IngestResult) -> None:
    for count in result.counts.values():
        assert count.read == count.accepted + count.quarantined
    assert (result.counts["orders"].read, result.counts["orders"].accepted) == (13, 6)


def test_every_bad_row_has_its_reason(result: IngestResult) -> None:
    assert result.counts["orders"].reasons == {
        "unknown_key:account_id": 1,
        "unparsable_date:occurred_at": 1,
        "future_date:occurred_at": 1,
        "wrong_type:amount": 1,
        "negative:discount": 1,
        "missing:amount": 1,
        "duplicate_key": 1,
    }
    assert result.counts["accounts"].reasons == {"duplicate_key": 1, "missing:account_id": 1}
    kept = pq.read_table(result.snapshot.folder / "quarantine" / "orders.parquet").to_pandas()
    assert '"order_id":"O5"' in kept.set_index("reason").loc["unparsable_date:occurred_at", "row"]


def test_a_day_counts_as_its_end_in_the_companys_zone(orders: pd.DataFrame) -> None:
    assert orders.loc["O1", "occurred_at"] == pd.Timestamp("2025-03-01T23:59:59+08:00")
    assert orders.loc["O11", "occurred_at"] == pd.Timestamp("2025-03-06T23:59:59+08:00")


def test_naive_times_are_local_and_offsets_are_kept(orders: pd.DataFrame) -> None:
    assert orders.loc["O2", "occurred_at"] == pd.Timestamp("2025-03-02T08:30:00+08:00")
    assert orders.loc["O3", "occurred_at"] == pd.Timestamp("2025-03-02T08:30:00Z")


def test_a_fraction_of_a_second_never_makes_an_event_earlier(orders: pd.DataFrame) -> None:
    assert orders.loc["O12", "occurred_at"] == pd.Timestamp("2025-03-06T08:30:01+08:00")


def test_an_opening_counts_as_the_start_of_its_day(result: IngestResult) -> None:
    accounts = pq.read_table(result.snapshot.folder / "accounts.parquet").to_pandas()
    assert accounts["created_at"].iat[0] == pd.Timestamp("2024-01-01T00:00:00+08:00")


def test_money_is_in_minor_units(orders: pd.DataFrame) -> None:
    assert orders["amount"].to_dict() == {"O1": 10_025, "O2": 100_000, "O3": 700, "O8": -2_000, "O11": 2_000, "O12": 2_000}


def files(folder: Path) -> dict[str, str]:
    """Name and hash of every file."""
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()}


def test_twice_gives_the_same_files_byte_for_byte(tmp_path: Path) -> None:
    company = workspace(tmp_path)
    first = ingest(company, now=NOW)
    before = files(first.snapshot.folder)
    shutil.rmtree(company.data_dir)
    second = ingest(company, now=NOW)
    assert (second.snapshot.name, files(second.snapshot.folder)) == (first.snapshot.name, before)


def test_the_old_state_stays_when_an_ingest_fails(tmp_path: Path) -> None:
    company = workspace(tmp_path)
    before = ingest(company, now=NOW).snapshot
    (tmp_path / "orders.csv").unlink()
    with pytest.raises(ForesaleError, match=r"key sources\.orders is wrong"):
        ingest(company, now=NOW)
    assert current_snapshot(company) == before
    assert before.file("orders").is_file()


def test_the_old_state_stays_when_an_ingest_is_killed(tmp_path: Path) -> None:
    company = workspace(tmp_path)
    before = ingest(company, now=NOW).snapshot
    lines = "\n".join(f"X{i},A1,2025-03-01,1,1" for i in range(400_000))
    workspace(tmp_path, ORDERS + lines)
    script = (
        "from tests.test_ingest import *\nimport tomllib, pathlib\nfrom workspace.progress import Progress\n"
        f"folder = pathlib.Path({str(tmp_path)!r})\n"
        "company = workspace(folder, (folder / 'orders.csv').read_text())\n"
        "said = Progress(step=lambda what, done, of: print(what, done, flush=True))\n"
        "ingest(company, said, now=NOW)"
    )
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent)
    assert child.stdout is not None
    while "reading orders" not in child.stdout.readline():
        assert child.poll() is None
    time.sleep(0.05)
    child.kill()
    child.wait()
    child.stdout.close()
    assert current_snapshot(company) == before
    assert pq.read_table(before.file("orders")).num_rows == 6


def test_a_row_dated_today_is_not_in_the_future(tmp_path: Path) -> None:
    morning = int(pd.Timestamp("2025-06-02T02:00:00+08:00").timestamp())
    company = workspace(tmp_path, "order_id,account_id,occurred_at,amount\nO1,A1,2025-06-02,1\nO2,A1,2025-06-03,1\n")
    assert ingest(company, now=morning).counts["orders"].reasons == {"future_date:occurred_at": 1}


def test_a_short_row_is_quarantined_not_fatal(tmp_path: Path) -> None:
    company = workspace(tmp_path, "order_id,account_id,occurred_at,amount\nO0,A1\nO1,A1,2025-06-02,1\n")
    count = ingest(company, now=NOW).counts["orders"]
    assert (count.read, count.accepted, count.reasons) == (2, 1, {"unreadable_row:too_few_columns": 1})


def test_a_file_that_is_no_table_is_said(tmp_path: Path) -> None:
    company = workspace(tmp_path)
    (tmp_path / "x.parquet").write_bytes(b"no parquet")
    broken = company.model_copy(update={"sources": {**company.sources, "orders": Source(path=str(tmp_path / "x.parquet"))}})
    with pytest.raises(ForesaleError, match=r"key sources\.orders is wrong"):
        ingest(broken, now=NOW)


def test_before_the_first_ingest_the_remedy_is_said(tmp_path: Path) -> None:
    with pytest.raises(ForesaleError, match="foresale ingest"):
        current_snapshot(workspace(tmp_path))


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"orders": {"source": "orders", "columns": {"amount": "total"}}}, "key tables.orders.columns.amount is wrong"),
        ({"orders": {"source": "orders", "columns": {"total": "amount"}}}, "no canonical column total"),
        ({"orders": {"query": "select * from nowhere"}}, "key tables.orders.query is wrong"),
    ],
)
def test_a_wrong_mapping_says_what_to_edit(tmp_path: Path, tables: dict[str, Any], message: str) -> None:
    with pytest.raises(ForesaleError, match=message):
        ingest(workspace(tmp_path, ORDERS, **tables), now=NOW)


def test_attributes_become_columns(tmp_path: Path) -> None:
    attribute = {"kind": "categorical", "known": "creation", "column": "name", "zh": "名", "en": "name"}
    company = workspace(tmp_path, ORDERS, accounts={"source": "accounts", "attributes": {"label": attribute}})
    snapshot = ingest(company, now=NOW).snapshot
    assert pq.read_table(snapshot.file("accounts"))["label"].to_pylist() == ["甲公司", "乙公司"]


SALES = {
    "deals": "opportunity_id,account_id,opened_at\nP1,A1,2025-01-01\nP2,A1,2025-01-02\n",
    "stages": "opportunity_id,stage,occurred_at\nP2,won,2025-02-01\nP1,lost,2025-03-01\n",
    "changes": """table,entity_id,field,value,occurred_at
opportunities,P1,expected_close_at,2025-06-30,2025-02-01
opportunities,P1,amount,120.5,2025-02-02
accounts,A1,industry, steel ,2025-02-03
opportunities,P1,expected_close_at,soon,2025-02-04
opportunities,P2,expected_close_at,1751299199,2025-02-05
""",
}


def with_sources(company: Workspace, folder: Path, sources: dict[str, str], tables: dict[str, str]) -> IngestResult:
    """Ingest the company with other sources and tables."""
    raw = {
        **company.model_dump(exclude_unset=True),
        "data_dir": "var",
        "sources": sources,
        "tables": {name: {"source": source} for name, source in tables.items()},
    }
    return ingest(parse_workspace(raw, folder / "foresale.toml"), now=NOW)


def sales(folder: Path) -> IngestResult:
    """Two opportunities of one account, with a stage and a field history that name no account."""
    for name, lines in SALES.items():
        (folder / f"{name}.csv").write_text(lines, encoding="utf-8")
    return with_sources(
        workspace(folder),
        folder,
        {name: f"{name}.csv" for name in ("accounts", *SALES)},
        {"accounts": "accounts", "opportunities": "deals", "stage_changes": "stages", "field_history": "changes"},
    )


def test_events_of_opportunities_get_their_account_and_lie_by_account_and_time(tmp_path: Path) -> None:
    stages = pq.read_table(sales(tmp_path).snapshot.folder / "stage_changes.parquet").to_pandas()
    assert stages["account_id"].tolist() == ["A1", "A1"]
    assert stages["opportunity_id"].tolist() == ["P2", "P1"]


def test_the_history_of_a_field_holds_canonical_values(tmp_path: Path) -> None:
    result = sales(tmp_path)
    changes = pq.read_table(result.snapshot.folder / "field_history.parquet").to_pandas()
    end_of_june = str(int(pd.Timestamp("2025-07-01", tz="Asia/Shanghai").timestamp()) - 1)
    assert changes["value"].tolist() == [end_of_june, "12050", "steel", "1751299199"]
    assert changes["account_id"].tolist() == ["A1"] * 4
    assert result.counts["field_history"].reasons == {"wrong_type:value": 1}


def test_a_source_may_be_a_folder_of_parquet_files(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    for number in range(2):
        pd.DataFrame({"account_id": [f"A{number}"]}).to_parquet(tmp_path / "parts" / f"{number}.parquet")
    result = with_sources(workspace(tmp_path), tmp_path, {"accounts": "parts"}, {"accounts": "accounts"})
    assert result.counts["accounts"].accepted == 2
