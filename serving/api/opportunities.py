"""`GET /v1/opportunities`: which deals to work on, from the stored scores; one deal, its past, and why its chance moved."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import Field

from serving.access.door import Running, request_id_of, require
from serving.api.accounts import Language
from serving.api.answers import purse_of
from serving.api.inputs import MAX_ID, NO_NUL, Moment
from serving.api.list_outputs import ChangesOut, HistoryOut, OpportunitiesOut, OpportunityOneOut, OpportunityRowOut, RunOut
from serving.api.listing import Listing, ListQuery, Number, Text
from serving.api.outputs import Grade
from serving.api.parameters import known_parameters
from serving.api.stored import CSV, around, changes_of, csv_response, history_of, row_of, rows_of, teller_of, wants_csv
from serving.insight.records import OPPORTUNITIES
from serving.problems import Problem, documented

router = APIRouter(prefix="/v1/opportunities", tags=["opportunities"], dependencies=[require("read"), Depends(known_parameters)])
OpportunityId = Annotated[str, Path(max_length=MAX_ID, pattern=NO_NUL, examples=["20-2042"])]
_ONE = documented(401, 403, 404, 422, 500, 503)


class OpportunitiesQuery(ListQuery):
    """Filters of the opportunities; money in whole units."""

    account_id: Text | None = Field(None, description="Only this account's")
    grade: Grade | None = None
    probability_min: Number | None = None
    probability_max: Number | None = None
    percentile_min: Number | None = None
    percentile_max: Number | None = None
    amount_min: Number | None = None
    amount_max: Number | None = None
    expected_revenue_min: Number | None = None
    expected_revenue_max: Number | None = None
    horizon_days_min: Number | None = None
    horizon_days_max: Number | None = None
    days_to_win_min: Number | None = None
    days_to_win_max: Number | None = None
    rank_min: Number | None = None
    rank_max: Number | None = None


@router.get(
    "",
    response_model=OpportunitiesOut,
    response_model_exclude_unset=True,
    responses={**CSV, **documented(401, 403, 410, 422, 500, 503)},
    summary="Ranked opportunities",
)
@router.get(".csv", include_in_schema=False)
def list_opportunities(request: Request, runtime: Running, query: Annotated[OpportunitiesQuery, Query()]) -> Any:
    """One page of the open opportunities of the latest stored run; as CSV by `Accept: text/csv`, or at `/v1/opportunities.csv`.

    Go on with `next_cursor` until it is null. A new run ends the pages: 410, begin again.
    """
    stored = runtime.stored()
    listing = Listing(OPPORTUNITIES, stored.opportunities, stored.board.run, purse_of(runtime.settings.workspace))
    if wants_csv(request):
        return csv_response(listing, query)
    page = listing.page(query)
    return {**around(request, listing, page), "opportunities": rows_of(page, teller_of(runtime, stored, query.language))}


@router.get("/{opportunity_id}", responses=_ONE, summary="One opportunity, with reasons")
def read_opportunity(
    request: Request, runtime: Running, opportunity_id: OpportunityId, language: Language = None
) -> OpportunityOneOut:
    """The stored answer about one open opportunity with its reasons, and its row in the list."""
    stored = runtime.stored()
    record = stored.by_opportunity.get(opportunity_id)
    answers = runtime.store.predictions(stored.board.run, record["account_id"]) if record else []
    answer = next((one for one in answers if one.entity_id == opportunity_id and one.task == "conversion"), None)
    if record is None or answer is None:
        raise unknown_opportunity()
    teller = teller_of(runtime, stored, language)
    return OpportunityOneOut(
        request_id=request_id_of(request),
        run=RunOut.model_validate(stored.board.run),
        opportunity=OpportunityRowOut(**row_of(record, OPPORTUNITIES, teller)),
        conversion=teller.conversion(answer),
    )


@router.get("/{opportunity_id}/history", responses=_ONE, summary="What was said of an opportunity over time")
def opportunity_history(request: Request, runtime: Running, opportunity_id: OpportunityId) -> HistoryOut:
    """The opportunity's chance in every stored run, the oldest first; it is there also when the deal is closed by now."""
    past = runtime.store.past(task="conversion", entity_id=opportunity_id)
    if not past:
        raise unknown_opportunity()
    return history_of(request, past, purse_of(runtime.settings.workspace), kind="opportunity", id=opportunity_id)


@router.get("/{opportunity_id}/changes", responses=_ONE, summary="Why the chance of an opportunity moved")
def opportunity_changes(
    request: Request,
    runtime: Running,
    opportunity_id: OpportunityId,
    since: Annotated[Moment, Query(description="RFC 3339; best the `as_of` of a run in `history`: then from what was told")],
    language: Language = None,
) -> ChangesOut:
    """From a moment until the end of the data: corrected data, another model, time that passed, and what happened."""
    if not runtime.holder.engine.holds("opportunity", opportunity_id):
        raise unknown_opportunity()
    return changes_of(request, runtime, "conversion", opportunity_id, since, language)


def unknown_opportunity() -> Problem:
    """No such opportunity."""
    return Problem(404, "unknown-opportunity", "There is no opportunity with this id, or it is not open in the latest scores.")
