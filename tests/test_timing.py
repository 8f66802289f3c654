"""When wins come: chances grow with the days, meet the horizon's, and take after what decides; forecasts hold what comes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from features.catalog import CATALOG
from features.compute import DAY, Spine
from features.population import Population
from features.values import Columns, Values
from models.additive import Additive
from models.bundle import read_bundle, write_bundle
from models.calibrate import IDENTITY
from models.encode import fit_encoding
from models.forecast import forecast, months
from models.model import Floats
from models.predict import ModelInfo, Row, predict
from models.scorer import Reference, Scorer
from models.timing import Timing
from training.dataset import Dataset
from training.timing import spread, timing
from workspace.errors import ForesaleError

N, HORIZON = 3000, 90
RNG = np.random.default_rng(3)
AGE = next(feature for feature in CATALOG if feature.name == "opportunity_age")
DAYS = np.arange(1.0, HORIZON + 1)


def world() -> tuple[Scorer, Dataset, Floats]:
    """Young opportunities are won in days, old ones in months; a third are won at all."""
    age = RNG.integers(0, 2, N) * 100.0
    days = np.where(RNG.random(N) < 1 / 3, RNG.uniform(0, np.where(age > 0, HORIZON, 20)), np.nan)
    at = np.full(N, 1_700_000_000, np.int64)
    codes = np.arange(N)
    rows = Dataset(Spine(codes, codes, at, at + HORIZON * DAY), pd.DataFrame({AGE.name: age}), (~np.isnan(days)).astype(float))
    encoding = fit_encoding([AGE], rows.frame)
    population = Population("opportunity", HORIZON)
    scorer = Scorer(
        "conversion", "probability", "CNY", 100, population, encoding, Additive(-0.7), IDENTITY, Reference({}, -0.7, N)
    )
    return scorer, rows, days


@pytest.fixture(scope="module")
def timed() -> tuple[Scorer, Dataset, Floats]:
    scorer, rows, days = world()
    return replace(scorer, timing=timing(scorer, rows, days)), rows, days


def test_chances_grow_with_the_days_and_meet_the_horizon(timed: tuple[Scorer, Dataset, Floats]) -> None:
    scorer, rows, _ = timed
    assert scorer.timing is not None
    shares = scorer.timing.by(scorer.matrix(rows.frame), DAYS)
    assert (np.diff(shares, axis=1) >= 0).all()
    assert shares[:, -1] == pytest.approx(1.0, abs=1e-12)


def test_each_row_has_its_own_days(timed: tuple[Scorer, Dataset, Floats]) -> None:
    scorer, rows, days = timed
    assert scorer.timing is not None and scorer.timing.trees is not None
    middle = scorer.timing.days(scorer.matrix(rows.frame), (0.1, 0.5, 0.9))
    young = rows.frame[AGE.name].to_numpy() == 0
    assert middle[young, 1].mean() == pytest.approx(np.nanmedian(days[young]), abs=4)
    assert middle[~young, 1].mean() == pytest.approx(np.nanmedian(days[~young]), abs=8)
    won = ~np.isnan(days)
    assert (days[won, None] <= middle[won]).mean(axis=0) == pytest.approx([0.1, 0.5, 0.9], abs=0.07)


def test_few_wins_share_everybodys_days() -> None:
    scorer, rows, days = world()
    few = np.arange(300)
    found = timing(scorer, rows.take(few), days[few])
    assert found is not None and found.trees is None
    assert timing(scorer, rows, np.full(N, np.nan)) is None


def test_a_bundle_keeps_the_days_to_the_bit(timed: tuple[Scorer, Dataset, Floats], tmp_path: Path) -> None:
    scorer, rows, _ = timed
    matrix = scorer.matrix(rows.frame)
    back = read_bundle(tmp_path / "b", write_bundle(tmp_path / "b", scorer, matrix))
    assert scorer.timing is not None and back.timing is not None
    assert (back.timing.by(matrix, DAYS) == scorer.timing.by(matrix, DAYS)).all()


def test_a_shorter_horizon_is_explained_exactly_and_a_longer_one_refused(timed: tuple[Scorer, Dataset, Floats]) -> None:
    scorer, rows, _ = timed
    asked = [Row(str(i), "a", 0, HORIZON * DAY) for i in range(40)]
    values = Values(Columns((AGE.name,), (None,)), rows.frame.to_numpy()[:40])

    def within(days: float | None) -> list[float]:
        found = predict(scorer, ModelInfo("m", "1", ""), asked, values, within_days=days)
        for one in found:
            assert one.base_link is not None and one.link is not None and one.shown is not None
            assert one.base_link + sum(part.contribution for part in one.dimensions) == pytest.approx(one.link, abs=1e-9)
            assert one.days_to_win is not None and 0 < one.days_to_win[0] < one.days_to_win[1] < one.days_to_win[2] <= HORIZON
        return [one.shown or 0.0 for one in found]

    month, whole, unasked = within(30), within(HORIZON), within(None)
    assert whole == pytest.approx(unasked, abs=1e-9)
    assert all(short <= long for short, long in zip(month, whole, strict=True))
    for days in (0, -1, HORIZON + 1):
        with pytest.raises(ForesaleError, match="at most 90 days"):
            within(days)
    with pytest.raises(ForesaleError, match="leave the horizon out"):
        predict(replace(scorer, timing=None), ModelInfo("m", "1", ""), asked, values, within_days=30)


def test_months_are_those_of_the_company() -> None:
    start = datetime(2025, 11, 15, 12, tzinfo=UTC)
    spans = months(start, 60, ZoneInfo("Asia/Shanghai"))
    assert [until.isoformat()[:13] for _, until in spans] == ["2025-11-30T16", "2025-12-31T16", "2026-01-14T12"]
    (one,) = months(datetime(2025, 9, 30, 15, 59, 59, tzinfo=UTC), 31, ZoneInfo("Asia/Shanghai"))
    assert one[1] == datetime(2025, 10, 31, 15, 59, 59, tzinfo=UTC)
    assert spans[0][0] == start and all(a[1] == b[0] for a, b in pairwise(spans))


def test_a_forecast_adds_up_and_its_range_holds_eight_of_ten() -> None:
    chances = RNG.uniform(0, 0.4, (500, 2))
    amounts = RNG.lognormal(8, 1, 500)
    spans = months(datetime(2025, 1, 1, tzinfo=UTC), 59, ZoneInfo("UTC"))
    parts = forecast(chances, amounts, spans, 0.0)
    assert [part.wins for part in parts] == pytest.approx(chances.sum(axis=0))
    assert parts[0].revenue == pytest.approx(amounts @ chances[:, 0])
    drawn = RNG.random((4000, 500)) < chances[:, 0]
    low, high = parts[0].wins_range
    assert 0.76 < ((drawn.sum(axis=1) >= low) & (drawn.sum(axis=1) <= high)).mean() < 0.88
    low, high = parts[0].revenue_range
    assert 0.76 < ((drawn @ amounts >= low) & (drawn @ amounts <= high)).mean() < 0.84
    wide = forecast(chances, amounts, spans, 0.3)[0].wins_range
    assert wide[1] - wide[0] > 1.5 * (parts[0].wins_range[1] - parts[0].wins_range[0])


def test_nothing_open_is_nothing_expected() -> None:
    spans = months(datetime(2025, 1, 1, tzinfo=UTC), 10, ZoneInfo("UTC"))
    (part,) = forecast(np.empty((0, 1)), np.empty(0), spans, 0.2)
    assert (part.wins, part.wins_range, part.revenue) == (0.0, (0.0, 0.0), 0.0)


def test_the_error_of_all_chances_is_seen_beyond_chance() -> None:
    """Every month a third more than expected, of many opportunities, each asked about once or four times over."""
    per, month = 2000, 30 * DAY
    at = np.repeat(np.arange(12) * month, per)
    codes = np.arange(12 * per)
    label = (RNG.random(len(at)) < 0.4).astype(float)
    once = Dataset(Spine(codes, codes, at, at), pd.DataFrame(index=range(len(at))), label)
    assert spread(np.full(len(at), 0.3), once) == pytest.approx(0.31, abs=0.03)
    assert spread(np.full(len(at), 0.4), once) < 0.1
    some = once.take(np.tile(np.arange(0, len(at), 100), 4))
    assert spread(np.full(len(some), 0.4), some) < 0.2


def test_everybodys_days_without_trees() -> None:
    plain = Timing((0.0, 10.0, 30.0), (0.25, 0.75))
    rows = np.empty((1, 0))
    assert plain.by(rows, np.array([5.0, 10.0, 20.0, 30.0]))[0] == pytest.approx([0.125, 0.25, 0.625, 1.0])
    assert plain.days(rows, (0.25, 0.625))[0] == pytest.approx([10.0, 20.0])
