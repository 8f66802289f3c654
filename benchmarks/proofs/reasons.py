"""What `make proof-reasons` runs: every card of the demo and of two worlds of 4,000 accounts, and the tests of reasons."""

from __future__ import annotations

import json
from typing import Any

from benchmarks.proofs.prove import Clone, Line

_ACCOUNTS = 4000
_PROGRAM = (".venv/bin/python", "-m", "foresale")
_EXACT = 1e-9
_DEAREST = 1.3
NAMED = {
    "every feature belongs to one fact of its dimension": "belongs_to_one_fact_of_its_dimension",
    "so does every feature made of an attribute": "so_does_every_feature_made_of_an_attribute",
    "base shown is the average number shown, trees, sums and BG/NBD": "the_base_is_the_average_number_shown",
    "facts are sums of features, dimensions sums of facts": "facts_are_exact_sums_of_features",
    "a single answer is that of the batch": "a_single_answer_is_that_of_the_batch",
    "Spark gives the engine's answers": "everyone_gets_the_prediction_the_engine",
    "stored, served and training agree bit for bit": "agree_bit_for_bit",
    "why a number moved adds up": "the_parts_add_up_on_the_link_scale",
    "a planted event, time alone and corrected data are told apart": (
        "a_planted_order_is_an_event",
        "time_alone_moves_the_number",
        "is_corrected_data",
    ),
    "docs/reasons.md is current": "page_of_reasons_is_current",
}


def demo(clone: Clone) -> list[Line]:
    """The cards of Complete Journey."""
    return _lines(clone, "Complete Journey", "examples/complete_journey.toml", ("ingest", "train"))


def worlds(clone: Clone) -> list[Line]:
    """The cards of both synthetic companies."""
    lines = []
    for preset in ("standard", "hard"):
        folder = f"var/reasons-{preset}"
        clone.run(*_PROGRAM, "world", "--out", folder, "--accounts", str(_ACCOUNTS), "--preset", preset)
        lines += _lines(clone, f"world {preset}", f"{folder}/foresale.toml", ("ingest", "train"))
        lines += _truth(clone, f"world {preset}", f"{folder}/foresale.toml")
    return lines


def _truth(clone: Clone, name: str, workspace: str) -> list[Line]:
    """What was planted, and how often it is told first and among the first three."""
    target = clone.folder / "var" / "planted.json"
    clone.run(".venv/bin/python", "-m", "benchmarks.proofs.planted", "--workspace", workspace, "--json", str(target))
    planted = json.loads(target.read_text(encoding="utf-8"))
    return [line for kind, found in planted.items() for line in _of_plant(f"{name}, {kind}", found)]


def _of_plant(name: str, found: dict[str, Any]) -> list[Line]:
    every, some = f"{name}, {found['cases']} cases", f"{name}, {found['on_its_side']} cases whose number lies on its side"
    return [
        _at_least(f"{every}: is the first reason", found["first"], 0.8),
        _at_least(f"{every}: is among the first three", found["among_three"], 0.95),
        _at_least(f"{some}: is the first reason", found["first_on_its_side"], 0.8),
        _at_least(f"{some}: is among the first three", found["among_three_on_its_side"], 0.95),
        _at_least(f"{every}: is the fact that moved most", found["moved_most"], 0.8),
    ]


def _lines(clone: Clone, name: str, workspace: str, verbs: tuple[str, ...]) -> list[Line]:
    for verb in verbs:
        clone.run(*_PROGRAM, "--workspace", workspace, verb)
    target = clone.folder / "var" / "cards.json"
    clone.run(".venv/bin/python", "-m", "benchmarks.proofs.cards", "--workspace", workspace, "--json", str(target))
    found = json.loads(target.read_text(encoding="utf-8"))
    alike = found["most_alike"]
    page = Line(f"{name}: rows of a page that lead with the same", f"{alike:.0%}", "<= 50 %", alike <= 0.5)
    return [
        *(line for task, figures in found["tasks"].items() for line in _of_task(f"{name}, {task}", figures)),
        page,
        *_agree(name, found),
    ]


def _agree(name: str, found: dict[str, Any]) -> list[Line]:
    """The answers of a company hold together, and so do the parts of their changes."""
    beyond, changes = found["beyond_certain"], found["changes"]
    pairs, off = sum(one["pairs"] for one in changes.values()), max(one["off"] for one in changes.values())
    return [
        Line(f"{name}: accounts with P(no order) + P(win) > 1.02", str(beyond), "0", beyond == 0),
        Line(f"{name}: parts of a change miss the way, {pairs:,} pairs of dates", f"{off:.1e}", "<= 1e-9", off <= _EXACT),
    ]


def _of_task(name: str, found: dict[str, Any]) -> list[Line]:
    off, unusual = max(found["off"], found["dimensions_off"]), found["usual_offered"]
    bad = sum(found["forbidden"].values())
    return [
        Line(f"{name}: base and parts make the link, {found['cards']} cards", f"{off:.1e}", "<= 1e-9", off <= _EXACT),
        _at_least(f"{name}: first reason in the direction of the result", found["first_in_direction"], 1.0),
        _at_least(f"{name}: what is not listed is at most the strongest reason", found["other_at_most_strongest"], 0.9),
        _at_least(f"{name}: cards with a comparison with the customer's own past", found["own_past"], 0.6),
        Line(f"{name}: cards with a fact twice", f"{found['fact_twice']:.0%}", "0 %", found["fact_twice"] == 0),
        Line(f"{name}: forbidden forms", str(found["forbidden"] or "none"), "none", bad == 0),
        *(_cost(f"{name}: {way} with words against without", ratio) for way, ratio in found["cost"].items()),
        Line(f"{name}: values within the usual offered", str(unusual), "0", unusual == 0),
        Line(
            f"{name}: means outside the range without words", str(found["mean_unexplained"]), "0", found["mean_unexplained"] == 0
        ),
    ]


def _cost(what: str, ratio: float) -> Line:
    return Line(what, f"{ratio:.2f} times", "<= 1.3 times", ratio <= _DEAREST)


def _at_least(what: str, share: float, bar: float) -> Line:
    return Line(what, f"{share:.1%}", f">= {bar:.0%}", share >= bar)
