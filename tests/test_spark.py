"""Features and scores on a real Spark session of this machine: the same bits as without Spark, also after a crash."""

from __future__ import annotations

import gc
import json
import os
import shutil
import signal
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import serving_world
from serving_world import company_engine, fitted

from features.catalog import CATALOG, feature_set
from features.frames import write_frames
from features.history import History, build_history
from features.kernel.arrays import arrow
from features.parts import AccountParts
from features.population import Cohort, Population
from features.rows import Spine
from models.bundle import write_bundle
from models.prediction import NESTED
from serving.batch import score_everyone
from serving.engine import Engine
from tables.ingest import IngestResult
from tables.snapshot import Snapshot
from tests.conftest import TEST_DAY
from tests.contracts.random_world import random_tables
from tests.world import AS_OF
from workspace.errors import ForesaleError
from workspace.workspace import Spark, Workspace

if shutil.which("java") is None:
    pytest.skip("java is not on the PATH: install a Java 17 runtime to run Spark", allow_module_level=True)

from pyspark.sql import SparkSession

from features.spark.frames import frames, part_count, read_tables, write
from features.spark.session import settings, spark_session
from serving.cluster import Shipped, arrived, scores, shipped

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # PySpark leaves its sockets to the collector
LEAN = ("field_history", "opportunity_contacts")  # ingest gives them their accounts
KEYS = ["account_id", "opportunity_id", "as_of"]
QUICK = {  # for data this small most of the time would go into compiling code, Spark's own and that of its virtual machine
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}
ACCOUNTS = Cohort(Population("account", 30), (AS_OF - 90 * 86_400, AS_OF))


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    """A session on two cores that tries a failed task again."""
    here = {"spark.executorEnv.PYTHONPATH": os.pathsep.join(str(folder) for folder in (ROOT, ROOT / "tests"))}
    heard = signal.getsignal(signal.SIGINT)  # PySpark's own would outlive the session, and fail without one
    with spark_session(Spark(master="local[2,4]", options={**QUICK, **here})) as session:
        yield session
    signal.signal(signal.SIGINT, heard)
    gc.collect()  # what PySpark left open is closed here, and not in another test


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> AccountParts:
    """The random world as files."""
    return on_disk(random_tables(2), tmp_path_factory.mktemp("random"), "Asia/Shanghai")


def on_disk(tables: Mapping[str, pd.DataFrame], folder: Path, zone: str) -> AccountParts:
    """Canonical tables as files, each row with its account; one table is a folder of two files."""
    account_of = dict(zip(tables["opportunities"]["opportunity_id"], tables["opportunities"]["account_id"], strict=True))
    for name, frame in tables.items():
        if name in LEAN:
            key = "entity_id" if name == "field_history" else "opportunity_id"
            frame = frame.assign(account_id=[account_of.get(row, row) for row in frame[key]])
        table = arrow(frame)
        if name == "interactions":
            (folder / name).mkdir()
            pq.write_table(table.slice(0, 200), folder / name / "a.parquet")
            pq.write_table(table.slice(200), folder / name / "b.parquet")
        else:
            pq.write_table(table, folder / f"{name}.parquet")
    return AccountParts(Snapshot(folder, zone))


def every_opportunity(history: History) -> Spine:
    """Every opportunity of a part at the cutoff, open or not."""
    codes = np.arange(len(history.opportunities), dtype=np.int64)
    as_of = np.full(len(codes), AS_OF)
    return Spine(history.opportunities["account"].to_numpy(np.int64), codes, as_of, as_of)


def on_one_machine(company: AccountParts, features: object, rows: object, folder: Path) -> pa.Table:
    """The frames without Spark."""
    write_frames(company, features, rows, folder)  # type: ignore[arg-type]
    return pq.read_table(folder)


def assert_same_bits(ours: pa.Table, theirs: pa.Table) -> None:
    """Equal names, rows, words and bits of numbers; the order of rows does not matter."""
    assert ours.column_names == theirs.column_names
    ours, theirs = (in_order(table) for table in (ours, theirs))
    assert ours.num_rows == theirs.num_rows > 0
    different = [name for name in ours.column_names if bits(ours[name]) != bits(theirs[name])]
    assert different == []


def in_order(table: pa.Table) -> pa.Table:
    plain = pa.table({name: table[name].cast(pa.string() if name != "as_of" else pa.timestamp("us", "UTC")) for name in KEYS})
    return table.take(pc.sort_indices(plain, [(name, "ascending") for name in KEYS]))


def bits(column: pa.ChunkedArray) -> list[object]:
    if pa.types.is_floating(column.type):
        return [column.null_count, *column.to_numpy().view(np.int64).tolist()]
    return list(column.to_pylist())


def test_opportunities_have_the_same_bits(spark: SparkSession, company: AccountParts, tmp_path: Path) -> None:
    features = company.features(CATALOG, AS_OF)
    found = frames(spark, company, features, every_opportunity, 2).toArrow()
    assert_same_bits(found, on_one_machine(company, features, every_opportunity, tmp_path))


def test_a_task_whose_worker_is_killed_is_tried_again_with_the_same_result(
    spark: SparkSession, company: AccountParts, tmp_path: Path
) -> None:
    marker = tmp_path / "killed"

    def dies_once(history: History) -> Spine:
        if "C03" in history.account_codes and not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return ACCOUNTS(history)

    features = company.features([feature for feature in CATALOG if feature.path == "account"], AS_OF)
    found = frames(spark, company, features, dies_once, 3).toArrow()
    assert marker.exists()
    assert_same_bits(found, on_one_machine(company, features, ACCOUNTS, tmp_path / "out"))


def test_complete_journey_has_the_same_bits(
    spark: SparkSession, demo_workspace: Workspace, ingested: IngestResult, tmp_path: Path
) -> None:
    company, cohort = AccountParts(ingested.snapshot), Cohort(Population("opportunity", None), days=(0, 14))
    features = company.features(feature_set(demo_workspace, "opportunity"), int(TEST_DAY.timestamp()))
    assert write(frames(spark, company, features, cohort), tmp_path / "spark") > 5000
    assert_same_bits(pq.read_table(tmp_path / "spark"), on_one_machine(company, features, cohort, tmp_path / "one"))


def test_everyone_gets_the_prediction_the_engine_gives(spark: SparkSession, tmp_path: Path) -> None:
    engine, sold = company_engine(), on_disk(serving_world.tables(), tmp_path, "UTC")
    sent = {task: bundle_of(engine, task, tmp_path / "bundles" / task) for task in engine.tasks}
    found = scores(spark, engine.workspace, sold, sent, serving_world.AS_OF).toArrow().to_pylist()
    expected = {(one.task, one.entity_id): one.as_dict() for one in score_everyone(engine, serving_world.AS_OF)}
    assert {(row["task"], row["entity_id"]): said(row) for row in found} == expected
    assert len(found) == len(expected) == 280


def bundle_of(engine: Engine, task: str, folder: Path) -> Shipped:
    """A champion of the small company, ready to travel."""
    assert write_bundle(folder, *fitted(task)) == engine.models[task].bundle_sha256
    return shipped(engine.models[task], folder)


def said(row: dict[str, object]) -> dict[str, object]:
    """A row of the scores as `Prediction.as_dict` has it."""
    parts = {name: json.loads(str(row[name])) for name in NESTED}
    return {
        **row,
        "as_of": row["as_of"].isoformat(),
        "features": None,  # type: ignore[attr-defined]
        "contributions": None,
        **{name: None if part is None else tuple(part) for name, part in parts.items()},
    }


def test_a_bundle_changed_on_its_way_is_refused(tmp_path: Path) -> None:
    champion = bundle_of(company_engine(), "churn", tmp_path)
    name, content = champion.files[-1]
    with pytest.raises(ForesaleError, match="is damaged"):
        arrived(replace(champion, files=(*champion.files[:-1], (name, content + b"x"))))


def test_the_end_of_the_history_is_that_of_the_whole(company: AccountParts) -> None:
    assert company.latest == build_history(random_tables(2)).latest


def test_a_table_without_accounts_cannot_be_split(spark: SparkSession, tmp_path: Path) -> None:
    pq.write_table(pa.table({"account_id": ["A"]}), tmp_path / "accounts.parquet")
    pq.write_table(pa.table({"quote_id": ["Q"]}), tmp_path / "quotes.parquet")
    with pytest.raises(ForesaleError, match="table quotes cannot be read in parts"):
        read_tables(spark, AccountParts(Snapshot(tmp_path)))


def test_there_are_parts_for_every_core(spark: SparkSession, company: AccountParts) -> None:
    assert part_count(spark, company) == 4


def test_spark_must_be_set(demo_workspace: Workspace) -> None:
    with pytest.raises(ForesaleError, match=r"add \[spark\]"):
        settings(demo_workspace)
