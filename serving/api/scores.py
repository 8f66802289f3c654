"""`POST /v1/scores`: predictions computed now from the history; `POST /v1/models/reload`: use the new champions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter

from models.prediction import Prediction
from serving.access.door import Running, check_scope, require
from serving.access.keys import Principal
from serving.api.schemas import ModelOut, ModelsOut, PredictionOut, ReasonOut, RemarkOut, ScoresIn, ScoresOut, UnknownId
from serving.engine import UnknownEntity
from serving.problems import Problem, documented
from serving.runtime import Predictor
from workspace.errors import ForesaleError

router = APIRouter(prefix="/v1", tags=["scores"])


@router.post("/scores", responses=documented(401, 403, 422, 503), summary="Predict now, with reasons")
def compute_scores(body: ScoresIn, runtime: Running, principal: Annotated[Principal, require("score")]) -> ScoresOut:
    """Predict for up to 500 ids as of a moment, from what was known then.

    Answers one entry per id, in the order asked. An id that the history does not hold gets an entry with the status
    `unknown_id`, also when all are unknown: the answer is 200 all the same.
    """
    engine = runtime.holder.engine
    if body.include:
        check_scope(principal, "admin")
    as_of = _moment(engine, body.task, body.as_of)
    found = _predict(engine, body, as_of)
    runtime.metrics.predicted(found.values())
    results = [_result(found.get(entity), entity, body) for entity in body.ids]
    return ScoresOut(
        task=body.task,
        as_of=as_of,
        currency=engine.workspace.currency,
        results=results,
        unknown=sum(entity not in found for entity in body.ids),
    )


def _moment(engine: Predictor, task: str, as_of: datetime | None) -> datetime:
    if task not in engine.tasks:
        raise Problem(422, "task-not-loaded", f"No model is loaded for {task}. Loaded: {', '.join(engine.tasks)}.")
    if as_of is not None and as_of > engine.latest_as_of:
        raise Problem(
            422,
            "as-of-after-history",
            f"The history ends at {engine.latest_as_of.isoformat()}: ask for that "
            "moment or an earlier one, leave as_of out, or run `foresale ingest`.",
        )
    return as_of or engine.latest_as_of


def _predict(engine: Predictor, body: ScoresIn, as_of: datetime) -> dict[str, Prediction]:
    ids, with_features = list(dict.fromkeys(body.ids)), bool(body.include)
    try:
        predictions: Sequence[Prediction] = engine.predict(body.task, ids, as_of, with_features=with_features)
    except UnknownEntity as unknown:
        known = [entity for entity in ids if entity not in set(unknown.ids)]
        predictions = engine.predict(body.task, known, as_of, with_features=with_features) if known else []
    return {prediction.entity_id: prediction for prediction in predictions}


def _result(prediction: Prediction | None, entity: str, body: ScoresIn) -> PredictionOut | UnknownId:
    if prediction is None:
        return UnknownId(entity_id=entity)
    result = PredictionOut.model_validate(prediction)
    told: list[ReasonOut | RemarkOut] = [*result.reasons, *result.remarks]
    for said in told if body.language else []:
        said.zh, said.en = (said.zh, None) if body.language == "zh" else (None, said.en)
    return result


@router.post("/models/reload", responses=documented(401, 403, 409), summary="Load the champions anew")
def reload_models(runtime: Running, principal: Annotated[Principal, require("admin")]) -> ModelsOut:
    """Load history and champions again and swap them in at once; on any failure the old ones stay in use."""
    try:
        engine = runtime.holder.reload()
    except ForesaleError as error:
        raise Problem(
            409, "reload-failed", f"The models in use stay: {error.what}.", expected=error.expected, do=error.do
        ) from error
    with runtime.store.write() as connection:
        runtime.store.record(connection, principal.key_id, "models reloaded", " ".join(engine.tasks))
    return ModelsOut(models={task: ModelOut.model_validate(model) for task, model in engine.models.items()})
