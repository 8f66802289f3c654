"""Evaluations: every answer on the same rows, paired, by month, and each number of money judged on its own."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.compute import account_spine
from training.dataset import Dataset
from training.evaluate import Answers, evaluate
from training.tasks import CHURN, VALUE

RNG = np.random.default_rng(5)
N = 800
TRUTH = RNG.random(N)
LABEL = (RNG.random(N) < TRUTH).astype(float)
SPEND = 100 * TRUTH + 10 * RNG.random(N)
APRIL, MAY = 1_743_465_599, 1_746_057_599  # the last seconds before each month, UTC


def dataset(label: np.ndarray) -> Dataset:
    """Rows that carry nothing but a label."""
    return Dataset(account_spine(np.arange(N), np.zeros(N, np.int64), 28), pd.DataFrame({"x": TRUTH}), label)


def test_a_better_answer_is_ahead_and_its_interval_says_so() -> None:
    evaluation = evaluate(CHURN, "gate", "by time", dataset(LABEL), Answers(TRUTH), {"noise": Answers(RNG.random(N))})
    assert evaluation.paired["noise"][0] > 0
    assert evaluation.paired_loss["noise"][0] > 0


def test_months_are_told_apart() -> None:
    as_of = np.where(np.arange(N) < 300, APRIL, MAY)
    rows = Dataset(account_spine(np.arange(N), as_of, 28), pd.DataFrame({"x": TRUTH}), LABEL)
    april, may = evaluate(CHURN, "test", "by time", rows, Answers(TRUTH), {"noise": Answers(TRUTH)}).by_month
    assert (april["month"], april["n"], may["month"], may["n"]) == ("2025-04", 300, "2025-05", 500)
    assert april["told"] == pytest.approx(TRUTH[:300].mean()) and may["came"] == pytest.approx(LABEL[300:].mean())


def test_quantiles_are_judged_each_on_its_own() -> None:
    quantiles = np.column_stack([SPEND - 1, SPEND, SPEND + 1])
    metrics = evaluate(
        VALUE, "test", "by time", dataset(SPEND), Answers(SPEND * 1.1, quantiles), {"zero": Answers(SPEND * 0)}
    ).metrics
    assert (metrics["at_or_below_p10"], metrics["at_or_below_p90"]) == (0.0, 1.0)
    assert metrics["mae"] == 0
    assert metrics["bias"] == pytest.approx(0.1)
    assert metrics["mae_of_zero"] == pytest.approx(SPEND.mean())
