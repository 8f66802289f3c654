"""What is served beside the truth of the synthetic world: how far from the best forecast that the visible rows allow.

`python -m benchmarks.truth [--accounts 4000] [--preset standard] [--seed 1] [--folder DIR]`. Every open opportunity and every
active account is asked about, at the dates of the truth table that lie after everything the models were fitted on.
`oracle` is the best forecast from what is visible, `probability` (or `expected_value`) that of who knows the hidden classes.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logit
from sklearn.linear_model import LogisticRegression

from benchmarks import harness
from benchmarks.worlds_trained import asked, engine_of, registered, trained, truth_of, world_at
from foresale.company import Company
from training import metrics
from training.bootstrap import interval, over_draws, resamples
from training.metrics import Metric
from workspace.errors import ForesaleError
from worlds.setting import World
from worlds.write import declared

YEARS = 3
BANDS = {"0-30": (0, 31), "31-90": (31, 91), "91-180": (91, 181), "181+": (181, 10_000)}
_QUANTILES = ("p10", "p50", "p90")
_THIRDS = ("smallest", "middle", "largest")
Floats = NDArray[np.float64]
Raw = dict[str, Any]


def judged(label: Floats, chance: Floats) -> Raw:
    """How good probabilities are; nothing where all outcomes are the same."""
    both = 0 < label.sum() < len(label)
    slope, intercept = calibration(label, chance) if both else (None, None)
    return {
        "auc": metrics.auc(label, chance.round(9)) if both else None,  # what differs by rounding alone is equal
        "mean": float(chance.mean()),
        "brier": metrics.brier(label, chance),
        "ece": metrics.ece(label, chance),
        "ece_if_perfect": metrics.ece_if_perfect(chance),
        "slope": slope,
        "intercept": intercept,
    }


def calibration(label: Floats, chance: Floats) -> tuple[float, float]:
    """Slope and intercept of the outcome on the logit of the chance: 1 and 0 where what is said is what happens."""
    link = logit(np.clip(chance, 1e-9, 1 - 1e-9))
    if np.ptp(link) == 0:
        return 0.0, float(logit(label.mean()))
    line = LogisticRegression(C=np.inf).fit(link.reshape(-1, 1), label)
    return float(line.coef_[0, 0]), float(line.intercept_[0])


def probabilities(rows: pd.DataFrame) -> Raw:
    """Ours, the oracle's and the all-knowing's figures on the same rows; `rms` is the typical distance to the oracle."""
    label = rows["outcome"].to_numpy(float)
    columns = {"ours": "shown", "oracle": "oracle", "classes known": "probability"}
    return {
        "n": len(rows),
        "mean_outcome": float(label.mean()),
        "rms_to_oracle": float(np.sqrt(((rows["shown"] - rows["oracle"]) ** 2).mean())),
        **{name: judged(label, rows[column].to_numpy(float)) for name, column in columns.items()},
    }


def behind(rows: pd.DataFrame, ours: str, theirs: str, metric: Metric) -> tuple[float, float]:
    """The 95 % interval of our metric minus that of another column, by account."""
    samples, label = resamples(pd.factorize(rows["account_id"])[0]), rows["outcome"].to_numpy(float)
    first, second = (over_draws(metric, label, rows[name].to_numpy(float).round(9), samples) for name in (ours, theirs))
    return interval(first - second)


def by_age(rows: pd.DataFrame, opened: pd.Series[Any]) -> dict[str, Raw]:
    """The same for opportunities of each age, in whole days since they were opened."""
    age = (rows["as_of"] - rows["entity_id"].map(opened)).dt.days
    banded = {name: rows[(age >= low) & (age < high)] for name, (low, high) in BANDS.items()}
    return {name: probabilities(some) for name, some in banded.items() if len(some)}


def money(rows: pd.DataFrame) -> Raw:
    """The order of customers by value, the totals, and how often the outcome lies inside what is said."""
    label, columns = (
        rows["outcome"].to_numpy(float),
        {"ours": "shown", "oracle": "oracle_value", "classes known": "expected_value"},
    )
    total = rows["shown"].sum()
    return {
        "n": len(rows),
        **{name: {"gini": metrics.gini(label, rows[column].to_numpy(float))} for name, column in columns.items()},
        "total_over": {name: float(total / rows[name].sum() - 1) for name in ("expected_value", "oracle_value", "outcome")},
        "oracle_total_over_outcome": float(rows["oracle_value"].sum() / label.sum() - 1),
        **_intervals(rows.dropna(subset=["p10"])),
    }


def _intervals(rows: pd.DataFrame) -> Raw:
    """Shares at or below the quantiles, and the share between them of those who bought, by thirds of what was predicted."""
    rank = rows["shown"].rank(method="first").to_numpy() - 1
    third, inside = (rank * 3 // max(len(rows), 1)).astype(int), rows["outcome"].between(rows["p10"], rows["p90"])
    bought = rows["outcome"] > 0
    return {
        "with_interval": len(rows),
        "no_purchase": float((~bought).mean()),
        "at_or_below": {name: float((rows["outcome"] <= rows[name]).mean()) for name in _QUANTILES},
        "below": {name: float((rows["outcome"] < rows[name]).mean()) for name in _QUANTILES},
        "covered": _share(inside),
        "covered_given_purchase": _share(inside[bought])
        | {name: _share(inside[bought & (third == n)])["all"] for n, name in enumerate(_THIRDS)},
        "covered_by_thirds": {name: _share(inside[third == n])["all"] for n, name in enumerate(_THIRDS)},
    }


def _share(inside: pd.Series[Any]) -> dict[str, float | None]:
    return {"all": float(inside.mean()) if len(inside) else None}


def measure(folder: Path, world: World) -> Raw:
    """Write the world, train on it, and judge each task on the truth."""
    company, failed = trained(world_at(folder, world))
    models = {task: one for task in ("conversion", "churn", "value") if (one := registered(company.workspace, task))}
    if not models:
        raise ForesaleError("nothing was trained", got=str(failed), expected="a model", do="pass more --accounts")
    engine, found = engine_of(company, models), {}
    for task, model in models.items():
        test, _ = truth_of(company, folder, task)
        found[task] = {"model": model.facts(), **figures(company, folder, task, asked(engine, task, test))}
    return {"not_trained": failed, "tasks": found}


def figures(company: Company, folder: Path, task: str, rows: pd.DataFrame) -> Raw:
    """What is kept of a task: the dates, who was answered and how, and the figures over those who got a number.

    `behind_oracle` is the 95 % interval of the distance in AUC, for money in Gini.
    """
    told = rows[rows["shown"].notna()]
    facts: Raw = {
        "dates": {str(day): int(n) for day, n in rows.groupby(_first_day(company, rows)).size().items()},
        "status": {str(name): int(n) for name, n in rows["status"].value_counts().items()},
    }
    if task == "value":
        return {**facts, "figures": money(told), "behind_oracle": behind(told, "shown", "oracle_value", metrics.gini)}
    facts["behind_oracle"] = behind(told, "shown", "oracle", metrics.auc)
    if task == "churn":
        return {**facts, "figures": probabilities(told)}
    opened = pd.read_parquet(folder / "tables" / "opportunities", columns=["opportunity_id", "opened_at"])
    ages = by_age(told, opened.set_index("opportunity_id")["opened_at"])
    return {**facts, "figures": probabilities(told), "by_age": ages}


def _first_day(company: Company, rows: pd.DataFrame) -> pd.Series[Any]:
    """The first day of the outcome: an `as_of` is the last second before it."""
    return (rows["as_of"] + pd.Timedelta(seconds=1)).dt.tz_convert(company.workspace.zone).dt.date


def show(found: Raw) -> None:
    """One table a task, and the ages of opportunities."""
    for task, one in found["tasks"].items():
        title = f"{task}: {_model(one['model'])}\n{_rows_asked(one)}"
        if task == "value":
            harness.show(title, ("", "ours", "oracle", "distance", "classes known"), list(_money_lines(one["figures"])))
        else:
            columns = ("", "ours", "oracle", "distance", "classes known", "outcome")
            harness.show(title, columns, list(_lines(one["figures"])))
        if "by_age" in one:
            _show_ages(one["by_age"])
    for task, why in found["not_trained"].items():
        print(f"{task} could not be trained: {why}")


def _model(model: Raw) -> str:
    who = "the champion" if model["champion"] else "no champion; the newest version"
    return f"{who}, version {model['version']}, gate {model['gate']}"


def _rows_asked(one: Raw) -> str:
    dates, status = (", ".join(f"{name} {n}" for name, n in one[part].items()) for part in ("dates", "status"))
    low, high = one["behind_oracle"]
    return f"rows at {dates}; answered: {status}; distance to the oracle {low:+.4f} to {high:+.4f}"


def _lines(figures: Raw) -> list[list[str]]:
    ours, oracle, known = (figures[name] for name in ("ours", "oracle", "classes known"))
    outcome = {"mean": _told(figures["mean_outcome"])}
    lines = [
        [name, *map(_told, (ours[name], oracle[name], _gap(ours[name], oracle[name]), known[name])), outcome.get(name, "")]
        for name in ours
    ]
    return [*lines, ["rms distance", "", "", _told(figures["rms_to_oracle"]), "", ""]]


def _show_ages(ages: dict[str, Raw]) -> None:
    columns = (
        "age in days",
        "n",
        "mean ours",
        "mean oracle",
        "distance",
        "outcome",
        "AUC",
        "oracle AUC",
        "ECE",
        "if perfect",
        "slope",
    )
    harness.show("conversion by age", columns, [_age_line(name, one) for name, one in ages.items()])


def _age_line(name: str, one: Raw) -> list[str]:
    ours, oracle = one["ours"], one["oracle"]
    means = (ours["mean"], oracle["mean"], ours["mean"] - oracle["mean"], one["mean_outcome"])
    return [
        name,
        str(one["n"]),
        *map(_told, (*means, ours["auc"], oracle["auc"], ours["ece"], ours["ece_if_perfect"], ours["slope"])),
    ]


def _money_lines(figures: Raw) -> list[list[str]]:
    ours, oracle, known = (figures[name]["gini"] for name in ("ours", "oracle", "classes known"))
    lines = [["gini", *map(_told, (ours, oracle, ours - oracle, known))]]
    lines += [[f"total over {name}, minus 1", _told(gap), "", "", ""] for name, gap in figures["total_over"].items()]
    lines += [["oracle's total over outcome, minus 1", "", _told(figures["oracle_total_over_outcome"]), "", ""]]
    for part, words in (("below", "below"), ("at_or_below", "at or below")):
        lines += [[f"outcomes {words} {name}", _told(share), "", "", ""] for name, share in figures[part].items()]
    lines += [["without a purchase", _told(figures["no_purchase"]), "", "", ""]]
    for part, words in (("covered", "inside"), ("covered_given_purchase", "inside, of those who bought")):
        lines += [[f"{words}: {name}", _told(share), "", "", ""] for name, share in figures[part].items()]
    return lines


def _gap(ours: float | None, theirs: float | None) -> float | None:
    return None if ours is None or theirs is None else ours - theirs


def _told(figure: float | None) -> str:
    return "" if figure is None else f"{figure:.4f}"


def arguments() -> argparse.Namespace:
    """The usual options and those of the world; a full run writes `results/truth.json` unless told otherwise."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.truth", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="600 accounts unless told otherwise")
    parser.add_argument("--json", type=Path, help="where to write the result")
    parser.add_argument("--accounts", type=int, help="4000 unless told otherwise")
    parser.add_argument("--preset", default="standard", help="standard, hard or none")
    parser.add_argument("--seed", type=int, default=1, help="of the world")
    parser.add_argument("--folder", type=Path, help="keep the world here, and use it where it is here already")
    options = parser.parse_args()
    options.accounts = options.accounts or (600 if options.quick else 4000)
    if options.json is None and not options.quick:
        options.json = harness.RESULTS / "truth.json"
    return options


def main() -> None:
    """Run and write."""
    options = arguments()
    facts = harness.machine("lightgbm", "scikit-learn", "numpy")
    world = {"accounts": options.accounts, "years": YEARS, "seed": options.seed, "preset": options.preset}
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        found = measure(folder, declared(options.accounts, YEARS, options.seed, options.preset))
    show(found)
    harness.write(options.json, {"machine": facts, "world": world, **found})


if __name__ == "__main__":
    main()
