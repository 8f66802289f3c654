"""The feature pipeline beside DuckDB's best SQL, polars, pandas and featuretools; and the whole catalogue on large worlds."""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from benchmarks import harness
from benchmarks.children import ROOT, child, peers_python, versions
from benchmarks.peers.check import differing
from benchmarks.peers.data import complete_journey, of_world
from benchmarks.peers.task import FEATURES, Task
from worlds.write import declared, write_world

_SQL = ("direct", "by kind", "by kind shared cutoffs", "running totals", "running totals shared cutoffs")
WAYS = {
    "ours": ("pipeline",),
    "duckdb": tuple(f"{name}{order}" for name in _SQL for order in ("", " sorted")),
    "polars": ("direct", "parts", "by kind", "masked", "running totals"),
    "pandas": ("windows", "buckets", "running totals in numpy"),
    "featuretools": ("deep feature synthesis",),
}
QUICK_WAYS = {
    "ours": ("pipeline",),
    "duckdb": ("by kind shared cutoffs sorted", "running totals shared cutoffs sorted"),
    "polars": ("direct", "running totals"),
    "pandas": ("buckets", "running totals in numpy"),
    "featuretools": WAYS["featuretools"],
}
TOTALS = "running totals"  # a prefix sum written by hand: no library does it unasked
IN_ENVIRONMENT = ("polars", "featuretools")
NOT_MEASURED = {
    "featuretools on 100,000 accounts": "left out to keep the run short, not tried",
    "the peers on 1,000,000 accounts": "left out to keep the run short, not tried; ours has 3 cutoffs there",
}
BARS = {"duckdb": 10, "polars": 8, "pandas": 20, "featuretools": 100}


@dataclass(frozen=True)
class Size:
    """Accounts of the worlds (0: left out), the ways to compare, and how often things are measured."""

    ways: dict[str, tuple[str, ...]]

    small: int
    once: int
    ours: int
    catalogue: int
    growth: tuple[tuple[int, int], ...]  # accounts and repeats
    repeats: int
    calls: int


FULL = Size(WAYS, 10_000, 100_000, 1_000_000, 100_000, ((10_000, 7), (100_000, 3), (1_000_000, 1)), 5, 5_000)
QUICK = Size(QUICK_WAYS, 100, 0, 0, 1_000, ((500, 3), (1_000, 3)), 3, 300)


# --- against the peers ------------------------------------------------------------------------------------------------


def run(engine: str, way: str, task: Task, repeats: int) -> dict[str, Any]:
    """One way of one engine in a process of its own; raises where its values differ from ours."""
    python = peers_python() if engine in IN_ENVIRONMENT else sys.executable
    found = child("benchmarks.peers.run", engine, way, task.folder, repeats, python=python)
    if engine == "ours":
        return found
    wrong = differing(task.result("ours", "pipeline"), task.result(engine, way))
    if wrong:
        raise ValueError(f"{engine}, {way}: {wrong} values differ from ours")
    task.result(engine, way).unlink()
    return found


def compare(name: str, task: Task, chosen: dict[str, tuple[str, ...]], repeats: int) -> dict[str, Any]:
    """Every chosen way of every engine on one task, and how many times faster ours is than each engine's best."""
    found = {engine: {way: run(engine, way, task, repeats) for way in ways} for engine, ways in chosen.items()}
    best = {engine: min(ways, key=lambda way: ways[way]["median_s"]) for engine, ways in found.items()}
    ours = found["ours"]["pipeline"]["median_s"]
    ratios = {engine: found[engine][way]["median_s"] / ours for engine, way in best.items() if engine != "ours"}
    grouping = {engine: found[engine][_grouping(ways)]["median_s"] / ours for engine, ways in found.items() if engine != "ours"}
    rows = [
        (engine, way, t["median_s"], t["median_s"] / ours, t["peak_mb"], t["repeats"])
        for engine, ways in found.items()
        for way, t in ways.items()
    ]
    title = f"{name}, {len(FEATURES)} features, {len(task.cutoffs)} cutoffs, {task.entities:,} entities, {_count(task):,} events"
    harness.show(title, ("engine", "way", "seconds", "times ours", "peak MB", "runs"), rows)
    return {
        "entities": task.entities,
        "events": _count(task),
        "cutoffs": len(task.cutoffs),
        "features": len(FEATURES),
        "engines": found,
        "best": best,
        "ratios": ratios,
        "ratios_without_running_totals": grouping,
    }


def _grouping(ways: dict[str, Any]) -> str:
    """The best way that groups and aggregates, as a user of the library would."""
    return min((way for way in ways if not way.startswith(TOTALS)), key=lambda way: ways[way]["median_s"])


def _count(task: Task) -> int:
    return int(pq.read_metadata(task.events).num_rows)


def peers(size: Size, folder: Path) -> dict[str, Any]:
    """Real data and a small world: everyone in every way; a larger world: the winners; the largest: ours alone."""
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        tasks = Path(temporary)
        small, found = _title(size.small), {}
        if size.once:
            journey = complete_journey(tasks / "journey")
            found["Complete Journey"] = compare("Complete Journey", journey, size.ways, size.repeats)
        found[small] = compare(small, of_world(world(folder, size.small), tasks / "small"), size.ways, size.repeats)
        for accounts, chosen, months in ((size.once, _winners(found[small]), 12), (size.ours, {"ours": WAYS["ours"]}, 3)):
            if accounts:
                task = of_world(world(folder, accounts), tasks / str(accounts), months)
                found[_title(accounts)] = compare(_title(accounts), task, chosen, size.repeats)
        return found


def _winners(small: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """The best way of each engine, and the best one that groups; without featuretools."""
    return {
        engine: tuple(dict.fromkeys((small["best"][engine], _grouping(ways))))
        for engine, ways in small["engines"].items()
        if engine != "featuretools"
    }


def _title(accounts: int) -> str:
    return f"world of {accounts:,} accounts"


def world(folder: Path, accounts: int) -> Path:
    """The world of that size, written unless it is there."""
    place = folder / f"world-{accounts}"
    if not (place / "foresale.toml").is_file():
        write_world(place, declared(accounts, 3, 1, "standard"), with_truth=False)
    return place


# --- the whole catalogue ----------------------------------------------------------------------------------------------


def catalogue(size: Size, folder: Path) -> dict[str, Any]:
    """Each measurement in a process of its own."""
    part = 20_000 if size.catalogue > 20_000 else size.catalogue
    values = child("benchmarks.catalogue", "values", world(folder, size.catalogue), "--repeats", min(3, size.repeats))
    profile = child("benchmarks.catalogue", "profile", world(folder, size.catalogue), "--repeats", size.repeats)
    row = child("benchmarks.catalogue_row", world(folder, size.catalogue), "--accounts", part, "--calls", size.calls)
    growth = [
        child("benchmarks.catalogue", "frames", world(folder, accounts), "--repeats", repeats)
        for accounts, repeats in size.growth
    ]
    costs = [run["s_per_million_events"] for run in growth]
    found = {
        "values": values,
        "profile": profile,
        "one_row": row,
        "growth": growth,
        "company": growth[-1],
        "growth_spread": max(costs) / min(costs),
    }
    _show(found)
    return found


_LATENCY = ("calls", "p50_ms", "p99_ms", "max_ms")


def _show(found: dict[str, Any]) -> None:
    values, row = found["values"], found["one_row"]
    harness.show(
        "catalogue in memory, 12 cutoffs",
        ("accounts", "events", "features", "seconds", "M values/s", "values stage, M/s", "peak MB"),
        [
            (
                values["accounts"],
                values["events"],
                values["features"],
                values["whole"]["median_s"],
                values["million_values_per_s"],
                values["stage_million_values_per_s"],
                values["whole"]["peak_mb"],
            )
        ],
    )
    harness.show(
        "Parquet to Parquet, 3 cutoffs",
        ("accounts", "events", "rows", "features", "seconds", "pools", "s per M events", "peak MB"),
        [
            (
                run["accounts"],
                run["events"],
                run["rows"],
                run["features"],
                run["median_s"],
                run["pools_s"],
                run["s_per_million_events"],
                run["peak_mb"],
            )
            for run in found["growth"]
        ],
    )
    harness.show("one part on one thread", ("step", "seconds"), list(found["profile"]["steps_s"].items()))
    harness.show(
        "one row from disk",
        ("features", "events", "calls", "p50 ms", "p99 ms", "max ms"),
        [(row["features"], row["events_of_an_account"]["median"], *(row[name] for name in _LATENCY))],
    )


def _ratios(peers: dict[str, Any], size: Size) -> list[tuple[str, float, float]]:
    """Against the best way of each engine, and against its own grouping; on the larger world where it was measured there."""
    titles = [_title(accounts) for accounts in (size.once, size.small) if accounts]
    found = []
    for engine, bar in BARS.items():
        world_of = next(title for title in titles if engine in peers[title]["ratios"])
        best, grouping = (peers[world_of][name][engine] for name in ("ratios", "ratios_without_running_totals"))
        found.append((f"times faster than {engine}, its best way ({world_of})", best, float(bar)))
        if best != grouping:
            found.append((f"times faster than {engine}, grouping as its users do ({world_of})", grouping, float(bar)))
    return found


def bars(found: dict[str, Any], size: Size) -> list[dict[str, Any]]:
    """What was promised, and what came out."""
    made = found["catalogue"]
    values, company, row = made["values"], made["company"], made["one_row"]
    most = [
        ("seconds from Parquet to Parquet, largest world", company["median_s"], 300),
        ("peak GB of it", company["peak_mb"] / 1024, 10),
        ("peak GB of the values in memory", values["whole"]["peak_mb"] / 1024, 6),
        ("cost of an event: the dearest size over the cheapest", made["growth_spread"], 1.2),
        ("p50 ms of one row", row["p50_ms"], 3),
        ("p99 ms of one row", row["p99_ms"], 10),
    ]
    least = [
        *_ratios(found["peers"], size),
        ("features of an account", values["features"], 150),
        ("million values a second", values["million_values_per_s"], 20),
    ]
    return [{"bar": name, "figure": figure, "at_least": bar, "met": figure >= bar} for name, figure, bar in least] + [
        {"bar": name, "figure": figure, "at_most": bar, "met": figure <= bar} for name, figure, bar in most
    ]


def main() -> None:
    options = harness.arguments("features", __doc__)
    size = QUICK if options.quick else FULL
    with ExitStack() as stack:
        kept = ROOT / "var" / "benchmark"
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) if options.quick else kept
        folder.mkdir(parents=True, exist_ok=True)
        facts = harness.machine("numpy", "numba", "duckdb", "pyarrow", "pandas")
        facts["peers"] = versions(peers_python(), "polars", "featuretools", "pandas", "numpy")
        found = {
            "machine": facts,
            "quick": options.quick,
            "not_measured": NOT_MEASURED,
            "peers": peers(size, folder),
            "catalogue": catalogue(size, folder),
        }
    found["bars"] = bars(found, size)
    harness.show(
        "bars",
        ("what", "figure", "bar", "met"),
        [(bar["bar"], bar["figure"], bar.get("at_least", bar.get("at_most")), bar["met"]) for bar in found["bars"]],
    )
    harness.write(options.json, found)


if __name__ == "__main__":
    main()
