"""What must hold for every task: labels look only into the horizon, populations only back, immature cutoffs are refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from features.compute import DAY, Spine, account_spine, active_accounts, anchored_opportunities, opportunity_spine, truncated
from features.history import History, build_history
from tests.contracts.test_features import TABLES
from tests.world import AS_OF
from training.dataset import label_of
from training.splits.cutoffs import PERIODS, calendar, cutoff_second, require_mature
from training.task import PredictionTask
from training.tasks import TASKS
from workspace.errors import ForesaleError
from workspace.workspace import CalendarCutoffs

WORLD = build_history(TABLES)
UTC = ZoneInfo("UTC")
CONFIG = CalendarCutoffs(kind="calendar", first=date(2017, 3, 3), test=date(2017, 12, 1))


def rows(task: PredictionTask, as_of: int = AS_OF - 60 * DAY) -> Spine:
    """Everybody at one cutoff with a horizon of 30 days."""
    if task.entity == "opportunity":
        return opportunity_spine(WORLD, np.arange(5), np.full(5, as_of), 30)
    return account_spine(np.arange(10), np.full(10, as_of), 30)


def without(history: History, keep_until: int) -> History:
    """The history with everything that happened after a moment removed, closings of opportunities included."""
    cut = replace(history, streams={name: g.keep(g.occurred <= keep_until) for name, g in history.streams.items()})
    closed = history.opportunities["closed_at"]
    later = closed.dt.tz_convert(None).to_numpy("datetime64[s]").astype(int) > keep_until
    return replace(cut, opportunities=history.opportunities.assign(closed_at=closed.mask(later)))


@pytest.mark.parametrize("task", TASKS.values(), ids=list(TASKS))
def test_labels_ignore_rows_after_the_horizon(task: PredictionTask) -> None:
    spine = rows(task)
    assert label_of(without(WORLD, int(spine.until[0])), task, spine).tolist() == label_of(WORLD, task, spine).tolist()


@pytest.mark.parametrize("task", TASKS.values(), ids=list(TASKS))
def test_labels_ignore_rows_up_to_the_cutoff(task: PredictionTask) -> None:
    spine = rows(task)
    at_cutoff = replace(spine, until=spine.as_of)
    nothing = {"won": 0.0, "absent": 1.0, "total": 0.0}[task.outcome]
    assert set(label_of(WORLD, task, at_cutoff)) == {nothing}


def test_labels_do_look_into_the_horizon() -> None:
    """The contract can fail: cutting the history at the cutoff changes the labels."""
    spine = rows(TASKS["value"])
    assert label_of(without(WORLD, AS_OF - 60 * DAY), TASKS["value"], spine).sum() == 0
    assert label_of(WORLD, TASKS["value"], spine).sum() > 0


def test_populations_ignore_rows_after_the_cutoff() -> None:
    at = AS_OF - 60 * DAY
    assert (
        active_accounts(truncated(WORLD, at), "orders", [at], 90, 30).account.tolist()
        == active_accounts(WORLD, "orders", [at], 90, 30).account.tolist()
    )
    spine = anchored_opportunities(WORLD, [0], None)
    for position in range(len(spine)):
        row = spine.take(np.array([position]))
        assert row.opportunity[0] in anchored_opportunities(without(WORLD, int(row.as_of[0])), [0], None).opportunity


def test_an_immature_cutoff_is_refused_with_the_remedy() -> None:
    with pytest.raises(ForesaleError) as caught:
        require_mature(cutoff_second(date(2025, 6, 1), UTC), 28, cutoff_second(date(2025, 6, 15), UTC))
    assert str(caught.value) == (
        "cutoff 2025-06-01 is not mature\n  got: data until 2025-06-14\n"
        "  expected: data until 2025-06-28 (horizon and settling lag: 28 days)\n"
        "  do this: choose an earlier cutoff, a shorter horizon, or ingest newer data"
    )


def test_periods_lie_in_time_order_one_horizon_apart() -> None:
    periods = calendar(CONFIG, 28, UTC).periods
    for earlier, later in pairwise(PERIODS):
        assert periods[earlier][-1] + 28 * DAY <= periods[later][0]
    assert periods["test"] == (cutoff_second(date(2017, 12, 1), UTC),)


def test_what_ships_may_use_every_cutoff_whose_outcome_the_test_knows() -> None:
    whole = calendar(CONFIG, 28, UTC)
    test = whole.periods["test"][0]
    assert set(whole.everything) > {cutoff for period in whole.periods.values() for cutoff in period}
    assert all(cutoff + 28 * DAY <= test for cutoff in whole.known)


def test_too_little_time_is_refused_with_the_remedy() -> None:
    with pytest.raises(ForesaleError, match=r"no cutoff is left for train[^?]*154 days"):
        calendar(CONFIG.model_copy(update={"first": date(2017, 9, 1)}), 28, UTC)
