"""Whether noise is ever put into service, and whether signal is, where there is little of it.

`python -m benchmarks.no_signal [--quick]`. Without signal: twenty made-up companies whose outcomes are drawn at random, and the
world preset `none`. With signal: standard worlds of 60 to 1,000 accounts, ten seeds each, one with `--quick` (ten minutes).
What is served on the last date of the truth stands beside the base rate: the mean (for money the median) of the outcomes of all
earlier dates of the truth that were known before the test.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import harness
from benchmarks.noise_companies import COMPANIES, noise, written
from benchmarks.worlds_trained import Registered, asked, engine_of, registered, tasks_of, trained, truth_of, world_at
from foresale.company import Company
from training import metrics
from workspace.errors import ForesaleError
from worlds.write import declared

SIZES = (60, 150, 300, 1000)
SEEDS = 10
NONE_ACCOUNTS = 600
YEARS = 3
_WITH_A_REASON = "x"
Raw = dict[str, Any]


def fates(company: Company, failed: dict[str, str]) -> dict[str, Raw]:
    """What became of every task: in service or not, what the gate said, and whether a reason would put it there all the same."""
    return {task: _fate(company, task, failed.get(task, "")) for task in tasks_of(company.workspace)}


def _fate(company: Company, task: str, failed: str) -> Raw:
    model = registered(company.workspace, task)
    if model is None:
        return {"champion": False, "said": f"not trained: {failed}", "in_service": "nothing", "despite": False}
    return {**model.facts(), "in_service": model.in_service, "said": model.gate, "despite": _forced(company, task, model)}


def _forced(company: Company, task: str, model: Registered) -> bool:
    """Whether the newest version can be put into service with a reason; one that passed its gate needs none."""
    try:
        company.promote(task, model.version, _WITH_A_REASON)
    except ForesaleError:
        return False
    return True


def random_company(number: int) -> Raw:
    """One company of drawn outcomes, from its files to the registry."""
    company = noise(number)
    with tempfile.TemporaryDirectory() as folder:
        fate = fates(*trained(written(Path(folder), company)))["conversion"]
    return {"name": f"noise {number:02}", "rows": company.rows, "what": company.words, "task": "conversion", **fate}


def none_world(accounts: int) -> list[Raw]:
    """Every task of a world in which nothing visible tells anything."""
    with tempfile.TemporaryDirectory() as folder:
        found = fates(*trained(world_at(Path(folder), declared(accounts, YEARS, 1, "none"))))
    return [{"name": "world none", "rows": accounts, "what": "accounts", "task": task, **fate} for task, fate in found.items()]


def signal_world(accounts: int, seed: int) -> list[Raw]:
    """Every task of a small standard world: what is in service, and how good it is on the last date of the truth."""
    with tempfile.TemporaryDirectory() as name:
        company, failed = trained(world_at(Path(name), declared(accounts, YEARS, seed, "standard")))
        models = {task: one for task in tasks_of(company.workspace) if (one := registered(company.workspace, task))}
        engine = engine_of(company, models)
        figures = {task: _figures(*_last_date(company, Path(name), task, engine)) for task in models}
        found = fates(company, failed)
    return [{"accounts": accounts, "seed": seed, "task": task, **fate, **figures.get(task, {})} for task, fate in found.items()]


def _last_date(company: Company, folder: Path, task: str, engine: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The answered rows of the last date, and the truth that was settled before the test."""
    test, before = truth_of(company, folder, task)
    rows = asked(engine, task, test[test["as_of"] == test["as_of"].max()])
    return rows[rows["shown"].notna()], before


def _figures(rows: pd.DataFrame, before: pd.DataFrame) -> Raw:
    if len(rows) == 0 or len(before) == 0:
        return {"n": len(rows)}
    return {"n": len(rows), **(_of_money if rows["oracle"].isna().all() else _of_chance)(rows, before["outcome"])}


def _of_chance(rows: pd.DataFrame, before: pd.Series[float]) -> Raw:
    """AUC (the base rate's is one half) and Brier score."""
    label, base = rows["outcome"].to_numpy(float), np.full(len(rows), before.mean())
    differing = np.ptp(label) > 0
    scores = {"ours": rows["shown"].to_numpy(), "oracle": rows["oracle"].to_numpy(), "base": base}
    auc = {name: metrics.auc(label, score.round(9)) if differing else None for name, score in scores.items()}
    return {"auc": auc, "loss": {name: metrics.brier(label, score) for name, score in scores.items()}}


def _of_money(rows: pd.DataFrame, before: pd.Series[float]) -> Raw:
    """Normalised Gini, and MAE: of the median where one is served."""
    label, base = rows["outcome"].to_numpy(float), np.full(len(rows), before.median())
    scores, differing = {"ours": rows["p50"].fillna(rows["shown"]).to_numpy(), "base": base}, np.ptp(label) > 0
    ordered = {"ours": rows["shown"].to_numpy(), "oracle": rows["oracle_value"].to_numpy()}
    return {
        "gini": {name: metrics.gini(label, by) if differing else None for name, by in ordered.items()},
        "loss": {name: metrics.mae(label, score) for name, score in scores.items()},
    }


def collected(*, quick: bool) -> tuple[list[Raw], list[Raw]]:
    """Both halves, told as they go."""
    without = [_told(random_company(number)) for number in range(COMPANIES)]
    without += [_told(one) for one in none_world(NONE_ACCOUNTS)]
    seeds = range(1, 2 if quick else SEEDS + 1)
    return without, [_told(one) for accounts, seed in product(SIZES, seeds) for one in signal_world(accounts, seed)]


def _told(one: Raw) -> Raw:
    name = one.get("name") or f"{one['accounts']} accounts, seed {one['seed']}"
    print(f"{name}, {one['task']}: {one['in_service']}; {one['said']}", flush=True)
    return one


def show(without: list[Raw], having: list[Raw]) -> None:
    """A line a company without signal, and a line a size and task with it."""
    promoted, forced = (sum(one[how] for one in without) for how in ("champion", "despite"))
    title = f"Without signal: {promoted} of {len(without)} in service, {forced} can be put there by a reason or are there"
    harness.show(
        title, ("company", "rows", "", "task", "in service", "with a reason", "the gate"), [_line(one) for one in without]
    )
    columns = (
        "accounts",
        "task",
        "in service",
        "forcible",
        "rows",
        "AUC or Gini",
        "oracle",
        "worlds",
        "Brier or MAE",
        "base rate",
        "better",
    )
    harness.show("With signal: means over the worlds, on the last date of the truth", columns, list(_sizes(having)))


def _line(one: Raw) -> list[str]:
    yes = ("no", "yes")
    return [one["name"], str(one["rows"]), one["what"], one["task"], yes[one["champion"]], yes[one["despite"]], one["said"]]


def _sizes(having: list[Raw]) -> Iterator[list[str]]:
    for accounts, task in sorted({(one["accounts"], one["task"]) for one in having}):
        yield [str(accounts), task, *_size([one for one in having if (one["accounts"], one["task"]) == (accounts, task)])]


def _size(worlds: list[Raw]) -> list[str]:
    order = [found for one in worlds if (found := one.get("auc") or one.get("gini")) and found["ours"] is not None]
    loss = [one["loss"] for one in worlds if "loss" in one]
    better = sum(one["ours"] < one["base"] for one in loss)
    return [
        f"{sum(one['champion'] for one in worlds)} of {len(worlds)}",
        f"{sum(one['despite'] for one in worlds)} of {len(worlds)}",
        _mean([one["n"] for one in worlds if "n" in one], ".0f"),
        *(_mean([found[name] for found in order], ".3f") for name in ("ours", "oracle")),
        str(len(order)),
        *(_mean([found[name] for found in loss], ".4g") for name in ("ours", "base")),
        f"{better} of {len(loss)}",
    ]


def _mean(figures: list[float], style: str) -> str:
    return format(mean(figures), style) if figures else ""


def main() -> None:
    """Run and write."""
    options = harness.arguments("no_signal", __doc__)
    facts = harness.machine("lightgbm", "scikit-learn", "mlflow", "numpy")
    without, having = collected(quick=options.quick)
    show(without, having)
    harness.write(options.json, {"machine": facts, "without_signal": without, "with_signal": having})


if __name__ == "__main__":
    main()
