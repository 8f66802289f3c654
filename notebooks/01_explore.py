"""From a workspace to a training table and a ranked table with reasons. Run it whole, or cell by cell (`# %%`).

    python notebooks/01_explore.py [WORKSPACE]

The workspace must be ingested and have a champion for churn (`make demo` does both).
"""

# %% Three lines to a training table
import sys
from pathlib import Path

import numpy as np
import pandas as pd

import foresale

EXAMPLE = Path(__file__).parents[1] / "examples" / "complete_journey.toml"
company = foresale.open_company(sys.argv[1] if len(sys.argv) > 1 else EXAMPLE)
table = company.training_set("churn")
print(f"{company.workspace.title_en}: {company.workspace.note_en}")
print(f"\n{len(table):,} rows to learn from x {table.shape[1] - 1} features; {table['label'].mean():.1%} with the outcome")
print(table.describe().T[["count", "mean", "50%", "max"]].head(12).round(2).to_string())

# %% The outcome from cutoff to cutoff
print("\n" + table["label"].groupby("as_of").agg(["size", "mean"]).tail(6).to_string(float_format="{:.1%}".format))

# %% Everyone's inputs on the day that the report's test starts
config = company.workspace.parameters("churn")
frame = company.frame("churn", as_of=config.cutoffs.test)
print(f"\n{len(frame):,} active accounts as of {config.cutoffs.test}")

# %% Who is most at risk, and why
accounts = frame.index.get_level_values("account_id").tolist()
predictions = sorted(company.predict("churn", accounts, as_of=config.cutoffs.test), key=lambda answer: -answer.shown)
ranked = pd.DataFrame(
    [
        {
            "account": answer.entity_id,
            "churn": answer.shown,
            "first reason": answer.reasons[0].en,
            "第一依据": answer.reasons[0].zh,
        }
        for answer in predictions[:10]
        if answer.reasons
    ]
)
print("\n" + ranked.to_string(index=False, float_format="{:.1%}".format))

# %% Reasons add up: base + contributions = the link of the number shown
worst = max(abs(answer.base_link + sum(part.contribution for part in answer.dimensions) - answer.link) for answer in predictions)
print(f"\nlargest difference between the parts and the whole: {worst:.1e}")
print(f"mean predicted churn {np.mean([answer.shown for answer in predictions]):.1%}")
