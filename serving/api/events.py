"""`POST /v1/events`: what happened in the CRM, as CloudEvents; the next answer about the account knows it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body
from pydantic import BaseModel, Field

from serving.access.door import Running, require
from serving.access.keys import Principal
from serving.events import Judge
from serving.live import Live
from serving.problems import Problem, documented
from serving.store.events import Received, keep

MOST = 1_000
router = APIRouter(prefix="/v1", tags=["events"])
_BODY = "A CloudEvent 1.0, or a list of up to 1,000; `type` is `foresale.` and a table"
_EXAMPLE = {
    "specversion": "1.0",
    "id": "8812-visit",
    "source": "https://crm.example.com",
    "type": "foresale.interactions",
    "data": {
        "interaction_id": "8812",
        "account_id": "A001",
        "kind": "visit",
        "direction": "out",
        "occurred_at": "2026-03-31T10:00:00+08:00",
    },
}


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


@router.post("/events", responses=documented(401, 403, 422, 503), summary="Send what happened")
def send_events(
    runtime: Running,
    principal: Annotated[Principal, require("events")],
    body: Annotated[Any, Body(description=_BODY, examples=[_EXAMPLE])],
) -> EventsOut:
    """Take in one event or a list. Each is a row of a canonical table, money in whole units of the currency.

    An event is known by its source and id: sent again, it counts once. One that cannot be read for sure is kept aside with the
    reason, and costs no other. Accepted ones count in the next answer about their account, and in the next ingest.
    """
    sent = body if isinstance(body, list) else [body]
    if not 0 < len(sent) <= MOST:
        raise Problem(422, "too-many-events", f"body: expected 1 to {MOST} events, got {len(sent)}.")
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
