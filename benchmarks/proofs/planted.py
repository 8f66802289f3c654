"""Whether reasons name what was planted: `python -m benchmarks.proofs.planted --workspace FILE --json FILE`.

The workspace is a synthetic company (docs/world.md) with its champions. Up to 200 accounts or open deals are given another
history and asked about again. Only what the world's law lets tell something is judged: there, payments and contracts tell
nothing about the future, so that neither can be a reason; a complaint tells of the kind of account; the decision maker
counts together with a rigid need.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from features.compute import prepare
from features.history import build_history
from foresale import open_company
from models.prediction import Prediction
from models.scorer import Scorer
from serving.engine import Engine
from tables.snapshot import current_snapshot

Tables = dict[str, pa.Table]
_CASES = 200
_SILENT = timedelta(days=200)
_YEAR = timedelta(days=365)
_COMPLAINED = (3, 12, 21)  # days ago


@dataclass(frozen=True)
class Planted:
    """One kind of change: whom it is made to, what is changed, and the facts that tell of it."""

    name: str
    task: str
    facts: tuple[str, ...]
    whom: Callable[[Tables, datetime], set[str]]
    plant: Callable[[Tables, Sequence[str], datetime], Tables]


def _of(table: pa.Table, key: str, ids: Sequence[str]) -> pa.ChunkedArray:
    return pc.fill_null(pc.is_in(table[key], pa.array(ids, pa.string())), False)


def _between(table: pa.Table, since: datetime, until: datetime) -> pa.Table:
    when = table["occurred_at"]
    return table.filter(pc.and_(pc.greater(when, pa.scalar(since, when.type)), pc.less_equal(when, pa.scalar(until, when.type))))


def _several(table: pa.Table, since: datetime, until: datetime, least: int) -> set[str]:
    """Accounts with at least so many events between two moments."""
    counted = Counter(_between(table, since, until)["account_id"].to_pylist())
    return {key for key, count in counted.items() if count >= least}


def _regular(tables: Tables, at: datetime) -> set[str]:
    """Accounts that ordered again and again, lately too, and won no deal lately: a win brings an order."""
    orders, start = tables["orders"], at - _SILENT
    return (_several(orders, at - _YEAR, start, 2) & _several(orders, start, at, 2)) - _winners(tables["opportunities"], start)


def _winners(deals: pa.Table, since: datetime) -> set[str]:
    """Accounts that won a deal since then."""
    won = pc.and_(pc.equal(deals["outcome"], "won"), pc.greater(deals["closed_at"], pa.scalar(since, deals["closed_at"].type)))
    return {*deals.filter(pc.fill_null(won, False))["account_id"].to_pylist()}


def _silent(tables: Tables, ids: Sequence[str], at: datetime) -> Tables:
    """Nothing ordered, paid or talked about in the last 200 days."""
    return tables | {
        name: _without(tables[name], ids, at - _SILENT) for name in ("orders", "order_lines", "payments", "interactions")
    }


def _without(table: pa.Table, ids: Sequence[str], since: datetime) -> pa.Table:
    late = pc.greater(table["occurred_at"], pa.scalar(since, table["occurred_at"].type))
    return table.filter(pc.invert(pc.and_(late, _of(table, "account_id", ids))))


def _uncomplaining(tables: Tables, at: datetime) -> set[str]:
    """Accounts that bought in the last year and did not complain in it."""
    return _several(tables["orders"], at - _YEAR, at, 1) - _several(tables["cases"], at - _YEAR, at, 1)


def _complaining(tables: Tables, ids: Sequence[str], at: datetime) -> Tables:
    """Three open complaints in the last month."""
    cases = tables["cases"]
    rows = [_case(key, at - timedelta(days=days)) for key in ids for days in _COMPLAINED]
    return tables | {"cases": pa.concat_tables([cases, pa.Table.from_pylist(rows, cases.schema)])}


def _case(account_id: str, when: datetime) -> dict[str, Any]:
    told = {"case_id": f"{account_id}-{when:%d}", "account_id": account_id, "severity": "high", "kind": "质量"}
    return told | {"occurred_at": when, "received_at": when}


def _decision_makers(tables: Tables) -> pa.Array:
    contacts = tables["contacts"]
    return contacts.filter(pc.equal(contacts["role"], "decision_maker"))["contact_id"].combine_chunks()


def _met(tables: Tables) -> pa.ChunkedArray:
    """Which touches were with a decision maker."""
    return pc.is_in(tables["interactions"]["contact_id"], _decision_makers(tables))


def _rigid(tables: Tables) -> pa.ChunkedArray:
    return pc.fill_null(pc.equal(tables["needs"]["type"], "rigid"), False)


def _decided(tables: Tables, at: datetime) -> set[str]:
    """Deals on which the decision maker was met and a rigid need is known."""
    found = [tables[name].filter(which(tables))["opportunity_id"] for name, which in (("interactions", _met), ("needs", _rigid))]
    return {*found[0].to_pylist()} & {*found[1].to_pylist()}


def _undecided(tables: Tables, ids: Sequence[str], at: datetime) -> Tables:
    """As many touches and needs, but with nobody who decides, and none of the needs rigid."""
    touches, needs = tables["interactions"], tables["needs"]
    lost = pc.and_(_met(tables), _of(touches, "opportunity_id", ids))
    soft = pc.and_(_rigid(tables), _of(needs, "opportunity_id", ids))
    return tables | {
        "interactions": _with_column(
            touches, "contact_id", pc.if_else(lost, pa.scalar(None, pa.string()), touches["contact_id"])
        ),
        "needs": _with_column(needs, "type", pc.if_else(soft, "elastic", needs["type"])),
    }


def _with_column(table: pa.Table, name: str, values: pa.ChunkedArray) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, values)


KINDS = (
    Planted(
        "200 days of silence",
        "churn",
        ("order_silence", "orders", "revenue", "regularity", "touches", "touch_silence", "initiative"),
        _regular,
        _silent,
    ),
    Planted("three open complaints", "churn", ("complaints",), _uncomplaining, _complaining),
    Planted("decision maker and rigid need lost", "conversion", ("decision_maker", "needs"), _decided, _undecided),
)


def told(engine: Engine, tables: Tables, kind: Planted) -> dict[str, Any]:
    """How often what was planted is named: as the first reason, among the first three, and as what moved most."""
    at, scorer = engine.latest_as_of, engine.loaded[kind.task].scorer
    wanted = kind.whom(tables, at)
    ids = [key for key in engine.population(kind.task, at) if key in wanted][:_CASES]
    before = engine.predict(kind.task, ids, at, with_features=True)
    after = _with(engine, kind.plant(tables, ids, at), kind.task).predict(kind.task, ids, at, with_features=True)
    pairs = [(then, now) for then, now in zip(before, after, strict=True) if then.status == now.status == "ok"]
    cards = [now for _, now in pairs]
    moved = [card for card in cards if _on_its_side(kind, card)]
    return {
        "cases": len(cards),
        "on_its_side": len(moved),
        "first_on_its_side": _share(_named(kind, card, 1) for card in moved),
        "among_three_on_its_side": _share(_named(kind, card, 3) for card in moved),
        "first": _share(_named(kind, card, 1) for card in cards),
        "among_three": _share(_named(kind, card, 3) for card in cards),
        "moved_most": _share(_moved_most(scorer, *pair) in kind.facts for pair in pairs),
        "first_reasons": Counter(card.reasons[0].code for card in cards if card.reasons).most_common(5),
        "moved": Counter(_moved_most(scorer, *pair) for pair in pairs).most_common(5),
        "way": sum((now.link or 0.0) - (then.link or 0.0) for then, now in pairs) / max(1, len(pairs)),
    }


def _with(engine: Engine, tables: Tables, task: str) -> Engine:
    """The same model over another history."""
    history = build_history(tables, engine.workspace.time_zone)
    loaded = engine.loaded[task]
    return Engine(engine.workspace, history, {task: replace(loaded, pipeline=prepare(history, loaded.scorer.reads))})


def _named(kind: Planted, card: Prediction, first: int) -> bool:
    return any(reason.code in kind.facts for reason in card.reasons[:first])


def _on_its_side(kind: Planted, card: Prediction) -> bool:
    """Whether the number lies where the plant pushes it: only there can what was planted be the first reason."""
    return ((card.link or 0.0) > (card.base_link or 0.0)) == (kind.task == "churn")


def _moved_most(scorer: Scorer, then: Prediction, now: Prediction) -> str:
    """The fact whose contribution changed most."""
    moved = {
        gathered.fact.name: abs(_sum(scorer, gathered.places, now) - _sum(scorer, gathered.places, then))
        for gathered in scorer.facts
    }
    return max(moved, key=lambda name: moved[name])


def _sum(scorer: Scorer, places: Sequence[int], card: Prediction) -> float:
    return sum((card.contributions or {})[scorer.encoding.names[place]] for place in places)


def _share(found: Iterator[bool]) -> float:
    held = [*found]
    return sum(held) / max(1, len(held))


def main() -> None:
    """Plant every kind in one synthetic company."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", required=True)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    engine = open_company(arguments.workspace).engine
    tables = current_snapshot(engine.workspace).read()
    text = json.dumps({kind.name: told(engine, tables, kind) for kind in KINDS}, ensure_ascii=False, indent=1)
    if arguments.json:
        arguments.json.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
