"""What a CRM asks beside scores, over real HTTP: hypothetical rows, what to do next, and what people say of an answer."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest
from serving_world import AS_OF, World, assert_problem, company_engine, serving, wait_until_ready

from features.catalog import CATALOG
from features.streams import STREAMS
from serving.app import create_app
from serving.batch import score_and_store
from serving.live import live
from serving.settings import Settings
from serving.store.feedback import feedback_of
from serving.store.scores import open_store
from serving.store.tables import feedback
from workspace.schema import TABLES


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A server whose engine holds the canonical rows."""
    engine = company_engine()
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('store') / 'f.db'}", lambda: AS_OF + timedelta(hours=3)) as store:
        score_and_store(engine, store, AS_OF)
        log = io.StringIO()
        with serving(create_app(Settings(engine.workspace), lambda: live(engine, store), store, log_stream=log), log) as server:
            ready = World(server, store, engine)
            wait_until_ready(ready)
            yield ready


def asked(world: World, *items: dict[str, object]) -> list[dict[str, object]]:
    answer = world.post({"items": list(items), "tasks": ["churn", "conversion"]})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()["items"]
    return found


def churn(item: dict[str, object]) -> float:
    found: float = item["churn"]["probability"]  # type: ignore[index]
    return found


def test_a_hypothetical_order_changes_its_own_answer_and_no_other(world: World) -> None:
    account = max(world.engine.predict("churn", world.engine.population("churn", AS_OF), AS_OF), key=lambda one: one.shown or 0)
    plain, supposed, after = asked(
        world,
        {"account_id": account.entity_id},
        {"account_id": account.entity_id, "hypothetical": [{"table": "orders", "amount": "50000.00"}]},
        {"account_id": account.entity_id},
    )
    assert churn(plain) == churn(after) == account.shown
    assert churn(supposed) < churn(plain)
    assert [item["hypothetical"] for item in (plain, supposed, after)] == [False, True, False]


def test_a_lead_that_nobody_knows_brings_its_own_rows(world: World) -> None:
    opened = (AS_OF - timedelta(days=3)).isoformat()
    rows = [
        {"table": "accounts", "account_id": "new", "industry": "机电设备"},
        {"table": "opportunities", "opportunity_id": "lead", "account_id": "new", "opened_at": opened, "source": "referral",
         "expected_close_at": (AS_OF + timedelta(days=40)).isoformat()},
    ]  # fmt: skip
    lead, account = asked(world, {"opportunity_id": "lead", "hypothetical": rows}, {"account_id": "new", "hypothetical": rows})
    assert (lead["status"], lead["account_id"]) == ("ok", "new")
    assert lead["conversions"][0]["probability"] == account["conversions"][0]["probability"]  # type: ignore[index]
    assert asked(world, {"opportunity_id": "lead"})[0]["status"] == "unknown_entity"


@pytest.mark.parametrize(
    ("item", "hint"),
    [
        ({"account_id": "A001", "hypothetical": [{"table": "cases"}]}, "a table that the company does not have"),
        ({"account_id": "A001", "hypothetical": [{"table": "orders", "amount": "much"}]}, "orders.amount cannot be read"),
        ({"account_id": "A001", "hypothetical": [{}]}, "a table that the company does not have"),
        ({"opportunity_id": "nothing", "hypothetical": [{"table": "orders", "amount": "1"}]}, "a deal that nobody knows"),
    ],
)
def test_rows_that_cannot_be_read_make_their_item_invalid_and_fail_no_other(
    world: World, item: dict[str, object], hint: str
) -> None:
    wrong, right = asked(world, item, {"account_id": "A001"})
    assert (wrong["status"], right["status"]) == ("invalid", "ok")
    assert hint in str(wrong["hint"])


def test_too_many_hypothetical_rows_are_refused(world: World) -> None:
    row = {"table": "orders", "amount": "1"}
    assert world.post({"items": [{"account_id": "A001", "hypothetical": [row] * 51}]}).status_code == 422


def test_what_to_do_next_is_that_of_the_engine(world: World) -> None:
    told = {key: world.engine.next_actions("churn", [key], AS_OF)[key] for key in world.engine.everyone("churn")[:40]}
    account, suggestions = next((key, found) for key, found in told.items() if found)
    answer = world.get(f"/v1/accounts/{account}/actions?language=zh-CN", "read").json()
    assert [one["action"] for one in answer["actions"] if one["task"] == "churn"] == [one.code for one in suggestions]
    first = answer["actions"][0]
    assert first["sentence"] == {"zh-CN": suggestions[0].zh}
    assert (first["now"], first["then"], first["customers"]) == (
        suggestions[0].shown,
        suggestions[0].shown_after,
        suggestions[0].customers,
    )
    assert_problem(world.get("/v1/accounts/nobody/actions", "read"), 404, "unknown-account")


def test_what_people_say_is_kept_and_shown(world: World) -> None:
    said = {"task": "churn", "id": "A001", "agree": False, "because": "他们的采购换人了"}
    with world.client("events", "read") as client:
        answer = client.post("/v1/feedback", json=said)
        assert (answer.status_code, [one["because"] for one in answer.json()["opinions"]]) == (200, [said["because"]])
        assert client.get("/v1/feedback/A001").json()["opinions"] == answer.json()["opinions"]
        assert_problem(client.post("/v1/feedback", json={**said, "id": "nobody"}), 404, "unknown-entity")
        assert client.post("/v1/feedback", json={**said, "agree": "no"}).status_code == 422
    assert world.get("/v1/feedback/A001").status_code == 401
    assert [one.agree for one in feedback_of(world.store, "A001")] == [False]


def test_no_feature_and_no_label_is_made_of_what_people_say() -> None:
    names = {stream.table for stream in STREAMS} | {feature.source for feature in CATALOG} | set(TABLES)
    assert feedback.name not in names


def test_what_is_more_than_can_be_computed_is_refused_at_once_and_what_is_stored_is_still_told(world: World) -> None:
    runtime = world.server.app.state.runtime
    with ExitStack() as taken:
        for _ in range(runtime.settings.most_at_once):
            taken.enter_context(runtime.slots.taken())
        refused = world.post({"items": [{"account_id": "A001"}]})
        assert_problem(refused, 429, "overloaded")
        assert refused.headers["retry-after"] == "1"
        assert_problem(world.get("/v1/accounts/A001/actions", "read"), 429, "overloaded")
        assert world.get("/v1/accounts/A001", "read").status_code == 200
        assert world.get("/livez").status_code == 200
    assert world.post({"items": [{"account_id": "A001"}]}).status_code == 200
