"""How fast a trained company is answered: one account for every task, a thousand at once, and over HTTP from a real server.

`python -m benchmarks.serving --workspace FILE [--quick] [--json FILE]`. An answer is one task's number for one id, with its
reasons. The accounts asked about are active and have an open opportunity, so that every task has something to say; the server
is `foresale serve` in a process of its own, on the loopback address.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from benchmarks import harness
from benchmarks.proofs.words import cost, unworded
from benchmarks.serving.client import Case, Client, Raw, server
from features.compute import prepare
from foresale import open_company
from serving.engine import Engine

ACCOUNTS = 1000
CONNECTIONS = 8
_WARM_UP = 40


def cases(engine: Engine) -> list[Case]:
    """Accounts that every task answers: the account itself, and its first open opportunity for tasks about these."""
    at = engine.latest_as_of
    accounts = [task for task in engine.tasks if engine.asks_accounts(task)]
    active = set.intersection(*(set(engine.population(task, at)) for task in accounts))
    deals = {task: _deals(engine, task) for task in engine.tasks if task not in accounts}
    found = [key for key in sorted(active) if all(key in one for one in deals.values())]
    return [{task: deals[task][key] if task in deals else key for task in engine.tasks} for key in found]


def _deals(engine: Engine, task: str) -> dict[str, str]:
    """The first open opportunity of each account."""
    ids = engine.population(task, engine.latest_as_of)
    account = engine.rows(task, ids, engine.latest_as_of).account
    names = engine.history.account_ids[account]
    return dict(reversed(list(zip(names, ids, strict=True))))


def one_account(engine: Engine, found: Sequence[Case], calls: int) -> Raw:
    """Every task for one account, another each time, with reasons and without sentences."""
    at = engine.latest_as_of
    plain = {task: prepare(engine.history, loaded.scorer.encoding.features) for task, loaded in engine.loaded.items()}

    def worded(case: Case) -> None:
        for task, key in case.items():
            engine.predict(task, [key], at)

    def without(case: Case) -> None:
        for task, key in case.items():
            unworded(engine, plain[task], task, [key], at)

    return {"with_reasons": _single(worded, found, calls), "without_sentences": _single(without, found, calls)}


def _single(call: Callable[[Case], None], found: Sequence[Case], calls: int) -> Raw:
    turns = cycle(found)
    harness.latencies_ms(lambda: call(next(turns)), calls=_WARM_UP)
    return harness.latencies_ms(lambda: call(next(turns)), calls=calls)


def many(engine: Engine, repeats: int) -> Raw:
    """A thousand accounts in one call for each task about accounts, and how much of that are sentences."""
    at, out = engine.latest_as_of, {}
    for task in (task for task in engine.tasks if engine.asks_accounts(task)):
        ids = list(islice(cycle(engine.population(task, at)), ACCOUNTS))
        engine.predict(task, ids, at)
        out[task] = harness.measure(lambda task=task, ids=ids: engine.predict(task, ids, at), repeats=repeats).facts()
    return out


def over_http(client: Client, found: Sequence[Case], calls: int) -> Raw:
    """Every task for one account on one connection, and how many answers a second several connections get."""
    with client.connection() as ask:
        single = _single(ask, found, calls)
    return {"one_connection": single, "connections": CONNECTIONS, **_throughput(client, found, calls)}


def _throughput(client: Client, found: Sequence[Case], calls: int) -> Raw:
    def asked(first: int) -> list[float]:
        turns = islice(cycle(found), first, first + calls)
        with client.connection() as ask:
            return [_seconds(ask, case) for case in turns]

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        start = time.perf_counter()
        took = sorted(one for own in pool.map(asked, range(0, CONNECTIONS * 7, 7)) for one in own)
        seconds = time.perf_counter() - start
    middle, slow = (1e3 * float(np.quantile(took, share)) for share in (0.5, 0.99))
    return {"answers_a_second": len(took) / seconds, "p50_ms": middle, "p99_ms": slow}


def _seconds(ask: Callable[[Case], None], case: Case) -> float:
    start = time.perf_counter()
    ask(case)
    return time.perf_counter() - start


def measured(file: Path, *, quick: bool) -> Raw:
    """All figures of a workspace."""
    company, calls = open_company(file), 60 if quick else 400
    engine = company.engine
    found = cases(engine)
    with server(company, file) as client:
        http = over_http(client, found, calls)
    return {
        "accounts": len(engine.history.accounts),
        "asked": len(found),
        "tasks": list(engine.tasks),
        "inputs": {task: len(loaded.scorer.reads) for task, loaded in engine.loaded.items()},
        "one_account": one_account(engine, found, calls),
        "many": many(engine, 3 if quick else 7),
        "with_over_without_sentences": {task: cost(engine, task) for task in engine.tasks},
        "http": http,
    }


def show(found: Raw) -> None:
    """Print what a reader looks for."""
    single, http = found["one_account"], found["http"]
    lines = [[name, one["p50_ms"], one["p99_ms"]] for name, one in (*single.items(), ("over HTTP", http["one_connection"]))]
    lines.append([f"over HTTP, {http['connections']} connections", http["p50_ms"], http["p99_ms"]])
    harness.show(f"One account, {len(found['tasks'])} tasks", ["", "p50 ms", "p99 ms"], lines)
    ratios = found["with_over_without_sentences"]
    rows = [[task, found["many"].get(task, {}).get("median_s", ""), one["single"], one["batch"]] for task, one in ratios.items()]
    harness.show("Many at once", ["task", f"{ACCOUNTS:,} accounts, s", "sentences, one id", "sentences, 500 ids"], rows)
    harness.show("Answers a second", ["connections", "answers"], [[http["connections"], http["answers_a_second"]]])


def arguments() -> argparse.Namespace:
    """The workspace and the usual options; a full run writes `results/serving.json` unless told otherwise."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving", description=__doc__)
    parser.add_argument("--workspace", type=Path, required=True, help="of a company that is ingested and trained")
    parser.add_argument("--quick", action="store_true", help="fewer calls")
    parser.add_argument("--json", type=Path, help="where to write the result")
    options = parser.parse_args()
    if options.json is None and not options.quick:
        options.json = harness.RESULTS / "serving.json"
    return options


def main() -> None:
    """Run, print and write."""
    options = arguments()
    facts = harness.machine("lightgbm", "numpy", "fastapi", "uvicorn")
    found = measured(options.workspace, quick=options.quick)
    show(found)
    harness.write(options.json, {"machine": facts, **found})


if __name__ == "__main__":
    main()
