"""From a workspace to a ranked table with reasons. Run it whole, or cell by cell in an editor that knows `# %%`.

    python notebooks/01_explore.py [WORKSPACE]

The workspace must be ingested and have a champion for churn (`make demo` does both).
"""

# %% Which company
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from features.catalog import feature_set
from features.compute import active_accounts, available, prepare
from features.history_file import load_history
from models.bundle import read_bundle
from models.predict import Row, predict
from models.registry import champion
from tables.snapshot import current_snapshot
from workspace.workspace import load_workspace

EXAMPLE = Path(__file__).parents[1] / "examples" / "complete_journey.toml"
workspace = load_workspace(sys.argv[1] if len(sys.argv) > 1 else EXAMPLE)
print(f"{workspace.title_en}: {workspace.note_en}")

# %% The history: events grouped by account and opportunity
history = load_history(current_snapshot(workspace))
print(
    f"\n{len(history.accounts):,} accounts, {len(history.opportunities):,} opportunities; "
    f"known until {datetime.fromtimestamp(history.latest, UTC):%Y-%m-%d %H:%M} UTC"
)
print(
    pd.Series(
        {f"{stream} by {entity}": len(events.occurred) for (stream, entity), events in history.streams.items()}, name="events"
    ).to_string()
)

# %% Features of every active account, as of the day the report's test starts
task = workspace.parameters("churn")
as_of = datetime.combine(task.cutoffs.test, datetime.min.time(), workspace.zone)
features = available(history, feature_set(workspace, "account"), history.latest)
spine = active_accounts(history, "orders", [int(as_of.timestamp()) - 1], task.active_days, task.horizon_days)
frame = prepare(history, features).frame(spine, threads=2)
print(f"\n{len(frame):,} active accounts x {frame.shape[1]} features as of {as_of:%Y-%m-%d}")
print(frame.describe().T[["count", "mean", "50%", "max"]].head(12).round(2).to_string())

# %% The champion, verified against its hash
registered = champion(workspace, "churn")
if registered is None:
    sys.exit("there is no champion for churn yet: run foresale train")
model, folder = registered
scorer = read_bundle(folder, model.bundle_sha256)
print(
    f"\n{model.name} version {model.version}: {scorer.booster.num_trees()} trees, "
    f"{len(scorer.encoding.features)} features, "
    f"calibration link = {scorer.calibration.a:.3f} * score + {scorer.calibration.b:.3f}"
)

# %% Who is most at risk, and why
account_ids = history.accounts["account_id"].astype(str).to_numpy()[spine.account]
rows = [Row(key, key, int(cutoff), int(until)) for key, cutoff, until in zip(account_ids, spine.as_of, spine.until, strict=True)]
inputs = prepare(history, scorer.encoding.features).frame(spine, threads=2)
predictions = sorted(predict(scorer, model, rows, inputs), key=lambda answer: -answer.shown)
ranked = pd.DataFrame(
    [
        {
            "account": answer.entity_id,
            "churn": answer.shown,
            "first reason": answer.reasons[0].en,
            "第一依据": answer.reasons[0].zh,
        }
        for answer in predictions[:10]
    ]
)
print("\n" + ranked.to_string(index=False, float_format="{:.1%}".format))

# %% Reasons add up: base + contributions = the link of the number shown
worst = max(abs(answer.base_link + sum(part.contribution for part in answer.dimensions) - answer.link) for answer in predictions)
print(f"\nlargest difference between the parts and the whole: {worst:.1e}")
print(f"mean predicted churn {np.mean([answer.shown for answer in predictions]):.1%}")
