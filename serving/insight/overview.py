"""What the two pages show, computed from the board and the stored predictions; the templates only lay it out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from models.prediction import Prediction
from serving.insight.ranking import AccountRow, Board, Selection, Sort, choose, value_share_of_top
from workspace.workspace import Tier, Workspace

PAGE_SIZE = 50
_ADVISED = 3  # deals


@dataclass(frozen=True)
class Filters:
    """What the manager chose on the list."""

    sort: Sort = "value_at_stake"
    tier: str | None = None
    find: str = ""
    page: int = 1

    def link(self, **changes: object) -> str:
        """The list's address with some choices changed."""
        chosen = {"sort": self.sort, "tier": self.tier, "find": self.find, **changes}
        default: dict[str, object] = {"sort": "value_at_stake", "page": 1}
        kept = {name: value for name, value in chosen.items() if value and value != default.get(name)}
        return f"/accounts?{urlencode(kept)}" if kept else "/accounts"


@dataclass(frozen=True)
class Totals:
    """The figures above the list, over all accounts."""

    at_stake_minor: float
    value_minor: float
    churn: float | None
    active: int
    top_share: float | None


@dataclass(frozen=True)
class Overview:
    """The list page."""

    board: Board
    filters: Filters
    selection: Selection
    totals: Totals
    most_at_stake: float

    @property
    def first(self) -> int:
        """Number of the first row shown."""
        return (self.filters.page - 1) * PAGE_SIZE + 1

    @property
    def last(self) -> int:
        """Number of the last row shown."""
        return self.first + len(self.selection.rows) - 1

    @property
    def dated(self) -> bool:
        """Whether any account has a next contact, so that the column is worth its place."""
        return any(row.next_contact_due for row in self.board.rows)


def _totals(rows: Sequence[AccountRow]) -> Totals:
    churn = [row.churn for row in rows if row.churn is not None]
    return Totals(
        at_stake_minor=math.fsum(row.value_at_stake_minor or 0.0 for row in rows),
        value_minor=math.fsum(row.value_minor or 0.0 for row in rows),
        churn=math.fsum(churn) / len(churn) if churn else None,
        active=len(churn),
        top_share=value_share_of_top(rows),
    )


def overview(board: Board, filters: Filters) -> Overview:
    """The list page for these choices; a page beyond the last shows nothing."""
    selection = choose(
        board.rows,
        sort=filters.sort,
        tier=filters.tier,
        find=filters.find,
        limit=PAGE_SIZE,
        offset=(filters.page - 1) * PAGE_SIZE,
    )
    most = max((row.value_at_stake_minor or 0.0 for row in board.rows), default=0.0)
    return Overview(board, filters, selection, _totals(board.rows), most)


@dataclass(frozen=True)
class AccountView:
    """The page of one account: churn and value if scored, opportunities the most probable first; `absent` says why not."""

    row: AccountRow
    tier: Tier | None
    total: int
    churn: Prediction | None
    value: Prediction | None
    opportunities: tuple[Prediction, ...]
    absent: dict[str, Prediction]

    @property
    def advised(self) -> tuple[Prediction, ...]:
        """The numbers that next steps are told for: whether the account stays (or else its worth), and its best deals."""
        account = self.churn or self.value
        return (*([account] if account else []), *self.opportunities[:_ADVISED])


def account_view(row: AccountRow, predictions: Sequence[Prediction], workspace: Workspace, total: int) -> AccountView:
    """One account's stored predictions, arranged for its page."""
    scored = [prediction for prediction in predictions if prediction.shown is not None]
    single = {prediction.task: prediction for prediction in scored if prediction.task != "conversion"}
    opportunities = sorted(
        (item for item in scored if item.task == "conversion"), key=lambda item: (-(item.shown or 0.0), item.entity_id)
    )
    absent = {prediction.task: prediction for prediction in predictions if prediction.shown is None}
    tier = next((tier for tier in workspace.tiers if tier.code == row.tier), None)
    return AccountView(row, tier, total, single.get("churn"), single.get("value"), tuple(opportunities), absent)
