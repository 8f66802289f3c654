"""What a CRM gets: answers with their reasons. Money is a decimal text with its currency, a time RFC 3339 in UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from serving.api.inputs import Kind

AnswerStatus = Literal["ok", "insufficient_history", "not_applicable", "no_signal"]
Grade = Literal["A", "B", "C", "D"]
Probability = Annotated[float, Field(ge=0, le=1)]
Sentences = dict[str, str]


class Money(BaseModel):
    """An amount in whole units of a currency, with exactly the decimals that the currency has."""

    amount: str = Field(pattern=r"^-?\d+(\.\d+)?$")
    currency: str = Field(description="ISO 4217")


class ModelOut(BaseModel):
    """Which model answered."""

    name: str
    version: str
    bundle_sha256: str = Field(description="Of the bundle's manifest: the same hash gives the same answers")


class RemarkOut(BaseModel):
    """What has to be said beside a number so that it is not misread, or why there is none."""

    code: str
    sentence: Sentences = Field(description="By language, `zh-CN` and `en`, or the one asked for")


Direction = Annotated[Literal["up", "down"], Field(description="Whether it raises or lowers the number")]
Against = Annotated[bool, Field(description="It points away from the result")]
Compared = Annotated[Literal["own", "all", "none"], Field(description="With this customer's own past, with all, or with nothing")]
Fact = Annotated[str, Field(description="docs/reasons.md lists them")]
Dimension = Annotated[str, Field(description="One of the eight groups of facts, such as `engagement`")]
Said = Annotated[Sentences, Field(description="What a salesperson would say, by language; no claim of a cause")]


class ReasonOut(BaseModel):
    """One fact that sets a customer apart from the average one."""

    fact: Fact
    sentence: Said
    effect: float = Field(description="Part of probability - average: 0.08 is 8 percentage points")
    direction: Direction
    against: Against
    compared: Compared
    dimension: Dimension


class ValueReasonOut(BaseModel):
    """One fact that sets a customer's value apart from the average one."""

    fact: Fact
    sentence: Said
    effect: Money = Field(description="Part of expected - average")
    direction: Direction
    against: Against
    compared: Compared
    dimension: Dimension


Status = Annotated[
    AnswerStatus,
    Field(
        description="`insufficient_history`: nothing is known of it yet, the average is given. `not_applicable`: the question "
        "does not apply, a remark says why. `no_signal`: the data tell nobody apart, all get the average"
    ),
]
Average = Annotated[Probability | None, Field(description="The average of the model's population, which reasons compare with")]
Horizon = Annotated[float | None, Field(description="How far the answer looks ahead; null for leads without dates")]
Percentile = Annotated[
    float | None,
    Field(ge=0, le=100, description="How many in a hundred of the latest stored run are lower, equal ones half; with `ok` only"),
]
InQuarters = Annotated[
    Grade | None, Field(description="The quarter of the percentile: A is the most desirable, for churn the lowest risk")
]
Reasons = Annotated[list[ReasonOut], Field(description="The strongest first; then those against the result")]
Other = Annotated[float | None, Field(description="What all that is not listed adds: average + effects + other = probability")]
AsOf = Annotated[datetime, Field(description="Only what was known then was used")]


class ChurnOut(BaseModel):
    """Will this account stop buying? The probability of no purchase within the horizon."""

    status: Status
    probability: Probability | None
    average: Average
    horizon_days: Horizon
    percentile: Percentile
    grade: InQuarters
    reasons: Reasons
    other: Other
    remarks: list[RemarkOut]
    as_of: AsOf
    model: ModelOut


class ValueOut(BaseModel):
    """What will this account buy? The money expected within the horizon."""

    status: Status
    expected: Money | None = Field(description="The mean: what many such accounts bring on the average")
    low: Money | None = Field(description="One outcome in ten is lower")
    median: Money | None = Field(description="Half of the outcomes are lower")
    high: Money | None = Field(description="One outcome in ten is higher")
    average: Money | None = Field(description="The average of the model's population, which reasons compare with")
    horizon_days: Horizon
    percentile: Percentile
    grade: InQuarters
    reasons: list[ValueReasonOut] = Field(description="The strongest first; then those against the result")
    other: Money | None = Field(description="What all that is not listed adds: average + effects + other = expected")
    remarks: list[RemarkOut]
    as_of: AsOf
    model: ModelOut


class DaysOut(BaseModel):
    """Should it be won: the days by which a tenth, half and nine tenths of such wins have come."""

    low: float
    median: float
    high: float


class WithinOut(BaseModel):
    """The probability of a win within fewer days."""

    horizon_days: float
    probability: Probability | None


class ConversionOut(BaseModel):
    """Will this opportunity be won within the horizon?"""

    opportunity_id: str
    status: Status
    probability: Probability | None
    average: Average
    horizon_days: Horizon
    within: list[WithinOut] = Field(description="One entry for each of `horizons_days`, in the order asked")
    days_to_win: DaysOut | None = Field(description="Null where the model does not know when wins come")
    percentile: Percentile
    grade: InQuarters
    reasons: Reasons
    other: Other
    remarks: list[RemarkOut]
    as_of: AsOf
    model: ModelOut


class ItemOut(BaseModel):
    """An answer for one item, in its place: an account with all that is asked of it, or an opportunity."""

    status: Literal["ok", "unknown_entity", "invalid"]
    kind: Kind | None = Field(None, description="What the item is; null where that is not known")
    id: str | None = Field(None, description="As asked, as text")
    account_id: str | None = Field(None, description="The account, or the opportunity's account")
    tier: str | None = Field(None, description="The account's tier in the latest stored run")
    churn: ChurnOut | None = Field(None, description="Null for an opportunity, or where it is not asked for")
    value: ValueOut | None = Field(None, description="Null for an opportunity, or where it is not asked for")
    conversions: list[ConversionOut] = Field([], description="The account's open opportunities, by id; or the opportunity itself")
    hypothetical: bool = Field(False, description="Answered as if the data held the item's hypothetical rows")
    hint: str | None = Field(None, description="What to do about an item that is unknown or invalid")


class ScoresOut(BaseModel):
    """One entry for each item, in the order asked."""

    request_id: str = Field(description="To ask about this answer; the same as the header `X-Request-Id`")
    as_of: datetime
    data_through: datetime = Field(description="The last moment the server's data know")
    items: list[ItemOut]


class StatusOut(BaseModel):
    """The server lives, or is ready."""

    status: Literal["ok"] = "ok"
