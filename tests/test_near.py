"""A large table is laid out and sorted in parts, and nobody can tell from what comes out."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from acme import acme, rows

from tables import acceptance, fingerprints, partitions
from tables.ingest import IngestResult, ingest
from workspace.workspace import Workspace, parse_workspace

NOW = int(pd.Timestamp("2026-01-01", tz="UTC").timestamp())


def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done to millions of rows is done to hundreds."""
    monkeypatch.setattr(partitions, "_FEWEST_ACCOUNTS", 4)
    monkeypatch.setattr(partitions, "_ROWS_AT_ONCE", 100)
    monkeypatch.setattr(partitions, "ROWS_PER_GROUP", 256)
    monkeypatch.setattr(partitions, "_BATCHES_AT_ONCE", 2)
    monkeypatch.setattr(acceptance, "ROWS_PER_GROUP", 64)
    monkeypatch.setattr(acceptance, "_HASHES_AT_ONCE", 50)


def lines(start: int, stop: int) -> str:
    """Touches in no order: some of one moment, some twice, some damaged, some of an account nobody knows."""
    rng = np.random.default_rng(start)
    found = []
    for i in range(start, stop):
        day = "never" if i % 97 == 0 else f"2025-03-{rng.integers(1, 9):02d} 10:00:00"
        found.append(f"T{i - (i % 31 == 0)},{'X' if i % 53 == 0 else 'A'}{rng.integers(100, 160)},{day},call\n")
    return "".join(found)


def company(folder: Path, name: str) -> Workspace:
    """Sixty accounts and the touches of `touches.csv`."""
    (folder / "accounts.csv").write_text("account_id\n" + "".join(f"A{i}\n" for i in range(100, 160)))
    tables = {"accounts": {"source": "accounts"}, "interactions": {"source": "touches"}}
    return acme(folder, {"accounts": "accounts.csv", "touches": "touches.csv"}, tables, data_dir=name)


def touches(folder: Path, *parts: tuple[int, int]) -> None:
    """Write the touches of some ranges."""
    head = "interaction_id,account_id,occurred_at,kind\n"
    (folder / "touches.csv").write_text(head + "".join(lines(*part) for part in parts))


def digest(result: IngestResult, table: str = "interactions") -> str:
    """The hash of a table's file."""
    return hashlib.sha256(result.snapshot.file(table).read_bytes()).hexdigest()


def test_sorted_in_parts_it_is_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touches(tmp_path, (0, 700))
    whole = ingest(company(tmp_path, "whole"), now=NOW)
    small_parts(monkeypatch)
    parts = ingest(company(tmp_path, "parts"), now=NOW)
    assert whole.counts == parts.counts
    assert set(whole.counts["interactions"].reasons) == {"duplicate_key", "unknown_key:account_id", "unparsable_date:occurred_at"}
    assert digest(whole, "quarantine/interactions") == digest(parts, "quarantine/interactions")
    ours, theirs = rows(parts, "interactions"), rows(whole, "interactions")
    assert ours[["account_id", "occurred_at"]].equals(theirs[["account_id", "occurred_at"]])
    by = ["account_id", "occurred_at", "interaction_id"]
    assert ours.sort_values(by, ignore_index=True).equals(theirs.sort_values(by, ignore_index=True))


def test_a_group_of_staged_rows_is_of_few_accounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touches(tmp_path, (0, 700))
    small_parts(monkeypatch)
    ingest(company(tmp_path, "var"), now=NOW)
    staged = max((tmp_path / "var" / "staged").glob("*.parquet"), key=lambda path: path.stat().st_size)
    file = pq.ParquetFile(staged)
    known = [{a for a in file.read_row_group(i)["account_id"].to_pylist() if a[0] == "A"} for i in range(file.num_row_groups)]
    assert len(known) >= 15 and max(map(len, known)) <= 5


def test_in_parts_too_appended_lines_give_what_a_full_ingest_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_parts(monkeypatch)
    monkeypatch.setattr(fingerprints, "_BLOCK", 1000)
    growing = company(tmp_path, "var")
    for parts in ([(0, 300)], [(0, 300), (250, 500)], [(0, 300), (250, 500), (500, 700)]):
        touches(tmp_path, *parts)
        grown = ingest(growing, now=NOW)
    assert len(list((tmp_path / "var" / "staged").glob("*.parquet"))) > 3  # the pieces are still there, each read once
    full = ingest(company(tmp_path, "full"), now=NOW)
    assert grown.counts == full.counts and grown.snapshot.name == full.snapshot.name


def test_what_fails_on_a_late_row_is_an_error_of_the_database(tmp_path: Path) -> None:
    rows = "select 'A' || i % 9 as account_id, case when i = 290000 then error('late') else i end as n from range(300000) t(i)"
    with duckdb.connect() as connection, pytest.raises(duckdb.Error, match="late"):
        partitions.write_near(connection, rows, tmp_path / "near.parquet", ["A3", "A6"])


def test_events_of_opportunities_lie_by_account_and_time_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_parts(monkeypatch)
    rng = np.random.default_rng(0)
    deals = "opportunity_id,account_id,opened_at\n" + "".join(f"P{i},A{100 + i % 60},2025-01-0{1 + i % 7}\n" for i in range(200))
    (tmp_path / "deals.csv").write_text(deals)
    (tmp_path / "stages.csv").write_text(
        "opportunity_id,stage,occurred_at\n"
        + "".join(f"P{rng.integers(200)},s{i % 5},2025-02-{rng.integers(1, 28):02d}\n" for i in range(600))
    )
    touches(tmp_path, (0, 10))
    raw = company(tmp_path, "var").model_dump(exclude_unset=True)
    raw["sources"] |= {"deals": "deals.csv", "stages": "stages.csv"}
    raw["tables"] |= {"opportunities": {"source": "deals"}, "stage_changes": {"source": "stages"}}
    made = rows(ingest(parse_workspace(raw, tmp_path / "foresale.toml"), now=NOW), "stage_changes")
    assert made["account_id"].notna().all() and len(made) > 400
    assert made.sort_values(["account_id", "occurred_at"], kind="stable").equals(made)


def test_the_digest_of_a_beginning_does_not_depend_on_what_follows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingerprints, "_BLOCK", 64)
    file, text = tmp_path / "a.csv", "".join(f'"a{i}",{i}\n' for i in range(100))
    for end in (0, 63, 64, 65, 128, 500):
        file.write_text(text[:end])
        alone = fingerprints.digests(file, []).found[-1]
        file.write_text(text)
        assert fingerprints.digests(file, [end]).found[0] == alone
    assert not fingerprints.digests(file, [text.index("\n") + 1]).cut
    assert fingerprints.digests(file, [text.index("\n")]).cut and fingerprints.digests(file, [64]).cut
