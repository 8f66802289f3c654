"""The answer of a server as a newcomer reads it: the number, its strongest reasons, and how the JSON begins."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from display.language import Wording
from display.words import LANGUAGES
from workspace.workspace import Workspace

_REASONS = 2
_KEPT = ("entity_id", "status", "shown", "base_shown")


def told(workspace: Workspace, answer: dict[str, Any]) -> str:
    """The first result in both languages, and the JSON it came in, with `...` for what is left out."""
    found = answer["results"][0]
    wordings = [Wording(language, workspace) for language in LANGUAGES]
    numbers = "\n".join(_number(found, wording) for wording in wordings)
    reasons = "\n".join(line for reason in found["reasons"][:_REASONS] for line in _reason(reason, found["task"], wordings))
    return f"{numbers}\n{reasons}\n\n{shortened(answer)}"


def _number(found: dict[str, Any], w: Wording) -> str:
    task, days = found["task"], found["horizon_days"]
    which = (
        w.say("opportunity", id=found["entity_id"]) if task == "conversion" else f"{w.say('column.account')} {found['entity_id']}"
    )
    undated = w.say("task.conversion.undated")
    meaning = undated if days is None else w.count(f"task.{task}.long", days, days=w.number(days))
    return f"{which}: {meaning}: {w.shown(task, found['shown'])} ({w.say('gauge', base=w.shown(task, found['base_shown']))})"


def _reason(reason: dict[str, Any], task: str, wordings: list[Wording]) -> Iterator[str]:
    for w in wordings:
        yield f"  {w.points(task, reason['points'])}  {reason[w.language]}"


def shortened(answer: dict[str, Any]) -> str:
    """An answer's JSON on a few lines; `...` stands for every part that is left out."""
    around = ", ".join(f'"{name}": {json.dumps(answer[name])}' for name in ("task", "as_of", "currency", "unknown"))
    found = answer["results"][0]
    kept = ", ".join(f'"{name}": {json.dumps(found[name])}' for name in _KEPT)
    return f'{{\n  {around},\n  "results": [\n    {{{kept}, "reasons": [...], ...}}\n  ]\n}}'
