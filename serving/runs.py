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
class Owner:
    """A salesperson: team, and how many visits a week hold (None where nobody says)."""

    owner_id: str
    name: str | None = None
    team: str | None = None
    weekly_capacity: float | None = None


@dataclass(frozen=True)
class AccountFacts:
    """How an account stood at the run's moment: its own rhythm, and what calls for a contact.

    `news_at` is the last event that calls for a new contact however recent the last one is: a complaint, or a lost deal.
    """

    account_id: str
    contact_gap_days: float | None = None
    ordered_at: datetime | None = None
    order_gap_days: float | None = None
    contract_ends_at: datetime | None = None
    complaints_open: int = 0
    news_at: datetime | None = None


@dataclass(frozen=True)
class DealFacts:
    """How an open opportunity stood at the run's moment; `lacks` says what is missing (known_facts.py), separated by blanks."""

    opportunity_id: str
    account_id: str
    stage: str | None = None
    stage_since: datetime | None = None
    amount_minor: int | None = None
    closes_at: datetime | None = None
    contacted_at: datetime | None = None
    lacks: str = ""


@dataclass(frozen=True)
class Advice:
    """The best thing to do about an account or a deal that the week's lists may show, in words."""

    task: str
    entity_id: str
    account_id: str
    code: str
    zh: str
    en: str


@dataclass(frozen=True)
class Facts:
    """What is shown beside predictions: names, last contacts, owners by account, amounts and owners by opportunity, and how all
    stood; `people` are the owners by id."""

    names: Mapping[str, str] = field(default_factory=dict)
    last_contact: Mapping[str, datetime] = field(default_factory=dict)
    amounts_minor: Mapping[str, int] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)
    deal_owners: Mapping[str, str] = field(default_factory=dict)
    accounts: Mapping[str, AccountFacts] = field(default_factory=dict)
    deals: Mapping[str, DealFacts] = field(default_factory=dict)
    people: Mapping[str, Owner] = field(default_factory=dict)
    advice: Mapping[tuple[str, str], Advice] = field(default_factory=dict)


@dataclass(frozen=True)
class ScoredRun:
    """One run read in one transaction, so that a run saved meanwhile is never mixed in."""

    run: Run
    predictions: list[Prediction]
    facts: Facts
