"""Events that a CRM sends: each counts once, bad ones cost no others, and the next answer is the one after an ingest of them."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from serving_world import AS_OF, World, company_engine, serving, tables, wait_until_ready, workspace

from features.compute import prepare
from features.history import build_history
from serving.app import create_app
from serving.batch import score_and_store
from serving.engine import Engine
from serving.live import Live, live
from serving.settings import Settings
from serving.store.events import accepted, all_sent
from serving.store.scores import Store, open_store
from tables.ingest import ingest
from tables.sent_rows import sent_through
from workspace.errors import ForesaleError
from workspace.workspace import parse_workspace

LATER = AS_OF + timedelta(hours=3)


@pytest.fixture(scope="module")
def engine() -> Engine:
    """The engine of the small company, with its canonical rows on disk."""
    return company_engine()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'f.db'}", lambda: LATER) as opened:
        yield opened


@pytest.fixture
def world(engine: Engine, store: Store) -> Iterator[World]:
    """A server that takes events."""
    score_and_store(engine, store, AS_OF)
    log = io.StringIO()
    with serving(create_app(Settings(engine.workspace), lambda: live(engine, store), store, log_stream=log), log) as server:
        world = World(server, store, engine)
        wait_until_ready(world)
        yield world


def event(number: int, table: str = "interactions", **data: object) -> dict[str, object]:
    return {"specversion": "1.0", "id": f"e{number}", "source": "crm", "type": f"foresale.{table}", "data": data}


def touch(number: int, account: str = "A001", **data: object) -> dict[str, object]:
    usual = {"interaction_id": f"new-{number}", "account_id": account, "kind": "visit", "direction": "in"}
    return event(number, **{**usual, "occurred_at": (AS_OF + timedelta(hours=1)).isoformat(), **data})


def order(number: int, account: str, **data: object) -> dict[str, object]:
    usual = {"order_id": f"new-{number}", "account_id": account, "amount": "12345.60", "discount": 0}
    return event(number, "orders", **{**usual, "occurred_at": (AS_OF + timedelta(hours=2)).isoformat(), **data})


def send(world: World, body: object) -> dict[str, object]:
    with world.client("events") as client:
        answer = client.post("/v1/events", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def counts(answer: dict[str, object]) -> tuple[object, ...]:
    return tuple(answer[name] for name in ("accepted", "duplicate", "quarantined"))


def test_an_event_counts_once_and_the_key_needs_the_scope(world: World) -> None:
    assert counts(send(world, touch(1))) == (1, 0, 0)
    assert counts(send(world, [touch(1), touch(2), touch(2)])) == (1, 2, 0)
    with world.client("score") as client:
        assert client.post("/v1/events", json=touch(3)).status_code == 403


BAD: list[tuple[object, str]] = [
    ("text", "no_event"),
    ({**touch(1), "specversion": "0.3"}, "unknown_specversion"),
    ({**touch(1), "id": ""}, "no_id"),
    ({**touch(1), "source": None}, "no_source"),
    ({**touch(1), "type": "visit"}, "unknown_type"),
    ({**touch(1), "type": "foresale.targets"}, "unknown_type"),
    ({**touch(1), "data": []}, "no_data"),
    (touch(1, colour="red"), "unreadable: interactions has no such column"),
    (touch(1, kind=None), "unreadable: a row of interactions is not whole"),
    (touch(1, occurred_at="yesterday"), "unreadable: interactions.occurred_at cannot be read"),
    (touch(1, occurred_at="2026-03-31T10:00:00"), "unreadable: interactions.occurred_at cannot be read"),
    (touch(1, occurred_at="2027-03-31T10:00:00Z"), "future_date"),
    (touch(1, account="nobody"), "unknown_account_id"),
    (order(1, "A001", amount="1.234"), "unreadable: orders.amount cannot be read"),
    (order(1, "A001", amount=float("1e300")), "unreadable: orders.amount cannot be read"),
]


def bad() -> list[object]:
    """The bad ones, each under a name of its own where it has a name."""
    named = [isinstance(sent, dict) and bool(sent.get("id")) for sent, _ in BAD]
    return [{**sent, "id": f"bad-{n}"} if named[n] else sent for n, (sent, _) in enumerate(BAD)]  # type: ignore[dict-item]


def test_what_was_put_aside_may_be_sent_again_mended(world: World) -> None:
    assert counts(send(world, touch(1, account="nobody"))) == (0, 0, 1)
    assert counts(send(world, touch(1))) == (1, 0, 0)
    assert counts(send(world, touch(1, account="nobody"))) == (0, 1, 0)


def test_what_cannot_be_read_for_sure_is_kept_aside_with_its_reason_and_costs_no_other(world: World) -> None:
    answer = send(world, [*bad(), touch(99)])
    assert counts(answer) == (1, 0, len(BAD))
    for told, (_, reason) in zip(answer["events"], BAD, strict=False):  # type: ignore[call-overload]
        assert told["reason"].startswith(reason), told
    assert [row["interaction_id"] for _, _, _, row in accepted(world.store)] == ["new-99"]


def test_accepted_duplicate_and_quarantined_add_up_to_what_was_sent(world: World) -> None:
    draw, total = random.Random(7), [0, 0, 0]
    for _ in range(10):
        sent = [draw.choice([touch(draw.randrange(300)), draw.choice(bad())]) for _ in range(100)]
        total = [sum(pair) for pair in zip(total, counts(send(world, sent)), strict=True)]  # type: ignore[arg-type]
    assert sum(total) == 1000 and min(total) > 0


def test_too_many_events_are_refused_as_a_whole(world: World) -> None:
    with world.client("events") as client:
        assert client.post("/v1/events", json=[touch(1)] * 1001).status_code == 422
        assert client.post("/v1/events", json=[]).status_code == 422


def after_ingest(engine: Engine, sent: list[dict[str, object]]) -> Engine:
    """The engine over the company's tables with the same rows in them."""
    crm = tables()
    for one in sent:
        table, data = str(one["type"]).removeprefix("foresale."), dict(one["data"])  # type: ignore[call-overload]
        data["occurred_at"] = pd.Timestamp(data["occurred_at"]).tz_convert("UTC")
        if "amount" in data:
            data["amount"] = round(float(data["amount"]) * 100)
        crm[table] = pd.concat([crm[table], pd.DataFrame([data])], ignore_index=True)
    history = build_history(crm)
    loaded = {task: replace(one, pipeline=prepare(history, one.scorer.reads)) for task, one in engine.loaded.items()}
    return replace(engine, history=history, loaded=loaded)


def test_the_next_answer_is_the_one_after_an_ingest_to_the_last_bit(engine: Engine, world: World) -> None:
    accounts = engine.population("churn", AS_OF)[:60]
    sent = [touch(n, key) if n % 2 else order(n, key) for n, key in enumerate(accounts)]
    assert counts(send(world, sent))[0] == len(sent)
    later, ingested = AS_OF + timedelta(hours=2), after_ingest(engine, sent)
    served = live(engine, world.store)
    for task in ("churn", "value"):
        assert served.predict(task, accounts, later) == ingested.predict(task, accounts, later)
        assert served.predict(task, accounts, later) != engine.predict(task, accounts, later)


def test_a_lead_that_no_ingest_has_seen_is_answered(engine: Engine, store: Store, world: World) -> None:
    opened = (AS_OF - timedelta(days=1)).isoformat()
    deal = event(2, "opportunities", opportunity_id="L1", account_id="N1", opened_at=opened,
                 expected_close_at=(AS_OF + timedelta(days=60)).isoformat())  # fmt: skip
    assert counts(send(world, [event(1, "accounts", account_id="N1", name="New", industry="机电设备"), deal])) == (2, 0, 0)
    (answer,) = live(engine, store).predict("conversion", ["L1"], AS_OF)
    assert (answer.account_id, answer.status) == ("N1", "ok")


def test_an_account_is_known_as_far_as_its_events_reach(engine: Engine, store: Store, world: World) -> None:
    send(world, touch(1))
    served = live(engine, store)
    assert served.latest_of("A001") == AS_OF + timedelta(hours=1)
    assert served.latest_of("A002") == AS_OF
    assert served.over("A002") is engine
    assert served.over("A001") is served.over("A001")


def test_of_rows_with_one_key_the_last_counts(store: Store, world: World, engine: Engine) -> None:
    send(world, [touch(1, kind="call"), {**touch(2, kind="email"), "data": {**touch(1)["data"], "kind": "email"}}])  # type: ignore[dict-item]
    assert [row["kind"] for row in all_sent(store).rows["interactions"]] == ["email"]
    (row,) = live(engine, store).inbox.of("A001")["interactions"].to_pylist()
    assert row["kind"] == "email"


def test_an_ingest_takes_up_what_was_sent(tmp_path: Path, engine: Engine, store: Store, world: World) -> None:
    send(world, [touch(1, "A003"), touch(2, "A003", interaction_id="old")])
    company = workspace(tmp_path)
    (tmp_path / "accounts.csv").write_text("account_id,name\nA003,Three\n", encoding="utf-8")
    (tmp_path / "touches.csv").write_text("id,account,kind,at\nold,A003,call,2026-03-01 10:00\n", encoding="utf-8")
    columns = {"interaction_id": "id", "account_id": "account", "kind": "kind", "occurred_at": "at"}
    config = company.model_dump(mode="json", exclude_unset=True)
    config["sources"] = {"accounts": "accounts.csv", "touches": "touches.csv"}
    config["tables"] = {"accounts": {"source": "accounts"}, "interactions": {"source": "touches", "columns": columns}}
    mapped = parse_workspace({**config, "data_dir": str(tmp_path / "var")}, tmp_path / "foresale.toml")
    found = ingest(mapped, sent=all_sent(store))
    rows = pa.Table.to_pylist(found.snapshot.read(["interactions"])["interactions"])
    assert {(row["interaction_id"], row["kind"]) for row in rows} == {("old", "call"), ("new-1", "visit")}
    assert (found.counts["interactions"].read, found.counts["interactions"].reasons) == (3, {"duplicate_key": 1})
    assert sent_through(found.snapshot) == 2
    assert live(replace(engine, snapshot=found.snapshot), store).inbox.rows == {}


def test_an_engine_without_its_rows_takes_none(engine: Engine, store: Store) -> None:
    with pytest.raises(ForesaleError, match="no rows can be added here"):
        Live(replace(engine, snapshot=None), store).engine.parts  # noqa: B018
