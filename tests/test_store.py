"""The score store: exact numbers back, one run or the other, fast, the same on SQLite and PostgreSQL."""

from __future__ import annotations

import dataclasses
import math
import sqlite3
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from postgres import POSTGRES
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError, StatementError

from models.predict import ModelInfo
from models.prediction import NESTED, NUMBERS, TEXTS, DimensionScore, Prediction, Reason, Remark
from serving.access.keys import authenticate, create_key
from serving.runs import AccountFacts, Advice, DealFacts, Facts, Owner
from serving.store.copies import backup, restore
from serving.store.scores import Store, open_store
from serving.store.tables import score_runs, scores
from workspace.errors import ForesaleError

AS_OF = datetime(2026, 3, 31, 15, 59, 59, tzinfo=UTC)
MODELS = {"churn": ModelInfo("m", "1", "a" * 64)}
DATABASES = ("sqlite", "postgresql") if POSTGRES else ("sqlite",)
AWKWARD = (0.1 + 0.2, math.pi * 1e-300, math.nextafter(1.0, 2.0), 5e-324, 1.7976931348623157e308, 1 / 3, -1e-17, 2.0**53)


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store on each database this machine can run."""
    url = (
        f"sqlite:///{tmp_path / 'f.db'}"
        if request.param == "sqlite"
        else (request.getfixturevalue("cluster").replace("postgresql:", "postgresql+psycopg:"))
    )
    with open_store(url) as store:
        with store.write() as connection:
            connection.execute(delete(score_runs))
        yield store


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'f.db'}") as store:
        yield store


def predicted(entity: str, numbers: tuple[float, ...] = AWKWARD, as_of: datetime = AS_OF) -> Prediction:
    """A prediction with numbers that a careless store would change."""
    a, b, c, d, e, f, g, h = numbers
    reasons = tuple(
        Reason(f"r{i}", "fit", "overdue", "own", "up", x, -x, i > 2, {"order_recency": x}, "依据：『一』", 'it\'s "so"')
        for i, x in enumerate(numbers)
    )
    dimensions = tuple(DimensionScore("fit", x, -x) for x in numbers)
    return Prediction(
        "churn",
        entity,
        f"acc-{entity}",
        as_of,
        "ok",
        28.0,
        a,
        b,
        c,
        d,
        (e, f, g),
        h,
        -h,
        dimensions,
        (*reasons, Reason("text", "fit", "is", "all", "down", h, h, True, {"stage": "a word", "age": None}, "字", "word")),
        (Remark("mean_above_range", "高于", "above"),),
        "m",
        "1",
        "a" * 64,
    )


def bits(prediction: Prediction) -> list[bytes]:
    return [struct.pack("<d", number) for number in _floats(asdict(prediction))]


def _floats(value: object) -> Iterator[float]:
    if isinstance(value, float):
        yield value
    elif isinstance(value, dict | list | tuple):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _floats(item)


def test_every_number_comes_back_bit_for_bit(store: Store) -> None:
    store.save_run(AS_OF, [predicted("1")], MODELS)
    run = store.latest_run()
    assert run is not None
    found = store.predictions(run)
    assert found == [predicted("1")]
    assert bits(found[0]) == bits(predicted("1"))


def test_what_does_not_apply_comes_back_as_none(store: Store) -> None:
    absent = Prediction("churn", "1", "1", AS_OF, "not_in_population", model_name="m", model_version="1", bundle_sha256="a" * 64)
    store.save_run(AS_OF, [absent], MODELS)
    snapshot = store.scored_run()
    assert snapshot is not None
    assert snapshot.predictions == [absent]


def test_the_same_moment_and_models_again_replace_the_run(store: Store) -> None:
    store.save_run(AS_OF, [predicted("1"), predicted("2")], MODELS)
    again = store.save_run(AS_OF, [predicted("3")], MODELS)
    run = store.latest_run()
    assert run is not None
    assert run.id == again
    assert [item.entity_id for item in store.predictions(run)] == ["3"]
    with store.read() as connection:
        assert len(connection.execute(select(scores)).all()) == 1


def test_other_models_at_the_same_moment_make_another_run(store: Store) -> None:
    first = store.save_run(AS_OF, [predicted("1")], MODELS)
    second = store.save_run(AS_OF, [predicted("1")], {"churn": replace(MODELS["churn"], version="2")})
    run = store.latest_run()
    assert run is not None
    assert first != second == run.id
    assert run.models["churn"]["version"] == "2"


def test_the_latest_run_is_of_the_latest_moment_and_the_previous_of_one_before(store: Store) -> None:
    yesterday = AS_OF - timedelta(days=1)
    store.save_run(AS_OF, [], MODELS)
    store.save_run(yesterday, [], MODELS)
    run = store.latest_run()
    assert run is not None
    previous = store.previous_run(run)
    assert previous is not None
    assert (run.as_of, previous.as_of, store.previous_run(previous)) == (AS_OF, yesterday, None)


def test_an_empty_store_has_no_run(store: Store) -> None:
    assert store.latest_run() is None
    assert store.scored_run() is None


def test_one_account_alone_in_the_saved_order(store: Store) -> None:
    store.save_run(AS_OF, [predicted(entity) for entity in ("9", "10", "1")], MODELS)
    run = store.latest_run()
    assert run is not None
    assert [item.entity_id for item in store.predictions(run)] == ["9", "10", "1"]
    assert [item.entity_id for item in store.predictions(run, "acc-10")] == ["10"]


def test_facts_come_back_with_the_run(store: Store) -> None:
    kept = AccountFacts("acc-1", 9.5, AS_OF, 30.25, AS_OF, 2, AS_OF), AccountFacts("acc-2")
    stood = DealFacts("o1", "acc-1", "proposal", AS_OF, 10**15, AS_OF, AS_OF, "decision_maker offer")
    advice = Advice("conversion", "o1", "acc-1", "make_offer", "提交报价", "make an offer")
    facts = Facts({"acc-1": "甲公司"}, {"acc-1": AS_OF, "acc-2": AS_OF}, {"o1": 10**15}, {"acc-1": "S1"}, {"o1": "S1"})
    facts = replace(facts, accounts={one.account_id: one for one in kept}, deals={"o1": stood})
    facts = replace(facts, people={"S1": Owner("S1", "梁明然", "华东一组", 7.0)}, advice={("conversion", "o1"): advice})
    deal = replace(predicted("o1"), task="conversion")
    store.save_run(AS_OF, [predicted("1"), deal], MODELS, facts)
    snapshot = store.scored_run()
    assert snapshot is not None
    assert snapshot.facts == facts


def test_times_are_utc_whatever_zone_they_were_given_in(store: Store) -> None:
    store.save_run(AS_OF.astimezone(timezone(timedelta(hours=8))), [], MODELS)
    run = store.latest_run()
    assert run is not None
    assert (run.as_of, run.as_of.tzinfo) == (AS_OF, UTC)


def test_a_run_that_fails_midway_leaves_the_old_one(store: Store) -> None:
    store.save_run(AS_OF, [predicted("1")], MODELS)
    with pytest.raises(IntegrityError):
        store.save_run(AS_OF, [predicted("2"), predicted("2")], MODELS)
    snapshot = store.scored_run()
    assert snapshot is not None
    assert [item.entity_id for item in snapshot.predictions] == ["1"]


def test_readers_see_one_run_whole_while_it_is_replaced_again_and_again(store: Store) -> None:
    def run_of(label: str) -> list[Prediction]:
        return [replace(predicted(str(number)), model_version=label) for number in range(50)]

    def write() -> None:
        for round_number in range(15):
            store.save_run(AS_OF, run_of(str(round_number)), MODELS)
        done.set()

    done, seen = threading.Event(), []
    store.save_run(AS_OF, run_of("first"), MODELS)
    writer = threading.Thread(target=write)
    writer.start()
    while not done.is_set():
        snapshot = store.scored_run()
        assert snapshot is not None
        seen.append((len(snapshot.predictions), len({item.model_version for item in snapshot.predictions})))
    writer.join()
    assert set(seen) == {(50, 1)}


def test_five_thousand_predictions_are_saved_in_three_seconds_of_the_processor(store: Store) -> None:
    predictions = [predicted(str(number)) for number in range(5000)]
    started = time.process_time()
    store.save_run(AS_OF, predictions, MODELS)
    assert time.process_time() - started < 3.0


def test_sqlite_runs_in_wal_mode_with_foreign_keys(sqlite_store: Store) -> None:
    with sqlite_store.read() as connection:
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "foreign_keys")]
    assert found == ["wal", 1]


def test_a_naive_moment_is_refused(store: Store) -> None:
    with pytest.raises(StatementError, match="time zone"):
        store.save_run(datetime(2026, 3, 31), [], MODELS)


def test_an_address_that_is_no_database_is_refused_without_showing_a_password() -> None:
    with pytest.raises(ForesaleError, match="database_url") as caught:
        open_store("me:secret@nowhere")
    assert "secret" not in str(caught.value)


def test_two_processes_worth_of_connections_may_open_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'f.db'}"
    opened: list[Store] = []
    threads = [threading.Thread(target=lambda: opened.append(open_store(url))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 6
    for store in opened:
        store.close()


def test_the_file_is_plain_sqlite_that_other_tools_read(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'f.db'}") as store:
        store.save_run(AS_OF, [predicted("1")], MODELS)
    connection = sqlite3.connect(tmp_path / "f.db")
    assert connection.execute("select task, entity_id, shown from scores").fetchall() == [("churn", "1", AWKWARD[0])]
    connection.close()


def test_every_field_of_a_prediction_has_its_columns_and_its_place_in_the_api() -> None:
    """A new field is declared once."""
    fields = {field.name for field in dataclasses.fields(Prediction)}
    assert fields == {*TEXTS, *NUMBERS, *NESTED, "as_of", "features", "contributions"}
    assert {*TEXTS, *NUMBERS} <= set(scores.c.keys())


def test_runs_in_an_earlier_shape_give_way_and_keys_stay(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    with open_store(url) as store:
        store.save_run(AS_OF, [predicted("1")], MODELS)
        with store.write() as connection:
            connection.exec_driver_sql("ALTER TABLE scores DROP COLUMN remarks")
            connection.exec_driver_sql("INSERT INTO audit (at, actor, action, target) VALUES ('2026-01-01', 'a', 'b', 'c')")
    with open_store(url) as store:
        assert store.latest_run() is None
        store.save_run(AS_OF, [predicted("1")], MODELS)
        with store.read() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM audit").scalar() == 1


def test_a_copy_is_whole_and_comes_back(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'f.db'}"
    with open_store(url) as store:
        first = create_key(store, "one")
        backup(url, tmp_path / "copy")
        second = create_key(store, "two")
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o600
    kept = restore(url, tmp_path / "copy")
    for where, known in ((url, [True, False]), (f"sqlite:///{kept}", [True, True])):
        with open_store(where) as store:
            assert [authenticate(store, key) is not None for key in (first, second)] == known


def test_no_copy_is_written_over_and_nothing_else_is_restored(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'f.db'}"
    with pytest.raises(ForesaleError, match="no score store yet"):
        backup(url, tmp_path / "copy")
    open_store(url).close()
    (tmp_path / "copy").write_text("no database", encoding="utf-8")
    with pytest.raises(ForesaleError, match="there already"):
        backup(url, tmp_path / "copy")
    with pytest.raises(ForesaleError, match="no whole score store"):
        restore(url, tmp_path / "copy")
    with pytest.raises(ForesaleError, match="only a store in a file"):
        backup("postgresql+psycopg://host/foresale", tmp_path / "other")
