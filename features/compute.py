"""The only place that compares a row's time with a cutoff: populations and outcomes of (entity, as_of) rows.

Inputs at `as_of` are rows with `occurred_at <= as_of` and `received_at <= as_of` (the kernel says so, and the pools);
outcomes lie in `(as_of, until]`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from features.feature import Measure, Path
from features.grouped import Grouped, search_key
from features.history import History
from features.kernel.arrays import Ints
from features.kernel.layout import DAY, MISSING
from features.pipeline import Pipeline, available, measured, prepare
from features.rows import Spine, account_spine
from workspace.errors import ForesaleError

__all__ = [
    "DAY",
    "Pipeline",
    "Spine",
    "account_spine",
    "active",
    "active_accounts",
    "anchored_opportunities",
    "available",
    "dateless_opportunities",
    "dateless_spine",
    "days_since_last",
    "is_open",
    "opportunity_spine",
    "prepare",
    "require_outcomes",
    "total_within",
    "truncated",
    "undecided",
    "wins_followed",
    "won_ever",
    "won_within",
]
Floats = NDArray[np.float64]
_FOLLOWS_S, _FEWEST_WINS, _AS_GOOD_AS_ALWAYS = 30 * DAY, 30, 0.95


def opportunity_spine(history: History, opportunity: Ints, as_of: Ints, horizon_days: int | None) -> Spine:
    """Rows for chosen opportunities; without a horizon the outcome window ends at the stated closing date."""
    until = history.times("expected_close_at")[opportunity] if horizon_days is None else as_of + horizon_days * DAY
    return Spine(history.opportunity_account[opportunity], opportunity, as_of, until)


def active(history: History, stream: str, spine: Spine, days: int) -> NDArray[np.bool_]:
    """Which rows' accounts had a visible event of `stream` in the `days` before the cutoff."""
    return _of_stream(history, Measure(stream, "count", window_days=days), spine) > 0


def days_since_last(history: History, stream: str, spine: Spine) -> Floats:
    """Days since each row's account had its last visible event of `stream`; NaN without one, or without the stream."""
    if (stream, "account") not in history.streams:
        return np.full(len(spine), np.nan)
    return _of_stream(history, Measure(stream, "recency_days"), spine)


def _of_stream(history: History, measure: Measure, spine: Spine) -> Floats:
    if (measure.source, measure.path) not in history.streams:
        raise ForesaleError(
            f"the history has no {measure.source}",
            got=", ".join(sorted({name for name, _ in history.streams})),
            expected=f"a table {measure.source}",
            do=f"map tables.{measure.source} in the workspace",
        )
    return measured(history, measure, spine)


def active_accounts(history: History, stream: str, cutoffs: Sequence[int], days: int, horizon_days: int) -> Spine:
    """Every account active in the `days` before a cutoff, for each cutoff."""
    account = np.tile(np.arange(len(history.accounts), dtype=np.int64), len(cutoffs))
    everyone = account_spine(account, np.repeat(np.asarray(cutoffs, np.int64), len(history.accounts)), horizon_days)
    return everyone.take(active(history, stream, everyone, days))


def is_open(history: History, spine: Spine) -> NDArray[np.bool_]:
    """Which rows' opportunities are known, not closed and not past their outcome window at the cutoff.

    An opening in the very next second counts as known: the anchored cutoff of day 0 is the last second before it.
    """
    known = history.times("opened_at")[spine.opportunity]
    if "received_at" in history.opportunities:
        known = np.maximum(known, history.times("received_at")[spine.opportunity])
    closed = history.times("closed_at")[spine.opportunity]
    still = (closed == MISSING) | (closed > spine.as_of)
    return np.asarray((known <= spine.as_of + 1) & still & (spine.until > spine.as_of), bool)


def require_outcomes(history: History, horizon_days: int | None) -> None:
    """Raise ForesaleError when the opportunities lack a column that says when they were open and how they ended."""
    needed = ["opened_at", "closed_at", "outcome", *(["expected_close_at"] if horizon_days is None else [])]
    missing = [column for column in needed if column not in history.opportunities]
    if missing:
        raise ForesaleError(
            "conversion needs opportunities",
            got=f"no column {', '.join(missing)}",
            expected=f"a table opportunities with {', '.join(needed)}",
            do="map them, or set horizon_days",
        )


def anchored_opportunities(history: History, days: Sequence[int], horizon_days: int | None) -> Spine:
    """Every opportunity `days` after its opening, where it was still open then.

    The cutoff is the last second before that moment, so nothing of the opening day itself is known at day 0.
    Raises ForesaleError when the opportunities lack a column this needs.
    """
    require_outcomes(history, horizon_days)
    opportunity = np.tile(np.arange(len(history.opportunities), dtype=np.int64), len(days))
    opened = history.times("opened_at")[opportunity]
    as_of = opened + np.repeat(np.asarray(days, np.int64), len(history.opportunities)) * DAY - 1
    spine = opportunity_spine(history, opportunity, as_of, horizon_days)
    return spine.take(is_open(history, spine))


def won_within(history: History, spine: Spine) -> Floats:
    """1.0 where the opportunity was won in `(as_of, until]`, else 0.0."""
    return np.asarray(~np.isnan(days_to_win(history, spine)), np.float64)


def days_to_win(history: History, spine: Spine) -> Floats:
    """Days from `as_of` to the win; NaN where the opportunity was not won in `(as_of, until]`."""
    closed = history.times("closed_at")[spine.opportunity]
    won = (history.opportunities["outcome"] == "won").to_numpy(bool)[spine.opportunity]
    inside = won & (closed > spine.as_of) & (closed <= spine.until)
    return np.where(inside, (closed - spine.as_of) / DAY, np.nan)


def total_within(history: History, stream: str, spine: Spine, measure: str | None) -> Floats:
    """The count (or sum of `measure`) of each account's events in `(as_of, until]`."""
    grouped = history.streams[(stream, "account")]
    values = np.ones(len(grouped.occurred), np.int64) if measure is None else grouped.measures[measure]
    sums = np.concatenate([[0], np.cumsum(np.where(values == MISSING, 0, values))])
    start = np.searchsorted(grouped.search_key, search_key(spine.account, spine.as_of), side="right")
    end = np.searchsorted(grouped.search_key, search_key(spine.account, spine.until), side="right")
    return np.asarray(sums[end] - sums[start], np.float64)


def wins_followed(history: History, stream: str, known_by: int) -> float:
    """How often a won opportunity was followed by an event of its account within 30 days, so far as known by a second.

    0.0 where too few were won to tell, or nothing says when; 1.0 where it is as good as always.
    """
    table = history.opportunities
    if not {"closed_at", "outcome"} <= set(table) or (stream, "account") not in history.streams:
        return 0.0
    closed, account = history.times("closed_at"), history.opportunity_account
    settled = (closed != MISSING) & (closed + _FOLLOWS_S <= known_by) & (account >= 0)
    won = np.flatnonzero(settled & (table["outcome"] == "won").to_numpy(bool))
    if len(won) < _FEWEST_WINS:
        return 0.0
    window = Spine(account[won], won, closed[won] - DAY, closed[won] + _FOLLOWS_S)
    share = float((total_within(history, stream, window, None) > 0).mean())
    return 1.0 if share >= _AS_GOOD_AS_ALWAYS else share


def truncated(history: History, as_of: int) -> History:
    """The history as it stood at `as_of`: no event and no outcome known later. For the leak gate and replays."""
    opportunities = history.opportunities
    if "closed_at" in opportunities:
        later = history.times("closed_at") > as_of
        outcome = {"outcome": opportunities["outcome"].mask(later)} if "outcome" in opportunities else {}
        opportunities = opportunities.assign(closed_at=opportunities["closed_at"].mask(later), **outcome)
    streams: dict[tuple[str, Path], Grouped] = {
        name: grouped.keep(grouped.known <= as_of) for name, grouped in history.streams.items()
    }
    return replace(history, streams=streams, opportunities=opportunities)


def dateless_spine(history: History, opportunity: Ints) -> Spine:
    """Rows for chosen opportunities of a table without dates: they stand at the end of the history, and nothing follows."""
    latest = np.full(len(opportunity), history.latest, np.int64)
    return Spine(history.opportunity_account[opportunity], opportunity, latest, latest)


def dateless_opportunities(history: History) -> Spine:
    """Every opportunity of a table without dates; raises ForesaleError when no column says what became of them."""
    if "outcome" not in history.opportunities:
        raise ForesaleError(
            "conversion needs outcomes",
            got="no column outcome",
            expected="opportunities with won or lost",
            do="map tables.opportunities.columns.outcome",
        )
    return dateless_spine(history, np.arange(len(history.opportunities), dtype=np.int64))


def won_ever(history: History, spine: Spine) -> Floats:
    """1.0 where the opportunity is won, else 0.0: the label where no date says when."""
    won = (history.opportunities["outcome"] == "won").to_numpy(bool)
    return won[spine.opportunity].astype(np.float64)


def undecided(history: History, spine: Spine) -> NDArray[np.bool_]:
    """Which rows' opportunities have no outcome: whom a model without dates is about."""
    if "outcome" not in history.opportunities:
        return np.ones(len(spine), bool)
    open_ = history.opportunities["outcome"].isna().to_numpy(bool)
    return open_[spine.opportunity]
