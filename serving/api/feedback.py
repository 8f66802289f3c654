"""`POST /v1/feedback`: whether a salesperson agrees with an answer, and why. Kept and shown; never an input, never an outcome."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from serving.access.door import Running, request_id_of, require
from serving.access.keys import Principal
from serving.api.body import Sent, read_body
from serving.api.inputs import MAX_ID, NO_NUL, TaskName
from serving.api.parameters import known_parameters
from serving.problems import Problem, documented
from serving.store.feedback import Feedback, feedback_of, keep_feedback

router = APIRouter(prefix="/v1/feedback", tags=["feedback"], dependencies=[Depends(known_parameters)])
_ID = Field(min_length=1, max_length=MAX_ID, pattern=NO_NUL)


class FeedbackIn(BaseModel):
    """One opinion about one answer."""

    model_config = ConfigDict(extra="forbid", strict=True)

    task: TaskName
    id: Annotated[str, _ID] = Field(description="The account, or for conversion the opportunity")
    agree: bool
    because: Annotated[str, Field(min_length=1, max_length=1000, pattern=NO_NUL)] | None = Field(None, description="In own words")


class OpinionOut(BaseModel):
    """An opinion as it is kept."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    task: TaskName
    id: str
    agree: bool
    because: str | None


class FeedbackOut(BaseModel):
    """The opinions about an account or an opportunity, the latest first."""

    request_id: str
    opinions: list[OpinionOut]


def _body(raw: Sent) -> FeedbackIn:
    return read_body(FeedbackIn, raw)


_SENDS = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/FeedbackIn"}}}}
}


@router.post("", responses=documented(401, 403, 404, 413, 415, 422, 500, 503), openapi_extra=_SENDS, summary="Agree or disagree")
def send_feedback(
    request: Request,
    runtime: Running,
    principal: Annotated[Principal, require("events")],
    body: Annotated[FeedbackIn, Depends(_body)],
) -> FeedbackOut:
    """Keep an opinion about an answer. It is shown beside the answer, and no model learns from it."""
    kind = "opportunity" if body.task == "conversion" else "account"
    if not runtime.holder.engine.holds("opportunity" if body.task == "conversion" else "account", body.id):
        raise Problem(404, "unknown-entity", f"There is no {kind} with this id.")
    keep_feedback(runtime.store, Feedback(runtime.store.clock(), body.task, body.id, body.agree, body.because), principal.key_id)
    return _told(request, runtime, body.id)


@router.get("/{id}", responses=documented(401, 403, 422, 500, 503), dependencies=[require("read")], summary="What people said")
def read_feedback(request: Request, runtime: Running, id: Annotated[str, _ID]) -> FeedbackOut:
    """What people said of the answers about an account or an opportunity."""
    return _told(request, runtime, id)


def _told(request: Request, runtime: Running, key: str) -> FeedbackOut:
    opinions = [OpinionOut.model_validate(one) for one in feedback_of(runtime.store, key)]
    return FeedbackOut(request_id=request_id_of(request), opinions=opinions)
