"""BG/NBD: its likelihood and its answers against a simulation and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from models.bgnbd import BgNbd, Purchases, fit_bg_nbd

TRUE = BgNbd(r=0.8, alpha=20.0, a=0.7, b=2.5)
DAYS, AHEAD = 300.0, 120.0


def simulated(size: int = 6000) -> tuple[Purchases, np.ndarray]:
    """Accounts that buy and leave as the model says: what was seen in the first days, and who is silent afterwards."""
    rng = np.random.default_rng(1)
    rate, leaves = rng.gamma(TRUE.r, 1 / TRUE.alpha, size), rng.beta(TRUE.a, TRUE.b, size)
    repeats, last, silent = np.zeros(size), np.zeros(size), np.ones(size)
    for account in range(size):
        at = 0.0
        while (at := at + rng.exponential(1 / rate[account])) <= DAYS + AHEAD:
            if at > DAYS:
                silent[account] = 0
                break
            repeats[account], last[account] = repeats[account] + 1, at
            if rng.random() < leaves[account]:
                break
    return Purchases(repeats, last, np.full(size, DAYS)), silent


def test_it_finds_the_parameters_of_a_simulation_and_tells_who_is_silent() -> None:
    seen, silent = simulated()
    found = fit_bg_nbd(seen)
    assert found.r == pytest.approx(TRUE.r, rel=0.15)
    assert found.alpha == pytest.approx(TRUE.alpha, rel=0.2)
    told = found.absent(seen, np.full(len(silent), AHEAD))
    assert told.mean() == pytest.approx(silent.mean(), abs=0.02)
    for part in np.array_split(np.argsort(told), 4):
        assert told[part].mean() == pytest.approx(silent[part].mean(), abs=0.04)


def test_an_account_without_a_repeat_order_has_not_left() -> None:
    once = Purchases(np.zeros(1), np.zeros(1), np.array([50.0]))
    assert TRUE.absent(once, np.array([30.0])) == pytest.approx((70 / 100) ** 0.8)
    assert TRUE.log_likelihood(once) == pytest.approx(0.8 * np.log(20 / 70))
