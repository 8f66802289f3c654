"""The catalogue: every feature Foresale knows, one module per dimension, collected here in a fixed order."""

from __future__ import annotations

from features.catalog import engagement, fit, purchases, relationship, risk, service, urgency
from features.catalog.attributes import attribute_features
from features.feature import Feature
from features.workspace import Workspace

CATALOG: tuple[Feature, ...] = (*fit.FEATURES, *engagement.FEATURES, *urgency.FEATURES, *purchases.FEATURES,
                                *relationship.FEATURES, *service.FEATURES, *risk.FEATURES)


def feature_set(workspace: Workspace, entity: str) -> tuple[Feature, ...]:
    """All declarations for rows of `entity` (account or opportunity); what the data cannot carry drops out later."""
    everything = (*CATALOG, *attribute_features(workspace))
    return tuple(feature for feature in everything if feature.path == "account" or entity == "opportunity")
