"""Which account to see first: one row per account from the stored predictions, its tier, and the next contact due."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from functools import cached_property
from itertools import accumulate
from typing import Literal

from features.facts import fact_words
from models.prediction import Prediction, Reason
from serving.runs import Facts, Run
from workspace.workspace import Tier

Sort = Literal["value_at_stake", "churn", "value", "conversion"]
LISTED = 2  # reasons in a row
_FEW = 4  # rows; of fewer nothing is common


@dataclass(frozen=True)
class AccountRow:
    """One account in the ranked list. Money in minor units; None where a task does not apply to the account.

    `value_at_stake_minor` = churn risk x expected value + sum of probability x amount over open opportunities.
    `rank` is its place by value at stake; `thin` says that a shown number is a base rate for want of history,
    `tiered` that its value can be compared with others': without signal all are the same. `reasons` are those for the
    number that matters most, the strongest first; in a list the one or two that set the row apart.
    """

    account_id: str
    name: str | None = None
    owner: str | None = None
    rank: int = 0
    tier: str | None = None
    value_at_stake_minor: float | None = None
    churn: float | None = None
    value_minor: float | None = None
    conversion: float | None = None
    best_opportunity_id: str | None = None
    open_opportunities: int = 0
    thin: bool = False
    tiered: bool = True
    reason_task: str | None = None
    reasons: tuple[Reason, ...] = ()
    last_contact_at: datetime | None = None
    next_contact_due: date | None = None


@dataclass(frozen=True)
class Selection:
    """One page of the ranked list; `total` counts the rows of all pages, `common` is what most rows of the page share."""

    rows: tuple[AccountRow, ...]
    total: int
    common: tuple[Common, ...] = ()


@dataclass(frozen=True)
class Common:
    """A fact in a situation that leads in more than half of the listed rows, so that it is said once above them."""

    code: str
    situation: str
    rows: int
    zh: str
    en: str


def _probability(prediction: Prediction) -> tuple[float, str]:
    return -(prediction.shown or 0.0), prediction.entity_id


def _shown(prediction: Prediction | None) -> float | None:
    return prediction.shown if prediction else None


def _product(left: float | None, right: float | None) -> float | None:
    return None if left is None or right is None else left * right


def _row(account_id: str, predictions: Sequence[Prediction], facts: Facts) -> AccountRow:
    scored = [prediction for prediction in predictions if prediction.shown is not None]
    by_task = {prediction.task: prediction for prediction in scored if prediction.task != "conversion"}
    churn, value = by_task.get("churn"), by_task.get("value")
    opportunities = sorted((item for item in scored if item.task == "conversion"), key=_probability)
    best = opportunities[0] if opportunities else None
    at_risk = _product(_shown(churn), _shown(value))
    in_play = [
        stake for item in opportunities if (stake := _product(item.shown, facts.amounts_minor.get(item.entity_id))) is not None
    ]
    row = AccountRow(
        account_id,
        facts.names.get(account_id),
        facts.owners.get(account_id),
        churn=_shown(churn),
        value_minor=_shown(value),
        conversion=_shown(best),
        best_opportunity_id=best.entity_id if best else None,
        open_opportunities=len(opportunities),
        last_contact_at=facts.last_contact.get(account_id),
        value_at_stake_minor=None if at_risk is None and not in_play else math.fsum([at_risk or 0.0, *in_play]),
        thin=any(prediction.status == "insufficient_history" for prediction in scored),
        tiered=value is not None and value.status != "no_signal",
    )
    leads = (best, churn, value) if math.fsum(in_play) > (at_risk or 0.0) else (churn, best, value)
    main = next((item for item in leads if item is not None and item.reasons), None)
    if main is None:
        return row
    return replace(row, reason_task=main.task, reasons=tuple(reason for reason in main.reasons if not reason.against))


@dataclass(frozen=True)
class Board:
    """The ranked accounts of one run."""

    run: Run
    rows: tuple[AccountRow, ...]

    @cached_property
    def by_id(self) -> dict[str, AccountRow]:
        """Every row by account id."""
        return {row.account_id: row for row in self.rows}


SORT_KEYS: dict[Sort, Callable[[AccountRow], float | None]] = {
    "value_at_stake": lambda row: row.value_at_stake_minor,
    "churn": lambda row: row.churn,
    "value": lambda row: row.value_minor,
    "conversion": lambda row: row.conversion,
}


def _ordered(rows: Iterable[AccountRow], sort: Sort) -> list[AccountRow]:
    def key(row: AccountRow) -> tuple[bool, float, str]:
        number = SORT_KEYS[sort](row)
        return number is None, -(number or 0.0), row.account_id

    return sorted(rows, key=key)


def tiers_by_value(rows: Iterable[AccountRow], tiers: Sequence[Tier]) -> dict[str, Tier]:
    """The tier of every account with an expected value: best first, each tier takes its `top_share` of them in turn."""
    valued = [row.account_id for row in _ordered(rows, "value") if row.value_minor is not None and row.tiered]
    ends = [math.ceil(share * len(valued) - 1e-9) for share in accumulate(tier.top_share for tier in tiers)]
    return {
        account_id: tier for start, end, tier in zip([0, *ends], ends, tiers, strict=False) for account_id in valued[start:end]
    }


def _placed(row: AccountRow, rank: int, tier: Tier | None, zone: tzinfo) -> AccountRow:
    if tier is None:
        return replace(row, rank=rank)
    last = row.last_contact_at
    due = last and last.astimezone(zone).date() + timedelta(days=tier.contact_every_days)
    return replace(row, rank=rank, tier=tier.code, next_contact_due=due)


def rank_accounts(predictions: Iterable[Prediction], tiers: Sequence[Tier], facts: Facts, zone: tzinfo) -> tuple[AccountRow, ...]:
    """One row per account, the most value at stake first; equal ones by account id."""
    grouped: dict[str, list[Prediction]] = defaultdict(list)
    for prediction in predictions:
        grouped[prediction.account_id].append(prediction)
    rows = [_row(account_id, items, facts) for account_id, items in grouped.items()]
    tier_of = tiers_by_value(rows, tiers)
    return tuple(
        _placed(row, rank, tier_of.get(row.account_id), zone)
        for rank, row in enumerate(_ordered(rows, "value_at_stake"), start=1)
    )


def choose(
    rows: Iterable[AccountRow],
    *,
    sort: Sort = "value_at_stake",
    tier: str | None = None,
    find: str = "",
    limit: int = 50,
    offset: int = 0,
) -> Selection:
    """One page of rows: sorted, of one tier if asked, with `find` in the id or name."""
    wanted = find.casefold()
    kept = [
        row
        for row in rows
        if (tier is None or row.tier == tier) and (wanted in row.account_id.casefold() or wanted in (row.name or "").casefold())
    ]
    listed, common = set_apart(_ordered(kept, sort)[offset : offset + limit])
    return Selection(listed, len(kept), common)


def set_apart(rows: Sequence[AccountRow]) -> tuple[tuple[AccountRow, ...], tuple[Common, ...]]:
    """Each row with its one or two reasons that most rows do not lead with, and those that most rows do, told once."""
    common: list[Common] = []
    while (most := _leading(rows)) is not None:
        common.append(most)
        shared = (most.code, most.situation)
        rows = [replace(row, reasons=tuple(r for r in row.reasons if _pattern(r) != shared)) for row in rows]
    return tuple(replace(row, reasons=row.reasons[:LISTED]) for row in rows), tuple(common)


def _leading(rows: Sequence[AccountRow]) -> Common | None:
    """What more than half of the rows lead with, where there are rows enough to call it common."""
    leads = Counter(_pattern(row.reasons[0]) for row in rows if row.reasons)
    (code, situation), count = next(iter(leads.most_common(1)), (("", ""), 0))
    if len(rows) < _FEW or 2 * count <= len(rows):
        return None
    return Common(code, situation, count, *fact_words(code))


def _pattern(reason: Reason) -> tuple[str, str]:
    return reason.code, reason.situation


def value_share_of_top(rows: Iterable[AccountRow], share: float = 0.2) -> float | None:
    """How much of all expected value the best `share` of accounts brings: the check of the 80/20 rule."""
    values = sorted((row.value_minor for row in rows if row.value_minor is not None), reverse=True)
    total = math.fsum(values)
    return math.fsum(values[: math.ceil(share * len(values) - 1e-9)]) / total if total > 0 else None
