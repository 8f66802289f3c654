"""Values as one matrix: models read the same bits from it as from a frame, and people the same words and numbers."""

from __future__ import annotations

import numpy as np
import pytest
from serving_world import AS_OF, NEWCOMER, company_engine

from features.feature import Feature
from features.values import Columns, Values
from models.encode import Encoding
from models.predict import plain_rows

TASKS = ("churn", "value", "conversion")
COLUMNS = Columns(("size", "orders", "region"), (("big", "mid", "small"), None, ()))
VALUES = Values(COLUMNS, np.array([[0.0, 2.5, np.nan], [2.0, np.nan, np.nan], [np.nan, -0.0, np.nan], [1.0, 7.0, np.nan]]))
_SIZE = Feature("size", "fit", "规模", "size", "accounts", "attribute", "size", categorical=True)
_ORDERS = Feature("orders", "purchases", "采购", "orders", "orders", "count")
_REGION = Feature("region", "fit", "地区", "region", "accounts", "attribute", "region", categorical=True)


def test_people_read_levels_and_numbers() -> None:
    frame = VALUES.frame()
    assert frame["size"].tolist() == ["big", "small", None, "mid"]
    assert frame["size"].dtype == object
    assert frame["region"].tolist() == [None] * 4
    assert frame["orders"].to_numpy().tobytes() == VALUES.matrix[:, 1].tobytes()
    assert Values(Columns((), ()), np.empty((3, 0))).frame().shape == (3, 0)


def test_plain_rows_are_those_of_the_frame() -> None:
    names = ["orders", "size", "region"]
    assert VALUES.plain_rows(names) == plain_rows(VALUES.frame()[names])
    assert VALUES.plain_rows(names)[1] == {"orders": None, "size": "small", "region": None}
    assert VALUES.plain_rows([]) == [{}, {}, {}, {}]


def test_a_level_that_training_did_not_see_is_missing() -> None:
    """The model's levels are others than the pipeline's, and so is the order of its inputs."""
    encoding = Encoding((_ORDERS, _REGION, _SIZE), {"size": ("big", "huge", "small"), "region": ("east",)})
    matrix = encoding.matrix(VALUES)
    assert matrix[:, 2].tolist()[:2] == [0.0, 2.0]
    assert np.isnan(matrix[2:, 2]).all()
    assert np.isnan(matrix[:, 1]).all()
    assert matrix.tobytes() == encoding.matrix(VALUES.frame()).tobytes()


def test_each_pipeline_has_its_own_levels() -> None:
    encoding = Encoding((_SIZE,), {"size": ("big", "mid")})
    other = Values(Columns(("size",), (("mid", "tiny"),)), np.array([[0.0], [1.0]]))
    assert encoding.matrix(VALUES)[:2].tolist()[0] == [0.0]
    assert encoding.matrix(other)[0].tolist() == [1.0]
    assert np.isnan(encoding.matrix(other)[1]).all()


@pytest.mark.parametrize("task", TASKS)
def test_a_model_reads_the_same_bits_from_values_and_from_their_frame(task: str) -> None:
    """In one batch, and each row alone over its own part of the history; someone nothing is known of is among them."""
    engine = company_engine()
    loaded, ids = engine.loaded[task], engine.everyone(task)
    assert task == "conversion" or NEWCOMER in ids
    rows = engine.rows(task, ids, AS_OF)
    batch = loaded.pipeline.values(rows)
    whole = loaded.scorer.matrix(batch)
    assert whole.tobytes() == loaded.scorer.matrix(batch.frame()).tobytes()
    assert batch.frame().equals(loaded.pipeline.frame(rows))
    for row in range(0, len(ids), 7):
        pipeline, own = loaded.pipeline.apart(rows.take(np.array([row])))
        alone = pipeline.values(own)
        assert alone.columns is batch.columns
        assert loaded.scorer.matrix(alone).tobytes() == np.ascontiguousarray(whole[row]).tobytes()
        assert loaded.scorer.matrix(alone.frame()).tobytes() == np.ascontiguousarray(whole[row]).tobytes()
