"""How stored numbers moved from run to run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import select

from serving.runs import Run
from serving.store.scores import Store
from serving.store.tables import score_runs, scores

_RUNS = 8
_AT_ONCE = 400  # ids in a query
Key = tuple[str, str]


def trends(store: Store, run: Run, keys: Iterable[Key]) -> dict[Key, tuple[float, ...]]:
    """By (task, entity): the shown numbers of the last eight days that were scored up to a run, the earliest first."""
    wanted = set(keys)
    with store.read() as connection:
        days = select(score_runs.c.as_of).where(score_runs.c.as_of <= run.as_of).distinct().order_by(score_runs.c.as_of.desc())
        first = min(connection.execute(days.limit(_RUNS)).scalars(), default=run.as_of)
        found: dict[Key, dict[object, float]] = defaultdict(dict)
        for ids in _few(sorted({entity_id for _, entity_id in wanted})):
            query = (
                select(score_runs.c.as_of, scores.c.task, scores.c.entity_id, scores.c.shown)
                .join(score_runs, score_runs.c.id == scores.c.run_id)
                .where(score_runs.c.as_of.between(first, run.as_of), scores.c.entity_id.in_(ids), scores.c.shown.is_not(None))
                .order_by(score_runs.c.as_of, score_runs.c.id)
            )
            for row in connection.execute(query):
                found[row.task, row.entity_id][row.as_of] = row.shown
    return {key: tuple(found[key].values()) for key in wanted}


def _few(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))
