"""What a CRM sends: the items it asks about, and how it wants them answered."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

MAX_ITEMS, MAX_HORIZONS, MAX_REASONS, MAX_DAYS, MAX_ID, MAX_ROWS = 1000, 10, 7, 3650, 200, 50
TaskName = Literal["conversion", "value", "churn"]
LanguageTag = Literal["zh-CN", "en"]
Kind = Literal["account", "opportunity"]
Stated = str | float | bool | None  # a value as JSON has it
NO_NUL = r"^[^\u0000]*$"
_WHOLE = 2**63
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_AN_ID = f"expected an id: a text of at most {MAX_ID} characters, without NUL, or a whole number of 64 bits"
_TIME = "expected an RFC 3339 time with its offset, such as 2017-12-01T00:00:00Z"


def _moment(value: object) -> datetime:
    """A moment in UTC, to the whole second."""
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        raise PydanticCustomError("rfc_3339", _TIME)
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        raise PydanticCustomError("rfc_3339", f"no such time between the years 1 and 9999: {_TIME}") from None


Moment = Annotated[datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})]


def _id(value: object) -> str | None:
    """An id as text; a CRM's number is its digits."""
    if isinstance(value, int) and not isinstance(value, bool) and -_WHOLE <= value < _WHOLE:
        return str(value)
    if value is None or (isinstance(value, str) and len(value) <= MAX_ID and "\x00" not in value):
        return value
    raise PydanticCustomError("id", _AN_ID)


_ID_TEXT = {"type": "string", "maxLength": MAX_ID, "pattern": NO_NUL}
_ID_NUMBER = {"type": "integer", "minimum": -_WHOLE, "maximum": _WHOLE - 1}
Id = Annotated[str | None, BeforeValidator(_id), WithJsonSchema({"anyOf": [_ID_TEXT, _ID_NUMBER, {"type": "null"}]})]


def _at_most(most: int) -> BeforeValidator:
    """Refuses a long list before any of its entries is looked at."""

    def bounded(value: object) -> object:
        if isinstance(value, list) and len(value) > most:
            raise PydanticCustomError("too_long", f"at most {most:,} entries, not {len(value):,}")
        return value

    return BeforeValidator(bounded)


def _different(values: list[Any]) -> list[Any]:
    if len(set(values)) < len(values):
        raise ValueError("the same entry stands there twice")
    return values


class ItemIn(BaseModel):
    """One account or opportunity: by `account_id`, by `opportunity_id`, or by `id`, with `kind` where it could be both."""

    model_config = ConfigDict(extra="forbid", strict=True)

    account_id: Id = None
    opportunity_id: Id = None
    id: Id = Field(None, description="An account or an opportunity, whichever the data hold under this id")
    kind: Kind | None = Field(None, description="Which of the two `id` means")
    hypothetical: Annotated[list[dict[str, Stated]], _at_most(MAX_ROWS), Field(max_length=MAX_ROWS)] | None = Field(
        None,
        description="Rows that the data do not hold, for this answer only: each names its canonical `table`, money in whole "
        "units. A what-if, or a lead that no ingest has seen, with its own `accounts` and `opportunities` row",
    )


Days = Annotated[float, Field(gt=0, le=MAX_DAYS, allow_inf_nan=False)]


class ScoresIn(BaseModel):
    """Whom to score now, and how to answer. An account is answered with churn, value and its open opportunities' conversion."""

    model_config = ConfigDict(extra="forbid", strict=True)

    items: Annotated[list[ItemIn], _at_most(MAX_ITEMS), Field(min_length=1, max_length=MAX_ITEMS)]
    tasks: Annotated[list[TaskName], _at_most(3), AfterValidator(_different), Field(min_length=1, max_length=3)] | None = Field(
        None, description="Only these answers. Default: all that have a model"
    )
    as_of: Moment | None = Field(None, description="Only what was known then is used. Default: the last moment the data know")
    horizons_days: (
        Annotated[list[Days], _at_most(MAX_HORIZONS), AfterValidator(_different), Field(min_length=1, max_length=MAX_HORIZONS)]
        | None
    ) = Field(None, description="Conversion only: the probability of a win within so many days too")
    reasons: int = Field(MAX_REASONS, ge=0, le=MAX_REASONS, description="How many reasons at most")
    language: LanguageTag | None = Field(None, description="Sentences in this language only. Default: both")
