"""Facts about the presets of the synthetic world: `python -m benchmarks.worlds [ACCOUNTS]` prints the table of docs/world.md."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import duckdb
import pandas as pd
import pyarrow as pa
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from worlds.drawing import draw, tables
from worlds.presets import PRESETS
from worlds.truth import truth
from worlds.write import declared

TEN = """
select t.outcome, t.oracle, t.account_id,
       count(i.interaction_id) filter (i.occurred_at > t.as_of - interval 30 day) as touches_30d,
       count(i.interaction_id) filter (i.occurred_at > t.as_of - interval 90 day) as touches_90d,
       coalesce(min(date_diff('day', i.occurred_at, t.as_of)), 999) as recency_days,
       coalesce(avg((i.direction = 'in')::int), 0) as they_started_share,
       count(i.interaction_id) filter (i.kind in ('visit', 'meeting', 'demo')) as meetings,
       count(i.interaction_id) filter (i.opportunity_id = t.entity_id and c.role = 'decision_maker') as decision_maker_met,
       ln(any_value(o.amount)) as amount_log,
       date_diff('day', any_value(t.as_of), any_value(o.expected_close_at)) as days_to_stated_close,
       any_value((select count(*) from needs n where n.opportunity_id = t.entity_id and n.occurred_at <= t.as_of)) as needs,
       any_value((select count(*) from orders b where b.account_id = t.account_id and b.occurred_at <= t.as_of)) as past_orders
from truth t join opportunities o on o.opportunity_id = t.entity_id
left join interactions i on i.account_id = t.account_id and i.occurred_at <= t.as_of and i.received_at <= t.as_of
left join contacts c using (contact_id)
where t.task = 'conversion' group by t.entity_id, t.account_id, t.as_of, t.outcome, t.oracle
order by t.entity_id, t.as_of
"""


def ten_features(frames: Mapping[str, pd.DataFrame | pa.Table], found: pd.DataFrame) -> pd.DataFrame:
    """Ten obvious features of every conversion question, from the visible tables as of its date."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for name in ("opportunities", "interactions", "contacts", "needs", "orders"):
            connection.register(name, frames[name])
        connection.register("truth", found)
        return connection.sql(TEN).df()


def refitted_auc(rows: pd.DataFrame) -> float:
    """AUC of a logistic regression on the ten features, predicted in five folds by account."""
    model = make_pipeline(StandardScaler(), LogisticRegression())
    inputs = rows.drop(columns=["outcome", "oracle", "account_id"])
    assert inputs.shape[1] == 10
    chance = cross_val_predict(
        model, inputs, rows["outcome"], groups=rows["account_id"], cv=GroupKFold(5), method="predict_proba"
    )
    return float(roc_auc_score(rows["outcome"], chance[:, 1]))


def facts(accounts: int, preset: str) -> dict[str, float]:
    """Base rate, and the AUC of conversion and churn of whoever knows much or little."""
    found, rows = _found(accounts, preset)
    conversion, churn = (found[found["task"] == task] for task in ("conversion", "churn"))
    return {
        "base rate, day 30": conversion.loc[conversion["anchor_days"] == 30, "outcome"].mean(),
        "conversion: classes known": _auc(conversion, "probability"),
        "conversion: oracle": _auc(conversion, "oracle"),
        "conversion: line on ten features": refitted_auc(rows),
        "churn rate": churn["outcome"].mean(),
        "churn: classes known": _auc(churn, "probability"),
        "churn: oracle": _auc(churn, "oracle"),
    }


def _found(accounts: int, preset: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The truth and the ten features of a three-year world."""
    world = declared(accounts, 3, 1, preset)
    parts = []
    for block in range(world.blocks):
        drawn = draw(world, block)
        known = truth(world, drawn).to_pandas()
        parts.append((known, ten_features(tables(world, drawn), known)))
    return pd.concat([known for known, _ in parts]), pd.concat([rows for _, rows in parts])


def _auc(rows: pd.DataFrame, by: str) -> float:
    return float(roc_auc_score(rows["outcome"], rows[by].round(9)))  # what differs by rounding alone is equal


def page(accounts: int) -> str:
    """The facts as a Markdown table."""
    measured = {preset: facts(accounts, preset) for preset in PRESETS}
    lines = [f"| | {' | '.join(measured)} |", "|---|" + "---|" * len(measured)]
    lines += [f"| {name} | {' | '.join(f'{measured[preset][name]:.3f}' for preset in measured)} |" for name in measured["none"]]
    return "\n".join(lines)


if __name__ == "__main__":
    print(page(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000))
