"""Measurements of the whole catalogue on a written world, each in a process of its own (`benchmarks.features` starts them).

`python -m benchmarks.catalogue MEASUREMENT FOLDER [--accounts N] [--repeats N]` prints JSON. What is not counted: starting
Python, imports and the JIT (a warm-up on a few accounts comes first), and choosing the features (`choose_s` says how long).
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from benchmarks import harness
from features.catalog import feature_set
from features.feature import Feature
from features.frames import frame_table, write_frames
from features.history import build_history
from features.kernel.layout import DAY
from features.kernel.run import run_parts
from features.parts import ACCOUNTS_A_PART, AccountParts
from features.pipeline import pooled, prepare
from features.population import Cohort, Population
from tables.snapshot import Snapshot
from workspace.workspace import load_workspace

ZONE, THREADS = "Asia/Shanghai", 2
BLOCK = 5_000  # accounts in a file of a world


Steps = Iterator[tuple[str, float]]


@dataclass(frozen=True)
class World:
    """A written world, the features its data can carry, and how long choosing them took."""

    folder: Path
    features: tuple[Feature, ...]
    choose_s: float
    latest: int

    @property
    def company(self) -> AccountParts:
        """The tables, nothing of them read yet."""
        return AccountParts(Snapshot(self.folder / "tables", ZONE))

    def rows(self, months: int) -> Cohort:
        """Every account at monthly cutoffs, the last at the end of the history."""
        return Cohort(Population("account", None), tuple(self.latest - 30 * DAY * month for month in reversed(range(months))))

    def events(self) -> dict[str, int]:
        """The rows of every table of events."""
        return {name: table.count_rows() for name, table in self.company.tables.items() if "occurred_at" in table.schema.names}

    def facts(self) -> dict[str, Any]:
        events = self.events()
        return {
            "accounts": self.company.tables["accounts"].count_rows(),
            "events": sum(events.values()),
            "tables": events,
            "features": len(self.features),
            "pooled": len(pooled(self.features)),
            "choose_s": self.choose_s,
        }


def open_world(folder: Path, entity: str = "account") -> World:
    company, start = AccountParts(Snapshot(folder / "tables", ZONE)), time.perf_counter()
    features = company.features(feature_set(load_workspace(folder / "foresale.toml"), entity), company.latest)
    return World(folder, features, time.perf_counter() - start, company.latest)


def _warmed(world: World) -> None:
    """Load the compiled kernel, on a hundred accounts."""
    history = world.company.part(*world.company.ranges(100)[0])
    frame_table(prepare(history, world.features), world.rows(2)(history))


def part_size(accounts: int) -> int:
    """The usual part; in a small world whole blocks of it, so that both threads have work."""
    return min(ACCOUNTS_A_PART, max(accounts // 10 // BLOCK * BLOCK, BLOCK))


# --- values in memory -------------------------------------------------------------------------------------------------


def values(world: World, repeats: int, months: int = 12) -> dict[str, Any]:
    """From Parquet to the values of every account at twelve cutoffs, kept in memory; and the values stage alone."""
    whole = harness.measure(lambda: _kept(world, months), repeats=repeats)
    alone, number = _stage(world, months)
    return {
        "months": months,
        "values": number,
        "whole": whole.facts(),
        "million_values_per_s": number / whole.median / 1e6,
        "stage_s": alone,
        "stage_million_values_per_s": number / alone / 1e6,
    }


def _kept(world: World, months: int) -> list[np.ndarray]:
    company, rows = world.company, world.rows(months)
    ranges = company.ranges(part_size(len(company.account_ids)))
    pools = company.pools(world.features)

    def work(accounts: tuple[str, str]) -> np.ndarray:
        history = company.part(*accounts)
        return prepare(history, world.features, pools).values(rows(history)).matrix

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(work, ranges))


def _stage(world: World, months: int) -> tuple[float, int]:
    """Seconds of `Pipeline.values` on two threads over all parts, and how many values."""
    company, seconds, number = world.company, 0.0, 0
    pools = company.pools(world.features)
    for accounts in company.ranges(part_size(len(company.account_ids))):
        history = company.part(*accounts)
        pipeline, spine = prepare(history, world.features, pools), world.rows(months)(history)
        start = time.perf_counter()
        number += pipeline.values(spine, threads=THREADS).matrix.size
        seconds += time.perf_counter() - start
    return seconds, number


# --- Parquet to Parquet -----------------------------------------------------------------------------------------------


def frames(world: World, repeats: int, months: int = 3) -> dict[str, Any]:
    """Parquet to Parquet, pools included."""
    pools_s: list[float] = []
    runs = harness.measure(lambda: pools_s.append(_written(world, months)), repeats=repeats)
    million = sum(world.events().values()) / 1e6
    accounts = len(world.company.account_ids)
    return {
        "months": months,
        "rows": accounts * months,
        "values": accounts * months * len(world.features),
        **runs.facts(),
        "pools_s": sorted(pools_s)[len(pools_s) // 2],
        "accounts_a_part": part_size(accounts),
        "s_per_million_events": runs.median / million,
    }


def _written(world: World, months: int) -> float:
    """Write the frames somewhere; returns the seconds until the pools were there."""
    said: list[float] = []
    company, start = world.company, time.perf_counter()
    with tempfile.TemporaryDirectory(dir=world.folder.parent) as out:
        write_frames(
            company,
            world.features,
            world.rows(months),
            Path(out),
            size=part_size(len(company.account_ids)),
            threads=THREADS,
            progress=lambda text: said.append(time.perf_counter() - start),
        )
    return said[0]


# --- where the time of a part goes ------------------------------------------------------------------------------------


def profile(world: World, repeats: int, months: int = 3) -> dict[str, Any]:
    """The seconds of each step of one part on one thread, medians."""
    company = world.company
    accounts, pools = company.ranges(ACCOUNTS_A_PART)[0], company.pools(world.features)
    runs = [dict(_steps(world, company, accounts, pools, months)) for _ in range(repeats)]
    steps = {name: float(np.median([run[name] for run in runs])) for name in runs[0]}
    base = steps["read"] + steps["group and sort"]
    return {
        "months": months,
        "steps_s": steps,
        "whole_s": sum(steps.values()),
        "read_and_sort_s": base,
        "whole_to_read_and_sort": sum(steps.values()) / base,
    }


def _steps(
    world: World, company: AccountParts, accounts: tuple[str, str], pools: Any, months: int
) -> Iterator[tuple[str, float]]:
    lap = _laps()
    tables = company.read(*accounts)
    yield "read", lap()
    history = build_history(tables, ZONE)
    yield "group and sort", lap()
    pipeline, spine = prepare(history, world.features, pools), world.rows(months)(history)
    events = pipeline.events
    yield "prepare", lap()
    for plan, part in zip(pipeline.plans, events, strict=True):
        entity = spine.account if plan.path == "account" else spine.opportunity
        run_parts(part, plan.program, entity, spine.as_of, lambda rows, values: None)
    kernel = lap()
    yield "kernel", kernel
    table = frame_table(pipeline, spine)
    yield "complete", max(lap() - kernel, 0.0)  # frame_table runs the kernel again
    with tempfile.TemporaryDirectory(dir=world.folder.parent) as out:
        pq.write_table(table, Path(out) / "part.parquet", compression="lz4", use_dictionary=["account_id", "opportunity_id"])
        yield "write", lap()


def _laps() -> Callable[[], float]:
    last = [time.perf_counter()]

    def lap() -> float:
        now = time.perf_counter()
        last.append(now)
        return now - last.pop(0)

    return lap


MEASUREMENTS: dict[str, Callable[[World, int], dict[str, Any]]] = {"values": values, "frames": frames, "profile": profile}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.catalogue", description=__doc__)
    parser.add_argument("measurement", choices=MEASUREMENTS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--repeats", type=int, default=1)
    options = parser.parse_args()
    world = open_world(options.folder)
    _warmed(world)
    print(json.dumps({**world.facts(), **MEASUREMENTS[options.measurement](world, options.repeats)}))


if __name__ == "__main__":
    main()
