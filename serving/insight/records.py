"""The rows of the stored lists, with everything that can be shown, filtered and sorted: plain values by column.

Money is in minor units, a probability 0..1; None where something does not apply.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from models.prediction import Prediction
from serving.insight.percentiles import Percentiles
from serving.insight.ranking import AccountRow
from serving.runs import Facts

Kind = Literal["text", "number", "money", "time", "reasons"]
Record = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """A column of a list, and of what kind its values are; `sought` says that a search for text looks there."""

    name: str
    kind: Kind
    sought: bool = False


ACCOUNTS = (
    Column("account_id", "text", sought=True),
    Column("name", "text", sought=True),
    Column("owner", "text", sought=True),
    Column("rank", "number"),
    Column("tier", "text"),
    Column("value_at_stake", "money"),
    Column("churn", "number"),
    Column("churn_percentile", "number"),
    Column("churn_grade", "text"),
    Column("value", "money"),
    Column("value_percentile", "number"),
    Column("value_grade", "text"),
    Column("conversion", "number"),
    Column("best_opportunity_id", "text"),
    Column("open_opportunities", "number"),
    Column("last_contact_at", "time"),
    Column("next_contact_due", "time"),
    Column("reasons", "reasons"),
)
OPPORTUNITIES = (
    Column("opportunity_id", "text", sought=True),
    Column("account_id", "text", sought=True),
    Column("name", "text", sought=True),
    Column("owner", "text", sought=True),
    Column("rank", "number"),
    Column("probability", "number"),
    Column("percentile", "number"),
    Column("grade", "text"),
    Column("amount", "money"),
    Column("expected_revenue", "money"),
    Column("horizon_days", "number"),
    Column("days_to_win", "number"),
    Column("reasons", "reasons"),
)


def account_records(rows: Iterable[AccountRow], answers: Iterable[Prediction], percentiles: Percentiles) -> tuple[Record, ...]:
    """One record per account, by `ACCOUNTS`, in the order of the ids."""
    places = {(one.task, one.entity_id): place for one in answers if (place := percentiles.of(one)) is not None}
    found = []
    for row in sorted(rows, key=lambda row: row.account_id):
        churn, value = (places.get((task, row.account_id)) for task in ("churn", "value"))
        graded = {
            "churn_percentile": churn and churn.percentile,
            "churn_grade": churn and churn.grade,
            "value_percentile": value and value.percentile,
            "value_grade": value and value.grade,
        }
        money = {"value_at_stake": row.value_at_stake_minor, "value": row.value_minor}
        found.append({**vars(row), **money, **graded})
    return tuple(found)


def opportunity_records(answers: Sequence[Prediction], facts: Facts, percentiles: Percentiles) -> tuple[Record, ...]:
    """One record per opportunity, by `OPPORTUNITIES`, in the order of the ids; the first in rank is the most revenue expected."""
    rows = [_opportunity(one, facts, percentiles) for one in answers if one.task == "conversion" and one.shown is not None]
    ranked = sorted(rows, key=lambda row: (-(row["expected_revenue"] or 0.0), -row["probability"], row["opportunity_id"]))
    placed = [{**row, "rank": rank} for rank, row in enumerate(ranked, start=1)]
    return tuple(sorted(placed, key=lambda row: row["opportunity_id"]))


def _opportunity(answer: Prediction, facts: Facts, percentiles: Percentiles) -> dict[str, Any]:
    amount, place, chance = facts.amounts_minor.get(answer.entity_id), percentiles.of(answer), answer.shown or 0.0
    return {
        "opportunity_id": answer.entity_id,
        "account_id": answer.account_id,
        "name": facts.names.get(answer.account_id),
        "owner": facts.deal_owners.get(answer.entity_id) or facts.owners.get(answer.account_id),
        "probability": chance,
        "percentile": place and place.percentile,
        "grade": place and place.grade,
        "amount": amount,
        "expected_revenue": None if amount is None else chance * amount,
        "horizon_days": answer.horizon_days,
        "days_to_win": answer.days_to_win and answer.days_to_win[1],
        "reason_task": "conversion",
        "reasons": answer.reasons,
    }
