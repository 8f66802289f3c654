"""From a feature frame to predictions with reasons: the one path that batch scoring and the API share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.kernel.layout import DAY
from models.calibrate import inverse_link
from models.explain import dimension_scores, explain
from models.model import Floats
from models.prediction import Prediction
from models.reasons import reasons
from models.scorer import BASE_RATE, SHARES, TREES, Scorer

Features = dict[str, float | str | None]


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


def predict(
    scorer: Scorer,
    model: ModelInfo,
    rows: Sequence[Row],
    frame: pd.DataFrame,
    *,
    with_features: bool = False,
    within_days: float | None = None,
) -> list[Prediction]:
    """One prediction per row, in order; `frame` holds the inputs of the same rows.

    With `within_days` it is the chance within fewer days than the horizon: what that takes away belongs to the base, so
    that the same contributions still add up to what is shown.
    """
    matrix = scorer.matrix(frame)
    contributions, base = scorer.contributions(matrix)
    usual = np.full(len(matrix), scorer.reference.base_link)
    if within_days is not None:
        links = scorer.link(matrix)
        base, usual = base + scorer.sooner(matrix, links, within_days) - links, scorer.sooner(matrix, usual, within_days)
    days = scorer.timing.days(matrix, SHARES) if scorer.timing else None
    intervals = scorer.interval.predict(matrix, scorer.shown(matrix)) if scorer.interval else None
    known = _has_history(scorer, matrix)
    features = _features(frame) if with_features else None
    out = []
    for i, row in enumerate(rows):
        asked = _asked(scorer, model, row, features[i] if features else None)
        if not row.in_population:
            out.append(asked)
        elif not known[i]:
            out.append(_base_rate(scorer, asked, float(usual[i])))
        else:
            explained = _explained(scorer, asked, matrix[i], float(base[i]), contributions[i])
            out.append(replace(explained, interval=_triple(intervals, i), days_to_win=_triple(days, i)))
    return out


def shown_to_all(scorer: Scorer, matrix: Floats) -> Floats:
    """The shown number of each row as `predict` has it: of whom nothing is known, the average."""
    return np.where(_has_history(scorer, matrix), scorer.shown(matrix), inverse_link(scorer.kind, scorer.reference.base_link))


def _asked(scorer: Scorer, model: ModelInfo, row: Row, features: Features | None) -> Prediction:
    """The keys of an answer, before there is one."""
    dated = row.in_population and not scorer.population.dateless
    horizon = (row.until - row.as_of) / DAY if dated else None
    return Prediction(
        scorer.task,
        row.entity_id,
        row.account_id,
        datetime.fromtimestamp(row.as_of, UTC),
        "not_in_population",
        horizon,
        model_name=model.name,
        model_version=model.version,
        bundle_sha256=model.bundle_sha256,
        features=features,
    )


def _explained(scorer: Scorer, asked: Prediction, row: Floats, base: float, contributions: Floats) -> Prediction:
    explanation = explain(scorer.kind, base, contributions)
    return replace(
        asked,
        status="no_signal" if scorer.contender == BASE_RATE else "ok",
        shown=explanation.shown,
        link=explanation.link,
        base_shown=explanation.base_shown,
        base_link=base,
        dimensions=dimension_scores(scorer.encoding, explanation),
        reasons=reasons(scorer, row, explanation),
    )


def _base_rate(scorer: Scorer, asked: Prediction, link: float) -> Prediction:
    """Nothing is known of this entity: the population's average, said so."""
    shown = inverse_link(scorer.kind, link)
    return replace(asked, status="insufficient_history", shown=shown, link=link, base_shown=shown, base_link=link)


def _triple(quantiles: Floats | None, row: int) -> tuple[float, float, float] | None:
    if quantiles is None:
        return None
    low, middle, high = quantiles[row].tolist()
    return low, middle, high


def _has_history(scorer: Scorer, matrix: Floats) -> NDArray[np.bool_]:
    """False where no event was ever seen and no attribute is known (and the model has such inputs at all).

    A rule reads a few inputs only, and is answered for whoever has any of them.
    """
    if scorer.contender != TREES:
        return np.asarray(~np.isnan(matrix).all(axis=1) | (matrix.shape[1] == 0), bool)
    features = scorer.encoding.features
    telling = [i for i, f in enumerate(features) if f.stat in ("tenure_days", "recency_days") or f.stat == "attribute"]
    if not any(features[i].stat != "attribute" for i in telling):
        return np.ones(len(matrix), bool)
    return np.asarray(~np.isnan(matrix[:, telling]).all(axis=1), bool)


def _features(frame: pd.DataFrame) -> list[Features]:
    """Each row's inputs as plain JSON values; a missing value is None."""
    columns = [[None if value is None or value != value else value for value in frame[name].tolist()] for name in frame]
    return [dict(zip(frame.columns.astype(str), row, strict=True)) for row in zip(*columns, strict=True)]
