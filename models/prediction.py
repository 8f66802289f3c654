"""What a prediction is, in the stored table, over HTTP and on a page: one shape everywhere."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

Status = Literal["ok", "insufficient_history", "not_in_population"]


@dataclass(frozen=True)
class Reason:
    """One named cause of the distance between the base and the shown number.

    `points` is in the unit of the shown number (probability 0..1, or minor units of money); `contribution` is on the
    link scale (logit or log). `usual` is the median of the reference population. Words never claim a cause.
    """

    code: str
    dimension: str
    direction: Literal["up", "down"]
    points: float
    contribution: float
    value: float | str | None
    usual: float | str | None
    unit: str
    zh: str
    en: str


@dataclass(frozen=True)
class DimensionScore:
    """All contributions of one of the eight dimensions, added in catalogue order."""

    dimension: str
    contribution: float
    points: float


@dataclass(frozen=True)
class Prediction:
    """The answer of one task for one entity at one `as_of` (UTC).

    `shown` is a probability, or money in minor units; `link` is its logit or log, and
    `base_link + sum(d.contribution for d in dimensions) == link`. `interval` is p10, p50, p90 for value.
    `shown` is None when `status` is `not_in_population`.
    """

    task: str
    entity_id: str
    account_id: str
    as_of: datetime
    status: Status
    horizon_days: float | None = None
    shown: float | None = None
    link: float | None = None
    base_shown: float | None = None
    base_link: float | None = None
    interval: tuple[float, float, float] | None = None
    dimensions: tuple[DimensionScore, ...] = ()
    reasons: tuple[Reason, ...] = ()
    model_name: str = ""
    model_version: str = ""
    bundle_sha256: str = ""
    features: dict[str, float | str | None] | None = field(default=None)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON types; times in ISO 8601."""
        return {**asdict(self), "as_of": self.as_of.isoformat()}
