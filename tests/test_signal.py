"""Signal: a base rate that moves is no ranking, chance is no signal, and what tells is let through."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit

from training.signal import Told, gain_later, outcomes, signal

RNG = np.random.default_rng(5)
MONTH = 30 * 86_400
N = 1200


def told(shown: np.ndarray, label: np.ndarray, months: int = 12) -> Told:
    """Rows over some months, four to an account."""
    row = np.arange(len(label))
    return Told(shown, label, (row % months) * MONTH, row // 4)


def test_a_base_rate_that_moves_from_month_to_month_is_no_ranking() -> None:
    rate = np.tile(np.linspace(0.05, 0.6, 12), N // 12)
    label = (RNG.random(N) < rate).astype(float)
    found = signal("probability", told(rate, label), told(rate, label))
    assert found.order == pytest.approx(0.5, abs=1e-12)
    assert not found.present


def test_chance_is_no_signal_however_often_it_is_tried() -> None:
    label = (RNG.random(N) < 0.3).astype(float)
    tries = [expit(logit(0.3) + RNG.normal(0, 0.5, N)) for _ in range(20)]
    assert not any(signal("probability", told(shown, label), told(shown, label)).present for shown in tries)


def test_what_tells_is_let_through_although_the_base_rate_jumps_later() -> None:
    link = RNG.normal(-1, 1, N)
    before, after = ((RNG.random(N) < expit(link + shift)).astype(float) for shift in (0.0, 1.5))
    found = signal("probability", told(expit(link), before), told(expit(link), after))
    assert found.present and found.gain > 0


def test_an_answer_that_is_wrong_later_is_refused() -> None:
    link = RNG.normal(-1, 1, N)
    before, after = (RNG.random(N) < expit(link)).astype(float), (RNG.random(N) < expit(-2 - link)).astype(float)
    assert not signal("probability", told(expit(link), before), told(expit(link), after)).present


def test_money_is_judged_by_the_order_of_the_mean_and_by_its_deviance() -> None:
    mean = np.exp(RNG.normal(8, 1, N))
    label = np.where(RNG.random(N) < 0.5, 0.0, 2 * mean * RNG.gamma(2, 0.5, N))
    assert signal("money", told(mean, label), told(mean, label)).present
    shuffled = RNG.permutation(label)
    assert not signal("money", told(mean, shuffled), told(mean, shuffled)).present


def test_too_few_outcomes_are_no_signal() -> None:
    label = np.zeros(N)
    label[:44:4] = 1.0  # an account each
    found = signal("probability", told(label * 0.8 + 0.1, label), told(label * 0.8 + 0.1, label))
    assert (found.outcomes, found.enough, found.present) == (11, False, False)


def test_nothing_later_gains_nothing() -> None:
    empty = Told(np.zeros(0), np.zeros(0), np.zeros(0, np.int64), np.zeros(0, np.int64))
    assert gain_later("probability", empty) == 0.0
    assert outcomes("money", np.array([0.0, 3.0, -1.0, 5.0]), np.array([1, 2, 3, 2])) == 1
    assert outcomes("probability", np.array([0.0, 1.0, 1.0, 0.0]), np.array([1, 2, 2, 3])) == 1
