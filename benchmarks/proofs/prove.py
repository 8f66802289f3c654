"""`make proof-NAME`: every line of an issue's "Done when" on a fresh clone in a new virtual environment.

It resumes where it stopped (per commit) and writes docs/proof/NAME.json: the commit, each line's figure and verdict.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Line:
    """One line of "Done when": what was measured, the bar, and whether it is met."""

    line: str
    figure: object
    bar: str
    passed: bool


@dataclass(frozen=True)
class Clone:
    """A fresh clone and the results kept so far."""

    folder: Path
    state: Path

    def run(self, *command: str, allow_failure: bool = False) -> str:
        """Run a command inside the clone; its standard output. The rest goes to the terminal."""
        environment = {key: value for key, value in os.environ.items() if key not in ("VIRTUAL_ENV", "PYTHONPATH")}
        environment["PATH"] = f"{self.folder / '.venv' / 'bin'}:{environment['PATH']}"
        done = subprocess.run(command, cwd=self.folder, stdout=subprocess.PIPE, text=True, env=environment, check=False)
        if done.returncode and not allow_failure:
            sys.stdout.write(done.stdout[-4000:])
            raise SystemExit(f"{' '.join(command)} ended with status {done.returncode}")
        return done.stdout


def measured(clone: Clone, name: str, *options: str) -> dict[str, Any]:
    """Run a benchmark of the clone; its result, which is kept in this repository."""
    target = ROOT / "benchmarks" / "results" / f"{name}.json"
    clone.run(".venv/bin/python", "-m", f"benchmarks.{name}", *options, "--json", str(target))
    found: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    return found


Step = Callable[[Clone], list[Line]]


def commit() -> str:
    """The commit that is proved; refuses to prove what is not committed."""
    changed = subprocess.run(
        ["git", "status", "--porcelain", "--untracked-files=no"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    if changed:
        raise SystemExit(f"commit first; the proof clones HEAD:\n{changed}")
    return subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def fresh_clone(name: str, sha: str) -> Clone:
    """Clone HEAD beside the results of earlier steps; an unfinished proof of the same commit goes on."""
    base = ROOT / "var" / "proof" / name / sha[:12]
    folder = base / "clone"
    if not folder.is_dir():
        shutil.rmtree(base, ignore_errors=True)
        base.mkdir(parents=True)
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    return Clone(folder, base / "state.json")


def prove(name: str, steps: dict[str, Step]) -> bool:
    """Run each step once per commit, write the proof after each, and tell whether every bar is met."""
    sha = commit()
    clone = fresh_clone(name, sha)
    done: dict[str, list[dict[str, object]]] = json.loads(clone.state.read_text()) if clone.state.is_file() else {}
    for step, work in steps.items():
        if step not in done:
            print(f"--- {step}", flush=True)
            done[step] = [asdict(line) for line in work(clone)]
            clone.state.write_text(json.dumps(done, indent=1))
        for line in done[step]:
            print(f"{'met ' if line['passed'] else 'MISS'}  {line['line']}: {line['figure']} ({line['bar']})", flush=True)
    lines = [line for step in steps for line in done[step]]
    target = ROOT / "docs" / "proof" / f"{name}.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps({"commit": sha, "lines": lines}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return all(line["passed"] for line in lines)


def main() -> None:
    """Prove one issue by name."""
    from benchmarks.proofs.steps import PROOFS

    if len(sys.argv) != 2 or sys.argv[1] not in PROOFS:
        raise SystemExit(f"usage: make proof-NAME, NAME among {', '.join(PROOFS)}")
    raise SystemExit(0 if prove(sys.argv[1], PROOFS[sys.argv[1]]) else 1)


if __name__ == "__main__":
    main()
