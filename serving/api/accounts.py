"""`GET /v1/accounts`: whom to see first, from the stored scores; one account, its past, and why a number of it moved."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import Field

from serving.access.door import Running, request_id_of, require
from serving.api.answers import purse_of
from serving.api.inputs import MAX_ID, NO_NUL, LanguageTag, Moment
from serving.api.list_outputs import AccountOneOut, AccountRowOut, AccountsOut, ChangesOut, HistoryOut, RunOut
from serving.api.listing import Listing, ListQuery, Number, Text
from serving.api.outputs import Grade
from serving.api.parameters import known_parameters
from serving.api.stored import CSV, around, changes_of, csv_response, history_of, row_of, rows_of, teller_of, wants_csv
from serving.insight.records import ACCOUNTS
from serving.problems import Problem, documented, of_errors
from serving.runtime import Runtime

router = APIRouter(prefix="/v1/accounts", tags=["accounts"], dependencies=[require("read"), Depends(known_parameters)])
AccountId = Annotated[str, Path(max_length=MAX_ID, pattern=NO_NUL, examples=["2042"])]
Language = Annotated[LanguageTag | None, Query(description="Sentences in this language only. Default: both")]
_ONE = documented(401, 403, 404, 422, 500, 503)


class AccountsQuery(ListQuery):
    """Filters of the accounts; money in whole units."""

    tier: Text | None = Field(None, description="Only this tier's code", examples=["gold"])
    churn_grade: Grade | None = None
    value_grade: Grade | None = None
    churn_min: Number | None = Field(None, description="A probability")
    churn_max: Number | None = None
    churn_percentile_min: Number | None = None
    churn_percentile_max: Number | None = None
    value_min: Number | None = None
    value_max: Number | None = None
    value_percentile_min: Number | None = None
    value_percentile_max: Number | None = None
    conversion_min: Number | None = None
    conversion_max: Number | None = None
    value_at_stake_min: Number | None = None
    value_at_stake_max: Number | None = None
    open_opportunities_min: Number | None = None
    open_opportunities_max: Number | None = None
    rank_min: Number | None = None
    rank_max: Number | None = None


@router.get(
    "",
    response_model=AccountsOut,
    response_model_exclude_unset=True,
    responses={**CSV, **documented(401, 403, 410, 422, 500, 503)},
    summary="Ranked accounts",
)
@router.get(".csv", include_in_schema=False)
def list_accounts(request: Request, runtime: Running, query: Annotated[AccountsQuery, Query()]) -> Any:
    """One page of accounts from the latest stored run; as CSV by `Accept: text/csv`, or at `/v1/accounts.csv`.

    Go on with `next_cursor` until it is null. A new run ends the pages: 410, begin again.
    """
    stored = runtime.stored()
    listing = Listing(ACCOUNTS, stored.accounts, stored.board.run, purse_of(runtime.settings.workspace))
    _require_tier(query.tier, runtime)
    if wants_csv(request):
        return csv_response(listing, query)
    page = listing.page(query)
    return {**around(request, listing, page), "accounts": rows_of(page, teller_of(runtime, stored, query.language))}


def _require_tier(tier: str | None, runtime: Runtime) -> None:
    """Raise Problem 422 for a tier that the company does not have."""
    codes = [known.code for known in runtime.settings.workspace.tiers]
    if tier is not None and tier not in codes:
        raise of_errors([(("query", "tier"), f"no such tier; there are: {', '.join(codes) or 'none'}")])


@router.get("/{account_id}", responses=_ONE, summary="One account, with reasons")
def read_account(request: Request, runtime: Running, account_id: AccountId, language: Language = None) -> AccountOneOut:
    """The stored answers of one account with their reasons, and its row in the list."""
    stored = runtime.stored()
    row, answers = stored.by_account.get(account_id), runtime.store.predictions(stored.board.run, account_id)
    if row is None or not answers:
        raise unknown_account()
    teller = teller_of(runtime, stored, language)
    churn, value = (next((one for one in answers if one.task == task), None) for task in ("churn", "value"))
    return AccountOneOut(
        request_id=request_id_of(request),
        run=RunOut.model_validate(stored.board.run),
        account=AccountRowOut(**row_of(row, ACCOUNTS, teller)),
        churn=teller.churn(churn) if churn else None,
        value=teller.value(value) if value else None,
        conversions=[teller.conversion(one) for one in answers if one.task == "conversion"],
    )


@router.get("/{account_id}/history", responses=_ONE, summary="What was said of an account over time")
def account_history(request: Request, runtime: Running, account_id: AccountId) -> HistoryOut:
    """The account's numbers in every stored run, the oldest first: its own and those of its opportunities."""
    past = runtime.store.past(account_id=account_id)
    if not past:
        raise unknown_account()
    return history_of(request, past, purse_of(runtime.settings.workspace), kind="account", id=account_id)


@router.get("/{account_id}/changes", responses=_ONE, summary="Why a number of an account moved")
def account_changes(
    request: Request,
    runtime: Running,
    account_id: AccountId,
    task: Annotated[Literal["churn", "value"], Query()],
    since: Annotated[Moment, Query(description="RFC 3339; best the `as_of` of a run in `history`: then from what was told")],
    language: Language = None,
) -> ChangesOut:
    """From a moment until the end of the data: corrected data, another model, time that passed, and what happened."""
    if not runtime.holder.engine.holds("account", account_id):
        raise unknown_account()
    return changes_of(request, runtime, task, account_id, since, language)


def unknown_account() -> Problem:
    """No such account."""
    return Problem(404, "unknown-account", "There is no account with this id.")
