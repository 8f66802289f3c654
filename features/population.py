"""Who is asked about: accounts, or opportunities, at any moment, and until when their outcome is waited for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from features.compute import account_spine, active, anchored_opportunities, is_open, opportunity_spine, undecided
from features.feature import Path
from features.history import History
from features.kernel.arrays import Ints
from features.rows import Spine
from workspace.errors import ForesaleError

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Population:
    """Whom a model is about: an entity, and for accounts the stream and days that make them active.

    Serving reads it from the bundle, so a later change of the workspace never silently changes what is asked.
    `horizon_days` is None where the outcome ends at the opportunity's stated closing date, and where the table is
    `dateless`: then an opportunity is either decided or not.
    """

    entity: Path
    horizon_days: int | None
    stream: str | None = None
    active_days: int | None = None
    dateless: bool = False

    @property
    def _way(self) -> _Way:
        """The one place that tells the three kinds of population apart."""
        return _ACCOUNTS if self.entity == "account" else _UNDATED if self.dateless else _OPPORTUNITIES

    def codes(self, history: History) -> dict[str, int]:
        """The number of every entity the population could ask about, by id, in the order of the ids."""
        return history.account_codes if self.entity == "account" else history.opportunity_codes

    def rows(self, history: History, codes: Ints, as_of: Ints) -> Spine:
        """Chosen entities at given moments, with the end of each outcome."""
        return self._way.rows(self, history, codes, as_of)

    def members(self, history: History, spine: Spine) -> Mask:
        """Which rows the model answers: active accounts, open opportunities; whoever is asked about where nothing is dated."""
        return self._way.members(self, history, spine)

    def asked(self, history: History, spine: Spine) -> Mask:
        """Which rows are scored unasked: the members; without dates those whose outcome is not known."""
        return self._way.asked(self, history, spine)


class _Way(Protocol):
    """What one kind of population means."""

    def rows(self, population: Population, history: History, codes: Ints, as_of: Ints) -> Spine: ...
    def members(self, population: Population, history: History, spine: Spine) -> Mask: ...
    def asked(self, population: Population, history: History, spine: Spine) -> Mask: ...


class _Accounts:
    def rows(self, population: Population, history: History, codes: Ints, as_of: Ints) -> Spine:
        return account_spine(codes, as_of, population.horizon_days or 0)

    def members(self, population: Population, history: History, spine: Spine) -> Mask:
        if population.stream is None:
            return np.ones(len(spine), bool)
        return active(history, population.stream, spine, population.active_days or 0)

    asked = members


class _Opportunities:
    def rows(self, population: Population, history: History, codes: Ints, as_of: Ints) -> Spine:
        return opportunity_spine(history, codes, as_of, population.horizon_days)

    def members(self, population: Population, history: History, spine: Spine) -> Mask:
        return is_open(history, spine)

    asked = members


class _Undated:
    """No date says that anything is over, so whoever is asked about by id is answered."""

    def rows(self, population: Population, history: History, codes: Ints, as_of: Ints) -> Spine:
        return Spine(history.opportunity_account[codes], codes, as_of, as_of)

    def members(self, population: Population, history: History, spine: Spine) -> Mask:
        return np.ones(len(spine), bool)

    def asked(self, population: Population, history: History, spine: Spine) -> Mask:
        return undecided(history, spine)


_ACCOUNTS, _OPPORTUNITIES, _UNDATED = _Accounts(), _Opportunities(), _Undated()


@dataclass(frozen=True)
class Cohort:
    """A declaration of rows, small enough to send anywhere: call it with a part of the history.

    Everybody in the population at each cutoff (UTC seconds); with `days`, every opportunity that many days after its opening.
    """

    population: Population
    cutoffs: tuple[int, ...] = ()
    days: tuple[int, ...] = ()

    def __call__(self, history: History) -> Spine:
        """The rows of that part."""
        population = self.population
        if self.days:
            return anchored_opportunities(history, self.days, population.horizon_days)
        size = len(population.codes(history))
        codes = np.tile(np.arange(size, dtype=np.int64), len(self.cutoffs))
        spine = population.rows(history, codes, np.repeat(np.asarray(self.cutoffs, np.int64), size))
        return spine.take(population.members(history, spine))


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
