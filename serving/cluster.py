"""Batch scoring with reasons on Spark: the engine that serves, over one part of the accounts in each partition.

A champion travels as the bytes of its bundle and is verified by its SHA-256 where it arrives, before it is parsed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from features.export import empty_folder, ingested
from features.history import History
from features.parts import AccountParts
from features.pipeline import Pools, prepare
from features.population import end_of_history, moment_asked
from features.spark.frames import part_count, pools, read_tables, write
from features.spark.session import settings, spark_session
from models.bundle import read_bundle
from models.predict import ModelInfo
from models.prediction import NESTED, NUMBERS, TEXTS
from models.scorer import Scorer
from serving.batch import score_everyone
from serving.engine import Engine
from serving.loaded import Loaded, in_words
from serving.loading import champions
from workspace.workspace import Workspace

_ARROW = pa.schema(
    [
        ("as_of", pa.timestamp("us", "UTC")),
        *((name, pa.string()) for name in (*TEXTS, *NESTED)),
        *((name, pa.float64()) for name in NUMBERS),
    ]
)
_SPARK = ", ".join(
    ["as_of timestamp", *(f"{name} string" for name in (*TEXTS, *NESTED)), *(f"{name} double" for name in NUMBERS)]
)


@dataclass(frozen=True)
class Shipped:
    """A champion on its way: which model it is, and the files of its bundle."""

    model: ModelInfo
    files: tuple[tuple[str, bytes], ...]


def shipped(model: ModelInfo, folder: Path) -> Shipped:
    """Pack a bundle's folder."""
    return Shipped(model, tuple((path.name, path.read_bytes()) for path in sorted(folder.iterdir())))


@cache
def arrived(champion: Shipped) -> Scorer:
    """Verify and parse a bundle, once in a process; raises ForesaleError when it is not the one registered."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for file, content in champion.files:
            (folder / file).write_bytes(content)
        return read_bundle(folder, champion.model.bundle_sha256)


@dataclass(frozen=True)
class Scoring:
    """What an executor needs to score the accounts of a part."""

    workspace: Workspace
    champions: Mapping[str, Shipped]
    pools: Pools
    as_of: datetime
    latest: int

    def __call__(self, history: History) -> pa.Table:
        whole = replace(history, latest=self.latest)
        loaded = {task: self._loaded(champion, whole) for task, champion in self.champions.items()}
        predictions = score_everyone(Engine(self.workspace, whole, loaded), self.as_of)
        return pa.Table.from_pylist([prediction.as_columns() for prediction in predictions], schema=_ARROW)

    def _loaded(self, champion: Shipped, history: History) -> Loaded:
        scorer = in_words(arrived(champion), self.workspace)
        return Loaded(champion.model, scorer, prepare(history, scorer.reads, self.pools))


def scores(
    spark: SparkSession, workspace: Workspace, company: AccountParts, sent: Mapping[str, Shipped], as_of: datetime
) -> DataFrame:
    """Every account and every open opportunity with its prediction, as `batch.score_everyone` gives them, in no order.

    `interval`, `dimensions` and `reasons` are JSON in which every number keeps all its bits.
    """
    tables, number = read_tables(spark, company), part_count(spark, company)
    features = tuple(dict.fromkeys(feature for champion in sent.values() for feature in arrived(champion).reads))
    work = Scoring(workspace, dict(sent), pools(tables, features, number), as_of, company.latest)
    return tables.split(number).map(work, _SPARK)


def write_scores(workspace: Workspace, as_of: datetime | None, out: Path) -> tuple[int, datetime]:
    """Score everyone with the champions on the workspace's Spark, into Parquet files; returns how many rows, as of when."""
    company, target = ingested(workspace), empty_folder(out)
    moment = moment_asked(as_of, end_of_history(company.latest))
    sent = {task: shipped(model, folder) for task, (model, folder) in champions(workspace).items()}
    with spark_session(settings(workspace)) as spark:
        return write(scores(spark, workspace, company, sent, moment), target), moment
