"""From a feature frame to predictions with reasons: the one path that batch scoring and the API share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from models.calibrate import inverse_link
from models.explain import dimension_scores, explain
from models.prediction import Prediction
from models.reasons import reasons
from models.scorer import Floats, Scorer


@dataclass(frozen=True)
class Row:
    """The keys of one row: the entity asked about, its account, and the window of the outcome (UTC seconds)."""

    entity_id: str
    account_id: str
    as_of: int
    until: int
    in_population: bool = True


@dataclass(frozen=True)
class ModelInfo:
    """Which registered model answered."""

    name: str
    version: str
    bundle_sha256: str


def predict(scorer: Scorer, model: ModelInfo, rows: Sequence[Row], frame: pd.DataFrame, *,
            with_features: bool = False) -> list[Prediction]:
    """One prediction per row, in order; `frame` holds the inputs of the same rows."""
    matrix = scorer.matrix(frame)
    contributions, base = scorer.contributions(matrix)
    intervals = scorer.interval.predict(matrix) if scorer.interval else None
    known = _has_history(scorer, matrix)
    out = []
    for i, row in enumerate(rows):
        features = _features(frame, i) if with_features else None
        keys = _keys(scorer, model, row, features)
        if not row.in_population:
            out.append(Prediction(status="not_in_population", **keys))
        elif not known[i]:
            out.append(_base_rate(scorer, keys))
        else:
            interval = tuple(intervals[i].tolist()) if intervals is not None else None
            out.append(_explained(scorer, keys, matrix[i], float(base[i]), contributions[i], interval))
    return out


def _keys(scorer: Scorer, model: ModelInfo, row: Row, features: dict[str, float | str | None] | None) -> dict[str, object]:
    return {"task": scorer.task, "entity_id": row.entity_id, "account_id": row.account_id,
            "as_of": datetime.fromtimestamp(row.as_of, UTC), "horizon_days": (row.until - row.as_of) / 86_400,
            "model_name": model.name, "model_version": model.version, "bundle_sha256": model.bundle_sha256,
            "features": features}


def _explained(scorer: Scorer, keys: dict[str, object], row: Floats, base: float, contributions: Floats,
               interval: tuple[float, ...] | None) -> Prediction:
    explanation = explain(scorer.kind, base, contributions)
    return Prediction(status="ok", shown=explanation.shown, link=explanation.link, base_shown=explanation.base_shown,
                      base_link=base, interval=interval, dimensions=dimension_scores(scorer.encoding, explanation),
                      reasons=reasons(scorer, row, explanation), **keys)


def _base_rate(scorer: Scorer, keys: dict[str, object]) -> Prediction:
    """Nothing is known of this entity: the population's average, said so."""
    rate = scorer.reference.base_outcome
    link = float(np.log(rate / (1 - rate))) if scorer.kind == "probability" else float(np.log(max(rate, 1.0)))
    shown = inverse_link(scorer.kind, link)
    return Prediction(status="insufficient_history", shown=shown, link=link, base_shown=shown, base_link=link, **keys)


def _has_history(scorer: Scorer, matrix: Floats) -> np.ndarray:
    """False where no event was ever seen and no attribute is known (and the model has such inputs at all)."""
    features = scorer.encoding.features
    telling = [i for i, f in enumerate(features) if f.stat in ("tenure_days", "recency_days") or f.stat == "attribute"]
    if not any(features[i].stat != "attribute" for i in telling):
        return np.ones(len(matrix), bool)
    return ~np.isnan(matrix[:, telling]).all(axis=1)


def _features(frame: pd.DataFrame, row: int) -> dict[str, float | str | None]:
    def plain(value: object) -> float | str | None:
        if value is None or (isinstance(value, float) and np.isnan(value)):
            return None
        return value if isinstance(value, str) else float(value)  # type: ignore[arg-type]  # numpy scalar
    return {str(name): plain(frame[name].iat[row]) for name in frame.columns}
