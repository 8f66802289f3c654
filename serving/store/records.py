"""Predictions to rows of the store and back, without losing a bit of any number.

(SQLite keeps no negative zero: -0.0 in a column of its own comes back as the equal 0.0.)
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select, Table, select

from models.prediction import Prediction, from_columns
from serving.runs import AccountFacts, Advice, DealFacts, Facts, Owner, Run
from serving.store.tables import run_accounts, run_advice, run_opportunities, run_owners, score_runs, scores

_INTERVAL = ("p10", "p50", "p90")
_Fact = TypeVar("_Fact", AccountFacts, DealFacts, Owner, Advice)


def score_rows(run_id: int, predictions: Sequence[Prediction], facts: Facts) -> list[dict[str, Any]]:
    """The rows of `scores`; `position` keeps the order."""
    return [_score_row(run_id, position, prediction, facts) for position, prediction in enumerate(predictions)]


def _score_row(run_id: int, position: int, prediction: Prediction, facts: Facts) -> dict[str, Any]:
    row = prediction.as_columns()
    del row["as_of"], row["interval"]  # the run has the moment; the interval has columns of its own
    deal = prediction.entity_id if prediction.task == "conversion" else ""
    beside = {"amount_minor": facts.amounts_minor.get(deal), "owner": facts.deal_owners.get(deal)}
    interval = dict(zip(_INTERVAL, prediction.interval or (None,) * 3, strict=True))
    return {"run_id": run_id, "position": position, **interval, **row, **beside}


def fact_rows(run_id: int, facts: Facts) -> list[tuple[Table, list[dict[str, Any]]]]:
    """The rows of `run_accounts` (every account of which anything is known) and of what else is kept."""
    known = sorted(facts.names.keys() | facts.owners.keys() | facts.last_contact.keys() | facts.accounts.keys())
    return [
        (run_accounts, [_account_row(run_id, account_id, facts) for account_id in known]),
        (run_opportunities, [{"run_id": run_id, **vars(deal)} for deal in facts.deals.values()]),
        (run_owners, [{"run_id": run_id, **vars(owner)} for owner in facts.people.values()]),
        (run_advice, [{"run_id": run_id, **vars(advice)} for advice in facts.advice.values()]),
    ]


def _account_row(run_id: int, account_id: str, facts: Facts) -> dict[str, Any]:
    shown = {"name": facts.names.get(account_id), "owner": facts.owners.get(account_id)}
    last = {"last_contact_at": facts.last_contact.get(account_id)}
    return {"run_id": run_id, **shown, **last, **vars(facts.accounts.get(account_id, AccountFacts(account_id)))}


def runs() -> Select[Any]:
    """Runs, the latest `as_of` first, then the last saved."""
    return select(score_runs).order_by(score_runs.c.as_of.desc(), score_runs.c.id.desc()).limit(1)


def read_run(connection: Connection, query: Select[Any]) -> Run | None:
    """The first run of a query."""
    row = connection.execute(query).first()
    return _run(row) if row else None


def _run(row: Row[Any]) -> Run:
    return Run(row.id, row.as_of, row.created_at, json.loads(row.models))


def read_predictions(connection: Connection, run: Run, account_id: str | None) -> list[Prediction]:
    """A run's predictions in the order they were saved."""
    query = select(scores).where(scores.c.run_id == run.id).order_by(scores.c.position)
    if account_id is not None:
        query = query.where(scores.c.account_id == account_id)
    return [_prediction(row, run.as_of) for row in connection.execute(query)]


def _prediction(row: Row[Any], as_of: datetime) -> Prediction:
    interval = [getattr(row, name) for name in _INTERVAL]
    return from_columns({**row._mapping, "interval": json.dumps(None if row.p50 is None else interval)}, as_of)


def read_facts(connection: Connection, run: Run, account_id: str | None) -> Facts:
    """What was saved beside a run's predictions."""
    about = select(run_accounts).where(run_accounts.c.run_id == run.id)
    stated = select(scores.c.entity_id, scores.c.amount_minor, scores.c.owner).where(
        scores.c.run_id == run.id, scores.c.task == "conversion"
    )
    stood = select(run_opportunities).where(run_opportunities.c.run_id == run.id)
    advice = select(run_advice).where(run_advice.c.run_id == run.id)
    if account_id is not None:
        about = about.where(run_accounts.c.account_id == account_id)
        stated = stated.where(scores.c.account_id == account_id)
        stood = stood.where(run_opportunities.c.account_id == account_id)
        advice = advice.where(run_advice.c.account_id == account_id)
    accounts, deals = connection.execute(about).all(), connection.execute(stated).all()
    people = connection.execute(select(run_owners).where(run_owners.c.run_id == run.id))
    return Facts(
        names={row.account_id: row.name for row in accounts if row.name is not None},
        last_contact={row.account_id: row.last_contact_at for row in accounts if row.last_contact_at is not None},
        amounts_minor={row.entity_id: row.amount_minor for row in deals if row.amount_minor is not None},
        owners={row.account_id: row.owner for row in accounts if row.owner is not None},
        deal_owners={row.entity_id: row.owner for row in deals if row.owner is not None},
        accounts={row.account_id: _read(AccountFacts, row) for row in accounts},
        deals={row.opportunity_id: _read(DealFacts, row) for row in connection.execute(stood)},
        people={row.owner_id: _read(Owner, row) for row in people},
        advice={(row.task, row.entity_id): _read(Advice, row) for row in connection.execute(advice)},
    )


def _read(kind: type[_Fact], row: Row[Any]) -> _Fact:
    """A fact whose fields are columns of a row."""
    return kind(**{one.name: getattr(row, one.name) for one in fields(kind)})


def read_past(connection: Connection, about: Mapping[str, str]) -> list[tuple[Run, Prediction]]:
    """Stored predictions about an account or opportunity with their runs, the oldest first; `about` names columns of `scores`."""
    query = select(score_runs, scores).join(scores, scores.c.run_id == score_runs.c.id)
    for name, value in about.items():
        query = query.where(scores.c[name] == value)
    rows = connection.execute(query.order_by(score_runs.c.as_of, score_runs.c.id, scores.c.position)).all()
    return [(_run(row), _prediction(row, row.as_of)) for row in rows]
