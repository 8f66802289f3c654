"""What the pages show beside predictions, as of a moment: names, owners, last contacts, and how accounts and deals stood.

Numbers come from the features' own pipeline, so nothing is known here earlier than to a model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from features.catalog import CATALOG, permitted
from features.catalog.fit import AMOUNT
from features.catalog.owners import OWNER
from features.catalog.urgency import CLOSE
from features.compute import account_spine, available, days_since_last, prepare
from features.feature import Feature
from features.history import Column, History
from features.rows import Spine
from features.values import Plain
from serving.runs import AccountFacts, DealFacts, Facts, Owner
from workspace.workspace import Workspace

_ACCOUNT = (
    "touch_gap_mean",
    "order_recency",
    "order_gap_mean",
    "contract_days_to_end",
    "cases_open",
    "case_recency",
    "lost_recency",
)
_DEAL = (
    "stage",
    "stage_days",
    "opportunity_touch_recency",
    "opportunity_decision_maker_recency",
    "quote_recency",
    "opportunity_age",
)
_ACCOUNT_OWNER = replace(OWNER, source="accounts", path="account")
_MET_DAYS, _OFFER_DAYS = 60, 14  # a decision maker met within; an offer can be expected of a deal that old
Reading = dict[str, Plain]


def facts_of(workspace: Workspace, history: History, as_of: datetime, deals: Spine) -> Facts:
    """Everything that is kept beside a run: `deals` are its open opportunities."""
    accounts, open_deals = _everyone(history, as_of), _deals(workspace, history, deals, as_of)
    known = {key: deal.amount_minor for key, deal in open_deals.items() if deal.amount_minor is not None}
    return Facts(
        _names(history),
        _last_contacts(history, accounts, as_of),
        {**_amounts(history), **known},
        _owner_of(workspace, history, list(history.account_codes), _ACCOUNT_OWNER, accounts),
        _owner_of(workspace, history, list(open_deals), OWNER, deals),
        _accounts(workspace, history, accounts, as_of),
        open_deals,
        _people(history),
    )


def _owner_of(workspace: Workspace, history: History, ids: Sequence[str], owner: Feature, spine: Spine) -> dict[str, str]:
    said = _stated(workspace, history, [owner], spine)
    return {key: name for key, one in zip(ids, said, strict=True) if (name := _text(one[owner.name]))}


def _amounts(history: History) -> dict[str, int]:
    """The amount that each opportunity's own row states, in minor units."""
    table = history.opportunities
    priced = table.dropna(subset=["amount"]) if "amount" in table else table.iloc[:0].assign(amount=0)
    return {str(key): int(amount) for key, amount in zip(priced["opportunity_id"], priced["amount"], strict=True)}


def _everyone(history: History, as_of: datetime) -> Spine:
    count = len(history.accounts)
    return account_spine(np.arange(count), np.full(count, int(as_of.timestamp()), np.int64), 0)


def _names(history: History) -> dict[str, str]:
    accounts = history.accounts
    named = accounts.dropna(subset=["name"]) if "name" in accounts else accounts.iloc[:0].assign(name="")
    return dict(zip(named["account_id"].astype(str), named["name"].astype(str), strict=True))


def _last_contacts(history: History, spine: Spine, as_of: datetime) -> dict[str, datetime]:
    days = days_since_last(history, "interactions", spine)
    ids = list(history.account_codes)
    return {key: as_of - timedelta(days=float(gap)) for key, gap in zip(ids, days, strict=True) if not np.isnan(gap)}


def _accounts(workspace: Workspace, history: History, spine: Spine, as_of: datetime) -> dict[str, AccountFacts]:
    read = _read(history, permitted(workspace, _catalogued(_ACCOUNT)), spine)
    return {key: _account(key, one, as_of) for key, one in zip(history.account_codes, read, strict=True)}


def _account(account_id: str, read: Reading, as_of: datetime) -> AccountFacts:
    news = [moment for name in ("case_recency", "lost_recency") if (moment := _ago(as_of, read.get(name)))]
    return AccountFacts(
        account_id,
        _number(read.get("touch_gap_mean")),
        _ago(as_of, read.get("order_recency")),
        _number(read.get("order_gap_mean")),
        _ahead(as_of, read.get("contract_days_to_end")),
        round(_number(read.get("cases_open")) or 0),
        max(news, default=None),
    )


def _deals(workspace: Workspace, history: History, spine: Spine, as_of: datetime) -> dict[str, DealFacts]:
    known = permitted(workspace, _catalogued(_DEAL))
    read, stated = _read(history, known, spine), _stated(workspace, history, [AMOUNT, CLOSE], spine)
    ids = list(history.opportunity_codes)
    return {
        ids[row]: _deal((ids[row], str(history.account_ids[account])), {**one, **own}, as_of)
        for row, account, one, own in zip(spine.opportunity, spine.account, read, stated, strict=True)
    }


def _deal(ids: tuple[str, str], read: Reading, as_of: datetime) -> DealFacts:
    amount = _number(read[AMOUNT.name])
    return DealFacts(
        *ids,
        _text(read.get("stage")),
        _ago(as_of, read.get("stage_days")),
        None if amount is None else round(amount),
        _ahead(as_of, read[CLOSE.name]),
        _ago(as_of, read.get("opportunity_touch_recency")),
        " ".join(_lacking(read)),
    )


def _lacking(read: Reading) -> list[str]:
    """What is missing of a deal, where the data could hold it at all."""
    met, age = _number(read.get("opportunity_decision_maker_recency")), _number(read.get("opportunity_age")) or 0.0
    unmet = "opportunity_decision_maker_recency" in read and (met is None or met > _MET_DAYS)
    unoffered = "quote_recency" in read and read["quote_recency"] is None and age >= _OFFER_DAYS
    return [name for name, holds in (("decision_maker", unmet), ("offer", unoffered)) if holds]


def _catalogued(names: Sequence[str]) -> list[Feature]:
    return [feature for feature in CATALOG if feature.name in names]


def _read(history: History, features: Sequence[Feature], spine: Spine) -> list[Reading]:
    """The values of rows by name, of those features that the data can carry."""
    pipeline = prepare(history, available(history, features, history.latest))
    return pipeline.values(spine).plain_rows(pipeline.columns.names)


def _stated(workspace: Workspace, history: History, features: Sequence[Feature], spine: Spine) -> list[Reading]:
    """What entities' own rows say: as it was known then; else as the row has it, unless that was changed afterwards."""
    changed = [replace(feature, stated=False) for feature in features]
    end = replace(spine, as_of=np.full(len(spine), history.latest, np.int64))
    then = _read(history, permitted(workspace, features), spine)
    later, rows = _read(history, changed, end), _read(history, features, spine)
    return [{feature.name: _said(feature.name, *one) for feature in features} for one in zip(then, later, rows, strict=True)]


def _said(name: str, then: Reading, later: Reading, row: Reading) -> Plain:
    known = then.get(name)
    return known if known is not None or later.get(name) is not None else row.get(name)


def _people(history: History) -> dict[str, Owner]:
    said = {name: _plain(column) for (table, name), column in history.columns.items() if table == "owners"}
    nothing = [None] * len(said.get("owner_id", ()))
    rows = zip(*(said.get(name, nothing) for name in ("owner_id", "name", "team", "weekly_capacity")), strict=True)
    return {str(key): Owner(str(key), _text(name), _text(team), _number(visits)) for key, name, team, visits in rows}


def _plain(column: Column) -> list[Plain]:
    """A column of an entity's rows as plain values."""
    if column.levels is not None:
        return [column.levels[int(code)] if code >= 0 else None for code in column.values]
    return [None if pd.isna(value) else float(value) for value in column.values.tolist()]


def _ago(as_of: datetime, days: Plain) -> datetime | None:
    return as_of - timedelta(days=days) if isinstance(days, float) else None


def _ahead(as_of: datetime, days: Plain) -> datetime | None:
    return as_of + timedelta(days=days) if isinstance(days, float) else None


def _text(value: Plain) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: Plain) -> float | None:
    return value if isinstance(value, float) else None
