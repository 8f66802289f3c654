"""Intervals by drawing accounts: what is prepared once gives what every draw gives on its own."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from training import metrics
from training.bootstrap import PREPARED, interval, over_draws, resamples
from training.metrics import Metric

RNG = np.random.default_rng(7)
LABEL = (RNG.random(600) < 0.25).astype(float)
SCORE = np.clip(np.round(0.25 + 0.2 * (LABEL - 0.25) + 0.2 * RNG.normal(size=600), 2), 0.01, 0.99)
ACCOUNT = RNG.integers(0, 80, 600)
SAMPLES = resamples(ACCOUNT, 50)


@pytest.mark.parametrize("metric", [*PREPARED, metrics.mae, metrics.brier])
def test_a_prepared_metric_equals_the_plain_one_on_every_draw_with_ties(metric: Metric) -> None:
    plain = [metric(LABEL[rows], SCORE[rows]) for rows in SAMPLES]
    assert over_draws(metric, LABEL, SCORE, SAMPLES) == pytest.approx(plain, rel=1e-12)


@pytest.mark.parametrize("metric", [*PREPARED])
def test_it_does_so_with_more_scores_than_sixteen_bits_number(metric: Metric) -> None:
    rng = np.random.default_rng(1)
    score, rows = rng.random(70_000), rng.integers(0, 70_000, 70_000)
    label = (rng.random(70_000) < score).astype(float)
    assert over_draws(metric, label, score, [rows]) == pytest.approx([metric(label[rows], score[rows])], rel=1e-12)


def test_draws_of_auc_and_spearman_equal_scikit_learn_and_scipy() -> None:
    auc = [roc_auc_score(LABEL[rows], SCORE[rows]) for rows in SAMPLES]
    rank = [spearmanr(ACCOUNT[rows], SCORE[rows]).statistic for rows in SAMPLES]
    assert over_draws(metrics.auc, LABEL, SCORE, SAMPLES) == pytest.approx(auc, rel=1e-12)
    assert over_draws(metrics.spearman, ACCOUNT.astype(float), SCORE, SAMPLES) == pytest.approx(rank, abs=1e-12)


def test_a_constant_orders_nothing() -> None:
    assert over_draws(metrics.spearman, LABEL, np.ones(600), SAMPLES).tolist() == [0.0] * 50


def test_draws_with_one_outcome_are_left_out() -> None:
    won = np.array([1.0, 0.0, 0.0])
    assert len(over_draws(metrics.auc, won, won, [np.array([0, 1]), np.array([1, 2])])) == 1


def test_resamples_draw_whole_accounts_in_the_order_of_their_rows() -> None:
    account = np.array([3, 1, 1, 2, 3, 3])
    rng = np.random.default_rng(0)
    rows = [np.flatnonzero(account == code) for code in (1, 2, 3)]
    for sample in resamples(account, 20):
        assert sample.tolist() == np.concatenate([rows[place] for place in rng.integers(0, 3, 3)]).tolist()


def test_intervals_hold_the_estimate_and_repeat() -> None:
    low, high = interval(over_draws(metrics.auc, LABEL, SCORE, SAMPLES))
    assert low < metrics.auc(LABEL, SCORE) < high
    assert interval(over_draws(metrics.auc, LABEL, SCORE, resamples(ACCOUNT, 50))) == (low, high)
