"""`GET /v1/models`: which models answer, and how they did; `POST /v1/models/reload`: use the new champions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request

from models.predict import ModelInfo
from models.registry import Record, recorded
from serving.access.door import Running, request_id_of, require
from serving.access.keys import Principal
from serving.api.inputs import TaskName
from serving.api.model_outputs import ModelDetailOut, ModelOneOut, ModelsOut, ReloadedOut
from serving.api.outputs import ModelOut
from serving.api.parameters import known_parameters
from serving.problems import Problem, documented
from serving.runtime import Runtime, no_model
from workspace.errors import ForesaleError

router = APIRouter(prefix="/v1/models", tags=["models"])
_READ = [require("read"), Depends(known_parameters)]


@router.get("", dependencies=_READ, responses=documented(401, 403, 422, 500, 503), summary="The models in use")
def list_models(request: Request, runtime: Running) -> ModelsOut:
    """The model that answers each task: what it was trained on, how it did on later data, and why it serves."""
    models = [_detail(runtime, task, model) for task, model in runtime.holder.engine.models.items()]
    return ModelsOut(request_id=request_id_of(request), models=models)


@router.get("/{task}", dependencies=_READ, responses=documented(401, 403, 404, 422, 500, 503), summary="One model")
def read_model(request: Request, runtime: Running, task: Annotated[TaskName, Path()]) -> ModelOneOut:
    """The model that answers one task."""
    engine = runtime.holder.engine
    if task not in engine.tasks:
        raise no_model(engine, task, 404, parameter="task")
    return ModelOneOut(request_id=request_id_of(request), model=_detail(runtime, task, engine.models[task]))


def _detail(runtime: Runtime, task: str, model: ModelInfo) -> ModelDetailOut:
    record = _record(runtime, task, model)
    return ModelDetailOut(task=task, name=model.name, version=model.version, bundle_sha256=model.bundle_sha256, **vars(record))


def _record(runtime: Runtime, task: str, model: ModelInfo) -> Record:
    """What the registry says; nothing where it does not hold this version any more."""
    try:
        return recorded(runtime.settings.workspace, task, model.version)
    except ForesaleError:
        return Record()


@router.post(
    "/reload",
    dependencies=[Depends(known_parameters)],
    responses=documented(401, 403, 409, 422, 500, 503),
    summary="Load the champions anew",
)
def reload_models(request: Request, runtime: Running, principal: Annotated[Principal, require("admin")]) -> ReloadedOut:
    """Load history and champions again and swap them in at once; on any failure the old ones stay in use."""
    try:
        engine = runtime.holder.reload()
    except ForesaleError as error:
        raise Problem(
            409, "reload-failed", f"The models in use stay: {error.what}.", expected=error.expected, do=error.do
        ) from error
    runtime.latest()  # read now, and not by the next request
    with runtime.store.write() as connection:
        runtime.store.record(connection, principal.key_id, "models reloaded", " ".join(engine.tasks))
    models = {task: ModelOut(**vars(model)) for task, model in engine.models.items()}
    return ReloadedOut(request_id=request_id_of(request), models=models)
