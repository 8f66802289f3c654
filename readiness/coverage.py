"""Which dimensions of the sale the data speak about, and what each absent table costs."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from features.catalog import CATALOG, feature_set
from features.compute import available
from features.feature import ROW_STATS, Feature, everything
from features.history import History
from features.streams import STREAMS
from workspace.mapping import DIMENSIONS
from workspace.schema import TABLES
from workspace.workspace import Workspace

_TABLE_OF = {stream.name: stream.table for stream in STREAMS}


@dataclass(frozen=True)
class Dimension:
    """How many of a dimension's declarations the data can carry."""

    name: str
    carried: int
    declared: int


@dataclass(frozen=True)
class Missing:
    """A canonical table that is not mapped, and how many declarations wait for it, by dimension."""

    table: str
    zh: str
    en: str
    features: int
    dimensions: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)


def coverage(workspace: Workspace, history: History) -> tuple[tuple[Dimension, ...], tuple[Missing, ...]]:
    """Carried and declared by dimension, and the absent tables, the dearest first."""
    carried = _carried(workspace, history)
    carries, declares = Counter(carried.values()), Counter({f.name: f.dimension for f in CATALOG}.values())
    dimensions = tuple(Dimension(name, carries[name], declares[name]) for name in DIMENSIONS)
    missing = [_missing(table, set(carried)) for table in TABLES if table not in workspace.tables]
    return dimensions, tuple(sorted((m for m in missing if m.features), key=lambda m: (-m.features, m.table)))


def _missing(table: str, carried: set[str]) -> Missing:
    waiting = [f for f in CATALOG if f.name not in carried and table in _tables(f)]
    dimensions = tuple(name for name in DIMENSIONS if any(f.dimension == name for f in waiting))
    return Missing(table, TABLES[table].zh, TABLES[table].en, len(waiting), dimensions)


def _tables(feature: Feature) -> set[str]:
    return {member.source if member.stat in ROW_STATS else _TABLE_OF.get(member.source, "") for member in everything(feature)}


def _carried(workspace: Workspace, history: History) -> dict[str, str]:
    """The declarations that the data can carry and their dimensions; one that is made for every level counts once."""
    features = feature_set(workspace, "opportunity")
    return {feature.name: feature.dimension for feature in features if available(history, [feature], history.latest)}
