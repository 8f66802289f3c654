"""How stored numbers moved from run to run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from serving.store.chunks import chunks
from serving.store.scores import Store
from serving.store.tables import score_runs, scores

_MOMENTS = 8
Key = tuple[str, str]


def trends(store: Store, keys: Iterable[Key]) -> dict[Key, tuple[float, ...]]:
    """By (task, entity): the numbers shown at the last eight moments that were scored, the earliest first."""
    wanted = set(keys)
    found: dict[Key, dict[datetime, float]] = defaultdict(dict)
    with store.read() as connection:
        for ids in chunks(sorted({entity_id for _, entity_id in wanted})):
            for row in _shown(connection, _moments(connection), ids):
                found[row.task, row.entity_id][row.as_of] = row.shown
    return {key: tuple(found[key].values()) for key in wanted}


def _moments(connection: Connection) -> list[datetime]:
    latest = select(score_runs.c.as_of).distinct().order_by(score_runs.c.as_of.desc()).limit(_MOMENTS)
    return list(connection.execute(latest).scalars())


def _shown(connection: Connection, moments: Sequence[datetime], ids: Sequence[str]) -> Iterable[Row[Any]]:
    """What was told of some ids, the earliest first; of one moment the last saved run comes last."""
    query = (
        select(score_runs.c.as_of, scores.c.task, scores.c.entity_id, scores.c.shown)
        .join(score_runs, score_runs.c.id == scores.c.run_id)
        .where(score_runs.c.as_of.in_(moments), scores.c.entity_id.in_(ids), scores.c.shown.is_not(None))
        .order_by(score_runs.c.as_of, score_runs.c.id)
    )
    return connection.execute(query)
