"""`GET /v1/accounts/{id}/actions`: what is worth doing next about an account and its deals, and what was seen to go with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from display.language import TAGS
from display.words import Language
from models.suggestions import Suggestion
from serving.access.door import Running, request_id_of, require
from serving.api.accounts import AccountId, unknown_account
from serving.api.accounts import Language as Tag
from serving.api.answers import Purse, languages_of, purse_of
from serving.api.inputs import TaskName
from serving.api.outputs import Money, Probability, Sentences
from serving.api.parameters import known_parameters
from serving.problems import documented
from serving.runtime import Predictor

router = APIRouter(prefix="/v1/accounts", tags=["accounts"], dependencies=[require("read"), Depends(known_parameters)])
_MOST_DEALS = 20


class ActionOut(BaseModel):
    """One thing to do. What goes with it is an association seen in other customers: no promise, and no claim of a cause."""

    task: TaskName = Field(description="Whose number it is about")
    opportunity_id: str | None = Field(description="For conversion")
    action: str = Field(description="Its name, such as `meet_decision_maker`")
    fact: str = Field(description="What it is about: docs/reasons.md lists the facts")
    duty: bool = Field(description="To be done whatever it does to the number")
    sentence: Sentences = Field(description="What to do, by language")
    because: Sentences | None = Field(description="What stands in the history; null where nothing about it is unusual")
    effect: Sentences = Field(description="What was seen to go with it, and how many customers that were")
    now: Probability | Money
    then: Probability | Money | None = Field(description="With it on record; null where too few had it, or it is no better")
    customers: int = Field(description="How many had it lately")


class ActionsOut(BaseModel):
    """What is worth doing about an account, the best of each number first; empty where the data ask for nothing."""

    request_id: str
    id: str
    actions: list[ActionOut]


@router.get("/{account_id}/actions", responses=documented(401, 403, 404, 422, 429, 500, 503), summary="What to do next")
def account_actions(request: Request, runtime: Running, account_id: AccountId, language: Tag = None) -> ActionsOut:
    """What the situation of an account and of its open deals asks for, computed now."""
    engine = runtime.holder.engine
    if not engine.holds("account", account_id):
        raise unknown_account()
    told = _Told(purse_of(engine.workspace), languages_of(language))
    with runtime.slots.taken():
        actions = [told.action(*found) for found in _found(engine, account_id)]
    return ActionsOut(request_id=request_id_of(request), id=account_id, actions=actions)


def _found(engine: Predictor, account: str) -> Iterator[tuple[TaskName, str, Suggestion]]:
    """Suggestions for the account, by whether it stays or else by its worth, and for its deals."""
    about: TaskName = "churn" if "churn" in engine.tasks else "value"
    asked: list[tuple[TaskName, Sequence[str]]] = [(about, [account])] if about in engine.tasks else []
    if "conversion" in engine.tasks:
        asked.append(("conversion", engine.open_opportunities([account])[account][:_MOST_DEALS]))
    for task, ids in asked:
        for key, suggestions in (engine.next_actions(task, ids, engine.latest_as_of) if ids else {}).items():
            yield from ((task, key, one) for one in suggestions)


class _Told:
    """Tells suggestions in some languages."""

    def __init__(self, purse: Purse, languages: Sequence[Language]) -> None:
        self._purse, self._languages = purse, languages

    def action(self, task: TaskName, key: str, one: Suggestion) -> ActionOut:
        """One suggestion."""
        return ActionOut(
            task=task,
            opportunity_id=key if task == "conversion" else None,
            action=one.code,
            fact=one.fact,
            duty=one.duty,
            sentence=self._said(one, ""),
            because=self._said(one, "because_") if one.because_en else None,
            effect=self._said(one, "effect_"),
            now=self._number(task, one.shown),
            then=None if one.shown_after is None else self._number(task, one.shown_after),
            customers=one.customers,
        )

    def _number(self, task: TaskName, shown: float) -> float | Money:
        return self._purse.money(shown) if task == "value" else shown

    def _said(self, one: Suggestion, stem: str) -> Sentences:
        return {TAGS[language]: getattr(one, f"{stem}{language}") for language in self._languages}
