"""The synthetic world: its tables hold together, its files are the same each time, and time leaves its marks."""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from foresale.cli import app
from workspace.errors import ForesaleError
from workspace.progress import Progress
from workspace.schema import TABLES
from workspace.workspace import load_workspace
from worlds.setting import ACCOUNTS_A_BLOCK
from worlds.write import declared, write_world

YEARS = 3
Frames = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A standard world of two blocks on disk."""
    return write_world(tmp_path_factory.mktemp("world"), declared(ACCOUNTS_A_BLOCK + 200, YEARS, 1, "standard")).parent


@pytest.fixture(scope="module")
def standard(written: Path) -> Frames:
    """Its tables and its truth."""
    folders = sorted((written / "tables").iterdir())
    return {
        folder.name: pd.concat([pd.read_parquet(part) for part in sorted(folder.iterdir())], ignore_index=True)
        for folder in folders
    } | {"truth": pd.read_parquet(written / "truth.parquet")}


def hashes(folder: Path, pattern: str = "**/*.parquet") -> dict[str, str]:
    """SHA-256 of every file that fits."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.glob(pattern))
    }


def test_every_table_is_there_with_every_column_and_not_empty(standard: Frames) -> None:
    assert set(TABLES) | {"truth"} == set(standard)
    for name, schema in TABLES.items():
        assert {column.name for column in schema.columns} <= set(standard[name].columns), name
        assert len(standard[name]) > 0, name
        filled = standard[name].drop(columns="valid_to", errors="ignore").notna().any()
        assert filled.all(), f"{name}: {list(filled[~filled].index)}"


def test_types_on_disk_are_the_canonical_ones(written: Path) -> None:
    stored = {
        "id": pa.string(),
        "text": pa.string(),
        "category": pa.string(),
        "time": pa.timestamp("ms", "UTC"),
        "opening": pa.timestamp("ms", "UTC"),
        "money": pa.int64(),
        "number": pa.float64(),
        "integer": pa.int64(),
        "boolean": pa.bool_(),
    }  # Parquet has no seconds
    for name, schema in TABLES.items():
        found = pq.read_schema(written / "tables" / name / "part-00000.parquet")
        assert {c.name: found.field(c.name).type for c in schema.columns} == {c.name: stored[c.kind] for c in schema.columns}


@pytest.mark.parametrize("name", TABLES)
def test_keys_are_unique_and_references_resolve(standard: Frames, name: str) -> None:
    schema, rows = TABLES[name], standard[name]
    assert not rows.duplicated(list(schema.key)).any()
    for column in schema.columns:
        if column.refers:
            target = standard[column.refers][TABLES[column.refers].key[0]]
            assert rows[column.name].dropna().isin(target).all(), column.name
        if column.required and column.kind != "id":
            assert rows[column.name].notna().all(), column.name


def test_rows_are_sorted_by_account_and_time(standard: Frames) -> None:
    for name, time in (
        ("interactions", "occurred_at"),
        ("stage_changes", "occurred_at"),
        ("orders", "occurred_at"),
        ("opportunities", "opened_at"),
        ("field_history", "occurred_at"),
        ("payments", "occurred_at"),
    ):
        rows = standard[name]
        order = [time, "received_at"]
        assert rows["account_id"].is_monotonic_increasing, name
        again = rows.sort_values(["account_id", *order, *TABLES[name].key], kind="stable")
        assert again.index.equals(rows.index), name


def test_nothing_happens_outside_the_span(standard: Frames) -> None:
    first, last = pd.Timestamp("2022-12-31T16:00:00Z"), pd.Timestamp("2025-12-31T15:59:59Z")
    for name in TABLES:
        for column in ("occurred_at", "received_at", "opened_at", "closed_at", "resolved_at", "renewed_at"):
            if column in standard[name]:
                assert standard[name][column].dropna().between(first, last).all(), (name, column)


def test_some_rows_are_entered_late_and_some_payments_come_late(standard: Frames) -> None:
    days = (standard["interactions"]["received_at"] - standard["interactions"]["occurred_at"]).dt.total_seconds() / 86_400
    assert 0.05 < (days > 0).mean() < 0.12
    assert days.max() < 27
    assert 0.1 < (standard["payments"]["occurred_at"] > standard["payments"]["due_at"]).mean() < 0.4
    assert 0.3 < standard["contracts"]["renewed_at"].notna().mean() < 0.9


def test_stages_agree_with_outcomes_and_wins_bring_orders(standard: Frames) -> None:
    deals, stages = standard["opportunities"], standard["stage_changes"]
    ended = stages[stages["stage"].isin(["won", "lost"])].set_index("opportunity_id")
    closed = deals[deals["outcome"].notna()].set_index("opportunity_id")
    assert ended["stage"].sort_index().equals(closed["outcome"].sort_index().rename("stage"))
    assert (ended["occurred_at"].sort_index() == closed["closed_at"].sort_index()).all()
    after = stages.merge(deals, on="opportunity_id").query("occurred_at > closed_at")
    assert set(after["stage"]) == {"delivery", "after_sales"}
    assert set(after["outcome"]) == {"won"}
    from_wins = standard["orders"]["opportunity_id"].dropna()
    assert set(from_wins) == set(deals.loc[deals["outcome"] == "won", "opportunity_id"])
    assert 0.05 < len(from_wins) / len(standard["orders"]) < 0.5


def test_lines_add_up_to_their_orders(standard: Frames) -> None:
    lines = standard["order_lines"].groupby("order_id")["amount"].sum()
    assert (lines == standard["orders"].set_index("order_id")["amount"].sort_index()).all()


def test_stated_dates_are_pushed_back(standard: Frames) -> None:
    pushed = (
        standard["field_history"]
        .query("field == 'expected_close_at'")
        .merge(standard["opportunities"], left_on="entity_id", right_on="opportunity_id")
    )
    assert len(pushed) > 1000
    assert (pd.to_datetime(pushed["value"].astype("int64"), unit="s", utc=True) > pushed["expected_close_at"]).all()
    assert set(standard["field_history"]["field"]) == {"expected_close_at", "amount", "owner_id"}


def test_the_workspace_is_valid_and_says_that_it_is_synthetic(written: Path) -> None:
    workspace = load_workspace(written / "foresale.toml")
    assert set(workspace.tables) == set(TABLES)
    assert "SYNTHETIC" in workspace.title_en and "SYNTHETIC" in workspace.note_en
    assert "合成数据" in workspace.title_zh and "合成数据" in workspace.note_zh
    assert workspace.tasks.conversion is not None and workspace.tasks.value is not None and workspace.tasks.churn is not None
    assert [tier.code for tier in workspace.tiers] == ["gold", "silver", "white"]


def test_same_world_same_bytes_and_the_first_block_does_not_depend_on_the_number(written: Path, tmp_path: Path) -> None:
    again = write_world(tmp_path / "a", declared(ACCOUNTS_A_BLOCK, YEARS, 1, "standard"), with_truth=False).parent
    first = hashes(written, "tables/*/part-00000.parquet")
    assert {path for path, value in hashes(again).items() if value != first[path]} <= {
        f"tables/{name}/part-00000.parquet" for name in ("owners", "targets")
    }
    assert not (again / "truth.parquet").exists()
    small = [
        write_world(tmp_path / name, declared(300, YEARS, seed, "hard")).parent for name, seed in (("b", 7), ("c", 7), ("d", 8))
    ]
    assert hashes(small[0]) == hashes(small[1])
    assert hashes(small[0]) != hashes(small[2])


def test_a_second_world_replaces_the_first(tmp_path: Path) -> None:
    said: list[str] = []
    write_world(tmp_path, declared(ACCOUNTS_A_BLOCK + 1, 2, 1, "none"), with_truth=False)
    (tmp_path / "var").mkdir()
    write_world(tmp_path, declared(1, 2, 1, "none"), progress=Progress(said.append))
    assert [path.name for path in sorted((tmp_path / "tables" / "accounts").iterdir())] == ["part-00000.parquet"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["foresale.toml", "tables", "truth.parquet"]
    assert said[0].endswith(" rows of 1 accounts")


def test_the_command_writes_a_world_and_says_where(tmp_path: Path) -> None:
    words = ["world", "--accounts", "20", "--years", "2", "--preset", "hard", "--no-truth", "--out", str(tmp_path / "made")]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0
    assert "wrote" in done.stderr
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == ["foresale.toml", "tables"]


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "foresale.toml").write_text('name = "acme"', encoding="utf-8")
    with pytest.raises(ForesaleError, match="the folder is in use"):
        write_world(tmp_path, declared(1, 2, 1, "none"))
    assert [path.name for path in tmp_path.iterdir()] == ["foresale.toml"]


@pytest.mark.parametrize(
    ("change", "message"),
    [({"accounts": 0}, "accounts"), ({"years": 1}, "2 to 10"), ({"seed": -1}, "0 or more"), ({"preset": "easy"}, "hard, none")],
)
def test_a_world_that_cannot_be_made_is_refused(change: dict[str, int | str], message: str) -> None:
    with pytest.raises(ForesaleError, match=message):
        partial(declared, **{"accounts": 10, "years": 3, "seed": 1, "preset": "standard"} | change)()  # type: ignore[arg-type]  # wrong on purpose


def test_rates_drift_over_the_years(standard: Frames) -> None:
    deals, orders = standard["opportunities"], standard["orders"]
    ended = deals[deals["outcome"].notna() & (deals["closed_at"] - deals["opened_at"] < pd.Timedelta(days=180))]
    won = (ended["outcome"] == "won").groupby(ended["opened_at"].dt.year).mean()
    assert won[2023] > won[2025] + 0.02
    chats = (standard["interactions"]["kind"] == "chat").groupby(standard["interactions"]["occurred_at"].dt.year).mean()
    assert chats[2025] > chats[2023] + 0.03
    assert orders["occurred_at"].dt.year.value_counts()[2025] > 0


def test_orders_have_seasons_and_rest_at_chinese_new_year(standard: Frames) -> None:
    times = standard["orders"]["occurred_at"].dt.tz_convert("Asia/Shanghai")
    quarters = times[times.dt.year == 2024].dt.quarter.value_counts()
    assert quarters.max() > 1.2 * quarters.min()
    holiday = times.between("2025-01-27", "2025-02-05").sum()
    assert holiday < 0.5 * times.between("2025-03-10", "2025-03-19").sum()
