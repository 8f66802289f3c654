"""The catalogue: every feature Foresale knows, one module per dimension, collected here in a fixed order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeVar

from features.catalog import (
    course,
    decision_chain,
    engagement,
    fit,
    owners,
    purchases,
    relationship,
    risk,
    season,
    service,
    urgency,
)
from features.catalog.attributes import attribute_features
from features.catalog.horizon import horizon_features
from features.feature import PARTS, ROW_STATS, Feature, Term, everything
from features.streams import CHANGES
from workspace.workspace import Workspace

CATALOG: tuple[Feature, ...] = (
    *fit.FEATURES,
    *engagement.FEATURES,
    *urgency.FEATURES,
    *course.FEATURES,
    *season.FEATURES,
    *decision_chain.FEATURES,
    *purchases.FEATURES,
    *relationship.FEATURES,
    *owners.FEATURES,
    *service.FEATURES,
    *risk.FEATURES,
)
_Kind = TypeVar("_Kind", bound=Term)
_BEGINNINGS = ("created_at", "opened_at")
_ROLES = {"contacts": "contacts", "contact_touches": "contacts", "roles": "opportunity_contacts"}  # who holds the role


def feature_set(workspace: Workspace, entity: str) -> tuple[Feature, ...]:
    """All declarations for rows of `entity` (account or opportunity); what the data cannot carry drops out later.

    What an entity's own row says is an input only where the workspace says it was known at creation, or keeps its history.
    """
    complete = (*permitted(workspace, CATALOG), *horizon_features(workspace), *attribute_features(workspace))
    return tuple(feature for feature in complete if feature.path == "account" or entity == "opportunity")


def permitted(workspace: Workspace, features: Iterable[Feature]) -> tuple[Feature, ...]:
    """The declarations that may be computed: nothing is read from a row that may hold a current value."""
    known = (feature for feature in features if all(_may_be_known(workspace, member) for member in everything(feature)))
    return tuple(_allowed(workspace, feature) for feature in known)


def _may_be_known(workspace: Workspace, term: Term) -> bool:
    if term.stat in ROW_STATS:
        return _stated(workspace, term) or (term.source in CHANGES and "field_history" in workspace.tables)
    if term.source == "referrals":
        return _declared(workspace, "opportunities", "referred_by_id")
    if term.source in _ROLES and _reads_role(term):
        return _declared(workspace, _ROLES[term.source], "role")
    return True


def _declared(workspace: Workspace, table: str, column: str) -> bool:
    return table in workspace.tables and column in workspace.tables[table].known_at_creation


def _reads_role(term: Term) -> bool:
    per = term.per if isinstance(term, Feature) else None
    return term.label in ("role", "contact_role") or per == "contact_role" or bool(term.where)


def _allowed(workspace: Workspace, term: _Kind) -> _Kind:
    """With `stated` cleared, here and in what completes it, where the row itself may hold a current value."""
    changes: dict[str, Any] = {name: _allowed(workspace, part) for name in PARTS if (part := getattr(term, name)) is not None}
    return replace(term, stated=term.stat not in ROW_STATS or _stated(workspace, term), **changes)


def _stated(workspace: Workspace, term: Term) -> bool:
    return term.measure in _BEGINNINGS or _declared(workspace, term.source, str(term.measure))
