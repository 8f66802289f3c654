"""A made-up table of leads without dates: honest columns, and leaks planted on purpose."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workspace.workspace import Workspace, parse_workspace

SIZE = 1500


def leads(seed: int = 5) -> pd.DataFrame:
    """One row a lead. `visits` and `origin` are honest; the other columns each know the outcome in their own way."""
    rng = np.random.default_rng(seed)
    visits, origin = rng.poisson(4, SIZE), rng.choice(["fair", "site", "call"], SIZE)
    won = rng.random(SIZE) < 1 / (1 + np.exp(3.2 - 0.5 * visits - (origin == "fair")))
    noise = rng.random(SIZE)
    return pd.DataFrame(
        {
            "lead": [f"L{number:04}" for number in range(SIZE)],
            "visits": visits,
            "origin": origin,
            "won": won.astype(int),
            "answer": np.where(won, "yes", "no"),  # the label itself
            "touches_total": visits + np.where(won, 30, 0) + rng.poisson(6, SIZE),  # counted to the end of the story
            "stage": np.where(won & (noise < 0.5), "contract", rng.choice(["talk", "offer"], SIZE)),  # where it stands today
            "rating": np.where(noise < 0.75, np.where(won, "hot", "cold"), "warm"),  # judged with hindsight
            "budget": np.where(noise < np.where(won, 0.9, 0.5), rng.integers(1, 99, SIZE), np.nan),  # asked for later
        }
    )


def attribute(kind: str = "categorical", **more: str) -> dict[str, str]:
    """A declared attribute, known at creation by our word."""
    return {"kind": kind, "known": "creation", "zh": "某列", "en": "some column", **more}


KINDS = {"visits": "numeric", "touches_total": "numeric", "budget": "numeric"}


def workspace(folder: Path, *columns: str, **changes: Any) -> Workspace:
    """A workspace over `leads.csv` in `folder` that declares these columns known at creation."""
    declared = {name: attribute(KINDS.get(name, "categorical"), reason=f"{name} is on the form") for name in columns}
    query = (
        "select lead as opportunity_id, lead as account_id, case when won = '1' then 'won' end as outcome, "
        "* exclude (lead, won) from leads"
    )
    raw = {
        "name": "static",
        "title_zh": "示例",
        "title_en": "Static",
        "time_zone": "UTC",
        "currency": "CNY",
        "data_dir": "var",
        "sources": {"leads": "leads.csv"},
        "tables": {
            "accounts": {"query": "select lead as account_id from leads"},
            "opportunities": {"query": query, "attributes": declared},
        },
        "tasks": {"conversion": {"cutoffs": {"kind": "none", "test_share": 0.2}}},
    }
    return parse_workspace({**raw, **changes}, folder / "foresale.toml")


def written(folder: Path, table: pd.DataFrame | None = None) -> Path:
    """The folder, with the leads in it."""
    (leads() if table is None else table).to_csv(folder / "leads.csv", index=False)
    return folder
