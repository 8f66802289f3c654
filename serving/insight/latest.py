"""The latest stored run, read once: its accounts, ranked, the rows of its lists, and where a number stands in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from serving.insight.percentiles import Percentiles, percentiles_of
from serving.insight.ranking import Board, rank_accounts
from serving.insight.records import Record, account_records, opportunity_records
from serving.insight.standing import standing
from serving.insight.week import Standing
from serving.runs import ScoredRun
from workspace.workspace import Workspace


@dataclass(frozen=True)
class Latest:
    """One run; `accounts` and `opportunities` are in the order of their ids, `standing` is whom to see this week."""

    board: Board
    percentiles: Percentiles
    accounts: tuple[Record, ...]
    opportunities: tuple[Record, ...]
    standing: Standing

    def tier_of(self, account_id: str) -> str | None:
        """The code of an account's tier; None where it has none."""
        row = self.board.by_id.get(account_id)
        return row.tier if row else None

    @cached_property
    def by_account(self) -> Mapping[str, Record]:
        """Every account's row by id."""
        return {row["account_id"]: row for row in self.accounts}

    @cached_property
    def by_opportunity(self) -> Mapping[str, Record]:
        """Every open opportunity's row by id."""
        return {row["opportunity_id"]: row for row in self.opportunities}


def latest_of(scored: ScoredRun, workspace: Workspace) -> Latest:
    """What follows from a run."""
    answers, percentiles = scored.predictions, percentiles_of(scored.predictions)
    rows = rank_accounts(answers, workspace.tiers, scored.facts, workspace.zone)
    return Latest(
        Board(scored.run, rows),
        percentiles,
        account_records(rows, answers, percentiles),
        opportunity_records(answers, scored.facts, percentiles),
        standing(scored, rows, workspace),
    )
