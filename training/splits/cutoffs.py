"""Which cutoffs belong to which period. A period's labels are mature before the next period begins.

Calendar tasks run train, stop (early stopping), calibrate, gate, test in time order, one horizon apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from features.compute import DAY
from workspace.errors import ForesaleError
from workspace.workspace import CalendarCutoffs

Period = Literal["train", "stop", "calibrate", "gate", "test"]
PERIODS: tuple[Period, ...] = ("train", "stop", "calibrate", "gate", "test")


@dataclass(frozen=True)
class Calendar:
    """Cutoffs (UTC seconds, ascending) of each period."""

    periods: dict[Period, tuple[int, ...]]
    known: tuple[int, ...] = ()

    @property
    def everything(self) -> tuple[int, ...]:
        """Every cutoff that any fit may use: those of the periods, and those between them whose outcome the test knows."""
        return tuple(sorted({*self.known, *(cutoff for period in self.periods.values() for cutoff in period)}))


def cutoff_second(day: date, zone: ZoneInfo) -> int:
    """The last second before `day` begins in `zone`: everything earlier is an input, the day itself is outcome."""
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()) - 1


def require_mature(cutoff: int, wait_days: int, latest: int) -> None:
    """Refuse a cutoff whose outcome is not fully known; the message says when it will be."""
    ripe = cutoff + wait_days * DAY
    if ripe > latest:

        def day(at: int) -> str:
            return datetime.fromtimestamp(at).astimezone(ZoneInfo("UTC")).date().isoformat()

        raise ForesaleError(
            f"cutoff {day(cutoff + 1)} is not mature",
            got=f"data until {day(latest)}",
            expected=f"data until {day(ripe)} (horizon and settling lag: {wait_days} days)",
            do="choose an earlier cutoff, a shorter horizon, or ingest newer data",
        )


def calendar(config: CalendarCutoffs, wait_days: int, zone: ZoneInfo) -> Calendar:
    """Walk back from the test day: each period spans `periods_days` and ends `wait_days` before the next one starts.

    Raises ForesaleError when nothing is left to train on.
    """
    days = _days(config)
    periods: dict[Period, tuple[int, ...]] = {"test": (cutoff_second(config.test, zone),)}
    start = config.test
    for period in ("gate", "calibrate", "stop"):
        end = start - timedelta(days=wait_days)
        chosen = [day for day in days if end - timedelta(days=config.periods_days) < day <= end]
        periods[period] = tuple(cutoff_second(day, zone) for day in sorted(chosen))
        start = min(chosen, default=date.min + timedelta(days=10 * wait_days))
    train = [day for day in days if day <= start - timedelta(days=wait_days)]
    periods["train"] = tuple(cutoff_second(day, zone) for day in sorted(train))
    empty = [period for period in PERIODS if not periods[period]]
    if empty:
        raise ForesaleError(
            f"no cutoff is left for {', '.join(empty)}",
            got=f"{config.first} to {config.test}",
            expected=f"at least {4 * wait_days + 3 * config.periods_days} days before the test day",
            do="set an earlier cutoffs.first, a shorter horizon, a smaller cutoffs.periods_days with its every_days, or "
            "cutoffs.folds for folds by account instead of periods",
        )
    mature = [day for day in days if day <= config.test - timedelta(days=wait_days)]
    return Calendar(periods, tuple(cutoff_second(day, zone) for day in mature))


def _days(config: CalendarCutoffs) -> list[date]:
    """From the test day back to the first, every so many days."""
    return [config.test - timedelta(days=n) for n in range(0, (config.test - config.first).days + 1, config.every_days)]


def before_test(config: CalendarCutoffs, wait_days: int, zone: ZoneInfo) -> Calendar:
    """Where folds by account take the place of periods: every cutoff whose outcome is known by the test day is for training.

    Raises ForesaleError when there is none.
    """
    last = config.test - timedelta(days=wait_days)
    train = tuple(cutoff_second(day, zone) for day in sorted(_days(config)) if day <= last)
    if not train:
        raise ForesaleError(
            "no cutoff is left for train",
            got=f"{config.first} to {config.test}",
            expected=f"cutoffs.first at or before {last}",
            do="set an earlier cutoffs.first or a shorter horizon",
        )
    return Calendar({"train": train, "test": (cutoff_second(config.test, zone),)})
