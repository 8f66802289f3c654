"""Columns that say won or lost, in whatever words."""

from __future__ import annotations

import re
from collections.abc import Callable

from intake.guess.columns import similarity
from intake.look.profile import Column, Found, View
from intake.words import vocabulary
from intake.words.names import is_id, listed, says
from tables.sql.text import literals, quoted, stated_column

_NOT_YET = re.compile(r"[未不非待将预拟]|中$|风险|申请")


def outcome_column(found: Found) -> tuple[Column | None, float]:
    """The column that says won or lost, and how surely: its name and its values."""
    best, score = None, 0.0
    for column in found.columns:
        sure = similarity("opportunities", "outcome", column.name, found.title)
        won, lost = outcome_values(column)
        if (
            sure < 0.4
            or not won
            or (is_id(column.name) and not column.is_flag)
            or column.distinct > 30
            or (column.is_flag and not (lost or column.filled < 1) and column.distinct > 1)
        ):
            continue
        plain = any(says(value, "won, lost, 赢单, 丢单, 输单, 成交") for value in (*won, *lost))
        sure += (
            0.3
            + 0.2 * plain
            - 0.3 * bool(says(column.name, "stage, status, 阶段, 状态"))
            - 0.3 * bool(says(column.name, "current, lead status"))
        )
        best, score = (column, sure) if sure > score else (best, score)
    return best, score


def outcome_values(column: Column) -> tuple[list[str], list[str]]:
    """The values that mean won and those that mean lost."""
    won = [value for value in column.values if _means(value, vocabulary.WON) and (column.is_flag or not value.isdigit())]
    lost = [
        value for value in column.values if _means(value, vocabulary.LOST) or (column.is_flag and _means(value, vocabulary.NO))
    ]
    return [value for value in won if value not in lost], lost


def doubtful_losses(column: Column) -> list[str]:
    """Values that sound like a deal that came to nothing, without saying that it was lost."""
    won, _ = outcome_values(column)
    return [value for value in column.values if value not in won and sounds_lost(value)]


def sounds_lost(value: str) -> bool:
    """Whether a value sounds like a deal that ended without a sale, and does not say so plainly."""
    plain = says(value, vocabulary.LOST_PERHAPS) and not says(value, vocabulary.NOT_LOST) and not _NOT_YET.search(value)
    return bool(plain) and not _means(value, vocabulary.SURELY_LOST)


def _means(value: str, phrases: str) -> bool:
    plain = " ".join(value.lower().replace("_", " ").replace("-", " ").split())
    return plain in listed(phrases)


def outcome_sql(
    column: Column, dated: str | None, *, only_won: bool, perhaps: list[str] | None = None, strict: bool = False
) -> str:
    """won, lost or nothing. With a date only where that is filled; if `strict`, this is asked only of what is perhaps lost."""
    guard = f" and {quoted(dated)} is not null" if dated else ""
    won, lost = outcome_values(column)
    doubted = [value for value in perhaps or [] if value not in lost]

    def branch(values: list[str], word: str, also: str) -> str:
        return f" when {_among(column, values)}{also} then '{word}'" if values else ""

    plain = "" if strict else guard
    losses = branch(lost, "lost", plain) + branch(doubted, "lost", guard) if strict else branch([*lost, *doubted], "lost", guard)
    return f"case{branch(won, 'won', plain)}{'' if only_won else losses} end"


def ended_without(view: View, found: Found, column: Column, closed: list[Column], *, only_won: bool) -> tuple[int, int, int]:
    """How many rows are plainly won or lost without a date of it, how many of them with nothing at all there, and of how many."""
    won, lost = outcome_values(column)
    ended = _among(column, won if only_won else [*won, *lost])

    def without(said: Callable[[str], str]) -> str:
        return f"count(*) filter (where {' and '.join(f'{said(date.name)} is null' for date in closed)})"

    row = view.one(f"select {without(stated_column)}, {without(quoted)}, count(*) from {quoted(found.name)} where {ended}")
    return (int(str(row[0])), int(str(row[1])), int(str(row[2]))) if row else (0, 0, 0)


def dated_share(view: View, found: Found, column: Column, *closed: Column) -> float:
    """The share of the won and lost rows that have a date in any of some columns."""
    won, lost = outcome_values(column)
    ended = _among(column, [*won, *lost, *doubtful_losses(column)])
    dated = " or ".join(f"{stated_column(one.name)} is not null" for one in closed)
    return view.number(f"select avg(({dated})::int) from {quoted(found.name)} where {ended}")


def _among(column: Column, values: list[str]) -> str:
    return f"lower(trim(cast({quoted(column.name)} as varchar))) in ({literals(value.lower() for value in values)})"
