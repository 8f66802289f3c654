"""What `make proof-house` runs: installation by old and new pips, the demo's size and time, bundles as before, tests, figures."""

from __future__ import annotations

import json
import shutil
import statistics
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from benchmarks.proofs.prove import Clone, Line, Step

_PIPS = ("22.3", "23.2", "")  # the oldest that Python 3.11 shipped with, a later one, the newest
_NOT_IN_DEMO = ("pyspark", "pytest", "playwright", "psycopg", "ruff", "mypy")
_REPORTED = Path("benchmarks/results/quality.json")  # the demo as docs/results.md tells it
_BARS_S = {"demo": 120.0, "world": 240.0}
_TESTS_S, _REPEATS = 291.0, 3
_NAMED = {
    "a later release of everything changes nothing": "a_later_release_of_everything",
    "every declared requirement has its pin, three Pythons, three systems": "every_declared_requirement",
    "no import cycle, benchmarks too": "no_import_cycle",
    "no folder with more than 22 modules": "no_folder_is_overfull",
    "a copied workspace trains, scores and serves, the original deleted": "test_moved",
    "import foresale in under 0.3 s": "importing_it_costs_nothing",
    "foresale --help where fcntl is missing": "there_is_no_fcntl",
    "every comparison of a time with a cutoff is found, and in its room": "time_meets_a_cutoff",
    "the map of the docs names what exists": "the_map_names_what_exists",
}


def _pips(clone: Clone) -> list[Line]:
    """Both environments, each by an old and by the newest pip."""
    lines = []
    for pip in _PIPS:
        tool = clone.folder.parent / f"pip-{pip or 'newest'}"
        clone.run("python3", "-m", "venv", str(tool))
        clone.run(str(tool / "bin/python"), "-m", "pip", "install", "--quiet", "--upgrade", f"pip=={pip}" if pip else "pip")
        version = clone.run(str(tool / "bin/python"), "-m", "pip", "--version").split()[1]
        for lock in ("demo", "dev"):
            shutil.rmtree(clone.folder / ".venv", ignore_errors=True)
            program = f"{tool}/bin/python -m pip --python .venv/bin/python install --quiet --no-compile --no-deps"
            began = time.monotonic()
            clone.run("make", f".venv/{lock}", f"PIP={program}")
            seconds = f"{time.monotonic() - began:.0f} s"
            lines.append(Line(f"requirements/{lock}.lock with pip {version}", seconds, "it installs", True))
    return lines


def _demo_environment(clone: Clone) -> list[Line]:
    """What `make demo` installs."""
    shutil.rmtree(clone.folder / ".venv", ignore_errors=True)
    began = time.monotonic()
    clone.run("make", ".venv/demo")
    seconds = time.monotonic() - began
    megabytes = sum(file.lstat().st_size for file in (clone.folder / ".venv").rglob("*")) / 1e6
    names = {
        found["name"].lower() for found in json.loads(clone.run(".venv/bin/python", "-m", "pip", "list", "--format", "json"))
    }
    there = [name for name in _NOT_IN_DEMO if name in names]
    return [
        Line("what the demo installs", f"{megabytes:,.0f} MB in {seconds:.0f} s", "said in the README", True),
        Line(f"of {', '.join(_NOT_IN_DEMO)} among it", ", ".join(there) or "none", "none", not there),
    ]


def _ways(clone: Clone) -> list[Line]:
    """The whole way, three times each, from the end of the installation to the printed address."""
    lines = []
    for name, words in (("demo", "--no-serve --json --port 8798"), ("world", "--world --no-serve --json --port 8798")):
        found = [_way(clone, words) for _ in range(_REPEATS)]
        seconds = [one["timings_s"]["total"] for one in found]
        median = statistics.median(seconds)
        said = f"{median:.0f} s ({', '.join(f'{one:.0f}' for one in seconds)})"
        bar = _BARS_S[name]
        lines.append(Line(f"the whole way of the {name}, median of three", said, f"<= {bar:.0f} s", median <= bar))
        if name == "demo":
            reported = json.loads((clone.folder / _REPORTED).read_text(encoding="utf-8"))
            lines.append(_same("bundles of the demo are those of docs/results.md", found[0], reported))
    return lines


def _way(clone: Clone, words: str) -> dict[str, Any]:
    shutil.rmtree(clone.folder / "var", ignore_errors=True)
    found: dict[str, Any] = json.loads(clone.run("make", "--silent", "demo", f"ARGS={words}").splitlines()[-1])
    return found


def _same(what: str, found: dict[str, Any], expected: dict[str, Any]) -> Line:
    now, then = ({task: model["bundle_sha256"] for task, model in one["models"].items()} for one in (found, expected))
    shown = ", ".join(f"{task} {sha[:12]}" for task, sha in now.items())
    return Line(what, shown, "the same", now == then)


def _small_world(clone: Clone) -> list[Line]:
    folder = clone.folder / "var" / "w400"
    program = (".venv/bin/python", "-m", "foresale")
    clone.run(*program, "world", "--out", str(folder), "--accounts", "400")
    clone.run(*program, "--workspace", str(folder / "foresale.toml"), "ingest")
    train = (*program, "--workspace", str(folder / "foresale.toml"), "train", "--json")
    first, again = (json.loads(clone.run(*train).splitlines()[-1]) for _ in range(2))
    return [_same("a world of 400 accounts trained twice: the same bundles", again, first)]


def _tests(clone: Clone) -> list[Line]:
    """The suite, its time, what it skips, its slowest twenty, and the lines that tests prove."""
    report = clone.folder / "var" / "tests.xml"
    began = time.monotonic()
    clone.run("make", "test", f"ARGS=--junit-xml={report}")
    seconds = time.monotonic() - began
    cases = list(ElementTree.parse(report).getroot().iter("testcase"))
    slow = sorted(cases, key=lambda case: -float(case.get("time", 0)))[:20]
    said = "; ".join(f"{case.get('name')} {float(case.get('time', 0)):.0f} s" for case in slow)
    skipped = sum(1 for case in cases if case.find("skipped") is not None)
    return [
        Line("tests that pass", f"{len(cases) - skipped:,}, {skipped} skipped", "all, none skipped", skipped == 0),
        Line("their time, with the installation", f"{seconds:.0f} s", f"<= {_TESTS_S:.0f} s before", seconds <= _TESTS_S),
        Line("the slowest twenty", said, "listed", True),
        *(_by_tests(name, part, cases) for name, part in _NAMED.items()),
    ]


def _by_tests(line: str, part: str, cases: list[ElementTree.Element]) -> Line:
    found = [case for case in cases if part in f"{case.get('classname')}.{case.get('name')}"]
    return Line(line, f"{len(found)} tests", "they pass", bool(found))


HOUSE: dict[str, Step] = {
    "pips": _pips,
    "demo-environment": _demo_environment,
    "ways": _ways,
    "small-world": _small_world,
    "tests": _tests,
}
