"""A Spark session as the workspace describes it: a cluster by Spark Connect, or a master."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from workspace.errors import ForesaleError, first_line
from workspace.workspace import Spark, Workspace

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "65536",
}
_ON_THIS_MACHINE = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.driver.memory": "2g",
    "spark.log.level": "ERROR",
}


def settings(workspace: Workspace) -> Spark:
    """The section `[spark]`; raises ForesaleError when it is not set."""
    if workspace.spark is None:
        raise ForesaleError(
            "Spark is not set",
            got="no [spark]",
            expected="where the cluster is",
            do='add [spark] with url = "sc://HOST" or master = "local[2]" to the workspace',
        )
    return workspace.spark


@contextmanager
def spark_session(declared: Spark) -> Iterator[SparkSession]:
    """A session, stopped at the end; times are UTC whatever the cluster's zone.

    Raises ForesaleError when PySpark or Java is missing.
    """
    session = _start(declared)
    try:
        yield session
    finally:
        session.stop()


def _start(declared: Spark) -> SparkSession:
    try:
        from pyspark.errors import PySparkRuntimeError
        from pyspark.sql import SparkSession
    except ModuleNotFoundError as error:
        raise ForesaleError("PySpark is not installed", got=error, do="pip install 'foresale[spark]'") from error
    local = declared.master is not None and declared.master.startswith("local")
    if local:
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("foresale")
    builder = builder.remote(declared.url) if declared.url else builder.master(str(declared.master))
    for name, value in {**_SETTINGS, **(_ON_THIS_MACHINE if local else {}), **declared.options}.items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except PySparkRuntimeError as error:
        raise ForesaleError(
            "Spark does not start",
            got=first_line(error),
            expected="a cluster, or Java 17 here",
            do="install a Java 17 runtime, or mend [spark] in the workspace",
        ) from error
