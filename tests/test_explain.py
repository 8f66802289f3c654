"""Contributions are exact TreeSHAP values, points share out the distance to the base, and words come in both languages."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from features.feature import Feature
from features.population import Population
from features.values import Columns, Values
from models.calibrate import Linear, fit_log, fit_logit, inverse_link, link_of
from models.encode import Encoding, fit_encoding
from models.explain import dimension_scores, explain
from models.model import Trees
from models.predict import ModelInfo, Row, predict
from models.reference import with_reference
from models.scorer import Multiples, Reference, Scorer

RNG = np.random.default_rng(3)
FEATURES = (
    Feature("order_recency", "risk", "距上次下单天数", "days since the last order", "orders", "recency_days", unit="days"),
    Feature("revenue_90d", "purchases", "近 90 天采购额", "revenue in the last 90 days", "orders", "sum", unit="money"),
    Feature("touches_theirs_share_90d", "engagement", "占比", "share", "interactions", "count", unit="share"),
    Feature("account_industry", "fit", "行业", "industry", "accounts", "attribute", unit="category", categorical=True),
)
FRAME = pd.DataFrame(
    {
        "order_recency": RNG.random(500) * 90,
        "revenue_90d": RNG.random(500) * 1e6,
        "touches_theirs_share_90d": RNG.random(500),
        "account_industry": RNG.choice(np.array(["steel", "food", "paper"], object), 500),
    }
)
LABEL = (RNG.random(500) < FRAME["order_recency"] / 90).astype(float).to_numpy()


def scorer(kind: str = "probability") -> Scorer:
    """A small fitted model on the frame."""
    encoding = fit_encoding(FEATURES, FRAME)
    matrix = encoding.matrix(FRAME)
    parameters = {"objective": "binary" if kind == "probability" else "tweedie", "verbosity": -1, "num_threads": 1, "seed": 1}
    data = lgb.Dataset(matrix, LABEL, categorical_feature=encoding.categorical)
    booster = lgb.train(parameters, data, 20)
    multiples = ((0.0, 0.5, 2.0), (0.1, 0.8, 1.7), (0.3, 0.9, 1.4))
    interval = Multiples((0.3, 0.6), multiples) if kind == "money" else None
    population, reference = Population("account", 28, "orders", 90), Reference({}, 0.0, 500)
    fitted = Scorer("churn", kind, "CNY", 100, population, encoding, Trees(booster), Linear(1.2, -0.3), reference, interval)
    return with_reference(fitted, FRAME)


def expected_value(node: dict[str, Any], row: np.ndarray, known: frozenset[int]) -> float:
    """The tree's mean over what is not known, by the counts of its nodes (Lundberg et al. 2018, algorithm 1)."""
    if "leaf_value" in node:
        return float(node["leaf_value"])
    left, right = node["left_child"], node["right_child"]
    if node["split_feature"] in known:
        goes_left = row[node["split_feature"]] <= node["threshold"]
        return expected_value(left if goes_left else right, row, known)
    sizes = [child.get("internal_count", child.get("leaf_count")) for child in (left, right)]
    means = [expected_value(child, row, known) for child in (left, right)]
    return (sizes[0] * means[0] + sizes[1] * means[1]) / sum(sizes)


def shapley(trees: list[dict[str, Any]], row: np.ndarray, feature: int) -> float:
    """The Shapley value by its definition: every subset of the other features."""
    others = [other for other in range(len(row)) if other != feature]
    total = 0.0
    for size in range(len(others) + 1):
        weight = math.factorial(size) * math.factorial(len(others) - size) / math.factorial(len(row))
        for chosen in combinations(others, size):
            without = frozenset(chosen)
            total += weight * sum(expected_value(t, row, without | {feature}) - expected_value(t, row, without) for t in trees)
    return total


def test_contributions_are_shapley_values_by_their_definition() -> None:
    matrix = FRAME[["order_recency", "revenue_90d", "touches_theirs_share_90d"]].to_numpy()
    encoding = Encoding(FEATURES[:3], {})
    booster = lgb.train({"objective": "binary", "verbosity": -1, "num_threads": 1}, lgb.Dataset(matrix, LABEL), 8)
    reference = Reference({}, 0.0, 500)
    model = replace(scorer(), encoding=encoding, model=Trees(booster), reference=reference)
    trees = [tree["tree_structure"] for tree in booster.dump_model()["tree_info"]]
    contributions, base = model.contributions(matrix[:10])
    for row in range(10):
        oracle = [1.2 * shapley(trees, matrix[row], feature) for feature in range(3)]
        assert contributions[row] == pytest.approx(oracle, abs=1e-9)
    assert base + contributions.sum(axis=1) == pytest.approx(model.link(matrix[:10]), abs=1e-9)


@pytest.mark.parametrize("kind", ["probability", "money"])
def test_points_add_up_to_the_distance_from_the_base(kind: str) -> None:
    model = scorer(kind)
    contributions, base = model.contributions(model.matrix(FRAME))
    for row in range(50):
        explanation = explain(kind, float(base[row]), contributions[row])
        facts = model.by_fact(contributions[row : row + 1])[0]
        total = sum(score.points for score in dimension_scores(model.facts, facts, explanation.per_contribution))
        assert total == pytest.approx(explanation.shown - explanation.base_shown, abs=1e-9)
        assert inverse_link(kind, explanation.link) == explanation.shown


def test_at_the_base_points_follow_the_slope() -> None:
    explanation = explain("probability", 0.0, np.array([0.3, -0.3]))
    assert explanation.shown == 0.5
    assert explanation.per_contribution == pytest.approx(0.25)


def test_unknown_levels_and_missing_values_are_scored_as_missing() -> None:
    model = scorer()
    frame = pd.DataFrame(
        {
            "order_recency": [1.0, 1.0],
            "revenue_90d": [1.0, 1.0],
            "touches_theirs_share_90d": [np.nan, np.nan],
            "account_industry": np.array(["unheard of", None], object),
        }
    )
    links = model.link(model.matrix(frame))
    assert links[0] == links[1]


def test_statuses_are_never_silent() -> None:
    model = scorer()
    industries = ("food", "paper", "steel")
    known = [*FRAME.iloc[0, :3].tolist(), industries.index(FRAME["account_industry"].iat[0])]
    matrix = np.array([known, known, [np.nan, 0.0, np.nan, np.nan]])
    values = Values(Columns(tuple(FRAME), (None, None, None, industries)), matrix)
    rows = [Row("a", "a", 0, 86_400), Row("b", "b", 0, 86_400, in_population=False), Row("c", "c", 0, 86_400)]
    ok, outside, unknown = predict(model, ModelInfo("m", "1", "sha"), rows, values, with_features=True)
    assert (ok.status, outside.status, unknown.status) == ("ok", "not_in_population", "insufficient_history")
    assert outside.shown is None
    assert unknown.shown == inverse_link("probability", model.reference.base_link)
    assert [remark.code for remark in outside.remarks] == ["no_recent_orders"]
    assert unknown.reasons == ()
    assert ok.features is not None
    assert ok.features["account_industry"] == FRAME["account_industry"].iat[0]


def test_intervals_never_cross_and_never_fall_below_zero() -> None:
    model = scorer("money")
    assert model.interval is not None
    quantiles = model.interval.predict(model.matrix(FRAME), model.shown(model.matrix(FRAME)))
    assert (quantiles >= 0).all()
    assert (np.diff(quantiles, axis=1) >= 0).all()


def test_calibration_recovers_slope_and_shift() -> None:
    score = RNG.normal(0, 2, 40_000)
    label = (RNG.random(40_000) < 1 / (1 + np.exp(-(0.7 * score - 1)))).astype(float)
    fitted = fit_logit(score, label)
    assert (fitted.a, fitted.b) == (pytest.approx(0.7, abs=0.03), pytest.approx(-1, abs=0.05))


def test_a_reversed_score_falls_back_to_the_base_rate() -> None:
    score = np.linspace(-1, 1, 400)
    fitted = fit_logit(score, (score < 0.5).astype(float))
    assert fitted.a > 0
    assert inverse_link("probability", float(fitted(score).mean())) == pytest.approx(0.75, abs=0.01)


def test_money_is_shifted_so_that_totals_agree() -> None:
    score, label = RNG.normal(0, 1, 1000), RNG.gamma(2, 5, 1000)
    assert np.exp(fit_log(score, label)(score)).mean() == pytest.approx(label.mean())


def test_links_of_extremes_stay_finite() -> None:
    assert all(math.isfinite(link_of(kind, value)) for kind in ("probability", "money") for value in (0.0, 1.0))
