"""What `make proof-models` runs: the demo, public data, the synthetic companies against their truth, noise, forecasts, kills."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.proofs.prove import Clone, Line, measured

_PROGRAM = (".venv/bin/python", "-m", "foresale")
_DEMO = (
    ("churn", "auc", ">=", 0.868),
    ("churn", "brier", "<=", 0.0925),
    ("conversion", "auc", ">=", 0.835),
    ("value", "mae", "<=", 71.4),
    ("value", "gini", ">=", 0.834),
)
_PUBLIC = (
    ("365_platform", "auc", 0.64),
    ("365_platform", "average_precision", 0.04),
    ("cdnow", "auc", 0.806),
    ("xeducation", "auc", 0.877),
)
_TRAINING_S, _WAY_S = 40.0, 75.0
_SIZES = ((4000, 0.07, 0.05), (20_000, 0.04, 0.025))  # accounts, distance of conversion's AUC to the oracle, of churn's
_BIAS, _MEAN, _ECE, _TOTAL, _GINI = 0.03, 0.10, 0.012, 0.05, 0.02
_SMALL = 400
_SHUFFLE = """
import pathlib, sys
import pandas as pd
for file in sorted(pathlib.Path(sys.argv[1]).glob("tables/*/*.parquet")):
    pd.read_parquet(file).sample(frac=1, random_state=3).to_parquet(file, index=False)
"""


def _line(what: str, figure: float, sign: str, bar: float) -> Line:
    return Line(what, round(figure, 4), f"{sign} {bar:g}", figure >= bar if sign == ">=" else figure <= bar)


def demo(clone: Clone) -> list[Line]:
    """Complete Journey, and how long it takes."""
    found = measured(clone, "quality")
    told, seconds = found["metrics"], found["timings_s"]
    churn = told["churn"]
    return [
        *(_line(f"demo: {task} {name}", told[task][name], sign, bar) for task, name, sign, bar in _DEMO),
        _line("demo: churn ECE, as perfect calibration shows", churn["ece"], "<=", churn["ece_if_perfect"]),
        _line("demo: bias of value's mean", abs(told["value"]["bias"]), "<=", _BIAS),
        _line("demo: training, seconds", seconds["train"], "<=", _TRAINING_S),
        _line("demo: the whole way, seconds", seconds["total"], "<=", _WAY_S),
    ]


def public(clone: Clone) -> list[Line]:
    """The public sets that are not in the repository."""
    data = os.environ.get("FORESALE_DATA")
    if not data:
        return [Line("public data", "FORESALE_DATA is not set", "the folder of the data sets", False)]
    found = measured(clone, "public_data", "--data", str(Path(data).resolve()))["examples"]
    return [_line(f"{name}: {metric}", found[name]["test"][metric], ">=", bar) for name, metric, bar in _PUBLIC]


def truth(clone: Clone) -> list[Line]:
    """The synthetic company beside its truth, small and large."""
    return [line for size in _SIZES for line in _beside_truth(clone, *size)]


def _beside_truth(clone: Clone, accounts: int, conversion: float, churn: float) -> Iterator[Line]:
    tasks = _truth(clone, accounts)["tasks"]
    for task, bar in (("conversion", conversion), ("churn", churn)):
        ours, oracle = (tasks[task]["figures"][name] for name in ("ours", "oracle"))
        yield _line(f"{accounts} accounts: {task}, AUC behind the oracle", oracle["auc"] - ours["auc"], "<=", bar)
        yield _line(f"{accounts} accounts: {task}, ECE", ours["ece"], "<=", max(_ECE, ours["ece_if_perfect"]))
    for age, band in tasks["conversion"]["by_age"].items():
        off = abs(band["ours"]["mean"] / band["oracle"]["mean"] - 1)
        yield _line(f"{accounts} accounts: opportunities of {age} days, mean off the true one", off, "<=", _MEAN)
    value = tasks["value"]["figures"]
    yield _line(
        f"{accounts} accounts: value, Gini behind the oracle", value["oracle"]["gini"] - value["ours"]["gini"], "<=", _GINI
    )
    yield _line(f"{accounts} accounts: value, total off the true one", abs(value["total_over"]["oracle_value"]), "<=", _TOTAL)


def _truth(clone: Clone, accounts: int) -> dict[str, Any]:
    """The small company's figures are those that docs/results.md tells; the large one's stay in the proof."""
    if accounts == _SIZES[0][0]:
        return measured(clone, "truth")
    target = clone.folder / "var" / f"truth-{accounts}.json"
    clone.run(".venv/bin/python", "-m", "benchmarks.truth", "--accounts", str(accounts), "--json", str(target))
    found: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    return found


def noise(clone: Clone) -> list[Line]:
    """Nothing is served where nothing tells anything, something where something does."""
    found = measured(clone, "no_signal")
    served = sum(one["champion"] or one["despite"] for one in found["without_signal"])
    answered = [one["champion"] for one in found["with_signal"]]
    return [
        Line("without signal: served, or forcible", f"{served} of {len(found['without_signal'])}", "none", served == 0),
        Line("with signal: tasks with a model", f"{sum(answered)} of {len(answered)}", "all", all(answered)),
    ]


def forecasts(clone: Clone) -> list[Line]:
    """Sixty months of twenty companies."""
    found = json.loads(clone.run(".venv/bin/python", "-m", "benchmarks.proofs.forecasts", "--json").splitlines()[-1])
    return [
        Line(f"months whose {name} lie in their 80 % range", f"{share:.1%}", "70 % to 90 %", bool(0.7 <= share <= 0.9))
        for name, share in found.items()
    ]


def killed(clone: Clone) -> list[Line]:
    """Twenty kills at random moments of training and promotion."""
    *_, counts, runs = clone.run(".venv/bin/python", "-m", "benchmarks.proofs.kills", allow_failure=True).splitlines()
    whole = "alias whole after 20" in counts and "'RUNNING'" not in runs.rpartition(";")[2]
    return [Line("kill -9 in training and promotion", f"{counts}; {runs}", "20 of 20 whole, none left running", whole)]


def determinism(clone: Clone) -> list[Line]:
    """Trained twice, and once more on shuffled rows."""
    folder = clone.folder / "var" / "same"
    clone.run(*_PROGRAM, "world", "--out", str(folder), "--accounts", str(_SMALL))
    first, again = _hashes(clone, folder), _hashes(clone, folder)
    clone.run(".venv/bin/python", "-c", _SHUFFLE, str(folder))
    shuffled = _hashes(clone, folder)
    return [
        Line("two trainings: the same bundles", sorted(first.values()), "equal", first == again),
        Line("rows shuffled: the same bundles", sorted(shuffled.values()), "equal", first == shuffled),
    ]


def _hashes(clone: Clone, folder: Path) -> dict[str, Any]:
    program = (*_PROGRAM, "--workspace", str(folder / "foresale.toml"))
    clone.run(*program, "ingest", "--full")
    told = json.loads(clone.run(*program, "train", "--json", allow_failure=True).splitlines()[-1])
    return {task: model["bundle_sha256"][:12] for task, model in told["models"].items()}


NAMED = {
    "P(h) never falls as h grows, for every row": ("chances_grow_with_the_days", "sooner_is_never_likelier"),
    "reasons add up on the chance of any horizon": "a_shorter_horizon_is_explained_exactly",
    "what is finished is kept when another task fails": "what_is_finished_is_kept",
    "settings are judged before any fit": "every_task_is_judged_before_anything_is_fitted",
}
