"""Rows that no ingest has seen: the answer is the one after an ingest of the same rows, to the last bit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from features.catalog import CATALOG
from features.facts.actions import ACTIONS, Action
from features.history import History, build_history
from features.overlay import grouped, prepared_on, tables_of, with_rows
from features.parts import AccountParts
from features.pipeline import Pipeline, available, prepare
from features.population import Population
from features.supposed import Scene, Subject, kinds_of
from tables.snapshot import Snapshot
from worlds.write import declared, write_world

ZONE = "Asia/Shanghai"
HELD_BACK = ("interactions", "orders", "needs", "quotes", "cases", "stage_changes", "field_history", "payments")
Tables = dict[str, pa.Table]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """A world of 80 accounts as canonical rows on disk."""
    folder = tmp_path_factory.mktemp("overlay") / "world"
    write_world(folder, declared(80, 2, 5, "standard"), with_truth=False)
    return Snapshot(folder / "tables", ZONE)


def late(table: pa.Table) -> np.ndarray:
    """The last tenth of the rows by the time they happened."""
    seconds = pc.cast(table["occurred_at"], pa.int64()).to_numpy()
    return seconds > np.quantile(seconds, 0.9)


@pytest.fixture(scope="module")
def split(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> tuple[Snapshot, Tables]:
    """What an ingest has seen, and the rows that came after it."""
    folder, held = tmp_path_factory.mktemp("earlier"), {}
    for name, table in snapshot.read().items():
        newer = late(table) if name in HELD_BACK else np.zeros(len(table), bool)
        held[name] = table.filter(pa.array(newer))
        pq.write_table(table.filter(pa.array(~newer)), folder / f"{name}.parquet")
    return Snapshot(folder, ZONE), {name: table for name, table in held.items() if len(table)}


def compiled(history: History, entity: str) -> Pipeline:
    wanted = [feature for feature in CATALOG if entity == "opportunity" or feature.path == "account"]
    return prepare(history, available(history, wanted, history.latest))


def frame(history: History, known: Pipeline, entity: str, keys: list[str], as_of: int) -> pd.DataFrame:
    codes = codes_of(history, entity)
    population = Population(entity, 90, "orders", 365)  # type: ignore[arg-type]
    spine = population.rows(history, np.array([codes[key] for key in keys]), np.full(len(keys), as_of))
    return prepared_on(history, known, known.features).frame(spine)


def codes_of(history: History, entity: str) -> dict[str, int]:
    return history.account_codes if entity == "account" else history.opportunity_codes


@pytest.mark.parametrize("entity", ["account", "opportunity"])
def test_an_answer_with_new_rows_is_that_of_an_ingest_of_them(
    snapshot: Snapshot, split: tuple[Snapshot, Tables], entity: str
) -> None:
    earlier, held = split
    before, after = build_history(earlier.read(), ZONE), build_history(snapshot.read(), ZONE)
    known, accounts = compiled(before, entity), before.accounts["account_id"].astype(str).tolist()[::3]
    own = tables_of(AccountParts(earlier), accounts)
    added = {name: table.filter(pc.is_in(table["account_id"], pa.array(accounts))) for name, table in held.items()}
    small = grouped(with_rows(own, added), ZONE, before.latest)
    keys = list(codes_of(small, entity))
    assert len(keys) > 20 and any(len(table) for table in added.values())
    found, expected = (frame(history, known, entity, keys, after.latest) for history in (small, after))
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


def test_a_row_with_the_key_of_one_that_is_there_takes_its_place(snapshot: Snapshot) -> None:
    case = snapshot.read(["cases"])["cases"].slice(0, 1)
    own = tables_of(AccountParts(snapshot), case["account_id"].to_pylist())
    changed = case.set_column(case.column_names.index("kind"), "kind", pa.array(["other words"]))
    found = with_rows(own, {"cases": changed})["cases"]
    assert len(found) == len(own["cases"])
    assert found.filter(pc.equal(found["case_id"], case["case_id"][0]))["kind"].to_pylist() == ["other words"]


def test_what_a_row_does_not_state_stays_as_it_was(snapshot: Snapshot) -> None:
    account = snapshot.read(["accounts"])["accounts"].slice(3, 1).to_pylist()[0]
    own = tables_of(AccountParts(snapshot), [account["account_id"]])
    row = {"account_id": account["account_id"], "size": "other"}
    (found,) = with_rows(own, {"accounts": pa.Table.from_pylist([row])})["accounts"].to_pylist()
    assert (found["size"], found["industry"], found["created_at"]) == ("other", account["industry"], account["created_at"])


def test_times_may_be_told_in_seconds(snapshot: Snapshot) -> None:
    case = snapshot.read(["cases"])["cases"].slice(0, 1)
    own = tables_of(AccountParts(snapshot), case["account_id"].to_pylist())
    row = {"case_id": "new", "account_id": case["account_id"][0].as_py(), "occurred_at": 1_700_000_000}
    found = with_rows(own, {"cases": pa.Table.from_pylist([row])})["cases"]
    (moment,) = found.filter(pc.equal(found["case_id"], "new"))["occurred_at"].to_pylist()
    assert moment.timestamp() == 1_700_000_000


def of_action(name: str, entity: str) -> Action:
    return next(action for action in ACTIONS if (action.name, action.entity) == (name, entity))


def scene(**tables: list[dict[str, object]]) -> Scene:
    found = {name: pa.Table.from_pylist(rows) for name, rows in tables.items()}
    return Scene(found, 1_000_000_000, {"$meeting": "visit", "$touch": "call"})


TOUCH = {"interaction_id": "T1", "account_id": "A", "opportunity_id": "P", "contact_id": "K1", "kind": "call", "direction": "in",
         "occurred_at": 999_999_000}  # fmt: skip
PEOPLE = [
    {"contact_id": "K1", "account_id": "A", "role": "user", "created_at": 1},
    {"contact_id": "K2", "account_id": "A", "role": "decision_maker", "created_at": 1},
    {"contact_id": "K3", "account_id": "A", "role": "decision_maker", "created_at": 1_000_000_001},
]


def test_the_decision_maker_is_met_who_is_known_by_then() -> None:
    (row,) = scene(interactions=[TOUCH], contacts=PEOPLE).rows(
        of_action("meet_decision_maker", "opportunity"), Subject("A", "P"), 0
    )
    assert (row["contact_id"], row["kind"], row["opportunity_id"], row["occurred_at"]) == ("K2", "visit", "P", 1_000_000_000)


def test_nobody_is_met_where_nobody_is_known() -> None:
    action = of_action("meet_decision_maker", "account")
    assert scene(interactions=[TOUCH], contacts=PEOPLE[:1]).rows(action, Subject("A"), 0) == []
    assert scene(interactions=[TOUCH]).rows(action, Subject("A"), 0) == []


def test_a_second_person_is_one_who_was_not_met_lately() -> None:
    (row,) = scene(interactions=[TOUCH], contacts=PEOPLE).rows(of_action("second_contact", "opportunity"), Subject("A", "P"), 0)
    assert row["contact_id"] == "K2"


def test_open_complaints_are_closed_and_no_others() -> None:
    cases = [
        {"case_id": "C1", "account_id": "A", "occurred_at": 5, "resolved_at": None},
        {"case_id": "C2", "account_id": "A", "occurred_at": 5, "resolved_at": 9},
        {"case_id": "C3", "account_id": "A", "occurred_at": 1_000_000_001, "resolved_at": None},
    ]
    found = scene(cases=cases).rows(of_action("resolve_complaint", "account"), Subject("A"), 0)
    assert found == [{**cases[0], "resolved_at": 1_000_000_000}]


def test_an_offer_is_for_the_amount_of_the_deal() -> None:
    quote = {"quote_id": "Q", "opportunity_id": "P", "account_id": "A", "amount": 5, "occurred_at": 5}
    deals = [
        {"opportunity_id": "P", "account_id": "A", "amount": 700},
        {"opportunity_id": "R", "account_id": "A", "amount": None},
    ]
    known, action = scene(quotes=[quote], opportunities=deals), of_action("make_offer", "opportunity")
    assert [row["amount"] for row in known.rows(action, Subject("A", "P"), 0)] == [700]
    assert known.rows(action, Subject("A", "R"), 0) == []


def test_kinds_are_the_company_s_own(snapshot: Snapshot) -> None:
    kinds = kinds_of(build_history(snapshot.read(), ZONE))
    assert kinds["$meeting"] == "visit"
    assert kinds["$touch"]
