"""What the routes of accounts and of opportunities share: rows told as JSON or CSV, the stored past, and why a number moved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from models.change import Change, ChangePart, FactChange
from models.prediction import Prediction
from serving.access.door import request_id_of
from serving.api.answers import STATUSES, Purse, Teller, languages_of, purse_of
from serving.api.csv_text import csv_of
from serving.api.inputs import LanguageTag
from serving.api.list_outputs import CauseOut, ChangesOut, FactChangeOut, HistoryOut, PastOut, RowReasonOut, RunOut
from serving.api.listing import Listing, ListQuery, Page
from serving.api.outputs import ModelOut, Money
from serving.insight.latest import Latest
from serving.insight.percentiles import Percentiles
from serving.insight.ranking import LISTED
from serving.insight.records import Column, Record
from serving.problems import of_errors
from serving.runs import Run
from serving.runtime import Runtime, no_model

CSV: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string", "description": "All rows: RFC 4180, UTF-8, a header"}}}}
}


def teller_of(runtime: Runtime, stored: Latest, tag: LanguageTag | None) -> Teller:
    """Who tells stored answers."""
    return Teller(purse_of(runtime.settings.workspace), stored.percentiles, languages_of(tag))


def wants_csv(request: Request) -> bool:
    """Whether the address ends in .csv, or CSV is what is accepted."""
    return request.url.path.endswith(".csv") or request.headers.get("accept", "").partition(",")[0].strip().startswith("text/csv")


def csv_response(listing: Listing, query: ListQuery) -> Response:
    """Every row that fits, or as many as the limit says."""
    text = csv_of(listing.page(query, default=None), listing.purse, languages_of(query.language))
    return Response(text, media_type="text/csv; charset=utf-8")


def around(request: Request, listing: Listing, page: Page) -> dict[str, Any]:
    """What stands around the rows of a page."""
    run = RunOut.model_validate(listing.run)
    return {"request_id": request_id_of(request), "run": run, "total": page.total, "next_cursor": page.next_cursor}


def rows_of(page: Page, teller: Teller) -> list[dict[str, Any]]:
    """The rows of a page, with the chosen columns only."""
    return [row_of(record, page.columns, teller) for record in page.rows]


def row_of(record: Record, columns: Sequence[Column], teller: Teller) -> dict[str, Any]:
    """One row as it is told."""
    return {column.name: _told(column, record, teller) for column in columns}


def _told(column: Column, record: Record, teller: Teller) -> Any:
    value = record[column.name]
    if column.kind == "reasons":
        task = record["reason_task"]
        return [
            RowReasonOut(task=task, fact=one.code, direction=one.direction, sentence=teller.sentence(one))
            for one in value[:LISTED]
        ]
    return teller.purse.maybe(value) if column.kind == "money" else value


def history_of(request: Request, past: Sequence[tuple[Run, Prediction]], purse: Purse, **about: Any) -> HistoryOut:
    """What the stored runs said."""
    return HistoryOut(request_id=request_id_of(request), answers=[_past(run, one, purse) for run, one in past], **about)


def _past(run: Run, answer: Prediction, purse: Purse) -> PastOut:
    value = answer.task == "value"
    return PastOut(
        run=RunOut.model_validate(run),
        task=answer.task,
        opportunity_id=answer.entity_id if answer.task == "conversion" else None,
        status=STATUSES[answer.status],
        probability=None if value else answer.shown,
        expected=purse.maybe(answer.shown) if value else None,
        model=ModelOut(name=answer.model_name, version=answer.model_version, bundle_sha256=answer.bundle_sha256),
    )


def changes_of(request: Request, runtime: Runtime, task: str, key: str, since: datetime, tag: LanguageTag | None) -> ChangesOut:
    """Why a number moved since a moment; where a run of that very moment is stored, since what was told then.

    Raises Problem 422 for a moment after the history or one at which there is no number.
    """
    engine = runtime.holder.engine
    if task not in engine.tasks:
        raise no_model(engine, task, parameter="task")
    if since >= engine.latest_as_of:
        raise of_errors([(("query", "since"), f"expected a moment before the data's last, {engine.latest_as_of.isoformat()}")])
    past = runtime.store.past(task=task, entity_id=key)
    told = next((one for run, one in reversed(past) if run.as_of == since and one.shown is not None), None)
    change = engine.explain_change(task, key, since, engine.latest_as_of, told)
    teller = Teller(purse_of(engine.workspace), Percentiles(), languages_of(tag))
    return _Telling(teller, change).out(request_id_of(request))


class _Telling:
    """Tells one change: probabilities as they are, money rounded so that the parts add up to the last digit."""

    def __init__(self, teller: Teller, change: Change) -> None:
        self._teller, self._change = teller, change

    def out(self, request_id: str) -> ChangesOut:
        """The change as it is told."""
        change = self._change
        return ChangesOut(
            request_id=request_id,
            task=change.task,
            id=change.entity_id,
            since=change.then,
            until=change.now,
            before=self._number(change.shown_then),
            now=self._number(change.shown_now),
            causes=self._causes(),
        )

    def _causes(self) -> list[CauseOut]:
        at, causes = self._change.shown_then, []
        for part in self._change.parts:
            causes.append(self._cause(part, self._step(at, at + part.points)))
            at += part.points
        return causes

    def _cause(self, part: ChangePart, effect: float | Money) -> CauseOut:
        return CauseOut(cause=part.part, effect=effect, facts=[self._fact(one) for one in part.facts])

    def _fact(self, one: FactChange) -> FactChangeOut:
        sentence = self._teller.sentence(one) if one.en else None
        return FactChangeOut(fact=one.code, dimension=one.dimension, effect=self._number(one.points), sentence=sentence)

    def _step(self, start: float, end: float) -> float | Money:
        return self._teller.purse.money(round(end) - round(start)) if self._change.task == "value" else end - start

    def _number(self, number: float) -> float | Money:
        return self._teller.purse.money(number) if self._change.task == "value" else number
