"""What is known of everyone at a moment beside the predictions: names, owners, last contacts, stated amounts."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from features.compute import account_spine, days_since_last
from features.history import History
from serving.runs import Facts


def facts_of(history: History, as_of: datetime) -> Facts:
    """Names, owners and last contacts of accounts, owners and stated amounts of opportunities."""
    accounts, opportunities = history.accounts, history.opportunities
    ids = list(history.account_codes)
    spine = account_spine(np.arange(len(ids)), np.full(len(ids), int(as_of.timestamp()), np.int64), 0)
    days = days_since_last(history, "interactions", spine)
    last = {key: as_of - timedelta(days=float(gap)) for key, gap in zip(ids, days, strict=True) if not np.isnan(gap)}
    priced = opportunities.dropna(subset=["amount"]) if "amount" in opportunities else opportunities.iloc[:0].assign(amount=0)
    return Facts(
        _stated(accounts, "account_id", "name"),
        last,
        {str(key): int(amount) for key, amount in zip(priced["opportunity_id"], priced["amount"], strict=True)},
        _stated(accounts, "account_id", "owner_id"),
        _stated(opportunities, "opportunity_id", "owner_id"),
    )


def _stated(rows: pd.DataFrame, key: str, column: str) -> dict[str, str]:
    """What rows state in a column, by their ids; those that state nothing are left out."""
    if column not in rows:
        return {}
    known = rows.dropna(subset=[column])
    return dict(zip(known[key].astype(str), known[column].astype(str), strict=True))
