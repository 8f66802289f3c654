"""What a prediction is, in the stored table, over HTTP, on Spark and on a page: one shape everywhere.

The columns of a table of predictions follow from the fields of `Prediction`: a new field is declared here, and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal, get_type_hints

from pydantic_core import to_json

Status = Literal["ok", "no_signal", "insufficient_history", "not_in_population"]


@dataclass(frozen=True)
class Reason:
    """One fact that sets a customer apart from the average one, in the words of its situation. Words never claim a cause.

    `code` is the fact, and `points` its part of the distance from the base, in the unit of the shown number (probability
    0..1, or minor units of money); `contribution` is the same on the link scale (logit or log). `against` says that it
    points away from the result. `compared` is with what: this customer's `own` past, `all` customers or deals, `none`
    where it stands for itself. `evidence` holds the values that the words are made of, None for what never happened.
    """

    code: str
    dimension: str
    situation: str
    compared: Literal["own", "all", "none"]
    direction: Literal["up", "down"]
    points: float
    contribution: float
    against: bool
    evidence: dict[str, float | str | None]
    zh: str
    en: str


@dataclass(frozen=True)
class Remark:
    """Something that has to be said beside a number so that it is not misread."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True)
class DimensionScore:
    """All facts of one of the eight dimensions, added in catalogue order."""

    dimension: str
    contribution: float
    points: float


@dataclass(frozen=True)
class Prediction:
    """The answer of one task for one entity at one `as_of` (UTC).

    `shown` is a probability, or money in minor units; `link` is its logit or log. `base_shown` is the average number shown
    to the model's population. The dimensions' contributions add up to `link - base_link`, and so do those of the reasons
    and `other_contribution`, which holds all that is not listed. `interval` is p10, p50, p90 for value. `days_to_win` are
    the days by which a tenth, half and nine tenths of such wins have come, should it be won within the model's horizon.
    `shown` is None when `status` is `not_in_population`; it is the same for everybody when that is `no_signal`.
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
    other_points: float | None = None
    other_contribution: float | None = None
    dimensions: tuple[DimensionScore, ...] = ()
    reasons: tuple[Reason, ...] = ()
    remarks: tuple[Remark, ...] = ()
    model_name: str = ""
    model_version: str = ""
    bundle_sha256: str = ""
    features: dict[str, float | str | None] | None = field(default=None)
    contributions: dict[str, float] | None = field(default=None)
    days_to_win: tuple[float, float, float] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON types; times in ISO 8601."""
        return {**asdict(self), "as_of": self.as_of.isoformat()}

    def as_columns(self) -> dict[str, Any]:
        """One row of a table: texts and numbers as they are, `as_of` as a moment, nested parts as JSON."""
        plain = {name: getattr(self, name) for name in (*TEXTS, *NUMBERS)}
        nested = {name: to_json(_plain(getattr(self, name))).decode() for name in NESTED}
        return {**plain, "as_of": self.as_of, **nested}


def _plain(parts: tuple[Any, ...] | None) -> list[Any] | None:
    return None if parts is None else [part if isinstance(part, float) else vars(part) for part in parts]


def from_columns(row: Mapping[str, Any], as_of: datetime) -> Prediction:
    """The inverse of `as_columns`; the moment is given."""
    interval, days = (json.loads(row[name] or "null") for name in ("interval", "days_to_win"))
    return Prediction(
        **{name: row[name] for name in (*TEXTS, *NUMBERS)},
        as_of=as_of,
        interval=None if interval is None else tuple(interval),
        days_to_win=None if days is None else tuple(days),
        dimensions=tuple(DimensionScore(**part) for part in json.loads(row["dimensions"])),
        reasons=tuple(Reason(**part) for part in json.loads(row["reasons"])),
        remarks=tuple(Remark(**part) for part in json.loads(row["remarks"])),
    )


_HINTS = get_type_hints(Prediction)
TEXTS = tuple(name for name, kind in _HINTS.items() if kind in (str, Status))
NUMBERS = tuple(name for name, kind in _HINTS.items() if kind == float | None)
NESTED = ("interval", "days_to_win", "dimensions", "reasons", "remarks")
