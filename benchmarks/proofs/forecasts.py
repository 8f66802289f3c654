"""How often the 80 % range of a monthly forecast holds what came: `python -m benchmarks.proofs.forecasts [--worlds 20]`.

Each made-up company is trained up to its test day and asked then; its months are three, so twenty companies are sixty.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd

from benchmarks import harness
from benchmarks.worlds_trained import world_at
from foresale import open_company
from models.forecast import Part
from training.splits.sides import test_begins
from worlds.write import declared

Month = dict[str, float | bool | str]
_ACCOUNTS, _YEARS = 1000, 3


def forecast_months(folder: Path, seed: int) -> Iterator[Month]:
    """Every month of one company: what was expected, its ranges, and what came."""
    company = open_company(world_at(folder, declared(_ACCOUNTS, _YEARS, seed, "standard")))
    company.ingest()
    company.train(["conversion"])
    begins = test_begins(company.workspace, company.history, company.workspace.parameters("conversion").cutoffs)
    as_of = datetime.fromtimestamp(begins, company.workspace.zone)
    engine, table = company.engine, pd.read_parquet(folder / "tables" / "opportunities")
    asked = table[table["opportunity_id"].astype(str).isin(engine.population("conversion", as_of))]
    for part in engine.forecast(as_of):
        came = asked[(asked["outcome"] == "won") & (asked["closed_at"] > part.first) & (asked["closed_at"] <= part.until)]
        yield _held(part, seed, len(came), float(came["amount"].sum()))


def _held(part: Part, seed: int, wins: int, revenue: float) -> Month:
    return {
        "seed": seed,
        "until": str((part.until - timedelta(seconds=1)).date()),
        "wins": part.wins,
        "came": wins,
        "wins_inside": part.wins_range[0] <= wins <= part.wins_range[1],
        "revenue_share": revenue / part.revenue if part.revenue else 0.0,
        "revenue_inside": part.revenue_range[0] <= revenue <= part.revenue_range[1],
    }


def held(worlds: int) -> pd.DataFrame:
    """The months of so many companies, a row a month."""
    months: list[Month] = []
    for seed in range(1, worlds + 1):
        with tempfile.TemporaryDirectory() as folder:
            months += forecast_months(Path(folder), seed)
    return pd.DataFrame(months)


def main() -> None:
    """Print the share of months inside their range."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=20)
    parser.add_argument("--json", action="store_true", help="print the shares as the last line")
    given = parser.parse_args()
    found = held(given.worlds)
    shares = [[name, f"{found[name].mean():.1%}", "70 % to 90 %"] for name in ("wins_inside", "revenue_inside")]
    harness.show(f"{len(found)} months", ("inside the range", "share", "bar"), shares)
    print(f"wins that came for each one expected: {found['came'].sum() / found['wins'].sum():.3f}")
    if given.json:
        print(json.dumps({name: float(found[f"{name}_inside"].mean()) for name in ("wins", "revenue")}))


if __name__ == "__main__":
    main()
