"""Who serves: the best answer with signal, whoever it is; nobody, where nothing tells anybody apart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.compute import account_spine
from tests.serving_world import workspace
from training.court import Court
from training.dataset import Dataset
from training.evaluate import BY_TIME, Answers
from training.fit import Maker
from training.metrics import Floats
from training.tasks import TASKS

RNG = np.random.default_rng(8)
N = 900
TRUTH = RNG.beta(1, 2, N)
LABEL = (RNG.random(N) < TRUTH).astype(float)
SPEND = 10_000 * TRUTH * RNG.gamma(4, 0.25, N)
RATE = np.full(N, LABEL.mean())


def court(told: dict[str, Floats], trees: Floats | None, label: Floats = LABEL, later: dict[str, Floats] | None = None) -> Court:
    """A sitting over rows of one month."""
    money = label is not LABEL and label.max() > 1
    rows = Dataset(account_spine(np.arange(N), np.zeros(N, np.int64), 28), pd.DataFrame({"x": TRUTH}), label)
    maker = Maker(workspace(Path("/nowhere")), TASKS["value" if money else "churn"], ())
    answers = None if trees is None else Answers(trees / (100 if money else 1))
    return Court(maker, rows, rows, {"base_rate": RATE, **told}, later or told, answers, BY_TIME)


def blurred(by: float) -> Floats:
    return np.clip(TRUTH + RNG.normal(0, by, N), 0.01, 0.99)


@pytest.mark.parametrize(("trees", "rival", "serves"), [(0.02, 0.3, "trees"), (0.3, 0.02, "recency")])
def test_the_better_answer_serves_whoever_it_is(trees: float, rival: float, serves: str) -> None:
    choice = court({"recency": blurred(rival)}, blurred(trees)).decide()
    assert (choice.name, choice.verdict.passed) == (serves, True)
    assert choice.judged.metrics["auc"] > 0.7


def test_the_reason_names_who_serves_and_the_best_of_the_others_in_both_languages() -> None:
    verdict = court({"recency": blurred(0.3), "bg_nbd": blurred(0.1)}, blurred(0.02)).decide().verdict
    assert verdict.reason.startswith(f"on {N} rows before the test, served by trees") and "against BG/NBD" in verdict.reason
    assert (
        verdict.reason_zh.startswith(f"在测试之前的 {N} 行上，由“树模型”提供预测")
        and "与“BG/NBD 模型”的 AUC 之差" in verdict.reason_zh
    )


def test_without_trees_a_rival_with_signal_serves() -> None:
    assert court({"scorecard": blurred(0.1)}, None).decide().name == "scorecard"


def test_noise_never_serves_and_nothing_overrules_that() -> None:
    choice = court({"recency": RNG.permutation(TRUTH)}, RNG.permutation(TRUTH)).decide()
    assert choice.name == "base_rate" and not choice.verdict.passed and choice.verdict.without_signal
    assert choice.verdict.reason.startswith("no usable signal") and choice.verdict.reason_zh.startswith("没有可用的信号")


def test_a_handful_of_outcomes_never_serves() -> None:
    rare = np.where(np.argsort(np.argsort(-TRUTH)) < 12, 1.0, 0.0)
    choice = court({"recency": TRUTH}, TRUTH, rare).decide()
    assert choice.name == "base_rate" and choice.verdict.without_signal
    assert choice.verdict.reason.startswith("too few outcomes") and "12" in choice.verdict.reason_zh


def test_what_fails_on_later_rows_does_not_serve() -> None:
    good, turned = blurred(0.02), 1 - TRUTH
    assert court({"recency": good}, None, later={"recency": turned}).decide().name == "base_rate"


def test_a_rival_that_was_not_heard_on_the_later_rows_stands_aside() -> None:
    sitting = court({"recency": blurred(0.02), "scorecard": blurred(0.1)}, None)
    few = sitting.rows.take(np.arange(300))
    assert replace(sitting, later=few, told_later={"scorecard": sitting.told["scorecard"][:300]}).decide().name == "scorecard"


def test_an_amount_of_a_rule_is_judged_with_its_own_range() -> None:
    mean = 10_000 * TRUTH
    found = court({"run_rate": mean}, None, SPEND).answers("run_rate")
    assert found.quantiles is not None and (found.median != found.shown).any()


def test_money_is_chosen_by_its_median_and_by_the_order_of_its_mean() -> None:
    shuffled, mean = RNG.permutation(SPEND), 10_000 * TRUTH
    assert court({"run_rate": shuffled}, mean, SPEND).decide().name == "trees"
    assert court({"run_rate": mean}, shuffled, SPEND).decide().name == "run_rate"
