"""Writes docs/reasons.md from the facts, with sentences on real rows: `python docs/generate_reasons.py WORKSPACE...`.

Each workspace needs its champions; the sentences come from its accounts and open opportunities as of the end of its history.
A test checks that every fact and situation stands on the page as it is declared.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from features.facts import FACTS, Fact
from features.facts.fact import Saying, Slot, pieces
from foresale import open_company
from models.predict import plain_rows
from models.sentences import speaker
from serving.engine import Engine
from workspace.mapping import DIMENSIONS

TARGET = Path(__file__).with_name("reasons.md")
COMPARED = {"own", "all", "none"}
Example = tuple[str, str]
_ROWS = 1500
_HEAD = """# Reasons

Generated from `features/facts/` by `python docs/generate_reasons.py WORKSPACE...`; edit the declarations, not this page.

{count} facts. Every feature belongs to exactly one of them; what a fact adds to a number is the sum of what its features add,
exactly, and a dimension is the sum of its facts. Columns that a company declares itself make facts of their own: one for the
profile of an account or opportunity, one for each attribute of events.

* The base is the average number shown to the model's population; a contribution counts from there (models/reference.py).
* First come reasons in the direction of the result, the strongest first, until 80 % of the distance is told or five are listed;
  then up to two against it, marked. What is not listed is *other*, and its size is said.
* A fact is said in the first situation that holds and does not speak against its direction. A value is only offered where it
  lies outside what the middle half of average customers have, or differs from this customer's own past.
* `with`: the customer's `own` past, `all` (average customers or deals), or nothing because it stands for itself.
* Sentences describe. None claims a cause.

Sentences are from synthetic companies and a grocery chain; one in brackets was not met in any of them and shows its pattern.
"""


def page(examples: dict[tuple[str, str], Example]) -> str:
    """The whole page."""
    parts = [_HEAD.format(count=len(FACTS))]
    for dimension in DIMENSIONS:
        parts += ["", f"## {dimension}"]
        for fact in (fact for fact in FACTS if fact.dimension == dimension):
            parts += ["", *_of_fact(fact, examples)]
    return "\n".join([*parts, ""])


def _of_fact(fact: Fact, examples: dict[tuple[str, str], Example]) -> Iterator[str]:
    yield f"### `{fact.name}` {fact.zh}, {fact.en}"
    yield ""
    yield f"Features: {', '.join(f'`{pattern}`' for pattern in fact.features)}"
    yield ""
    if not fact.sayings:
        yield "In the company's own words." if fact.by_words else "Never a reason: what everybody shares."
        return
    yield from ("| situation | with | 中文 | English |", "|---|---|---|---|")
    for saying in fact.sayings:
        zh, en = examples.get((fact.name, saying.situation)) or (f"[{_pattern(saying.zh)}]", f"[{_pattern(saying.en)}]")
        yield f"| `{saying.situation}` | {saying.compared} | {zh} | {en} |"


def _pattern(text: str) -> str:
    return "".join(piece if isinstance(piece, str) else _slot(piece) for piece in pieces(text))


def _slot(slot: Slot) -> str:
    return slot.many.replace("#", "…") if "#" in slot.many else f"… {slot.many}" if slot.many else "…"


def examples_of(engine: Engine, found: dict[tuple[str, str], Example]) -> None:
    """A sentence for every situation that some row is in, beside those found already."""
    at = engine.latest_as_of
    for task, loaded in engine.loaded.items():
        frame = loaded.pipeline.frame(engine.rows(task, engine.population(task, at)[:_ROWS], at))
        spoken = speaker(loaded.scorer)
        sayings = [(told.fact, saying) for told in loaded.scorer.facts if told.fact in FACTS for saying in told.fact.sayings]
        for values in plain_rows(frame[list(spoken.evidence)]):
            for fact, saying in [one for one in sayings if (one[0].name, one[1].situation) not in found]:
                if spoken.applies(saying, values):
                    found[fact.name, saying.situation] = spoken.words(saying, values, at.astimezone(spoken.zone))


def read_examples(text: str) -> dict[tuple[str, str], Example]:
    """The sentences of a written page, so that it can be laid out again without a company."""
    found: dict[tuple[str, str], Example] = {}
    fact = ""
    for line in text.splitlines():
        if heading := re.match(r"### `(.+?)`", line):
            fact = heading.group(1)
        elif row := re.match(r"\| `(.+?)` \| (\w+) \| (.+) \| (.+) \|$", line):
            found[fact, row.group(1)] = row.group(3), row.group(4)
    return {key: said for key, said in found.items() if not said[0].startswith("[")}


def patterns(saying: Saying) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What a sentence of a saying looks like in Chinese and in English, whatever the values."""
    zh, en = ("".join(map(_part, pieces(text))) for text in (saying.zh, saying.en))
    return re.compile(zh), re.compile(en)


def _part(piece: str | Slot) -> str:
    """A text as it is, its spaces where they are needed; anything for a value."""
    return re.escape(piece).replace("\\ ", " ?") if isinstance(piece, str) else ".+"


if __name__ == "__main__":
    found: dict[tuple[str, str], Example] = {}
    for workspace in sys.argv[1:]:
        examples_of(open_company(workspace).engine, found)
    TARGET.write_text(page(found), encoding="utf-8")
    print(f"wrote {TARGET}: {len(found)} sentences on real rows")
