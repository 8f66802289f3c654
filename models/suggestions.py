"""What to do next: the actions worth doing for one customer, and what the model tells of those for whom it was done.

An action's number comes from the same model, asked as if its row stood in the CRM already. It is an association: shown only
where the model has seen enough such rows, and never as a promise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from display import figures
from display.words import Language
from features.facts.actions import Action, actions_of
from features.feature import Path
from models.predict import plain_rows
from models.scorer import Scorer
from models.sentences import Speaker, Value, hold

ENOUGH = 50  # rows of the group that a model's numbers are compared with
_LEAST_SHARE, _LEAST_PROBABILITY = 0.01, 0.005
_FOLLOWS: dict[Language, str] = {
    "zh": "记录在案后，{what}为 {after}（现在 {now}）。依据 {many} 个近期有过此事的客户；只是相关，不是承诺。",
    "en": "With that on record {what} reads {after} instead of {now}. Seen with {many} customers; an association, not a promise.",
}
_TOO_FEW: dict[Language, str] = {
    "zh": "只有 {many} 个客户近期有过此事，说不准之后会怎样。",
    "en": "Only {many} customers had that lately: too few to tell what follows.",
}
_NOTHING: dict[Language, str] = {"zh": "数据里看不出数字会因此变好。", "en": "No better number was seen to go with it."}
_WHAT: dict[str, dict[Language, str]] = {
    "conversion": {"zh": "赢单概率", "en": "the chance to win"},
    "churn": {"zh": "流失风险", "en": "the risk of leaving"},
    "value": {"zh": "预期收入", "en": "expected revenue"},
}


@dataclass(frozen=True)
class Suggestion:
    """One thing to do. `code` is the action and `fact` what it is about; `duty`: to be done whatever the number says.

    `because` is what stands in the history, `effect` what the model tells of customers for whom it was done lately: of
    `customers`. `shown_after` is the number it would show (as `Prediction.shown`), None where too few had it or it is no better.
    """

    code: str
    fact: str
    duty: bool
    shown: float
    shown_after: float | None
    customers: int
    zh: str
    en: str
    because_zh: str | None
    because_en: str | None
    effect_zh: str
    effect_en: str

    @property
    def gain(self) -> float:
        """How much better the number is said to be."""
        return 0.0 if self.shown_after is None else abs(self.shown_after - self.shown)


def seen(entity: Path, frame: pd.DataFrame, accounts: Sequence[int]) -> dict[str, tuple[int, int]]:
    """For each action how many rows of a group, and of how many accounts, look as if it had just been done."""
    return dict(_seen([action for action in actions_of(entity) if set(action.names) <= set(frame.columns)], frame, accounts))


def _seen(actions: Iterable[Action], frame: pd.DataFrame, accounts: Sequence[int]) -> Iterator[tuple[str, tuple[int, int]]]:
    for action in actions:
        rows = plain_rows(frame[list(action.names)])
        done = [account for account, values in zip(accounts, rows, strict=True) if hold(action.done, values)]
        yield action.name, (len(done), len(set(done)))


def worth_doing(scorer: Scorer, values: Mapping[str, Value]) -> list[Action]:
    """The actions that a customer's situation asks for, by what the model reads of it."""
    actions = actions_of(scorer.population.entity)
    return [action for action in actions if any(hold(conditions, values) for conditions in action.when)]


@dataclass(frozen=True)
class Advisor:
    """Tells what an action is worth to one customer, whose evidence is `values` as of `moment`, and whose number is `shown`."""

    speaker: Speaker
    values: Mapping[str, Value]
    moment: datetime
    shown: float

    def suggestion(self, action: Action, after: float) -> Suggestion | None:
        """An action in words, `after` being the number with its row in the CRM; None for one neither better nor a duty."""
        rows, customers = self.speaker.scorer.reference.seen.get(action.name, (0, 0))
        better = self._better(after)
        if rows >= ENOUGH and not (better or action.duty):
            return None
        told = _TOO_FEW if rows < ENOUGH else _FOLLOWS if better else _NOTHING
        zh, en = (told[language].format(many=customers, **self._figures(after, language)) for language in ("zh", "en"))
        because = self._because(action)
        shown_after = after if better and rows >= ENOUGH else None
        return Suggestion(
            action.name, action.fact, action.duty, self.shown, shown_after, customers, action.zh, action.en, *because, zh, en
        )

    def _better(self, after: float) -> bool:
        """By as much as is worth a word, and as can be read from the figures."""
        least = _LEAST_PROBABILITY if self.speaker.scorer.kind == "probability" else _LEAST_SHARE * abs(self.shown)
        told = self._figures(after, "en")
        gain = self.shown - after if self.speaker.scorer.task == "churn" else after - self.shown
        return gain >= least and told["now"] != told["after"]

    def _because(self, action: Action) -> tuple[str | None, str | None]:
        """What is said of the action's fact, where something against the customer is."""
        told = next((told.fact for told in self.speaker.scorer.facts if told.fact.name == action.fact), None)
        said = self.speaker.saying(told, self.values, -1) if told else None
        return self.speaker.words(said, self.values, self.moment) if said else (None, None)

    def _figures(self, after: float, language: Language) -> dict[str, str]:
        scorer = self.speaker.scorer
        if scorer.kind == "probability":
            now, then = figures.percent(self.shown), figures.percent(after)
        else:
            now, then = (figures.money(value, scorer.currency, scorer.minor_units, language) for value in (self.shown, after))
        return {"what": _WHAT[scorer.task][language], "now": now, "after": then}
