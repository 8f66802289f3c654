"""What MLflow is told of the rows: the schema it would find itself, without reading every value."""

from __future__ import annotations

import numpy as np
import pandas as pd
from mlflow.data.code_dataset_source import CodeDatasetSource
from mlflow.data.pandas_dataset import from_pandas

from training.tracking import TypedRows


def test_the_schema_of_typed_rows_is_what_mlflow_infers() -> None:
    frame = pd.DataFrame({"full": [1.0, 2.0], "gaps": [np.nan, 1.0], "label": [0.0, 1.0]})
    frame["text"], frame["unknown"] = np.array(["a", "b"], object), np.array(["a", None], object)
    source = CodeDatasetSource({"snapshot": "abc"})
    assert TypedRows(frame, source, name="rows").schema == from_pandas(frame, source=source, name="rows").schema
