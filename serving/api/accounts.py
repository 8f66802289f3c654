"""`GET /v1/accounts`: whom to see first, from the stored scores; `GET /v1/accounts/{account_id}`: one account, and why."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from serving.access.door import Running, require
from serving.api.schemas import AccountDetailOut, AccountOut, AccountsOut, CommonOut, PredictionOut
from serving.insight.ranking import Sort, choose, set_apart
from serving.problems import Problem, documented

router = APIRouter(prefix="/v1", tags=["accounts"], dependencies=[require("read")])


@router.get("/accounts", responses=documented(401, 403, 422, 503), summary="Ranked accounts")
def list_accounts(
    runtime: Running,
    sort: Annotated[Sort, Query(description="Largest first; equal ones by account id", examples=["churn"])] = "value_at_stake",
    tier: Annotated[str | None, Query(description="Only this tier's code", examples=["gold"])] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> AccountsOut:
    """One page of accounts from the latest stored run. `run_id` changes when a new run replaced it between pages."""
    workspace, board = runtime.settings.workspace, runtime.board()
    codes = [known.code for known in workspace.tiers]
    if tier is not None and tier not in codes:
        raise Problem(422, "unknown-tier", f"query tier: expected one of {', '.join(codes) or '(no tiers are set)'}.")
    page = choose(board.rows, sort=sort, tier=tier, limit=limit, offset=offset)
    end = offset + len(page.rows)
    return AccountsOut(
        run_id=board.run.id,
        as_of=board.run.as_of,
        currency=workspace.currency,
        total=page.total,
        next_offset=end if end < page.total else None,
        common=[CommonOut.model_validate(common) for common in page.common],
        accounts=[AccountOut.model_validate(row) for row in page.rows],
    )


@router.get("/accounts/{account_id}", responses=documented(401, 403, 404, 422, 503), summary="One account, with reasons")
def read_account(account_id: Annotated[str, Path(examples=["1"])], runtime: Running) -> AccountDetailOut:
    """The stored predictions of one account with their reasons, and its place in the ranked list."""
    row, snapshot = runtime.account(account_id)
    return AccountDetailOut(
        run_id=snapshot.run.id,
        as_of=snapshot.run.as_of,
        currency=runtime.settings.workspace.currency,
        account=AccountOut.model_validate(set_apart([row])[0][0]),
        predictions=[PredictionOut.model_validate(prediction) for prediction in snapshot.predictions],
    )
