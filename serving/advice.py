"""What to do about everybody whom the week's lists may show: worked out once a run, so that no page waits for it."""

from __future__ import annotations

from collections.abc import Iterator

from serving.engine import Engine
from serving.insight.ranking import rank_accounts
from serving.insight.standing import standing
from serving.insight.week import reachable
from serving.runs import Advice, ScoredRun

_TASKS = ("churn", "conversion")


def advice(engine: Engine, run: ScoredRun) -> dict[tuple[str, str], Advice]:
    """The best thing to do by task and id; nothing where the engine has no rows that an action could be added to."""
    if engine.snapshot is None:
        return {}
    accounts = rank_accounts(run.predictions, engine.workspace.tiers, run.facts, engine.workspace.zone)
    told = [row.told for row in reachable(standing(run, accounts, engine.workspace)) if row.told]
    asked = {task: {one.entity_id: one.account_id for one in told if one.task == task} for task in _TASKS}
    return {(one.task, one.entity_id): one for task in _TASKS for one in _of_task(engine, run, task, asked[task])}


def _of_task(engine: Engine, run: ScoredRun, task: str, account_of: dict[str, str]) -> Iterator[Advice]:
    steps = engine.next_actions(task, sorted(account_of), run.run.as_of) if account_of else {}
    for key, found in steps.items():
        if found:
            yield Advice(task, key, account_of[key], found[0].code, found[0].zh, found[0].en)
