"""Every card of a company, measured: `python -m benchmarks.proofs.cards --workspace FILE --json FILE`.

A card is a stored prediction with its reasons. What a reader must never meet is looked for in every rendered sentence.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.proofs.words import cost
from foresale import open_company
from models.change import Change
from models.prediction import Prediction, Reason
from models.scorer import Scorer
from serving.batch import score_everyone
from serving.engine import Engine
from serving.insight.ranking import AccountRow, Sort, choose, rank_accounts

_MANY = (
    "orders|contacts|times|deals|complaints|visits|meetings|calls|e-mails|chats|events|trainings|people|contracts|"
    "offers|needs|categories|products|order lines|stages|leads|late payments|colleagues|kinds|roles"
)
_COUNTED = f"单|次|个|位|项|笔|封|种|起|份|人|行|{_MANY}"
FORBIDDEN: dict[str, str] = {
    "a negative length or count": rf"(?<!\w)[−-]\d[\d.,]* ?({_COUNTED}|天|年|小时|day|year|hour)",
    "about less than": r"约\s*不到|every less than|平均不到 1 天一",
    "a stray space": r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])| {2}| (?=[，。；：）])",
    "two signs": r"[+＋−-]\s*[+＋−]|[+＋]\s*-",
    "money that is nothing": r"(?<![\d.,])0\.00(?!\d)",
    "none of something": r"[买购系] ¥0(?!\d)|bought \S*[¥$€£]0(?![\d.])|(?<![\d.,–])0 (次|单|起)，",
    "a decayed number": r"减半|热度|halving",
    "a ratio without a noun": r"之比|ratio",
    "a month": r"月份|month of the year",
    "a code": r"(?<![\w.])[a-z]+_[a-z_]+(?![\w.])",
    "a value that is none": r"\b(nan|None|inf)\b",
    "a slot": r"[{}]|@\w+",
    "one of many": rf"(?<![\d.,–])1 ({_MANY}|days|hours|years)\b",
    "a cause": r"because|therefore|due to|因为|导致|所以|造成",
}
_HOURS = r"小时|hour"
_PARTS = rf"\d\.\d+ ({_COUNTED})"
_A_WEEK = "a week"
_SORTS: tuple[Sort, ...] = ("value_at_stake", "churn", "value", "conversion")
_PAGE = 50
_PAGES = 20
_CERTAIN, _CHANGES = 1.02, 1_700  # for each of two tasks of three companies: some 10,000 pairs
_DAYS_BEFORE = (7, 30, 60, 90, 180)


def forbidden(reason: Reason) -> Iterator[str]:
    """What nobody should read in the words of a reason."""
    said = f"{reason.zh}\n{reason.en}"
    yield from (name for name, pattern in FORBIDDEN.items() if re.search(pattern, said))
    if reason.code != "replies" and re.search(_HOURS, said):
        yield "hours where days are meant"
    if _A_WEEK not in reason.en and re.search(_PARTS, said):
        yield "a decimal of a count"


def offered_as_usual(reason: Reason, scorer: Scorer) -> bool:
    """Whether a value is offered as unusual that lies within the middle half of average customers."""
    sayings = (saying for told in scorer.facts if told.fact.name == reason.code for saying in told.fact.sayings)
    name = next((saying.unusual for saying in sayings if saying.situation == reason.situation), None)
    usual, value = scorer.reference.usual.get(name or ""), reason.evidence.get(name or "")
    return isinstance(usual, tuple) and isinstance(value, float) and usual[0] <= value <= usual[2]


def measures(cards: Sequence[Prediction], scorer: Scorer) -> dict[str, Any]:
    """The figures of one task over all its cards."""
    told = [card for card in cards if card.reasons]
    reasons = [reason for card in told for reason in card.reasons]
    return {
        "cards": len(cards),
        "without_reasons": len(cards) - len(told),
        "off": max((abs(_sum(card) - (card.link or 0.0)) for card in cards), default=0.0),
        "dimensions_off": max((abs(_dimensions(card) - (card.link or 0.0)) for card in cards), default=0.0),
        "fact_twice": _share(told, lambda card: len({reason.code for reason in card.reasons}) < len(card.reasons)),
        "first_in_direction": _share(told, _first_in_direction),
        "other_at_most_strongest": _share(told, _balanced),
        "own_past": _share(told, lambda card: any(reason.compared == "own" for reason in card.reasons)),
        "forbidden": dict(Counter(name for reason in reasons for name in forbidden(reason))),
        "usual_offered": sum(offered_as_usual(reason, scorer) for reason in reasons),
        "mean_unexplained": sum(_outside(card) and not card.remarks for card in cards),
        "leading": Counter(f"{card.reasons[0].code}/{card.reasons[0].situation}" for card in told).most_common(3),
    }


def _share(cards: Sequence[Prediction], holds: Callable[[Prediction], bool]) -> float:
    return sum(map(holds, cards)) / len(cards) if cards else 1.0


def _sum(card: Prediction) -> float:
    return (card.base_link or 0.0) + sum(reason.contribution for reason in card.reasons) + (card.other_contribution or 0.0)


def _dimensions(card: Prediction) -> float:
    return (card.base_link or 0.0) + sum(score.contribution for score in card.dimensions)


def _first_in_direction(card: Prediction) -> bool:
    return (card.reasons[0].points > 0) == ((card.shown or 0.0) > (card.base_shown or 0.0))


def _balanced(card: Prediction) -> bool:
    return abs(card.other_contribution or 0.0) <= max(abs(reason.contribution) for reason in card.reasons) + 1e-12


def _outside(card: Prediction) -> bool:
    low, _, high = card.interval or (float("-inf"), 0.0, float("inf"))
    return card.shown is not None and not low <= card.shown <= high


def most_alike(rows: Sequence[AccountRow]) -> float:
    """The largest share of a page's rows that lead with the same fact in the same situation, over many pages."""
    pages = (choose(rows, sort=sort, limit=_PAGE, offset=_PAGE * page).rows for sort in _SORTS for page in range(_PAGES))
    return max((_alike(page) for page in pages if len(page) == _PAGE), default=0.0)


def _alike(page: Iterable[AccountRow]) -> float:
    leads = Counter((row.reasons[0].code, row.reasons[0].situation) for row in page if row.reasons)
    return max(leads.values(), default=0) / _PAGE


def measured(engine: Engine) -> dict[str, Any]:
    """All figures of a company at the end of its history."""
    at = engine.latest_as_of
    everyone = score_everyone(engine, at)
    rows = rank_accounts(everyone, engine.workspace.tiers, engine.facts(at), engine.workspace.zone)
    tasks = {}
    for task in engine.tasks:
        cards = [card for card in everyone if card.task == task and card.status == "ok"]
        tasks[task] = measures(cards, engine.loaded[task].scorer) | {
            "cost": cost(engine, task),
            "examples": [*islice(_examples(cards), 10)],
        }
    return {
        "company": engine.workspace.name,
        "tasks": tasks,
        "most_alike": most_alike(rows),
        "beyond_certain": beyond_certain(everyone),
        "changes": {task: changes_off(engine, task, at) for task in engine.tasks if engine.asks_accounts(task)},
    }


def beyond_certain(cards: Iterable[Prediction]) -> int:
    """Accounts for which no order and a win within no more days are together likelier than certain, by more than 0.02."""
    known = [card for card in cards if card.shown is not None]
    leaving = {card.account_id: card for card in known if card.task == "churn"}
    beyond = set()
    for card in (card for card in known if card.task == "conversion" and card.account_id in leaving):
        stays = leaving[card.account_id]
        if (card.horizon_days or np.inf) <= (stays.horizon_days or 0) and (card.shown or 0) + (stays.shown or 0) > _CERTAIN:
            beyond.add(card.account_id)
    return len(beyond)


def changes_off(engine: Engine, task: str, at: datetime) -> dict[str, float]:
    """How far the parts of changes miss the way from then to now, at most, over many pairs of dates."""
    thens = [at - timedelta(days=days) for days in _DAYS_BEFORE]
    now = set(engine.population(task, at))
    pairs = [(key, then) for then in thens for key in engine.population(task, then) if key in now]
    some = pairs[:: max(1, len(pairs) // _CHANGES)][:_CHANGES]
    off = (_off(engine.explain_change(task, key, then, at)) for key, then in some)
    return {"pairs": len(some), "off": max(off, default=0.0)}


def _off(change: Change) -> float:
    by_fact = [sum(fact.contribution for fact in part.facts) - part.contribution for part in change.parts if part.facts]
    whole = sum(part.contribution for part in change.parts) - (change.link_now - change.link_then)
    return max(abs(one) for one in (whole, *by_fact))


def _examples(cards: Sequence[Prediction]) -> Iterator[dict[str, Any]]:
    """Cards to be read aloud, from all over the company."""
    for card in cards[:: max(1, len(cards) // 10)]:
        told = [{"against": reason.against, "points": reason.points, "zh": reason.zh, "en": reason.en} for reason in card.reasons]
        yield {"id": card.entity_id, "base": card.base_shown, "shown": card.shown, "other": card.other_points, "reasons": told}


def main() -> None:
    """Measure the cards of one workspace that has its champions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", required=True)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    text = json.dumps(measured(open_company(arguments.workspace).engine), ensure_ascii=False, indent=1)
    if arguments.json:
        arguments.json.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
