"""A declaration of rows: every account, or every open opportunity, as of some moments; small enough to send anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from features.compute import account_spine, anchored_opportunities, is_open, opportunity_spine
from features.errors import ForesaleError
from features.feature import Path
from features.history import History
from features.rows import Spine


@dataclass(frozen=True)
class Cohort:
    """Which rows a part of the history has: call it with the part.

    Every account, or every opportunity still open, at each cutoff (UTC seconds); with `days`, every opportunity that many
    days after its opening; where the table is `dateless`, every opportunity at each cutoff.
    """

    entity: Path
    cutoffs: tuple[int, ...] = ()
    horizon_days: int | None = None
    days: tuple[int, ...] = ()
    dateless: bool = False

    def __call__(self, history: History) -> Spine:
        if self.days:
            return anchored_opportunities(history, self.days, self.horizon_days)
        size = len(history.accounts) if self.entity == "account" else len(history.opportunities)
        codes = np.tile(np.arange(size, dtype=np.int64), len(self.cutoffs))
        as_of = np.repeat(np.asarray(self.cutoffs, np.int64), size)
        if self.entity == "account":
            return account_spine(codes, as_of, self.horizon_days or 0)
        if self.dateless:
            return Spine(history.opportunities["account"].to_numpy(np.int64)[codes], codes, as_of, as_of)
        spine = opportunity_spine(history, codes, as_of, self.horizon_days)
        return spine.take(is_open(history, spine))


def end_of_history(latest: int) -> datetime:
    """The last second known as a moment; a history without a single date stands as of the present day."""
    if latest == 0:
        return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return datetime.fromtimestamp(latest, UTC)


def moment_asked(as_of: datetime | None, latest: datetime) -> datetime:
    """The moment to answer for: the end of the history unless told otherwise; raises ForesaleError for one after it."""
    moment = latest if as_of is None else as_of if as_of.tzinfo else as_of.replace(tzinfo=UTC)
    if moment > latest:
        raise ForesaleError(
            "as_of lies after the history",
            got=moment.isoformat(),
            expected=f"at most {latest.isoformat()}",
            do="ingest newer data, or score an earlier moment",
        )
    return moment
