"""What the stored lists say: rows of accounts and opportunities, one of them with its answers, its past, and why it moved."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from serving.api.inputs import Kind, TaskName
from serving.api.outputs import AnswerStatus, ChurnOut, ConversionOut, Grade, ModelOut, Money, Probability, Sentences, ValueOut


class RunOut(BaseModel):
    """One scoring of everyone."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    as_of: datetime = Field(description="Only what was known then was used")
    created_at: datetime


class RowReasonOut(BaseModel):
    """A reason in a row of a list."""

    task: TaskName = Field(description="Whose number it is about")
    fact: str
    direction: Literal["up", "down"]
    sentence: Sentences


class AccountRowOut(BaseModel):
    """One account in the list. With `fields` only those members are there."""

    account_id: str
    name: str | None = None
    owner: str | None = Field(None, description="The salesperson's id")
    rank: int | None = Field(None, description="By value at stake, 1 is the most")
    tier: str | None = None
    value_at_stake: Money | None = Field(None, description="churn x value, plus probability x amount of each open opportunity")
    churn: Probability | None = Field(None, description="The probability of no purchase within the horizon")
    churn_percentile: float | None = None
    churn_grade: Grade | None = Field(None, description="A is the lowest risk")
    value: Money | None = Field(None, description="Expected within the horizon")
    value_percentile: float | None = None
    value_grade: Grade | None = None
    conversion: Probability | None = Field(None, description="Of the most probable open opportunity")
    best_opportunity_id: str | None = None
    open_opportunities: int | None = None
    last_contact_at: datetime | None = None
    next_contact_due: date | None = Field(None, description="The last contact and the days of the tier")
    reasons: list[RowReasonOut] = Field([], description="Up to two, of the number that matters most here")


class OpportunityRowOut(BaseModel):
    """One open opportunity in the list. With `fields` only those members are there."""

    opportunity_id: str
    account_id: str | None = None
    name: str | None = Field(None, description="The account's")
    owner: str | None = Field(None, description="The opportunity's salesperson, else the account's, by id")
    rank: int | None = Field(None, description="By expected revenue, 1 is the most")
    probability: Probability | None = Field(None, description="Of a win within the horizon")
    percentile: float | None = None
    grade: Grade | None = None
    amount: Money | None = Field(None, description="As stated")
    expected_revenue: Money | None = Field(None, description="probability x amount")
    horizon_days: float | None = None
    days_to_win: float | None = Field(None, description="Should it be won: the days by which half of such wins have come")
    reasons: list[RowReasonOut] = Field([], description="Up to two")


class _ListOut(BaseModel):
    request_id: str
    run: RunOut
    total: int = Field(description="Rows of all pages")
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null on the last one")


class AccountsOut(_ListOut):
    """One page of the accounts of the latest stored run."""

    accounts: list[AccountRowOut]


class OpportunitiesOut(_ListOut):
    """One page of the open opportunities of the latest stored run."""

    opportunities: list[OpportunityRowOut]


class AccountOneOut(BaseModel):
    """One account of the latest stored run: its row, and its answers with their reasons."""

    request_id: str
    run: RunOut
    account: AccountRowOut
    churn: ChurnOut | None
    value: ValueOut | None
    conversions: list[ConversionOut]


class OpportunityOneOut(BaseModel):
    """One open opportunity of the latest stored run: its row, and its answer with reasons."""

    request_id: str
    run: RunOut
    opportunity: OpportunityRowOut
    conversion: ConversionOut


class PastOut(BaseModel):
    """What one run said."""

    run: RunOut
    task: TaskName
    opportunity_id: str | None = Field(description="For conversion")
    status: AnswerStatus
    probability: Probability | None = Field(description="For churn and conversion")
    expected: Money | None = Field(description="For value")
    model: ModelOut


class HistoryOut(BaseModel):
    """What the stored runs said, the oldest first."""

    request_id: str
    kind: Kind
    id: str
    answers: list[PastOut]


class FactChangeOut(BaseModel):
    """How far one fact moved the number."""

    fact: str
    dimension: str
    effect: float | Money = Field(description="In the unit of the number")
    sentence: Sentences | None = Field(description="What is said of it now; null where nothing about it is unusual")


class CauseOut(BaseModel):
    """One part of the way from then to now."""

    cause: Literal["data", "model", "time", "events"] = Field(
        description="`data`: what is known today of then; `model`: another version; `time` that passed; new `events`"
    )
    effect: float | Money = Field(description="The effects of all causes add up to now - before")
    facts: list[FactChangeOut] = Field(description="What time and events moved, the strongest first")


class ChangesOut(BaseModel):
    """Why one number moved. A probability, or for value money."""

    request_id: str
    task: TaskName
    id: str
    since: datetime
    until: datetime
    before: float | Money
    now: float | Money
    causes: list[CauseOut]
