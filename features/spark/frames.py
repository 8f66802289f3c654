"""The same features on Spark: each partition holds all rows of some accounts, and is computed as `frames` computes a part.

Values are the same bits as on one machine, however many partitions there are and however often one is tried again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, DoubleType, StringType, StructField, StructType, TimestampType

from features.feature import Feature, Term
from features.frames import Rows, frame_table
from features.history import History, build_history
from features.kernel.arrays import encode
from features.parts import ACCOUNTS_A_PART, FOR_POOLS, NEEDED, UNUSED, WHOLE, AccountParts
from features.pipeline import Pools, counts, pooled, prepare
from features.pools import Counts, Pool, pool
from features.spark.union_table import KEY, Slots, packed, unpacked
from workspace.errors import ForesaleError

_COUNTED = "feature int, level string, day bigint, total bigint, number bigint"
_UTC_TIME = pa.timestamp("us", "UTC")
Work = Callable[[History], pa.Table]


@dataclass(frozen=True)
class Shared:
    """What every part needs beside its own rows: where columns lie, the tables that are whole everywhere, the zone."""

    slots: Slots
    whole: dict[str, pa.Table]
    zone: str

    def history(self, batches: Iterable[pa.RecordBatch]) -> History | None:
        """The history of a partition's accounts; None where it has none."""
        tables = unpacked(batches, self.slots)
        if not tables or not tables["accounts"].num_rows:
            return None
        return build_history({**tables, **self.whole}, self.zone)


@dataclass(frozen=True)
class Parts:
    """A company on Spark: one partition is a part of the accounts with all their rows."""

    rows: DataFrame
    shared: Shared

    def map(self, work: Work, schema: StructType | str) -> DataFrame:
        """The rows that `work` makes of the history of each part; it runs in the executors."""
        shared = self.shared

        def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            history = shared.history(batches)
            if history is not None:
                yield from work(history).to_batches()

        return self.rows.mapInArrow(run, schema)


@dataclass(frozen=True)
class Tables:
    """A company's canonical tables on Spark; those that every part needs whole are here already."""

    tables: dict[str, DataFrame]
    whole: dict[str, pa.Table]
    zone: str

    def split(self, number: int, names: Sequence[str] = (*NEEDED, "referrals")) -> Parts:
        """Deal the accounts, with all their rows of the named tables, to `number` parts by a hash of their id."""
        rows, slots = packed({name: table for name, table in self.tables.items() if name in names})
        return Parts(rows.repartition(number, KEY), Shared(slots, self.whole, self.zone))


def part_count(spark: SparkSession, company: AccountParts) -> int:
    """How many parts: `ACCOUNTS_A_PART` accounts in each, and work for every core twice."""
    cores = spark.range(10_000).select(F.spark_partition_id()).distinct().count()
    return max(math.ceil(int(company.tables["accounts"].count_rows()) / ACCOUNTS_A_PART), 2 * int(cores))


def read_tables(spark: SparkSession, company: AccountParts) -> Tables:
    """The company's files, which every executor must see under the same path."""
    found = {name: _read(spark, company, name) for name in NEEDED if name in company.tables}
    if "opportunities" in found and "referred_by_id" in found["opportunities"].columns:
        found["referrals"] = _referrals(found["opportunities"])
    whole = {name: found.pop(name).toArrow() for name in WHOLE if name in found}
    return Tables(found, whole, company.snapshot.zone)


def _read(spark: SparkSession, company: AccountParts, name: str) -> DataFrame:
    path = next(path for path in (company.snapshot.file(name), company.snapshot.folder / name) if path.exists())
    table = spark.read.parquet(str(path.resolve())).drop(*UNUSED)
    if name not in WHOLE and KEY not in table.columns:
        raise ForesaleError(
            f"table {name} cannot be read in parts",
            got=f"no column {KEY}",
            expected="the account of each row",
            do="ingest the sources again",
        )
    return table


def _referrals(opportunities: DataFrame) -> DataFrame:
    """`history.referrals` on Spark: opportunities as events of the account that referred them."""
    wanted = [name for name in ("opportunity_id", "opened_at", "received_at") if name in opportunities.columns]
    return opportunities.where("referred_by_id is not null").select(F.col("referred_by_id").alias(KEY), *wanted)


def pools(tables: Tables, features: Sequence[Feature], number: int) -> Pools:
    """The pooled statistics of the whole company: counted part by part, added up by Spark, exact integers."""
    wanted = pooled(features)
    if not wanted:
        return {}
    counted = tables.split(number, FOR_POOLS).map(partial(_count, wanted), _COUNTED)
    summed = counted.groupBy("feature", "level", "day").agg(F.sum("total").alias("total"), F.sum("number").alias("number"))
    table = summed.toArrow()
    of = table["feature"].to_numpy()
    return {term: _pool(table.filter(pa.array(of == i))) for i, term in enumerate(wanted)}


def _count(wanted: Sequence[Term], history: History) -> pa.Table:
    found = [_counted(i, counts(history, term)) for i, term in enumerate(wanted)]
    return (
        pa.concat_tables(found)
        .group_by(["feature", "level", "day"])
        .aggregate([("total", "sum"), ("number", "sum")])
        .rename_columns(["feature", "level", "day", "total", "number"])
    )


def _counted(feature: int, found: Counts) -> pa.Table:
    level = pa.array(found.levels, pa.string()).take(pa.array(found.level))
    return pa.table(
        {
            "feature": pa.array(np.full(len(level), feature, np.int32)),
            "level": level,
            "day": found.day,
            "total": found.total,
            "number": found.number,
        }
    )


def _pool(table: pa.Table) -> Pool:
    level, levels = encode(table["level"])
    day, total, number = (table[name].to_numpy() for name in ("day", "total", "number"))
    return pool([Counts(levels, level.astype(np.int64), day, total, number)])


def frames(
    spark: SparkSession, company: AccountParts, features: Sequence[Feature], rows: Rows, number: int | None = None
) -> DataFrame:
    """The rows of every part of the company, to be written wherever the caller likes.

    Columns as `frames.write_frames` has them: account_id, opportunity_id, as_of, then the features. `rows` is sent to the
    executors: a `Cohort`, or any function that can be pickled.
    """
    tables, number = read_tables(spark, company), number or part_count(spark, company)
    work = partial(_frame, tuple(features), pools(tables, features, number), rows)
    return tables.split(number).map(work, _schema(features))


def _frame(features: Sequence[Feature], known: Pools, rows: Rows, history: History) -> pa.Table:
    table = frame_table(prepare(history, features, known), rows(history))
    return table.cast(pa.schema([(field.name, _plain(field.type)) for field in table.schema]))


def _plain(kind: pa.DataType) -> pa.DataType:
    """The type as Spark has it: text without a dictionary, times in microseconds."""
    if pa.types.is_timestamp(kind):
        return _UTC_TIME
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _schema(features: Sequence[Feature]) -> StructType:
    kinds: dict[str, DataType] = {"account_id": StringType(), "opportunity_id": StringType(), "as_of": TimestampType()}
    kinds |= {feature.name: StringType() if feature.categorical else DoubleType() for feature in features}
    return StructType([StructField(name, kind) for name, kind in kinds.items()])


def write(rows: DataFrame, folder: Path) -> int:
    """Write rows as Parquet files into a folder that every executor sees; returns how many."""
    rows.write.mode("append").parquet(str(folder))
    return int(rows.sparkSession.read.parquet(str(folder)).count())
