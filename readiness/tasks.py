"""Whether a task has enough labels at its cutoffs, and the smallest remedy where it has not."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from math import ceil
from typing import Any, Literal

import numpy as np
import pandas as pd

from features.compute import prepare
from features.history import History
from training.dataset import Dataset
from training.splits.sides import sides_of
from training.task import PredictionTask
from training.tasks import TASKS
from training.train import rows_of
from workspace.errors import ForesaleError
from workspace.workspace import DatelessCutoffs, Workspace

State = Literal["ready", "usable", "not_ready", "not_set"]
READY, USABLE = {"train": 200, "test": 50}, {"train": 50, "test": 20}  # of the rarer outcome; for value: rows with revenue
_NARROW = 0.05
_MONTH_DAYS = 365.25 / 12
_ROWS = {"ready": 1_000, "usable": 200}


@dataclass(frozen=True)
class Side:
    """The rows of training or test: how many, of how many accounts, how many with the outcome, from when to when."""

    rows: int
    accounts: int
    positives: int
    first: str
    last: str

    @property
    def rarer(self) -> int:
        """Rows of the rarer outcome."""
        return min(self.positives, self.rows - self.positives)


@dataclass(frozen=True)
class Readiness:
    """A task's state, its two sides, and what would help."""

    task: str
    state: State
    train: Side | None
    test: Side | None
    split: str
    zh: str
    en: str

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON types, with the minimums it was judged by."""
        return {**asdict(self), "minimums": {"ready": READY, "usable": USABLE}}


def readiness(workspace: Workspace, history: History) -> tuple[Readiness, ...]:
    """Every task in turn."""
    return tuple(_of_task(workspace, history, task) for task in TASKS.values())


def _of_task(workspace: Workspace, history: History, task: PredictionTask) -> Readiness:
    config = getattr(workspace.tasks, task.name)
    if config is None:
        return Readiness(task.name, "not_set", None, None, "", f"没有 [tasks.{task.name}]", f"there is no [tasks.{task.name}]")
    try:
        rows = rows_of(workspace, task, config, prepare(history, ()))
        bare = replace(rows, frame=pd.DataFrame(index=range(len(rows))))  # labels need no inputs
        sides = sides_of(workspace, history, config.cutoffs, bare)
    except ForesaleError as error:
        text = f"{error.what}: {error.got}; {error.do}"
        return Readiness(task.name, "not_ready", None, None, "", f"无法按此设置取样（{text}）", text)
    dated = not isinstance(config.cutoffs, DatelessCutoffs)
    return judged(task, _side(sides.train, workspace, dated=dated), _side(sides.test, workspace, dated=dated), sides.split)


def _side(rows: Dataset, workspace: Workspace, *, dated: bool) -> Side:
    def day(second: int) -> str:
        return datetime.fromtimestamp(second + 1, workspace.zone).date().isoformat()

    known = dated and len(rows) > 0
    return Side(
        len(rows),
        len(np.unique(rows.account)),
        int((rows.label > 0).sum()),
        day(int(rows.spine.as_of.min())) if known else "",
        day(int(rows.spine.as_of.max())) if known else "",
    )


def judged(task: PredictionTask, train: Side, test: Side, split: str) -> Readiness:
    """Held against the minimums; where folds are the test, training rows are the test too."""
    judged = test if test.rows else train
    money = task.kind == "money"
    for state, least in (("ready", READY), ("usable", USABLE)):
        enough = train.rarer >= least["train"] and judged.rarer >= least["test"]
        if enough or (money and train.positives >= _ROWS[state] and judged.positives >= least["test"]):
            words = _more(train, judged, state) if money else _with_width(_more(train, judged, state), judged)
            return Readiness(task.name, "ready" if state == "ready" else "usable", train, test, split, *words)
    return Readiness(task.name, "not_ready", train, test, split, *_more(train, judged, "not_ready"))


def auc_half_width(positives: int, negatives: int, auc: float = 0.75) -> float:
    """Half of the 95 % interval that an AUC will have on so many rows (Hanley and McNeil, 1982)."""
    same, both = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = auc * (1 - auc) + (positives - 1) * (same - auc**2) + (negatives - 1) * (both - auc**2)
    return float(1.96 * (spread / (positives * negatives)) ** 0.5)


def _with_width(words: tuple[str, str], test: Side) -> tuple[str, str]:
    """Say how sure the test will be, and that weak signal may not be seen where it is not."""
    width = auc_half_width(test.positives, test.rows - test.positives)
    zh, en = f"{words[0]}；AUC 的误差约 ±{width:.2f}", f"{words[1]}; its AUC will be known to ±{width:.2f}"
    if width < _NARROW:
        return zh, en
    return f"{zh}：信号较弱时可能看不出来，只能给出基准值", f"{en}: weak signal may go unseen, which leaves the base rate"


def _more(train: Side, test: Side, state: str) -> tuple[str, str]:
    """What the next better state needs."""
    if state == "ready":
        return "样本充足", "enough labels"
    least = READY if state == "usable" else USABLE
    if train.rarer < least["train"]:
        part, side, need = ("训练", "training"), train, least["train"]
    else:
        part, side, need = ("测试", "test"), test, least["test"]
    months = months_until(side, need)
    wait = (f"（按目前的速度约 {months} 个月）", f" (about {months} months at the present rate)") if months else ("", "")
    have, more = side.rarer, need - side.rarer
    return (
        f"{part[0]}中较少的结果只有 {have} 个，需要 {need} 个，还差 {more} 个{wait[0]}：加长历史，或调整 horizon_days、cutoffs",
        f"{have} rows of the rarer outcome in {part[1]}, {need} are needed, {more} more{wait[1]}: "
        "a longer history, another horizon_days, or more cutoffs",
    )


def months_until(side: Side, need: int) -> int | None:
    """Months until a side has so many rows of the rarer outcome, if they go on coming as they did; None where nobody knows."""
    if not side.first or side.first == side.last or not side.rarer:
        return None
    days = (date.fromisoformat(side.last) - date.fromisoformat(side.first)).days
    return ceil((need - side.rarer) * days / side.rarer / _MONTH_DAYS)
