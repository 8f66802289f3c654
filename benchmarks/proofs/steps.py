"""What each proof runs: a step is a function from a fresh clone to lines with figures and verdicts."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from benchmarks import harness
from benchmarks.proofs import features, models, reasons, your_crm
from benchmarks.proofs.house import HOUSE
from benchmarks.proofs.prove import ROOT, Clone, Line, Step

_MOST_NAMES = 5
_STORE = "var/complete-journey/mlflow.db"
_BARS = {
    ("churn", "auc"): (">=", 0.849),
    ("value", "mae"): ("<=", 73.0),
    ("value", "spearman"): (">=", 0.759),
    ("conversion", "auc"): (">=", 0.818),
}

_NAMED = {
    "stored score, served score and training frame agree bit for bit, 500 households": "agree_bit_for_bit",
    "the same over HTTP": "answered_as_they_were_stored",
    "reasons add up to 1e-9 on the link scale, all households": "reasons_add_up",
}

_HASHES = """
import json
from mlflow.tracking import MlflowClient
client = MlflowClient("sqlite:///var/complete-journey/mlflow.db")
found = {}
for version in client.search_model_versions():
    found.setdefault(version.name, []).append(version.tags["bundle_sha256"])
print(json.dumps(found))
"""


def _install(clone: Clone) -> list[Line]:
    began = time.monotonic()
    clone.run("make", ".venv/dev")
    seconds = f"{time.monotonic() - began:.0f} s"
    return [Line("a new virtual environment from the lock file with hashes", seconds, "it installs", True)]


def _demo(clone: Clone) -> list[Line]:
    """From nothing to an answer, timed by the demo itself; the JSON is kept as the quality result."""
    shutil.rmtree(clone.folder / "var", ignore_errors=True)
    printed = clone.run("make", "--silent", "demo", "ARGS=--no-serve --json --port 8798")
    found = json.loads(printed.splitlines()[-1])
    shown = all(part in printed for part in ("http://127.0.0.1:8798/", "curl -s", '"probability"', '"reasons"'))
    total = found["timings_s"]["total"]
    lines = [
        Line("make demo without the installation", f"{total:.0f} s", "<= 180 s", total <= 180),
        Line("it prints the page's address, a curl and its real answer", shown, "printed", shown),
        Line("every row is accepted or quarantined", _counts(found), "read = accepted + quarantined", _reconciles(found)),
        *_quality(found),
    ]
    _keep_quality(clone, found)
    return lines


def _counts(found: dict[str, Any]) -> str:
    return ", ".join(f"{name} {c['read']} = {c['accepted']} + {c['quarantined']}" for name, c in found["counts"].items())


def _reconciles(found: dict[str, Any]) -> bool:
    return all(c["read"] == c["accepted"] + c["quarantined"] for c in found["counts"].values())


def _quality(found: dict[str, Any]) -> list[Line]:
    lines = []
    for (task, metric), (sign, bar) in _BARS.items():
        value = found["metrics"][task][metric]
        low, high = found["metrics"][task]["intervals"][metric]
        lines.append(
            Line(
                f"{task} {metric} on the test rows",
                f"{value:.4f} ({low:.3f} to {high:.3f})",
                f"{sign} {bar}",
                value >= bar if sign == ">=" else value <= bar,
            )
        )
    rows = found["metrics"]["conversion"]
    lines.append(
        Line(
            "campaign test rows and wins",
            f"{rows['n']}, {rows['positives']}",
            "1877, 284",
            (rows["n"], rows["positives"]) == (1877, 284),
        )
    )
    champions = [task for task, model in found["models"].items() if model["champion"]]
    return [*lines, Line("champions after the gate", ", ".join(champions), "all three", len(champions) == 3)]


def _keep_quality(clone: Clone, found: dict[str, Any]) -> None:
    facts = clone.run(
        ".venv/bin/python",
        "-c",
        "import json; from benchmarks import harness; "
        "print(json.dumps(harness.machine('lightgbm', 'scikit-learn', 'mlflow', 'numpy')))",
    )
    harness.write(harness.RESULTS / "quality.json", {"machine": json.loads(facts), **found})


def _mlflow(clone: Clone) -> list[Line]:
    """What `mlflow ui` shows, asked of the running server over HTTP."""
    printed = clone.run(".venv/bin/python", "-m", "benchmarks.mlflow_ui", f"sqlite:///{clone.folder / _STORE}")
    seen = json.loads(printed.splitlines()[-1])
    return [
        Line(
            f"mlflow ui: {what}",
            seen[what],
            ">= 3" if what == "runs" else "3",
            seen[what] >= 3 if what == "runs" else seen[what] == 3,
        )
        for what in ("experiments", "runs", "datasets", "champions")
    ]


def _mlproject(clone: Clone) -> list[Line]:
    """Every entry point runs, and the trainings among them give the bundles of the demo again."""
    entries = ("ingest", "train", "score", "main")
    for entry in entries:
        clone.run(".venv/bin/mlflow", "run", ".", "--env-manager", "local", "-e", entry)
    found = json.loads(clone.run(".venv/bin/python", "-c", _HASHES).splitlines()[-1])
    same = [task for task, hashes in found.items() if len(hashes) == 3 and len(set(hashes)) == 1]
    return [
        Line("mlflow run . --env-manager local", ", ".join(entries), "each ends well", True),
        Line("three trainings give the same bundle hash", ", ".join(same), "all three tasks", len(same) == 3),
    ]


def _tests(clone: Clone) -> list[Line]:
    """The README's test command, every test's outcome kept."""
    return _test_lines(clone, 300, _NAMED)


def _test_lines(clone: Clone, limit_s: int, named: Mapping[str, str | tuple[str, ...]]) -> list[Line]:
    began = time.monotonic()
    printed = clone.run("make", "--silent", "test", "ARGS=--junitxml=junit.xml")
    seconds = time.monotonic() - began
    summary = printed.strip().splitlines()[-1]
    cases = [case.attrib["name"] for case in ElementTree.parse(clone.folder / "junit.xml").iter("testcase")]
    good = seconds <= limit_s and "failed" not in summary and "error" not in summary
    return [
        Line("make test", f"{seconds:.0f} s: {summary}", f"<= {limit_s} s, all pass", good),
        Line("skipped tests", "none" if "skipped" not in summary else summary, "none", "skipped" not in summary),
        *(_named(words, part, cases) for words, part in named.items()),
    ]


def _coverage(clone: Clone) -> list[Line]:
    clone.run(".venv/bin/python", "-m", "pytest", "--cov", "--cov-report=json:coverage.json", "--cov-report=")
    covered = json.loads((clone.folder / "coverage.json").read_text(encoding="utf-8"))["totals"]["percent_covered"]
    return [Line("line coverage of the four packages", f"{covered:.1f} %", ">= 90 %", covered >= 90)]


def _named(words: str, parts: str | tuple[str, ...], cases: list[str]) -> Line:
    """Tests whose name holds a part ran, for each part (a failure would have ended the run)."""
    ran = [[case for case in cases if part in case] for part in ((parts,) if isinstance(parts, str) else parts)]
    names = [case for some in ran for case in some]
    listed = ", ".join(names) if len(names) <= _MOST_NAMES else f"{names[0]}, ..."
    return Line(words, f"{len(names)} tests pass: {listed}", "pass", all(ran))


def _feature_tests(clone: Clone) -> list[Line]:
    """The README's test command: design.md gives it ten minutes."""
    return _test_lines(clone, 600, features.NAMED)


def _crm_tests(clone: Clone) -> list[Line]:
    return _test_lines(clone, 600, your_crm.NAMED)


def _reason_tests(clone: Clone) -> list[Line]:
    return _test_lines(clone, 900, reasons.NAMED)


def _model_tests(clone: Clone) -> list[Line]:
    return _test_lines(clone, 900, models.NAMED)


def _check(clone: Clone) -> list[Line]:
    clone.run("make", "--silent", "lint", "types")
    return [Line("ruff and mypy --strict", "clean", "clean", True)]


def _kernel(clone: Clone) -> list[Line]:
    target = ROOT / "benchmarks" / "results" / "kernel.json"
    clone.run(".venv/bin/python", "-m", "benchmarks.kernel", "--json", str(target))
    found = json.loads(target.read_text(encoding="utf-8"))
    speed, one, full = found["kernel"]["2 threads"]["million_values_per_s"], found["one_row"]["p50_ms"], found["full_size"]
    wide = found["against_sql"]["windows and states"]
    return [
        Line(f"kernel, {found['features']} features, 2 cores", f"{speed:.1f} M values/s", ">= 20 M/s", speed >= 20),
        Line(
            f"against DuckDB's best SQL, {wide['features']} features, sorting included",
            f"{wide['ratio_with_sort']:.1f} times",
            ">= 10 times",
            wide["ratio_with_sort"] >= 10,
        ),
        Line(
            f"the same at full size, {full['features']} features, one run of the SQL",
            f"{full['ratio_with_sort']:.1f} times",
            ">= 10 times",
            full["ratio_with_sort"] >= 10,
        ),
        Line("one entity's whole row, 500 events, p50", f"{one:.3f} ms", "<= 1 ms", one <= 1),
    ]


def _no_names(clone: Clone) -> list[Line]:
    """The lock files name no host."""
    text = "".join(file.read_text(encoding="utf-8") for file in (clone.folder / "requirements").iterdir())
    hosts = re.findall(r"https?://\S+", text)
    return [Line("host names in the lock files", len(hosts), "0", not hosts)]


PROOFS: dict[str, dict[str, Step]] = {
    "house": HOUSE,
    "main-job": {
        "install": _install,
        "lock": _no_names,
        "demo": _demo,
        "mlflow": _mlflow,
        "mlproject": _mlproject,
        "tests": _tests,
        "kernel": _kernel,
        "coverage": _coverage,
        "check": _check,
    },
    "features": {
        "install": _install,
        "lock": _no_names,
        "check": _check,
        "xeducation": features.xeducation,
        "tests": _feature_tests,
        "benchmark": features.benchmark,
        "spark": features.spark,
    },
    "models": {
        "install": _install,
        "check": _check,
        "demo": models.demo,
        "public": models.public,
        "truth": models.truth,
        "noise": models.noise,
        "forecasts": models.forecasts,
        "determinism": models.determinism,
        "kills": models.killed,
        "tests": _model_tests,
    },
    "reasons": {"install": _install, "check": _check, "demo": reasons.demo, "worlds": reasons.worlds, "tests": _reason_tests},
    "your-crm": {
        "install": _install,
        "lock": _no_names,
        "check": _check,
        "damage": your_crm.damage,
        "by toml alone": your_crm.by_toml_alone,
        "init": your_crm.proposals,
        "accuracy": your_crm.accuracy,
        "tests": _crm_tests,
        "large": your_crm.large,
    },
}
