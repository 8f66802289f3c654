"""Rivals: each stands aside where the data do not carry it, tells what it should, and serves with exact reasons."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.catalog import CATALOG
from features.compute import Spine
from features.feature import Feature
from models.additive import Additive, additive_from_dict
from models.bgnbd import bg_nbd_from_dict
from models.scorecard import parts
from training.contenders.rivals import fit_rivals, shown_by
from training.dataset import Dataset
from training.metrics import Floats, auc
from training.task import PredictionTask
from training.tasks import CHURN, CONVERSION, VALUE

RNG = np.random.default_rng(11)
N = 400
DAY = 86_400
INDUSTRY = next(feature for feature in CATALOG if feature.name == "account_industry")


def rows(days: int = 28, **columns: np.ndarray) -> Dataset:
    """Rows of one cutoff; the first column decides the outcome."""
    at = np.full(N, 1_700_000_000, np.int64)
    frame = pd.DataFrame(columns)
    first = pd.to_numeric(frame.iloc[:, 0], errors="coerce").fillna(0.0)
    label = (RNG.random(N) < 1 / (1 + np.exp(-first))).astype(float).to_numpy()
    return Dataset(Spine(np.arange(N), np.arange(N), at, at + days * DAY), frame, label)


def declared(data: Dataset) -> list[Feature]:
    """The catalogue's features of these columns; others as plain numbers."""
    known = {feature.name: feature for feature in CATALOG}
    plain = Feature("x", "fit", "x", "x", "orders", "count")
    return [known.get(name, replace(plain, name=name)) for name in data.frame]


def shown(task: PredictionTask, data: Dataset) -> dict[str, Floats]:
    """What every rival, fitted on some rows, shows for the same ones."""
    return shown_by(task, fit_rivals(task, declared(data), data), data)


def test_the_scorecard_orders_and_orders_better_with_refitted_weights() -> None:
    data = rows(order_tenure=RNG.normal(0, 2, N), revenue_365d=RNG.random(N))
    scores = shown(CONVERSION, data)
    assert auc(data.label, scores["scorecard"]) > 0.6
    assert auc(data.label, scores["scorecard_refitted"]) > 0.75


def test_absent_parts_are_named() -> None:
    present, absent = parts("churn", pd.DataFrame({"orders_365d": [1.0]}))
    assert [part.name for part in present] == ["purchase frequency"]
    assert "service quality" in absent


def test_whatever_the_data_do_not_carry_stands_aside() -> None:
    assert set(shown(CONVERSION, rows(x=RNG.random(N)))) == {"base_rate", "logistic_regression"}


def test_the_base_rate_is_the_same_for_everybody() -> None:
    data = rows(x=RNG.random(N))
    assert shown(CONVERSION, data)["base_rate"] == pytest.approx(np.full(N, data.label.mean()))


def test_constants_stand_among_the_rivals_of_money() -> None:
    data = rows(revenue_90d=RNG.random(N))
    money = Dataset(data.spine, data.frame, np.where(np.arange(N) < 300, 0.0, 9_000.0))
    scores = shown(VALUE, money)
    assert scores["base_rate"] == pytest.approx(np.full(N, 2_250.0))
    assert scores["constant_median"] == pytest.approx(np.full(N, 1.0))  # a minor unit: nothing
    assert (scores["zero"] < 1e-9).all()


def test_the_run_rate_goes_on_for_the_horizon_by_the_window_that_was_closest() -> None:
    lately = RNG.integers(1, 9, N) * 9_000.0
    data = rows(revenue_90d=lately, revenue_30d=RNG.random(N) * 1e6)
    outcome = Dataset(data.spine, data.frame, lately * 28 / 90)
    assert shown(VALUE, outcome)["run_rate"] == pytest.approx(lately * 28 / 90)


def test_recency_is_that_of_touches_where_nothing_was_ordered() -> None:
    data = rows(touch_recency=RNG.normal(0, 2, N))
    assert auc(data.label, shown(CONVERSION, data)["recency"]) > 0.7


def purchases() -> Dataset:
    """Accounts with two repeat orders each, the last one some days ago."""
    last = RNG.integers(1, 290, N).astype(float)
    data = rows(order_recency=300 - last, order_tenure=RNG.integers(300, 310, N).astype(float), order_gap_mean=last / 2)
    return Dataset(data.spine, data.frame, (RNG.random(N) < data.frame["order_recency"] / 300).astype(float).to_numpy())


def test_bg_nbd_reads_repeat_orders_off_gap_and_tenure() -> None:
    data = purchases()
    assert np.corrcoef(shown(CHURN, data)["bg_nbd"], data.frame["order_recency"])[0, 1] > 0.9


@pytest.mark.parametrize("task", [CHURN, VALUE])
def test_shares_add_up_and_every_rival_survives_json(task: PredictionTask) -> None:
    data = purchases()
    frame = data.frame.assign(account_industry=np.where(np.arange(N) % 3, "steel", "food"), revenue_90d=RNG.random(N) * 1e5)
    frame.loc[::7, "revenue_90d"] = np.nan
    whole = Dataset(data.spine, frame, data.label * (1 if task.kind == "probability" else 5_000))
    for name, fit in fit_rivals(task, declared(whole), whole).items():
        matrix = fit.encoding.matrix(whole.frame)
        raw = fit.model.raw(matrix)
        assert fit.model.shares(matrix).sum(axis=1) == pytest.approx(raw, abs=1e-9), name
        read = additive_from_dict if isinstance(fit.model, Additive) else bg_nbd_from_dict
        assert (read(fit.model.as_dict()).raw(matrix) == raw).all(), name


def test_the_base_of_a_linear_model_is_the_average_answer() -> None:
    data = rows(x=RNG.normal(3, 2, N))
    fit = fit_rivals(CONVERSION, declared(data), data)["logistic_regression"]
    shares = fit.model.shares(fit.encoding.matrix(data.frame))
    assert shares[:, 0].mean() == pytest.approx(0.0, abs=1e-9)


def test_a_frequent_level_of_a_category_tells() -> None:
    steel = np.arange(N) % 2 == 0
    data = rows(x=RNG.random(N), account_industry=np.where(steel, "steel", "food"))
    told = Dataset(data.spine, data.frame, (RNG.random(N) < np.where(steel, 0.8, 0.2)).astype(float))
    assert INDUSTRY in declared(told)
    assert auc(told.label, shown(CONVERSION, told)["logistic_regression"]) > 0.7
