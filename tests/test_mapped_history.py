"""A grouped history on disk: opened as it was written, and asked for one account alone."""

from __future__ import annotations

import numpy as np
import pyarrow.parquet as pq
import pytest

from features.catalog import CATALOG
from features.compute import available, opportunity_spine, prepare
from features.history import History, build_history
from features.history_file import load_history
from features.kernel.arrays import arrow
from features.rows import Spine
from tables.snapshot import Snapshot
from tests.contracts.random_world import random_tables
from tests.world import AS_OF

TABLES = random_tables(3)
WORLD = build_history(TABLES, "Asia/Shanghai")
FEATURES = available(WORLD, CATALOG, AS_OF)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """The random world as canonical Parquet."""
    folder = tmp_path_factory.mktemp("snapshot")
    for name, frame in TABLES.items():
        pq.write_table(arrow(frame), folder / f"{name}.parquet")
    return Snapshot(folder, "Asia/Shanghai")


@pytest.fixture(scope="module")
def mapped(snapshot: Snapshot) -> History:
    """The second opening: nothing is grouped again."""
    load_history(snapshot)
    return load_history(snapshot)


def everyone(history: History) -> Spine:
    codes = np.arange(len(history.opportunities), dtype=np.int64)
    return opportunity_spine(history, codes, np.full(len(codes), AS_OF), 30)


def test_the_mapped_history_gives_the_same_bits(mapped: History) -> None:
    assert (mapped.earliest, mapped.latest, mapped.zone) == (WORLD.earliest, WORLD.latest, WORLD.zone)
    assert available(mapped, CATALOG, AS_OF) == FEATURES
    ours, theirs = (prepare(history, FEATURES).values(everyone(history)).matrix for history in (mapped, WORLD))
    assert ours.tobytes() == theirs.tobytes()


def test_nothing_of_it_can_be_written(mapped: History) -> None:
    assert not mapped.streams["orders", "account"].occurred.flags.writeable


def test_one_account_is_asked_without_the_others(mapped: History) -> None:
    whole, rows = prepare(mapped, FEATURES), everyone(mapped)
    expected = whole.values(rows).matrix
    for row in range(0, len(rows), 7):
        part, own = whole.apart(rows.take(np.array([row])))
        events = part.history.streams["interactions", "account"].occurred
        assert len(events) < len(mapped.streams["interactions", "account"].occurred)
        assert part.values(own).matrix.tobytes() == np.ascontiguousarray(expected[row]).tobytes()


def test_an_index_of_other_code_is_not_read(snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    load_history(snapshot)
    monkeypatch.setattr("features.history_file._CODE", 1)
    load_history(snapshot)
    assert {path.name for path in snapshot.folder.glob("history-*.json")} >= {"history-00000001.json"}
