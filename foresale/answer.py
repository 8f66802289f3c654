"""The answer of a server as a newcomer reads it: each number, the strongest reasons, and how the JSON begins."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from display.language import TAGS, Wording
from display.words import LANGUAGES
from workspace.workspace import Workspace

_REASONS = 2
_KEPT = ("status", "probability", "expected", "average", "percentile", "grade")


def told(workspace: Workspace, answer: dict[str, Any]) -> str:
    """The first item in both languages, and the JSON it came in, with `...` for what is left out."""
    item, wordings = answer["items"][0], [Wording(language, workspace) for language in LANGUAGES]
    lines = [line for task, found in _numbers(item) for line in _lines(task, item, found, wordings)]
    return "\n".join([*lines, "", shortened(answer)])


def _numbers(item: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The answers that hold a number, by task: of opportunities the first."""
    found = {"churn": item["churn"], "value": item["value"], "conversion": next(iter(item["conversions"]), None)}
    yield from ((task, one) for task, one in found.items() if one and one["average"] is not None)


def _lines(task: str, item: dict[str, Any], found: dict[str, Any], wordings: list[Wording]) -> Iterator[str]:
    """A number and its strongest reasons, each in every language."""
    yield from (_number(task, item, found, w) for w in wordings)
    for reason in found["reasons"][:_REASONS]:
        for w in wordings:
            yield f"  {w.points(task, _plain(reason['effect'], w))}  {reason['sentence'][TAGS[w.language]]}"


def _number(task: str, item: dict[str, Any], found: dict[str, Any], w: Wording) -> str:
    days = found["horizon_days"]
    deal = task == "conversion"
    which = w.say("opportunity", id=found["opportunity_id"]) if deal else f"{w.say('column.account')} {item['account_id']}"
    undated = w.say("task.conversion.undated")
    meaning = undated if days is None else w.count(f"task.{task}.long", days, days=w.number(days))
    number, average = (_plain(found[name], w) for name in ("expected" if task == "value" else "probability", "average"))
    return f"{which}: {meaning}: {w.shown(task, number)} ({w.say('gauge', base=w.shown(task, average))})"


def _plain(value: Any, w: Wording) -> float:
    """A probability as it is, money in minor units."""
    return float(value["amount"]) * w.workspace.minor_units if isinstance(value, dict) else value


def shortened(answer: dict[str, Any]) -> str:
    """An answer's JSON on a few lines; `...` stands for every part that is left out."""
    around, item = _members(answer, ("request_id", "as_of", "data_through")), answer["items"][0]
    parts = [f'     "{task}": {_short(item[task])},' for task in ("churn", "value") if item[task]]
    deals = f"[{', '.join(_short(one) for one in item['conversions'][:1])}{', ...' if item['conversions'][1:] else ''}]"
    own = _members(item, ("status", "kind", "id", "tier"))
    return "\n".join(["{", f"  {around},", '  "items": [', f"    {{{own},", *parts, f'     "conversions": {deals}}}', "  ]", "}"])


def _short(found: dict[str, Any]) -> str:
    deal = ("opportunity_id",) if "opportunity_id" in found else ()
    return f'{{{_members(found, (*deal, *(name for name in _KEPT if name in found)))}, "reasons": [...], ...}}'


def _members(found: dict[str, Any], names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}": {json.dumps(found[name])}' for name in names)
