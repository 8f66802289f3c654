"""Start `mlflow ui` on a store and count, over its HTTP API, what a person would see in it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

PORT = 5797
BASE = f"http://127.0.0.1:{PORT}/api/2.0/mlflow"


def _ask(path: str, body: dict[str, Any] | None = None) -> Any:
    request = urllib.request.Request(
        f"{BASE}/{path}", json.dumps(body).encode() if body else None, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def _wait() -> None:
    for _ in range(200):
        try:
            _ask("experiments/search", {"max_results": 1})
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.5)
        else:
            return
    raise SystemExit("mlflow ui did not answer")


def count() -> dict[str, int]:
    """Experiments of ours, their runs, the tasks whose runs name data sets, and registered models with a champion."""
    experiments = [e for e in _ask("experiments/search", {"max_results": 100})["experiments"] if e["name"] != "Default"]
    runs = {e["name"]: _ask("runs/search", {"experiment_ids": [e["experiment_id"]]}).get("runs", []) for e in experiments}
    models = _ask("registered-models/search").get("registered_models", [])
    champions = [m for m in models if any(alias["alias"] == "champion" for alias in m.get("aliases", []))]
    with_data = [name for name, found in runs.items() if all(run["inputs"].get("dataset_inputs") for run in found)]
    return {
        "experiments": len(experiments),
        "runs": sum(map(len, runs.values())),
        "datasets": len(with_data),
        "champions": len(champions),
    }


def main() -> None:
    """Print the counts as one JSON line."""
    command = [str(Path(sys.executable).with_name("mlflow")), "ui", "--backend-store-uri", sys.argv[1], "--port", str(PORT)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait()
        print(json.dumps(count()))
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
