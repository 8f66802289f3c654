"""What people said of answers. Read by nobody but people: no feature and no label is made of it (a test holds to that)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from serving.store.scores import Store
from serving.store.tables import feedback

_MOST = 100


@dataclass(frozen=True)
class Feedback:
    """Whether somebody agreed with the answer of a task about an account or an opportunity, and why."""

    at: datetime
    task: str
    id: str
    agree: bool
    because: str | None


def keep_feedback(store: Store, said: Feedback, actor: str) -> None:
    """Keep an opinion; who gave it stands in the audit trail."""
    with store.write() as connection:
        connection.execute(
            insert(feedback).values(
                at=said.at, actor=actor, task=said.task, entity_id=said.id, agree=said.agree, because=said.because
            )
        )
        store.record(connection, actor, "feedback", f"{said.task} {said.id}")


def feedback_of(store: Store, entity_id: str) -> list[Feedback]:
    """The opinions about one account or opportunity, the latest first, a hundred at most."""
    query = select(feedback).where(feedback.c.entity_id == entity_id).order_by(feedback.c.id.desc()).limit(_MOST)
    with store.read() as connection:
        return [Feedback(row.at, row.task, row.entity_id, row.agree, row.because) for row in connection.execute(query)]
