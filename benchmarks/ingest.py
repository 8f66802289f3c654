"""A large CSV into canonical tables, beside DuckDB's own COPY of the same file to Parquet: time, throughput, peak memory.

`python -m benchmarks.ingest [--quick] [--gigabytes N]`. Each run is a process of its own; the two take turns.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb

from benchmarks import harness
from benchmarks.children import child
from tables.ingest import ingest
from workspace.workspace import parse_workspace

GIGABYTES, QUICK_GIGABYTES, ROWS_A_GIGABYTE, OF_AN_ACCOUNT = 10.0, 0.2, 9_900_000, 100
BARS = {"peak_gb": 2.0, "times_copy": 2.5}
_KINDS = "['call', 'visit', 'email', 'meeting'][1 + (hash(i * 3) % 4)::int]"


def write_files(folder: Path, gigabytes: float) -> None:
    """Accounts and their interactions, in no order; keys are unique, a thousandth of the rows is damaged."""
    rows = int(gigabytes * ROWS_A_GIGABYTE)
    accounts = max(rows // OF_AN_ACCOUNT, 1)
    when = "timestamp '2022-01-01' + (hash(i * 7) % 94608000)::bigint * interval 1 second"
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false; set preserve_insertion_order = false; set memory_limit = '1500MB'")
        connection.execute(
            f"copy (select 'A' || i as account_id, 'Company ' || i as name from range({accounts}) t(i)) "
            f"to '{folder / 'accounts.csv'}' (header)"
        )
        connection.execute(
            f"copy (select 'I' || i as interaction_id, 'A' || (hash(i) % {accounts})::varchar as account_id, "
            f"case when hash(i * 23) % 1000 = 0 then 'soon' else strftime({when}, '%Y-%m-%d %H:%M:%S') end as occurred_at, "
            f"{_KINDS} as kind, case when hash(i * 5) % 2 = 0 then 'in' else 'out' end as direction, "
            "(hash(i * 11) % 3600)::varchar as duration_s, 'U' || (hash(i * 17) % 50)::varchar as owner_id, "
            "'what was said and agreed, number ' || (hash(i) % 100000) "
            f"as note from range({rows}) t(i)) to '{folder / 'events.csv'}' (header)"
        )


def ours(folder: Path) -> dict[str, Any]:
    """One full ingest of the folder."""
    raw = {
        "name": "large",
        "title_zh": "大",
        "title_en": "Large",
        "time_zone": "Asia/Shanghai",
        "currency": "CNY",
        "data_dir": "var",
        "sources": {"accounts": "accounts.csv", "events": "events.csv"},
        "tables": {"accounts": {"source": "accounts"}, "interactions": {"source": "events"}},
    }
    start = time.perf_counter()
    result = ingest(parse_workspace(raw, folder / "foresale.toml"), full=True)
    seconds, count = time.perf_counter() - start, result.counts["interactions"]
    assert count.read == count.accepted + count.quarantined
    return {"seconds": seconds, "peak_mb": harness.peak_mb(), "rows": count.read, "quarantined": count.quarantined}


def copied(folder: Path) -> dict[str, Any]:
    """DuckDB's COPY of the same file: no types, no checks, no order."""
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        start = time.perf_counter()
        connection.execute(f"copy (from read_csv('{folder / 'events.csv'}')) to '{folder / 'copy.parquet'}' (format parquet)")
        return {"seconds": time.perf_counter() - start, "peak_mb": harness.peak_mb()}


def measure(gigabytes: float, repeats: int) -> dict[str, Any]:
    """Both in turn, on files written for it."""
    scratch = Path(__file__).parent.parent / "var"
    scratch.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch) as temporary:
        folder = Path(temporary)
        write_files(folder, gigabytes)
        size = (folder / "events.csv").stat().st_size / 1e9
        runs = [(child("benchmarks.ingest", "copy", folder), child("benchmarks.ingest", "ours", folder)) for _ in range(repeats)]
    copy_s, own_s = (statistics.median(run[i]["seconds"] for run in runs) for i in range(2))
    return {
        "gigabytes": size,
        "rows": runs[0][1]["rows"],
        "quarantined": runs[0][1]["quarantined"],
        "ours_s": own_s,
        "copy_s": copy_s,
        "times_copy": statistics.median(own["seconds"] / copy["seconds"] for copy, own in runs),
        "mb_per_s": size * 1e3 / own_s,
        "peak_gb": max(own["peak_mb"] for _, own in runs) / 1024,
        "copy_peak_gb": max(copy["peak_mb"] for copy, _ in runs) / 1024,
    }


def main() -> None:
    if sys.argv[1:2] in (["ours"], ["copy"]):
        print(json.dumps({"ours": ours, "copy": copied}[sys.argv[1]](Path(sys.argv[2]))))
        return
    options = harness.arguments("ingest", __doc__)
    found = measure(QUICK_GIGABYTES if options.quick else GIGABYTES, 1 if options.quick else 3)
    found["bars"] = [
        {"bar": name, "figure": found[name], "at_most": bar, "met": found[name] <= bar} for name, bar in BARS.items()
    ]
    harness.show(
        "CSV into canonical tables",
        ("GB", "rows", "seconds", "DuckDB COPY", "times COPY", "MB/s", "peak GB", "COPY's peak GB"),
        [
            (
                found["gigabytes"],
                found["rows"],
                found["ours_s"],
                found["copy_s"],
                found["times_copy"],
                found["mb_per_s"],
                found["peak_gb"],
                found["copy_peak_gb"],
            )
        ],
    )
    harness.write(options.json, {"machine": harness.machine("duckdb", "pyarrow"), **found})


if __name__ == "__main__":
    main()
