"""One engine's run of the shared task: `python -m benchmarks.peers.run ENGINE WAY FOLDER REPEATS` prints JSON.

Loading into the engine's native form is not counted. The first run is a warm-up, and its result is written for the check
against ours; a run longer than a minute is measured only once.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks import harness
from benchmarks.peers.task import Task, open_task

LONG_S, SLOW_S = 60.0, 3.0


def run(engine: str, way: str, task: Task, repeats: int) -> dict[str, Any]:
    module = import_module(f"benchmarks.peer_{engine}")
    work, kept = partial(module.WAYS[way], module.load(task)), []
    first = harness.measure(lambda: kept.append(work()), repeats=1)
    module.write(kept.pop(), str(task.result(engine, way)))
    seconds = first.seconds if repeats < 2 or first.median > LONG_S else _again(work, first.median, repeats)
    return {**harness.Timing(seconds, first.peak_mb).facts(), "repeats": len(seconds)}


def _again(work: Callable[[], object], first_s: float, repeats: int) -> tuple[float, ...]:
    """More runs; three do where they are slow, and then the first is one of them."""
    more = harness.measure(work, repeats=repeats if first_s < SLOW_S else 2).seconds
    return more if first_s < SLOW_S else (first_s, *more)


if __name__ == "__main__":
    engine, way, folder, repeats = sys.argv[1:]
    print(json.dumps(run(engine, way, open_task(Path(folder)), int(repeats))))
