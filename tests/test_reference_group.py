"""The base is the average number shown to the reference group, and contributions count from there, whatever the model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from features.feature import Feature
from features.population import Population
from models.additive import Additive, Term
from models.bgnbd import INPUTS, BgNbd, BuyTillYouDie
from models.calibrate import Linear, inverse_link
from models.encode import Encoding
from models.model import Model, Trees
from models.reference import with_reference
from models.scorer import Reference, Scorer

RNG = np.random.default_rng(11)
ROWS = 800
FEATURES = tuple(Feature(name, "risk", name, name, "orders", "recency_days", unit="days") for name in INPUTS)
TENURE = RNG.uniform(100, 900, ROWS)
FRAME = pd.DataFrame(
    {
        "order_recency": TENURE * RNG.random(ROWS),
        "order_tenure": TENURE,
        "order_gap_mean": np.where(RNG.random(ROWS) < 0.2, np.nan, RNG.uniform(5, 90, ROWS)),
    }
)


def trees(kind: str) -> Model:
    label = RNG.gamma(0.3, 20, ROWS) if kind == "money" else (FRAME["order_recency"] > 200).to_numpy(float)
    objective = "tweedie" if kind == "money" else "binary"
    data = lgb.Dataset(FRAME.to_numpy(), label)
    return Trees(lgb.train({"objective": objective, "verbosity": -1, "num_threads": 1, "seed": 1}, data, 25))


def rule(kind: str) -> Model:
    return Additive(0.3, (Term(0, "log", 1.7, 3.0), Term(2, "log", -0.4, 2.0)))


def buying(kind: str) -> Model:
    return BuyTillYouDie(BgNbd(0.9, 40.0, 0.8, 2.5), 90.0, (0, 1, 2), (30.0, 400.0, 25.0))


def scorer(model: Model, kind: str) -> Scorer:
    from features.facts import gathered

    features = tuple(replace(feature, dimension=_dimension(feature.name)) for feature in FEATURES)
    assert gathered(features)
    population = Population("account", 90, "orders", 365)
    return Scorer("value" if kind == "money" else "churn", kind, "CNY", 100, population, Encoding(features, {}), model,
                  Linear(0.8, -0.2), Reference({}, 0.0, 0))  # fmt: skip


def _dimension(name: str) -> str:
    return "relationship" if name == "order_tenure" else "risk"


CONTENDERS = [(trees, "probability"), (trees, "money"), (rule, "probability"), (rule, "money"), (buying, "probability")]


@pytest.mark.parametrize(("make", "kind"), CONTENDERS)
def test_the_base_is_the_average_number_shown(make: Callable[[str], Model], kind: str) -> None:
    fitted = with_reference(scorer(make(kind), kind), FRAME)
    average = float(fitted.shown(fitted.matrix(FRAME)).mean())
    base = inverse_link(kind, fitted.reference.base_link)
    assert base == pytest.approx(average, abs=1e-9) if kind == "probability" else base == pytest.approx(average, rel=1e-6)


@pytest.mark.parametrize(("make", "kind"), CONTENDERS)
def test_base_and_contributions_make_the_link_and_only_a_constant_was_moved(make: Callable[[str], Model], kind: str) -> None:
    model = make(kind)
    before, after = scorer(model, kind), with_reference(scorer(model, kind), FRAME)
    matrix = after.matrix(FRAME)
    contributions, base = after.contributions(matrix)
    assert base == pytest.approx(np.full(ROWS, after.reference.base_link), abs=1e-9)
    assert base + contributions.sum(axis=1) == pytest.approx(after.link(matrix), abs=1e-9)
    moved = before.contributions(matrix)[0] - contributions
    assert np.ptp(moved, axis=0) == pytest.approx(np.zeros(len(INPUTS)), abs=1e-12)


def test_who_is_like_the_average_has_no_contributions() -> None:
    alike = FRAME.iloc[[5] * 50].reset_index(drop=True)
    fitted = with_reference(scorer(rule("probability"), "probability"), alike)
    contributions, _ = fitted.contributions(fitted.matrix(alike))
    assert contributions == pytest.approx(np.zeros((50, len(INPUTS))), abs=1e-12)


def test_usual_are_the_quartiles_of_the_average_customer() -> None:
    flat = with_reference(scorer(Additive(0.5), "probability"), FRAME)
    known = FRAME["order_gap_mean"].dropna()
    assert flat.reference.usual["order_gap_mean"] == pytest.approx(tuple(known.quantile([0.25, 0.5, 0.75])), rel=0.02)
    tilted = with_reference(scorer(rule("money"), "money"), FRAME)
    assert tilted.reference.usual["order_recency"][1] > flat.reference.usual["order_recency"][1]


def test_a_level_is_usual_where_at_least_half_have_it() -> None:
    feature = Feature("account_size", "fit", "规模", "size", "accounts", "attribute", unit="category", categorical=True)
    for levels, usual in ((["a", "a", "b", None], "a"), (["a", "b", "c", "d"], None)):
        frame = pd.DataFrame({"account_size": np.array(levels, object)})
        flat = replace(
            scorer(Additive(0.5), "probability"), encoding=Encoding((feature,), {"account_size": ("a", "b", "c", "d")})
        )
        assert with_reference(flat, frame).reference.usual["account_size"] == usual
