"""One scoring of everyone, as data: which run, the predictions, and the facts that pages show beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from models.prediction import Prediction


@dataclass(frozen=True)
class Run:
    """One scoring of everyone: as of when, with which models (task -> name, version, bundle_sha256)."""

    id: int
    as_of: datetime
    created_at: datetime
    models: dict[str, dict[str, str]]


@dataclass(frozen=True)
class Facts:
    """What is shown beside predictions: names and last contacts by account, amounts by opportunity, owners by either."""

    names: Mapping[str, str] = field(default_factory=dict)
    last_contact: Mapping[str, datetime] = field(default_factory=dict)
    amounts_minor: Mapping[str, int] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)
    deal_owners: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ScoredRun:
    """One run read in one transaction, so that a run saved meanwhile is never mixed in."""

    run: Run
    predictions: list[Prediction]
    facts: Facts
