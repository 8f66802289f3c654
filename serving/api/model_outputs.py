"""What is told of the models in use."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from serving.api.inputs import TaskName
from serving.api.outputs import ModelOut


class OverruleOut(BaseModel):
    """Why a model serves although it did not pass its gate or the comparison with the one before."""

    model_config = ConfigDict(from_attributes=True)

    reason: str
    by: str | None = Field(description="The operating system's user who said so")
    at: datetime | None


class ModelDetailOut(ModelOut):
    """One model in use. All from `trained_at` on is null or empty where the registry no longer holds the version."""

    model_config = ConfigDict(from_attributes=True)

    task: TaskName
    trained_at: datetime | None
    contender: str | None = Field(description="What kind of answer it is: `trees`, a rule, a scorecard, `base_rate` ...")
    snapshot: str | None = Field(description="The ingest whose data it learned from")
    trained_through: date | None = Field(description="The day on which the test begins: it learned from what was known then")
    split: str | None = Field(description="How training and test were kept apart")
    inputs: int | None = Field(description="How many features it reads")
    test: dict[str, float] = Field(description="Figures on data that it had not seen, by name; money in minor units")
    gate: str | None = Field(description="The gate's verdict: `passed` or `failed`, and why")
    comparison: str | None = Field(description="What the comparison with the model before came to; null where there was none")
    overruled: OverruleOut | None = Field(description="Set where somebody let it serve all the same")


class ModelsOut(BaseModel):
    """The models in use, by task."""

    request_id: str
    models: list[ModelDetailOut]


class ModelOneOut(BaseModel):
    """The model of one task."""

    request_id: str
    model: ModelDetailOut


class ReloadedOut(BaseModel):
    """The models in use after a reload, by task."""

    request_id: str
    models: dict[str, ModelOut]
