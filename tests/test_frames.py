"""A company too large for memory, part by part: the same bits as all at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.catalog import CATALOG
from features.compute import account_spine, available, opportunity_spine, prepare
from features.frames import write_frames
from features.history import History, build_history
from features.kernel.arrays import arrow
from features.parts import AccountParts
from features.rows import Spine
from tables.snapshot import Snapshot
from tests.contracts.random_world import random_tables
from tests.world import AS_OF
from workspace.errors import ForesaleError
from workspace.progress import Progress

TABLES = random_tables(2)
WORLD = build_history(TABLES, "Asia/Shanghai")


def everyone(history: History) -> Spine:
    """Every opportunity of a part at the cutoff."""
    codes = np.arange(len(history.opportunities), dtype=np.int64)
    return opportunity_spine(history, codes, np.full(len(codes), AS_OF), 30)


@pytest.fixture
def company(tmp_path: Path) -> AccountParts:
    """The random world as files, sorted as ingest sorts them; one table is a folder of two files."""
    account_of = dict(zip(TABLES["opportunities"]["opportunity_id"], TABLES["opportunities"]["account_id"], strict=True))
    for name, frame in TABLES.items():
        if name == "field_history":
            frame = frame.assign(account_id=[account_of.get(key, key) for key in frame["entity_id"]])
        if name == "opportunity_contacts":
            frame = frame.assign(account_id=frame["opportunity_id"].map(account_of))
        table = arrow(frame.sort_values([column for column in ("account_id", "occurred_at") if column in frame]))
        if name == "interactions":
            (tmp_path / name).mkdir()
            pq.write_table(table.slice(0, 200), tmp_path / name / "a.parquet")
            pq.write_table(table.slice(200), tmp_path / name / "b.parquet")
        else:
            pq.write_table(table, tmp_path / f"{name}.parquet")
    return AccountParts(Snapshot(tmp_path, "Asia/Shanghai"))


def test_parts_give_the_same_features_and_the_same_bits(company: AccountParts, tmp_path: Path) -> None:
    features = company.features(CATALOG, AS_OF)
    assert [f.name for f in features] == [f.name for f in available(WORLD, CATALOG, AS_OF)]
    said: list[str] = []
    assert write_frames(company, features, everyone, tmp_path / "out", size=3, progress=Progress(said.append)) == 40
    assert said[0].endswith("4 parts")
    frame = (
        pq.read_table(tmp_path / "out")
        .to_pandas()
        .sort_values("opportunity_id", key=lambda ids: ids.astype(str), ignore_index=True)
    )
    whole = prepare(WORLD, features).frame(everyone(WORLD))
    for name in whole:
        ours, theirs = frame[name], whole[name]
        if whole[name].dtype == float:
            assert ours.to_numpy().view(np.int64).tolist() == theirs.to_numpy().view(np.int64).tolist(), name
        else:
            assert [None if pd.isna(v) else v for v in ours] == theirs.tolist(), name


def test_a_part_of_one_account_lacks_what_the_company_has_and_says_so_by_no_value(company: AccountParts, tmp_path: Path) -> None:
    features = company.features(CATALOG, AS_OF)
    whole = prepare(WORLD, features).values(everyone(WORLD)).matrix
    write_frames(company, features, everyone, tmp_path / "one", size=1)
    ours = pq.read_table(tmp_path / "one").to_pandas()
    place = {key: i for i, key in enumerate(WORLD.opportunities["opportunity_id"])}
    for name, column in zip([f.name for f in features], whole.T, strict=True):
        if ours[name].dtype == float:
            expected = column[[place[key] for key in ours["opportunity_id"]]]
            assert ours[name].to_numpy().view(np.int64).tolist() == expected.copy().view(np.int64).tolist(), name


def test_rows_of_accounts_have_no_opportunity(company: AccountParts, tmp_path: Path) -> None:
    features = company.features([f for f in CATALOG if f.path == "account"], AS_OF)

    def all_accounts(part: History) -> Spine:
        return account_spine(np.arange(len(part.accounts)), np.full(len(part.accounts), AS_OF), 30)

    write_frames(company, features, all_accounts, tmp_path / "out")
    table = pq.read_table(tmp_path / "out")
    assert table["opportunity_id"].null_count == table.num_rows == 10
    assert table["account_id"].to_pylist() == [f"C{i:02}" for i in range(1, 11)]
    assert table.schema.field("as_of").type == pa.timestamp("ms", "UTC")  # Parquet has no seconds


def test_a_table_without_accounts_cannot_be_read_in_parts(company: AccountParts) -> None:
    pq.write_table(pq.read_table(company.snapshot.file("quotes")).drop_columns("account_id"), company.snapshot.file("quotes"))
    with pytest.raises(ForesaleError, match="table quotes cannot be read in parts"):
        company.part("C01", "C03")
