"""One machine and Spark on the same tables: the same bits, and what each costs.

`python -m benchmarks.spark --folder DIR`, where DIR holds canonical tables; `--master` says which Spark (`local[2]`).
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from benchmarks import harness
from features.catalog import CATALOG
from features.feature import Feature
from features.frames import write_frames
from features.parts import AccountParts
from features.population import Cohort, Population
from features.spark.frames import frames, part_count, write
from features.spark.session import spark_session
from tables.snapshot import Snapshot
from workspace.workspace import Spark

KEYS = ("account_id", "as_of")


@dataclass
class Memory:
    """The highest resident memory of this process and all below it, looked at four times a second (Linux)."""

    peak_mb: float = 0.0
    ended: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        while not self.ended.wait(0.25):
            self.peak_mb = max(self.peak_mb, family_mb())


def family_mb() -> float:
    """Resident memory of this process and all below it; pages that several share are counted for each."""
    parents = {int(path.name): _parent(path) for path in Path("/proc").glob("[0-9]*")}
    ours, before = {int(Path("/proc/self").resolve().name)}, 0
    while len(ours) > before:
        before = len(ours)
        ours |= {child for child, parent in parents.items() if parent in ours}
    return sum(_resident_mb(process) for process in ours)


def _parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:  # it ended meanwhile
        return 0


def _resident_mb(process: int) -> float:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    except OSError:
        return 0.0


@contextmanager
def watched() -> Iterator[Memory]:
    """Memory while the block runs."""
    memory = Memory()
    thread = threading.Thread(target=memory.watch)
    thread.start()
    try:
        yield memory
    finally:
        memory.ended.set()
        thread.join()


def timed(work: Callable[[], object]) -> dict[str, float]:
    """Seconds and peak memory of one export."""
    with watched() as memory:
        began = time.perf_counter()
        work()
        seconds = time.perf_counter() - began
    return {"seconds": round(seconds, 1), "peak_mb": round(memory.peak_mb)}


def same_bits(ours: Path, theirs: Path) -> bool:
    """Whether two exports hold the same rows, words and bits of numbers, column by column."""
    first, second = ds.dataset(ours), ds.dataset(theirs)
    orders = [_order(dataset) for dataset in (first, second)]
    return set(first.schema.names) == set(second.schema.names) and all(
        _bits(first, name, orders[0]).equals(_bits(second, name, orders[1])) for name in first.schema.names
    )


def _order(dataset: ds.Dataset) -> pa.Array:
    keys = dataset.to_table(columns=list(KEYS))
    return pc.sort_indices(
        keys.set_column(0, KEYS[0], pc.cast(keys[KEYS[0]], pa.string())), [(name, "ascending") for name in KEYS]
    )


def _bits(dataset: ds.Dataset, name: str, order: pa.Array) -> pa.ChunkedArray:
    column = dataset.to_table(columns=[name])[name].take(order).combine_chunks()
    if pa.types.is_floating(column.type):
        return column.view(pa.int64())
    return pc.cast(column, pa.timestamp("us", "UTC") if name == "as_of" else pa.string())


@dataclass(frozen=True)
class Job:
    """What both ways compute."""

    folder: Path
    features: tuple[Feature, ...]
    cohort: Cohort
    master: str

    def alone(self, out: Path) -> dict[str, Any]:
        """On one machine."""
        company = AccountParts(Snapshot(self.folder))
        found = timed(lambda: write_frames(company, self.features, self.cohort, out))
        return {"one machine": found}

    def on_spark(self, out: Path) -> dict[str, Any]:
        """On Spark, twice: the first time the workers start and compile."""
        company, began = AccountParts(Snapshot(self.folder)), time.perf_counter()
        with spark_session(Spark(master=self.master, options={"spark.driver.memory": "4g"})) as session:
            started = time.perf_counter() - began
            first, again = (
                timed(lambda to=to: write(frames(session, company, self.features, self.cohort), to))
                for to in (out.with_name("first"), out)
            )
            return {"session_s": started, "parts": part_count(session, company), "spark, first": first, "spark": again}


def compare(job: Job) -> dict[str, Any]:
    """Both ways over the same rows, each in a process of its own."""
    company = AccountParts(Snapshot(job.folder))
    with tempfile.TemporaryDirectory() as name:
        one, spark = Path(name) / "one", Path(name) / "spark"
        found = {**_elsewhere(job.alone, one), **_elsewhere(job.on_spark, spark), "same_bits": same_bits(spark, one)}
    return {
        "accounts": company.tables["accounts"].count_rows(),
        "rows": sum(t.count_rows() for t in company.tables.values()),
        "features": len(job.features),
        "master": job.master,
        **found,
    }


def _elsewhere(work: Callable[[Path], dict[str, Any]], out: Path) -> dict[str, Any]:
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(work, out).result()


def main() -> None:
    """Run and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.spark", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="a folder of canonical tables")
    parser.add_argument("--master", default="local[2]", help="where Spark runs")
    parser.add_argument("--json", type=Path, default=harness.RESULTS / "spark.json", help="where to write the result")
    options = parser.parse_args()
    company = AccountParts(Snapshot(options.folder))
    features = company.features([feature for feature in CATALOG if feature.path == "account"], company.latest)
    found = compare(Job(options.folder, features, Cohort(Population("account", 90), (company.latest,)), options.master))
    cores, accounts = os.cpu_count() or 1, found["accounts"]
    harness.show(
        f"{accounts:,} accounts, {found['rows']:,} rows, {found['features']} features, same bits: {found['same_bits']}",
        ("", "seconds", "peak MB", "core-hours per million accounts"),
        [
            [way, found[way]["seconds"], found[way]["peak_mb"], cores * found[way]["seconds"] / 3600 * 1e6 / accounts]
            for way in ("one machine", "spark, first", "spark")
        ],
    )
    harness.write(options.json, {"machine": harness.machine("pyspark", "numba", "numpy", "pyarrow"), **found})


if __name__ == "__main__":
    main()
