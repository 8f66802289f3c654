"""The catalogue: every feature Foresale knows, one module per dimension, collected here in a fixed order."""

from __future__ import annotations

from features.catalog import engagement, fit, purchases, relationship, risk, service, urgency
from features.catalog.attributes import attribute_features
from features.feature import ROW_STATS, Feature
from features.workspace import Workspace

CATALOG: tuple[Feature, ...] = (*fit.FEATURES, *engagement.FEATURES, *urgency.FEATURES, *purchases.FEATURES,
                                *relationship.FEATURES, *service.FEATURES, *risk.FEATURES)
_BEGINNINGS = ("created_at", "opened_at")


def feature_set(workspace: Workspace, entity: str) -> tuple[Feature, ...]:
    """All declarations for rows of `entity` (account or opportunity); what the data cannot carry drops out later.

    A canonical column of an account or opportunity is an input only where the workspace says it was known at creation.
    """
    catalogue = tuple(feature for feature in CATALOG if _known(workspace, feature))
    everything = (*catalogue, *attribute_features(workspace))
    return tuple(feature for feature in everything if feature.path == "account" or entity == "opportunity")


def _known(workspace: Workspace, feature: Feature) -> bool:
    if feature.stat not in ROW_STATS or feature.measure in _BEGINNINGS:
        return True
    table = workspace.tables.get(feature.source)
    return table is not None and feature.measure in table.known_at_creation
