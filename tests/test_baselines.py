"""Baselines: the scorecard ranks by hand-judged parts, and a rule without its inputs is left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.compute import Spine
from models.scorecard import parts, percentiles
from training.contenders.baselines import baseline_scores
from training.dataset import Dataset
from training.metrics import auc
from training.tasks import CHURN, CONVERSION, VALUE

RNG = np.random.default_rng(11)
N = 400


def rows(**columns: np.ndarray) -> Dataset:
    """Rows whose every cutoff is its own, as anchored opportunities have."""
    at = np.arange(N, dtype=np.int64) * 86_400
    spine = Spine(np.arange(N), np.arange(N), at, at + 28 * 86_400)
    frame = pd.DataFrame(columns)
    return Dataset(spine, frame, (RNG.random(N) < 1 / (1 + np.exp(-frame.iloc[:, 0]))).astype(float))


def test_the_lead_score_orders_opportunities_although_each_has_its_own_cutoff() -> None:
    data = rows(order_tenure=RNG.normal(0, 2, N), revenue_365d=RNG.random(N))
    scores = baseline_scores(CONVERSION, data, data)
    assert auc(data.label, scores["scorecard"]) > 0.6
    assert auc(data.label, scores["scorecard_refitted"]) > 0.75


def test_accounts_are_ranked_within_their_cutoff() -> None:
    frame = pd.DataFrame({"revenue_365d": [1.0, 3.0, 100.0, 200.0], "order_tenure": [np.nan] * 4})
    ranks = percentiles("value", frame, np.array([0, 0, 1, 1]), frame)
    assert ranks.tolist() == [[0.5, 0.5], [1.0, 0.5], [0.5, 0.5], [1.0, 0.5]]


def test_absent_parts_are_named() -> None:
    present, absent = parts("churn", pd.DataFrame({"orders_365d": [1.0]}))
    assert [part.name for part in present] == ["purchase frequency"]
    assert "service quality" in absent


def test_without_any_part_the_scorecard_is_left_out() -> None:
    assert set(baseline_scores(CONVERSION, rows(x=RNG.random(N)), rows(x=RNG.random(N)))) == {"logistic_regression"}


def test_the_run_rate_over_the_horizon_is_an_answer_in_money() -> None:
    data = rows(revenue_90d=np.full(N, 9_000.0), order_recency=RNG.random(N))
    assert baseline_scores(VALUE, data, data)["run_rate"] == pytest.approx(np.full(N, 2_800.0))


def test_rules_give_probabilities_for_churn() -> None:
    data = rows(order_recency=RNG.normal(0, 2, N), revenue_90d=RNG.random(N))
    for score in baseline_scores(CHURN, data, data).values():
        assert ((score > 0) & (score < 1)).all()


def test_recency_is_that_of_touches_where_nothing_was_ordered() -> None:
    data = rows(touch_recency=RNG.normal(0, 2, N))
    assert auc(data.label, baseline_scores(CONVERSION, data, data)["recency"]) > 0.7


def test_bg_nbd_reads_repeat_orders_off_gap_and_tenure() -> None:
    age, last = np.full(N, 300.0), RNG.integers(1, 290, N).astype(float)
    data = rows(x=RNG.normal(0, 2, N), order_recency=300 - last, order_tenure=age, order_gap_mean=last / 2)
    same = Dataset(replace(data.spine, as_of=np.zeros(N, np.int64), until=np.full(N, 28 * 86_400)), data.frame, data.label)
    scores = baseline_scores(CHURN, same, same)["bg_nbd"]
    assert np.corrcoef(scores, 300 - last)[0, 1] > 0.9
