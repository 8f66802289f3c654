"""The gate: not worse than the best baseline, and no champion without signal."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.compute import account_spine
from training.dataset import Dataset
from training.evaluate import Answers, evaluate
from training.gate import gate
from training.tasks import CHURN, VALUE

RNG = np.random.default_rng(5)
N = 800
TRUTH = RNG.random(N)
LABEL = (RNG.random(N) < TRUTH).astype(float)
SPEND = 100 * TRUTH + 10 * RNG.random(N)


def dataset(label: np.ndarray) -> Dataset:
    """Rows that carry nothing but a label."""
    return Dataset(account_spine(np.arange(N), np.zeros(N, np.int64), 28), pd.DataFrame({"x": TRUTH}), label)


def test_a_better_model_passes() -> None:
    evaluation = evaluate(CHURN, "gate", "by time", dataset(LABEL), Answers(TRUTH), {"noise": RNG.random(N)})
    assert gate(CHURN, evaluation).passed
    assert evaluation.paired["noise"][0] > 0


def test_a_worse_model_does_not_pass_and_the_reason_names_the_baseline() -> None:
    worse = TRUTH + RNG.normal(0, 1, N)
    evaluation = evaluate(CHURN, "gate", "by time", dataset(LABEL), Answers(worse), {"truth": TRUTH, "noise": RNG.random(N)})
    verdict = gate(CHURN, evaluation)
    assert not verdict.passed
    assert "against truth" in verdict.reason


def test_no_signal_is_said_in_words() -> None:
    noise = RNG.random(N)
    verdict = gate(CHURN, evaluate(CHURN, "gate", "by time", dataset(LABEL), Answers(noise), {"noise": noise}))
    assert not verdict.passed
    assert verdict.reason.startswith("no usable signal")


@pytest.mark.parametrize(("bend", "passes"), [(9, True), (1, False)])
def test_where_the_order_settles_nothing_better_probabilities_do(bend: int, passes: bool) -> None:
    few, draws = 300, map(np.random.default_rng, (3, 4))
    ours, theirs = (np.clip(TRUTH + rng.normal(0, 0.2, N), 0, 1)[:few] for rng in draws)
    bent = np.clip(0.5 + (2 * theirs - 1) ** bend / 2, 0.001, 0.999)
    answers = Answers(0.5 + 0.6 * (ours - 0.5))
    evaluation = evaluate(CHURN, "gate", "by time", dataset(LABEL).take(np.arange(few)), answers, {"bent": bent})
    low, high = evaluation.paired["bent"]
    assert low < -0.01 < high  # nobody knows who orders better
    verdict = gate(CHURN, evaluation)
    assert verdict.passed is passes, verdict.reason
    assert "gain in log loss against bent" in verdict.reason


def test_better_probabilities_do_not_carry_a_worse_order() -> None:
    bent = TRUTH**6
    ours = np.clip(TRUTH + np.random.default_rng(3).normal(0, 0.15, N), 0.02, 0.98)
    verdict = gate(CHURN, evaluate(CHURN, "gate", "by time", dataset(LABEL), Answers(ours), {"bent": bent}))
    assert not verdict.passed and "; AUC -0." in verdict.reason


def test_the_reason_is_said_in_chinese_too() -> None:
    worse, noise = TRUTH + RNG.normal(0, 1, N), RNG.random(N)
    money = Answers(SPEND, np.column_stack([SPEND - 1, SPEND, SPEND + 1]))
    judged = (
        evaluate(CHURN, "gate", "by time", dataset(LABEL), Answers(noise), {"noise": noise}),
        evaluate(CHURN, "gate", "by time", dataset(LABEL), Answers(worse), {"scorecard": TRUTH}),
        evaluate(VALUE, "gate", "folds", dataset(SPEND), money, {"run_rate": SPEND + RNG.normal(0, 20, N)}),
    )
    nothing, behind, better = (gate(VALUE if e.positives is None else CHURN, e).reason_zh for e in judged)
    assert nothing.startswith("没有可用的信号：AUC 为 0.")
    assert behind.startswith(f"在测试之前的 {N} 行上，与“打分表”的 AUC 之差为 -0.") and "；与校准后的“打分表”相比" in behind
    assert better.startswith("相对“近期消费速度”，MAE 的改进比例为 +") and "；与“近期消费速度”的 Spearman 相关之差为 +" in better


@pytest.mark.parametrize(("factor", "passes"), [(1.0, True), (1.01, True), (1.5, False)])
def test_money_is_judged_on_the_relative_gain_in_mae(factor: float, passes: bool) -> None:
    base = SPEND + RNG.normal(0, 20, N)
    ours = SPEND + (base - SPEND) * factor
    evaluation = evaluate(VALUE, "gate", "by time", dataset(SPEND), Answers(ours), {"run_rate": base})
    assert gate(VALUE, evaluation).passed is passes


def test_a_good_median_does_not_carry_a_mean_that_orders_nothing() -> None:
    median = np.column_stack([SPEND - 1, SPEND, SPEND + 1])
    shuffled = Answers(RNG.permutation(SPEND), median)
    rate = SPEND + RNG.normal(0, 20, N)
    verdict = gate(VALUE, evaluate(VALUE, "gate", "by time", dataset(SPEND), shuffled, {"run_rate": rate}))
    assert not verdict.passed
    assert "difference in Spearman against run_rate: -" in verdict.reason


def test_quantiles_are_judged_each_on_its_own() -> None:
    quantiles = np.column_stack([SPEND - 1, SPEND, SPEND + 1])
    metrics = evaluate(VALUE, "test", "by time", dataset(SPEND), Answers(SPEND * 1.1, quantiles), {"zero": SPEND * 0}).metrics
    assert (metrics["at_or_below_p10"], metrics["at_or_below_p90"]) == (0.0, 1.0)
    assert metrics["mae"] == 0
    assert metrics["bias"] == pytest.approx(0.1)
    assert metrics["mae_of_zero"] == pytest.approx(SPEND.mean())
