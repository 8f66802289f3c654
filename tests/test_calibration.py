"""Calibration: it corrects what is clearly off, does little on little, and leaves alone what would be worse later."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from models.calibrate import IDENTITY
from models.scorer import Multiples, sizes
from training.calibration import as_it_is, by_total, chosen_way, shifted, shrunk
from training.intervals import multiples

RNG = np.random.default_rng(3)
N = 4000


def outcomes(link: np.ndarray) -> np.ndarray:
    return (RNG.random(len(link)) < expit(link)).astype(float)


def test_scores_that_are_too_bold_are_toned_down() -> None:
    link = RNG.normal(-1, 1, N)
    found = shrunk(2 * link, outcomes(link))
    assert found.a == pytest.approx(0.5, abs=0.1)


def test_a_handful_of_rows_moves_hardly_anything() -> None:
    found = shrunk(RNG.normal(0, 1, 12), np.ones(12))
    assert 0 < found.b < 1.0 and found.a == pytest.approx(1.0, abs=0.25)


def test_a_shift_leaves_the_slope_alone() -> None:
    link = RNG.normal(-1, 1, N)
    found = shifted(link + 0.8, outcomes(link))
    assert found.a == 1.0 and found.b == pytest.approx(-0.8, abs=0.15)


def test_a_season_that_does_not_come_again_is_not_learnt() -> None:
    link = RNG.normal(-1, 1, N)
    odd, usual = (link, outcomes(link - 1.0)), (link, outcomes(link))
    assert chosen_way("probability", odd, usual) is as_it_is
    assert chosen_way("probability", odd, odd) is not as_it_is


def test_money_is_brought_half_the_way_to_its_total() -> None:
    score = RNG.normal(5, 1, N)
    amount = np.exp(score) * 2
    assert by_total(score, amount).b == pytest.approx(np.log(2) / 2)
    assert as_it_is(score, amount) == IDENTITY


def test_the_range_of_a_rule_is_read_by_size_of_account() -> None:
    shown = np.exp(RNG.normal(8, 2, N))
    spread = np.where(shown > np.quantile(shown, 2 / 3), 0.1, 1.0)
    outcome = shown * np.exp(RNG.normal(0, spread))
    found = multiples(shown, outcome)
    assert isinstance(found, Multiples)
    low, _, high = found.predict(np.empty((N, 0)), shown).T
    for size in range(3):
        some = sizes(found.edges, shown) == size
        assert ((low <= outcome) & (outcome <= high))[some].mean() == pytest.approx(0.8, abs=0.02)
