"""`POST /v1/events`: what happened in the CRM, as CloudEvents; the next answer about the account knows it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from serving.access.door import Running, require
from serving.access.keys import Principal
from serving.api.body import Sent, read_json
from serving.api.inputs import Stated
from serving.api.parameters import known_parameters
from serving.events import Judge
from serving.live import Live
from serving.problems import Problem, documented, of_errors
from serving.store.events import Received, keep

MOST = 1_000
router = APIRouter(prefix="/v1", tags=["events"])
_SHAPE = {"schema": {"$ref": "#/components/schemas/EventIn"}}
_SENDS = {"requestBody": {"required": True, "content": {"application/json": _SHAPE}}}
_Name = Annotated[str, Field(min_length=1, max_length=200)]


class EventIn(BaseModel):
    """A CloudEvent 1.0, or a list of up to 1,000. `data` is a row of the table that `type` names: money in whole units of the
    currency, times with their offset."""

    specversion: Literal["1.0"]
    id: _Name = Field(description="With `source` it says which event this is: sent again, it counts once")
    source: _Name
    type: _Name = Field(description="`foresale.` and a canonical table, such as `foresale.interactions`")
    data: dict[str, Stated]


class EventOut(BaseModel):
    """What became of one event: `duplicate` was sent before, `quarantined` is kept aside with the reason."""

    id: str | None
    source: str | None
    status: Literal["accepted", "duplicate", "quarantined"]
    reason: str | None = None


class EventsOut(BaseModel):
    """One entry per event, in the order sent; the three counts add up to how many were sent."""

    accepted: int
    duplicate: int
    quarantined: int
    events: list[EventOut] = Field(description="In the order sent")


@router.post(
    "/events",
    dependencies=[Depends(known_parameters)],
    responses=documented(401, 403, 413, 415, 422, 500, 503),
    openapi_extra=_SENDS,
    summary="Send what happened",
)
def send_events(runtime: Running, principal: Annotated[Principal, require("events")], raw: Sent) -> EventsOut:
    """Take in one event or a list. Each is a row of a canonical table, money in whole units of the currency.

    An event is known by its source and id: sent again, it counts once. One that cannot be read for sure is kept aside with the
    reason, and costs no other. Accepted ones count in the next answer about their account, and in the next ingest.
    """
    body = read_json(raw)
    sent = body if isinstance(body, list) else [body]
    if not 0 < len(sent) <= MOST:
        raise of_errors([(("body",), f"expected 1 to {MOST:,} events, got {len(sent):,}")])
    engine = runtime.holder.engine
    if not isinstance(engine, Live):
        raise Problem(503, "not-ready", "This server takes no events.")
    received = Judge(engine.engine, runtime.store.clock()).judged(sent)
    before = keep(runtime.store, received, principal.key_id)
    engine.refresh()
    told = [_told(one, place in before) for place, one in enumerate(received)]
    counts = {status: sum(one.status == status for one in told) for status in ("accepted", "duplicate", "quarantined")}
    return EventsOut(**counts, events=told)


def _told(one: Received, before: bool) -> EventOut:
    status: Literal["accepted", "duplicate", "quarantined"] = (
        "duplicate" if before else "accepted" if one.reason is None else "quarantined"
    )
    return EventOut(id=one.event_id, source=one.source or None, status=status, reason=None if before else one.reason)
