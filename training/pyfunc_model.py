"""The registered model for notebooks: a models-from-code pyfunc around the bundle. Serving never uses it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from models.bundle import MANIFEST, read_bundle
from models.model import Floats
from models.scorer import Scorer


class BundleModel(PythonModel):
    """Shown numbers for a frame of features."""

    scorer: Scorer

    def load_context(self, context: PythonModelContext) -> None:
        """Read the bundle that lies beside the MLmodel file."""
        folder = Path(context.artifacts["bundle"])
        self.scorer = read_bundle(folder, hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest())

    def predict(self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> Floats:
        """Probability, or expected money in minor units."""
        return self.scorer.shown(self.scorer.matrix(model_input))


mlflow.models.set_model(BundleModel())
