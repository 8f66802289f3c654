"""The bodies of the API: what a CRM sends and gets, with an example of each. Money is in minor units, times in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from display.words import Language
from serving.api.examples import ACCOUNT, MODEL, PREDICTION

MAX_IDS = 500
TaskName = Literal["conversion", "value", "churn"]
_TIME = "a time with its zone, such as 2017-12-01T00:00:00Z"


def _text(value: object) -> object:
    if not isinstance(value, str):
        raise PydanticCustomError("time_text", f"expected {_TIME}")
    return value


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"the time has no zone, so it could mean two days: expected {_TIME}")
    try:
        return moment.astimezone(UTC).replace(microsecond=0)
    except OverflowError:
        raise ValueError(f"the time is outside the years 1 to 9999 in UTC: expected {_TIME}") from None


Moment = Annotated[datetime, BeforeValidator(_text, json_schema_input_type=str), AfterValidator(_aware)]
EntityId = Annotated[str, Field(min_length=1, max_length=200)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class ScoresIn(_In):
    """Which predictions to compute now. Ids are accounts for value and churn, opportunities for conversion."""

    task: TaskName
    ids: Annotated[list[EntityId], Field(min_length=1, max_length=MAX_IDS)]
    as_of: Moment | None = Field(None, description="Only what was known then is used. Default: the history's last moment")
    include: list[Literal["features"]] = Field(
        [], description="`features`: the model's inputs, and what each adds, too (scope admin)"
    )
    language: Language | None = Field(None, description="Reasons in this language only. Default: both")

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"task": "churn", "ids": ["1", "2"], "as_of": "2017-12-01T00:00:00Z"}]}
    )


class ReasonOut(_Out):
    """One fact that sets the customer apart from the average one, as a salesperson would say it; no claim of a cause."""

    code: str = Field(description="The fact: docs/reasons.md lists them")
    dimension: str
    situation: str = Field(description="Which of the fact's sentences was chosen")
    compared: Literal["own", "all", "none"] = Field(description="With this customer's past, with all, or with nothing")
    direction: Literal["up", "down"]
    points: float = Field(description="Part of shown - base_shown, in the unit of the shown number")
    contribution: float = Field(description="Part of link - base_link")
    against: bool = Field(description="It points away from the result")
    evidence: dict[str, float | str | None] = Field(description="The values in the sentence; null: it never happened")
    zh: str | None = None
    en: str | None = None


class RemarkOut(_Out):
    """What has to be said beside a number so that it is not misread."""

    code: str
    zh: str | None = None
    en: str | None = None


class DimensionOut(_Out):
    """All facts of one of the eight dimensions."""

    dimension: str
    contribution: float
    points: float


class PredictionOut(_Out):
    """One prediction. `base_link` and the dimensions' contributions add up to `link`, whose inverse is `shown`."""

    task: TaskName
    entity_id: str
    account_id: str
    as_of: datetime
    status: Literal["ok", "no_signal", "insufficient_history", "not_in_population"] = Field(
        description="`no_signal`: nothing tells anybody apart, the base rate is shown to all. `insufficient_history`: the base "
        "rate is shown. `not_in_population`: the question does not apply"
    )
    horizon_days: float | None
    shown: float | None = Field(description="A probability, or money in minor units")
    link: float | None = Field(description="The logit or log of `shown`")
    base_shown: float | None = Field(description="The average number shown to the model's population")
    base_link: float | None
    interval: tuple[float, float, float] | None = Field(description="p10, p50, p90 for value")
    days_to_win: tuple[float, float, float] | None = Field(
        description="For conversion: the days by which a tenth, half and nine tenths of such wins have come, should it be won"
    )
    dimensions: list[DimensionOut]
    reasons: list[ReasonOut] = Field(description="The strongest first; then those against the result")
    other_points: float | None = Field(description="What all that is not listed adds to shown - base_shown")
    other_contribution: float | None
    remarks: list[RemarkOut]
    model_name: str
    model_version: str
    bundle_sha256: str
    features: dict[str, float | str | None] | None = None
    contributions: dict[str, float] | None = Field(None, description="With `features`: what each adds to link - base_link")


class UnknownId(BaseModel):
    """An id the history does not hold: never dropped silently."""

    entity_id: str
    status: Literal["unknown_id"] = "unknown_id"


class ScoresOut(BaseModel):
    """One entry per id asked for, in the order asked; `unknown` counts the ids the history does not hold."""

    task: TaskName
    as_of: datetime
    currency: str
    unknown: int
    results: list[PredictionOut | UnknownId]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "task": "churn",
                    "as_of": "2017-12-01T00:00:00Z",
                    "currency": "USD",
                    "unknown": 1,
                    "results": [PREDICTION, {"entity_id": "no-such-id", "status": "unknown_id"}],
                }
            ]
        }
    )


class AccountOut(_Out):
    """One account in the ranked list; `rank` is its place by value at stake."""

    account_id: str
    name: str | None
    rank: int
    tier: str | None
    value_at_stake_minor: float | None = Field(
        description="churn x value_minor + the sum of probability x amount over open opportunities"
    )
    churn: float | None
    value_minor: float | None
    conversion: float | None = Field(description="The best open opportunity's probability")
    best_opportunity_id: str | None
    open_opportunities: int
    thin: bool = Field(description="A number is a base rate, for want of history")
    reason_task: TaskName | None
    reasons: list[ReasonOut] = Field(description="Up to two reasons for the number that matters most, unlike those of most rows")
    last_contact_at: datetime | None
    next_contact_due: date | None


class CommonOut(_Out):
    """A fact in a situation that leads in more than half of the listed accounts."""

    code: str
    situation: str
    rows: int
    zh: str
    en: str


class AccountsOut(BaseModel):
    """One page of the ranked list from the latest stored run; `next_offset` is None on the last page."""

    run_id: int
    as_of: datetime
    currency: str
    total: int
    next_offset: int | None
    common: list[CommonOut] = Field(description="What more than half of the accounts on this page have in common: said once")
    accounts: list[AccountOut]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "run_id": 7,
                    "as_of": "2017-12-31T23:59:59Z",
                    "currency": "USD",
                    "total": 2469,
                    "next_offset": 1,
                    "common": [],
                    "accounts": [ACCOUNT],
                }
            ]
        }
    )


class AccountDetailOut(BaseModel):
    """One account with its stored predictions and their reasons."""

    run_id: int
    as_of: datetime
    currency: str
    account: AccountOut
    predictions: list[PredictionOut]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"run_id": 7, "as_of": "2017-12-31T23:59:59Z", "currency": "USD", "account": ACCOUNT, "predictions": [PREDICTION]}
            ]
        }
    )


class ModelOut(_Out):
    """One loaded model."""

    name: str
    version: str
    bundle_sha256: str


class ModelsOut(BaseModel):
    """The models in use after a reload, by task."""

    models: dict[str, ModelOut]

    model_config = ConfigDict(json_schema_extra={"examples": [{"models": {"churn": MODEL}}]})


class StatusOut(BaseModel):
    """The server lives, or is ready."""

    status: Literal["ok"] = "ok"

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ok"}]})
