"""What every benchmark shares: the facts of the machine, medians of repeats, peak memory, tables and JSON."""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.measured_code import code_of

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Timing:
    """Seconds of each repeat, and the highest memory of the process while they ran."""

    seconds: tuple[float, ...]
    peak_mb: float

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def facts(self) -> dict[str, Any]:
        return {"median_s": self.median, "seconds": list(self.seconds), "peak_mb": round(self.peak_mb)}


def measure(work: Callable[[], object], *, repeats: int) -> Timing:
    """Run `work` several times; the caller warms it up. The result of a run is dropped before the next begins."""
    _reset_peak()
    seconds = []
    for _ in range(repeats):
        gc.collect()
        start = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - start)
        del result
    return Timing(tuple(seconds), peak_mb())


def latencies_ms(call: Callable[[], object], *, calls: int) -> dict[str, Any]:
    """The 50th and 99th percentile of single calls."""
    times = []
    for _ in range(calls):
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1e3)
    times.sort()
    return {"calls": calls, "p50_ms": times[calls // 2], "p99_ms": times[calls * 99 // 100], "max_ms": times[-1]}


def peak_mb() -> float:
    """The highest resident memory since the last reset, in MB (Linux), or 0 where it cannot be read."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def _reset_peak() -> None:
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:  # not Linux, or not allowed: the peak is then that of the whole process
        return


def machine(*libraries: str) -> dict[str, Any]:
    """What a reader needs to judge the figures."""
    cpu = Path("/proc/cpuinfo")
    names = [line.split(":")[1].strip() for line in cpu.read_text().splitlines() if "model name" in line] if cpu.exists() else []
    return {
        "cpu_count": os.cpu_count(),
        "cpu_model": names[0] if names else platform.processor(),
        "load_before": os.getloadavg()[0],
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in libraries},
    }


def arguments(name: str, text: str | None, *, data: str = "") -> argparse.Namespace:
    """`--quick` and `--json FILE`; a full run writes `results/NAME.json` unless told otherwise.

    `data` says what the folder holds that `--data DIR` must give, where a benchmark reads files that are not ours.
    """
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}", description=text)
    parser.add_argument("--quick", action="store_true", help="smaller sizes, done within a minute")
    parser.add_argument("--json", type=Path, help="where to write the result")
    if data:
        parser.add_argument("--data", type=Path, required=True, help=data)
    options = parser.parse_args()
    if options.json is None and not options.quick:
        options.json = RESULTS / f"{name}.json"
    return options


def write(path: Path | None, result: dict[str, Any]) -> None:
    if path is not None:
        result = result | ({"code": code} if (code := code_of(path.stem)) else {})
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(result, indent=2) + "\n")


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; numbers get three significant digits."""
    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*(f"{cell:,.3g}" if isinstance(cell, float) and abs(cell) < 1000 else _plain(cell) for cell in row))
    Console(width=150).print(table)


def _plain(cell: object) -> str:
    return f"{cell:,.0f}" if isinstance(cell, int | float) and not isinstance(cell, bool) else str(cell)
