"""The oracle of the synthetic world: right by hand and by outcome, and as good as each preset claims."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from benchmarks.worlds import refitted_auc, ten_features
from worlds.deals import Deals
from worlds.drawing import draw, tables
from worlds.evidence import closing_hazard, deal_exposure, deal_weights
from worlds.presets import PRESETS
from worlds.seasons import Floats
from worlds.setting import ACCOUNTS_A_BLOCK, World
from worlds.truth import truth

BANDS = {"standard": (0.75, 0.85), "hard": (0.68, 0.76), "none": (0.47, 0.53)}
Frames = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def truths() -> dict[str, pd.DataFrame]:
    """The truth under each preset."""
    return {name: truth(world, draw(world, 0)).to_pandas() for name, world in small_worlds().items()}


def small_worlds() -> dict[str, World]:
    """One block of each preset."""
    return {name: World(ACCOUNTS_A_BLOCK, 3, 2, preset) for name, preset in PRESETS.items()}


def of_task(found: pd.DataFrame, task: str, anchor: int | None = None) -> pd.DataFrame:
    """The rows of a task, at one age of the opportunity if given."""
    return found[(found["task"] == task) & ((found["anchor_days"] == anchor) if anchor is not None else True)]


def auc(rows: pd.DataFrame, by: str) -> float:
    """AUC of a column against what happened."""
    return float(roc_auc_score(rows["outcome"], rows[by]))


@pytest.mark.parametrize("preset", PRESETS)
def test_the_oracle_is_as_good_as_the_preset_claims(truths: dict[str, pd.DataFrame], preset: str) -> None:
    rows = of_task(truths[preset], "conversion")
    low, high = BANDS[preset]
    assert low < auc(rows, "oracle") < high
    assert 0.10 < of_task(rows, "conversion", 30)["outcome"].mean() < 0.25


@pytest.mark.parametrize("preset", ["standard", "hard"])
@pytest.mark.parametrize("task", ["conversion", "churn"])
def test_knowing_what_is_hidden_is_better_than_the_oracle(truths: dict[str, pd.DataFrame], preset: str, task: str) -> None:
    rows = of_task(truths[preset], task)
    assert auc(rows, "probability") > auc(rows, "oracle") + 0.02


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("task", ["conversion", "churn"])
def test_the_oracle_is_calibrated(truths: dict[str, pd.DataFrame], preset: str, task: str) -> None:
    """In ten bins the outcomes differ from the oracle by no more than chance, counted by account."""
    rows = of_task(truths[preset], task)
    bins = np.minimum(rows["oracle"].rank(pct=True) * 10, 9).astype(int)
    per_account = (rows["outcome"] - rows["oracle"]).groupby([bins, rows["account_id"]]).sum().groupby(level=0)
    chance = np.sqrt(per_account.apply(lambda gap: (gap**2).sum()))
    assert (per_account.sum().abs() < 4 * chance).all()
    assert per_account.sum().abs().sum() / len(rows) < 0.02


def test_expected_values_are_means(truths: dict[str, pd.DataFrame]) -> None:
    rows = of_task(truths["standard"], "value")
    for column in ("expected_value", "oracle_value"):
        assert rows[column].sum() == pytest.approx(rows["outcome"].sum(), rel=0.06)
    assert rows["expected_value"].corr(rows["outcome"]) > rows["oracle_value"].corr(rows["outcome"])


def test_with_preset_none_the_oracle_says_the_same_of_everyone(truths: dict[str, pd.DataFrame]) -> None:
    churn, conversion = of_task(truths["none"], "churn"), of_task(truths["none"], "conversion", 30)
    assert np.ptp(churn["oracle"]) < 1e-9 and np.ptp(conversion["oracle"]) < 1e-9
    assert np.ptp(churn["probability"]) < 1e-9 and np.ptp(conversion["probability"]) < 1e-9


def asked_by_line(preset: str) -> pd.DataFrame:
    """The ten features of every conversion question of a small world."""
    world = small_worlds()[preset]
    drawn = draw(world, 0)
    return ten_features(tables(world, drawn), truth(world, drawn).to_pandas())


def test_ten_obvious_features_and_a_line_stay_behind_the_oracle() -> None:
    rows = asked_by_line("standard")
    assert 0.55 < refitted_auc(rows) < auc(rows, "oracle") - 0.03


def test_with_preset_none_nothing_visible_tells_anything() -> None:
    assert 0.46 < refitted_auc(asked_by_line("none")) < 0.54


def closed_by_hand(world: World, deals: Deals, row: int, day: int) -> list[float]:
    """The hazard of one opportunity up to a day, added up day by day for each class."""
    rates, total = world.rates, np.zeros(world.rates.close.shape[0])
    for at in range(int(deals.day[row]) + 1, day):
        hazard = rates.close[:, phase_of(at - int(deals.day[row]))] * rates.hurry[deals.stated[row]]
        total += hazard * world.calendar.closings.daily[at]
    return list(total)


def test_the_closing_hazard_is_the_sum_over_the_days() -> None:
    world = replace(small_worlds()["standard"], accounts=50)
    deals = draw(world, 0).deals
    for row, age in itertools.product(range(5), (1, 20, 60, 120)):
        day = min(int(deals.day[row]) + age, world.calendar.days)
        found = closing_hazard(world, deals, np.array([row]), deals.day[[row]] + 1, np.array([day]))
        assert found[0] == pytest.approx(closed_by_hand(world, deals, row, day))


def shown_by_hand(world: World, frames: Frames, deal: pd.Series, day: int) -> Floats:
    """Log-likelihood of each class, up to a constant, from the visible tables alone, row by row and day by day."""
    rates, calendar, total = world.rates, world.calendar, np.zeros(12)
    moment = pd.Timestamp(int(calendar.seconds(np.array(day))), unit="s", tz="UTC")
    first, own = local_day(world, deal["opened_at"]), deal["opportunity_id"]
    seen = {
        name: rows[(rows["opportunity_id"] == own) & (rows["received_at"] < moment)]
        for name, rows in frames.items()
        if name in ("interactions", "needs", "stage_changes")
    }
    for touch in seen["interactions"].itertuples():
        source = 2 if touch.contact_id.endswith("-1") else ("out", "in").index(touch.direction)
        total += np.log(rates.touch[source, :, phase_of(local_day(world, touch.occurred_at) - first)])
        total += np.log(rates.positive if touch.sentiment > 0 else 1 - rates.positive)
    for need in seen["needs"].itertuples():
        total += np.log(rates.rigid if need.type == "rigid" else 1 - rates.rigid)
    changes = frames["field_history"]
    pushed = changes[(changes["entity_id"] == own) & (changes["field"] == "expected_close_at")]
    total += (len(seen["stage_changes"]) - 1) * np.log(rates.stage) + (pushed["occurred_at"] < moment).sum() * np.log(rates.push)
    for at in range(first + 1, day):
        entered = 1 - 0.08 * (1 - min(day - 1 - at, 25) / 25)
        expected = rates.touch[:, :, phase_of(at - first)].sum(axis=0) * entered + rates.stage + rates.push
        total -= expected * calendar.touches.daily[at]
    return total


def local_day(world: World, at: pd.Timestamp) -> int:
    """The day of a world."""
    return int((at.tz_convert("Asia/Shanghai").date() - world.calendar.first).days)


def phase_of(age: int) -> int:
    """The phase of an opportunity's life."""
    return sum(age >= start for start in (28, 84))


def test_the_evidence_is_what_the_visible_tables_say() -> None:
    world = replace(small_worlds()["standard"], accounts=40)
    drawn = draw(world, 0)
    frames = {name: content.to_pandas() for name, content in tables(world, drawn).items()}
    asked = [
        (row, int(drawn.deals.day[row]) + age)
        for row in range(len(drawn.deals.day))
        for age in (15, 60, 110)
        if drawn.deals.closed[row] > drawn.deals.day[row] + age and drawn.deals.day[row] + age < world.calendar.days
    ]
    row, day = np.array(asked).T
    found = deal_weights(world, drawn).before(row, day) - deal_exposure(world, drawn.deals, row, day)
    expected = np.array([shown_by_hand(world, frames, frames["opportunities"].iloc[r], d) for r, d in asked])
    assert len(asked) > 100
    np.testing.assert_allclose(found - found[:, :1], expected - expected[:, :1], atol=1e-9)


def test_touches_wait_to_be_entered_as_the_calendar_says() -> None:
    """Of the touches that happened before a day, the share already received is the calendar's."""
    world = small_worlds()["standard"]
    touches = draw(world, 0).touches
    day, calendar = 700, world.calendar
    for back in (5, 15, 40):
        happened = (touches.day >= day - back) & (touches.day < day)
        known = (happened & (touches.received < day)).sum() / happened.sum()
        start, stop = np.array([day - back]), np.array([day])
        expected = calendar.entered(stop, start, stop) / calendar.touches.between(start, stop)
        assert known == pytest.approx(float(expected[0]), abs=0.015)
