"""Models beside every baseline on Complete Journey, from an empty folder: what `make demo` measures, kept as JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks import harness

ROOT = Path(__file__).parent.parent
_LEADING = {
    "conversion": ("auc", "brier", "ece", "lift_at_10"),
    "churn": ("auc", "brier", "ece", "lift_at_10"),
    "value": ("mae", "spearman", "bias", "gini"),
}


def run_demo(root: Path) -> dict[str, Any]:
    """`foresale demo --no-serve --json`; its last line."""
    done = subprocess.run(
        [sys.executable, "-m", "foresale", "demo", "--no-serve", "--json", "--port", "8797"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=root,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def show(metrics: dict[str, dict[str, Any]]) -> None:
    """One table a task."""
    for task, numbers in metrics.items():
        names = _LEADING[task]
        rows = [["Foresale", *(numbers[name] for name in names), ""]]
        rows += [
            [name, *(theirs[n] for n in names), "{:+.4f} to {:+.4f}".format(*numbers["paired"][name])]
            for name, theirs in numbers["baselines"].items()
        ]
        harness.show(f"{task}: {numbers['n']} test rows, split {numbers['split']}", ("who", *names, "ours minus theirs"), rows)


def main() -> None:
    """Run and write. There is no smaller size of a data set: `--quick` is the same run."""
    options = harness.arguments("quality", __doc__)
    facts = harness.machine("lightgbm", "scikit-learn", "mlflow", "numpy")
    found = run_demo(ROOT)
    show(found["metrics"])
    harness.write(options.json, {"machine": facts, **found})


if __name__ == "__main__":
    main()
