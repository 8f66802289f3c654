"""Metrics against oracles."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, mean_pinball_loss, roc_auc_score

from training import metrics

RNG = np.random.default_rng(7)
LABEL = (RNG.random(600) < 0.25).astype(float)
SCORE = np.clip(np.round(0.25 + 0.2 * (LABEL - 0.25) + 0.2 * RNG.normal(size=600), 2), 0.01, 0.99)
MONEY = np.where(RNG.random(600) < 0.3, 0.0, RNG.gamma(2, 50, 600))
GUESS = MONEY * RNG.uniform(0.5, 1.5, 600) + RNG.random(600)


def test_probability_metrics_equal_scikit_learn() -> None:
    assert metrics.auc(LABEL, SCORE) == pytest.approx(roc_auc_score(LABEL, SCORE), abs=1e-12)
    assert metrics.log_loss(LABEL, SCORE) == pytest.approx(log_loss(LABEL, SCORE), abs=1e-12)
    assert metrics.average_precision(LABEL, SCORE) == pytest.approx(average_precision_score(LABEL, SCORE), abs=1e-12)
    assert metrics.brier(LABEL, SCORE) == pytest.approx(brier_score_loss(LABEL, SCORE), abs=1e-12)


def test_money_metrics_equal_their_oracles() -> None:
    assert metrics.spearman(MONEY, GUESS) == pytest.approx(spearmanr(MONEY, GUESS).statistic, abs=1e-12)
    assert metrics.pinball(MONEY, GUESS, 0.9) == pytest.approx(mean_pinball_loss(MONEY, GUESS, alpha=0.9), abs=1e-12)
    assert metrics.mae(np.array([1.0, 2.0]), np.array([2.0, 4.0])) == 1.5
    assert metrics.bias(np.array([1.0, 3.0]), np.array([2.0, 4.0])) == 0.5


def test_gini_is_one_for_the_perfect_order_and_minus_one_for_the_reverse() -> None:
    values = np.arange(1.0, 101.0)
    assert metrics.gini(values, values) == pytest.approx(1)
    assert metrics.gini(values, -values) == pytest.approx(-1)


def test_ece_counts_the_gap_of_equal_bins_by_hand() -> None:
    label = np.array([0.0, 1.0, 1.0, 1.0])
    assert metrics.ece(label, np.array([0.1, 0.3, 0.6, 0.8]), bins=2) == pytest.approx((abs(0.5 - 0.2) + abs(1 - 0.7)) / 2)


def test_perfect_calibration_still_shows_some_ece() -> None:
    assert 0 < metrics.ece_if_perfect(np.full(500, 0.2)) < 0.1


def test_lift_compares_the_top_tenth_with_everybody() -> None:
    label = np.array([1.0] * 5 + [0.0] * 5 + [1.0] * 5 + [0.0] * 85)
    assert metrics.lift_at_10(label, np.arange(100.0, 0, -1)) == pytest.approx(0.5 / 0.1)
