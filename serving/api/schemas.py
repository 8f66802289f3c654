"""The bodies of the API: what a CRM sends and gets, with an example of each. Money is in minor units, times in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from display.words import Language

MAX_IDS = 500
TaskName = Literal["conversion", "value", "churn"]
_TIME = "a time with its zone, such as 2017-12-01T00:00:00Z"
_MODEL: dict[str, Any] = {"name": "demo-churn", "version": "3", "bundle_sha256": "9f2c" * 16}


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
    include: list[Literal["features"]] = Field([], description="`features`: the model's inputs too (scope admin)")
    language: Language | None = Field(None, description="Reasons in this language only. Default: both")

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"task": "churn", "ids": ["1", "2"], "as_of": "2017-12-01T00:00:00Z"}]}
    )


class ReasonOut(_Out):
    """One of the strongest named parts of the distance between the base and the shown number; no claim of a cause."""

    code: str
    dimension: str
    direction: Literal["up", "down"]
    points: float = Field(description="Part of shown - base_shown, in the unit of the shown number")
    contribution: float = Field(description="Part of link - base_link")
    value: float | str | None = Field(description="What it is for this entity")
    usual: float | str | None = Field(description="The median of the reference population")
    unit: str
    zh: str | None = None
    en: str | None = None


class DimensionOut(_Out):
    """All contributions of one of the eight dimensions."""

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
    base_shown: float | None
    base_link: float | None
    interval: tuple[float, float, float] | None = Field(description="p10, p50, p90 for value")
    days_to_win: tuple[float, float, float] | None = Field(
        description="For conversion: the days by which a tenth, half and nine tenths of such wins have come, should it be won"
    )
    dimensions: list[DimensionOut]
    reasons: list[ReasonOut] = Field(description="The strongest first")
    model_name: str
    model_version: str
    bundle_sha256: str
    features: dict[str, float | str | None] | None = None


class UnknownId(BaseModel):
    """An id the history does not hold: never dropped silently."""

    entity_id: str
    status: Literal["unknown_id"] = "unknown_id"


_REASON: dict[str, Any] = {
    "code": "order_recency_days",
    "dimension": "purchases",
    "direction": "up",
    "points": 0.081,
    "contribution": 0.62,
    "value": 41.0,
    "usual": 9.0,
    "unit": "days",
    "zh": "距上次订单 41 天，通常为 9 天",
    "en": "41 days since the last order; 9 is usual",
}
_PREDICTION: dict[str, Any] = {
    "task": "churn",
    "entity_id": "1",
    "account_id": "1",
    "as_of": "2017-12-01T00:00:00Z",
    "status": "ok",
    "horizon_days": 28.0,
    "shown": 0.231,
    "link": -1.2029,
    "base_shown": 0.15,
    "base_link": -1.7346,
    "interval": None,
    "days_to_win": None,
    "dimensions": [{"dimension": "purchases", "contribution": 0.5317, "points": 0.081}],
    "reasons": [_REASON],
    "model_name": _MODEL["name"],
    "model_version": _MODEL["version"],
    "bundle_sha256": _MODEL["bundle_sha256"],
    "features": None,
}


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
                    "results": [_PREDICTION, {"entity_id": "no-such-id", "status": "unknown_id"}],
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
    reason: ReasonOut | None = Field(description="The strongest reason behind the number that matters most")
    last_contact_at: datetime | None
    next_contact_due: date | None


_ACCOUNT: dict[str, Any] = {
    "account_id": "1",
    "name": None,
    "rank": 1,
    "tier": "gold",
    "value_at_stake_minor": 3150.2,
    "churn": 0.231,
    "value_minor": 13637.0,
    "conversion": 0.18,
    "best_opportunity_id": "18-1",
    "open_opportunities": 2,
    "thin": False,
    "reason_task": "churn",
    "reason": _REASON,
    "last_contact_at": None,
    "next_contact_due": None,
}


class AccountsOut(BaseModel):
    """One page of the ranked list from the latest stored run; `next_offset` is None on the last page."""

    run_id: int
    as_of: datetime
    currency: str
    total: int
    next_offset: int | None
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
                    "accounts": [_ACCOUNT],
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
                {
                    "run_id": 7,
                    "as_of": "2017-12-31T23:59:59Z",
                    "currency": "USD",
                    "account": _ACCOUNT,
                    "predictions": [_PREDICTION],
                }
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

    model_config = ConfigDict(json_schema_extra={"examples": [{"models": {"churn": _MODEL}}]})


class StatusOut(BaseModel):
    """The server lives, or is ready."""

    status: Literal["ok"] = "ok"

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ok"}]})
