"""`POST /v1/scores`: every answer about accounts and opportunities, computed now from the history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from models.prediction import Prediction
from serving.access.door import Running, request_id_of, require
from serving.api.answers import Teller, languages_of, purse_of
from serving.api.body import Sent, read_body
from serving.api.entities import Entity, Refused, entity_of
from serving.api.inputs import ItemIn, Kind, ScoresIn
from serving.api.outputs import ItemOut, ScoresOut
from serving.api.parameters import known_parameters
from serving.insight.latest import Latest
from serving.insight.percentiles import Percentiles
from serving.problems import Problem, documented, of_errors
from serving.runtime import Predictor, Runtime, no_model
from workspace.errors import ForesaleError

router = APIRouter(prefix="/v1", tags=["scores"])
_CHUNK = 500
_SUPPOSED = Refused("invalid", "It is answered by itself.")  # until then


def _body(raw: Sent) -> ScoresIn:
    return read_body(ScoresIn, raw)


def _sends(shape: str) -> dict[str, object]:
    """The body in the OpenAPI document."""
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{shape}"}}}}
    }


@router.post(
    "/scores",
    dependencies=[require("score"), Depends(known_parameters)],
    responses=documented(401, 403, 413, 415, 422, 429, 500, 503),
    openapi_extra=_sends("ScoresIn"),
    summary="Score now, with reasons",
)
def compute_scores(request: Request, runtime: Running, body: Annotated[ScoresIn, Depends(_body)]) -> ScoresOut:
    """Answer up to 1,000 items as of a moment, from what was known then: an account with churn, value and the conversion of
    each open opportunity, an opportunity with its conversion.

    One entry per item, in the order asked. An item that is unknown or invalid says so in its entry; the others are answered
    all the same. A body that is not of this shape is refused whole, with a pointer to each mistake.
    """
    with runtime.slots.taken():
        return _computed(request, runtime, body)


def _computed(request: Request, runtime: Runtime, body: ScoresIn) -> ScoresOut:
    engine = runtime.holder.engine
    asked = _asked(engine, body)
    answers = _answers(engine, asked)
    runtime.metrics.predicted(answers.whole.values())
    latest = runtime.latest()
    percentiles = latest.percentiles if latest else Percentiles()
    teller = Teller(purse_of(engine.workspace), percentiles, languages_of(body.language), body.reasons)
    items = [
        _supposed(engine, item, body, teller, latest) if item.hypothetical else _item(one, asked, answers, teller, latest)
        for item, one in zip(body.items, asked.items, strict=True)
    ]
    return ScoresOut(
        request_id=request_id_of(request), as_of=asked.as_of or engine.latest_as_of, data_through=engine.latest_as_of, items=items
    )


@dataclass(frozen=True)
class _Asked:
    """What is asked for: items in order, as of when (None: as far as each is known), which tasks, and the open opportunities
    of each account."""

    items: list[Entity | Refused]
    as_of: datetime | None
    tasks: tuple[str, ...]
    horizons: tuple[float, ...]
    open: Mapping[str, Sequence[str]]

    def ids(self, task: str) -> list[str]:
        """Whom to ask a task about, each once."""
        kind = "opportunity" if task == "conversion" else "account"
        named = [one.id for one in self.items if isinstance(one, Entity) and one.kind == kind]
        owned = [key for keys in self.open.values() for key in keys] if kind == "opportunity" else []
        return list(dict.fromkeys([*named, *owned]))


Answers = dict[tuple[str, str], Prediction]


@dataclass(frozen=True)
class _Answers:
    """Predictions by task and id; those within fewer days one mapping a horizon."""

    whole: Answers
    sooner: tuple[Answers, ...] = field(default=())


def _supposed(engine: Predictor, item: ItemIn, body: ScoresIn, teller: Teller, latest: Latest | None) -> ItemOut:
    """The answer for one item as if the data held its hypothetical rows."""
    kind: Kind = item.kind or ("opportunity" if item.opportunity_id is not None else "account")
    key = item.account_id or item.opportunity_id or item.id or ""
    try:
        supposing = engine.supposed(kind, key, item.hypothetical or [], body.as_of)
    except ForesaleError as error:
        return ItemOut(status="invalid", kind=kind, id=key, hint=f"{error.what}; got {error.got}; expected {error.expected}.")
    asked = _asked(supposing, body.model_copy(update={"items": [item.model_copy(update={"hypothetical": None})]}))
    found = _item(asked.items[0], asked, _answers(supposing, asked), teller, latest)
    return found.model_copy(update={"hypothetical": True})


def _asked(engine: Predictor, body: ScoresIn) -> _Asked:
    tasks, as_of = _tasks(engine, body), _not_later(engine, body.as_of)
    items = [_SUPPOSED if item.hypothetical else _fitting(entity_of(item, engine.holds), tasks) for item in body.items]
    accounts = [one.id for one in items if isinstance(one, Entity) and one.kind == "account"]
    owned = engine.open_opportunities(accounts, as_of) if "conversion" in tasks else {}
    return _Asked(items, as_of, tasks, tuple(body.horizons_days or ()), owned)


def _tasks(engine: Predictor, body: ScoresIn) -> tuple[str, ...]:
    """The tasks to answer. Raises Problem 422 for one without a model, and for horizons where conversion is not asked for."""
    tasks = tuple(body.tasks or engine.tasks)
    for place, task in enumerate(tasks):
        if task not in engine.tasks:
            raise no_model(engine, task, pointer=f"/tasks/{place}")
    if body.horizons_days and "conversion" not in tasks:
        raise of_errors([(("body", "horizons_days"), "it goes with conversion, which is not asked for or has no model")])
    return tasks


def _not_later(engine: Predictor, as_of: datetime | None) -> datetime | None:
    """The moment asked about, None for as far as each is known. Raises Problem 422 for one after the history."""
    if as_of is not None and as_of > engine.latest_as_of:
        raise Problem(
            422,
            "as-of-after-history",
            f"The history ends at {engine.latest_as_of.isoformat()}: ask for that "
            "moment or an earlier one, leave as_of out, or run `foresale ingest`.",
        )
    return as_of


def _fitting(entity: Entity | Refused, tasks: Sequence[str]) -> Entity | Refused:
    """An opportunity has no answer but conversion."""
    if isinstance(entity, Entity) and entity.kind == "opportunity" and "conversion" not in tasks:
        return Refused("invalid", "An opportunity is asked about conversion only: add it to tasks.", entity.id, entity.kind)
    return entity


def _answers(engine: Predictor, asked: _Asked) -> _Answers:
    whole = {(task, one.entity_id): one for task in asked.tasks for one in _predicted(engine, task, asked)}
    sooner = tuple(
        {("conversion", one.entity_id): one for one in _predicted(engine, "conversion", asked, days)} for days in asked.horizons
    )
    return _Answers(whole, sooner)


def _predicted(engine: Predictor, task: str, asked: _Asked, days: float | None = None) -> Iterator[Prediction]:
    """The answers of a task, some at a time."""
    ids = asked.ids(task)
    for start in range(0, len(ids), _CHUNK):
        yield from engine.predict(task, ids[start : start + _CHUNK], asked.as_of, within_days=days)


def _item(one: Entity | Refused, asked: _Asked, answers: _Answers, teller: Teller, latest: Latest | None) -> ItemOut:
    if isinstance(one, Refused):
        return ItemOut(status=one.status, kind=one.kind, id=one.id, hint=one.hint)
    found = _account(one.id, asked, answers, teller) if one.kind == "account" else _opportunity(one.id, answers, teller)
    return found.model_copy(update={"tier": latest.tier_of(found.account_id or "") if latest else None})


def _account(key: str, asked: _Asked, answers: _Answers, teller: Teller) -> ItemOut:
    churn, value = (answers.whole.get((task, key)) for task in ("churn", "value"))
    return ItemOut(
        status="ok",
        kind="account",
        id=key,
        account_id=key,
        churn=teller.churn(churn) if churn else None,
        value=teller.value(value) if value else None,
        conversions=[teller.conversion(*_chances(deal, answers)) for deal in asked.open.get(key, ())],
    )


def _opportunity(key: str, answers: _Answers, teller: Teller) -> ItemOut:
    chance, sooner = _chances(key, answers)
    conversions = [teller.conversion(chance, sooner)]
    return ItemOut(status="ok", kind="opportunity", id=key, account_id=chance.account_id, conversions=conversions)


def _chances(key: str, answers: _Answers) -> tuple[Prediction, list[Prediction]]:
    """The chance of an opportunity, and those within fewer days."""
    place = ("conversion", key)
    return answers.whole[place], [one[place] for one in answers.sooner]
