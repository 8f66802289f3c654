"""The open deals of accounts, as the model of conversion sees them: how likely each account is to win one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.compute import truncated
from features.kernel.arrays import Ints
from features.kernel.layout import DAY
from features.pipeline import Pipeline
from features.rows import Spine
from models.model import Floats
from models.predict import shown_to_all
from models.scorer import Scorer


@dataclass(frozen=True)
class Deals:
    """The deals of a company, and the model that tells how likely each is won."""

    scorer: Scorer
    pipeline: Pipeline

    def best(self, spine: Spine, known_by: int | None = None) -> Floats:
        """The best chance of a win until the end of each account's own window: float64[rows], 0 without an open deal.

        `known_by` reads what was known by that second. A deal whose window reaches further counts only where it is known when
        wins come.
        """
        history = self.pipeline.history
        row, opportunity = history.deals_of(spine.account)
        deals = self.scorer.population.rows(history, opportunity, spine.as_of[row])
        nothing = np.zeros(0, np.int64)
        table = history if known_by is None else truncated(history.of(nothing, nothing), known_by)
        inside = self.scorer.population.members(table, deals) & self._answered(deals, spine.until[row])
        row, deals = row[inside], deals.take(inside)
        best = np.zeros(len(spine))
        if len(row):
            np.maximum.at(best, row, self._chances(deals, spine.until[row], known_by))
        return best

    def _answered(self, deals: Spine, until: Ints) -> NDArray[np.bool_]:
        """Whether there is an answer for the window of the account."""
        return np.asarray((deals.until <= until) | (self.scorer.timing is not None), bool)

    def _chances(self, deals: Spine, until: Ints, known_by: int | None) -> Floats:
        part, own = self.pipeline.apart(deals)
        pipeline = part if known_by is None else part.on(truncated(part.history, known_by))
        matrix = self.scorer.matrix(pipeline.values(own))
        chances = shown_to_all(self.scorer, matrix)
        sooner = np.flatnonzero(deals.until > until)
        if self.scorer.timing is not None and len(sooner):
            days = np.unique((until - deals.as_of)[sooner]) / DAY
            shares = self.scorer.timing.by(matrix[sooner], days)
            chances[sooner] *= shares[np.arange(len(sooner)), np.searchsorted(days, (until - deals.as_of)[sooner] / DAY)]
        return chances
