"""The API over real HTTP: predictions now, stored accounts, health, metrics, errors and what must never leak."""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from serving_world import AS_OF, CHURN, World, assert_problem, company_engine, serving, wait_until_ready

from serving.access.keys import create_key, revoke_key
from serving.app import create_app
from serving.batch import score_and_store
from serving.engine import Engine
from serving.settings import Settings
from serving.store.scores import open_store


@pytest.fixture(scope="module")
def engine() -> Engine:
    """The engine that these tests serve."""
    return company_engine()


@pytest.fixture(scope="module")
def world(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A server that is ready."""
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('store') / 'f.db'}") as store:
        score_and_store(engine, store, AS_OF)
        log = io.StringIO()
        with serving(create_app(Settings(engine.workspace), lambda: engine, store, log_stream=log), log) as server:
            world = World(server, store, engine)
            wait_until_ready(world)
            yield world


def test_predictions_are_those_of_the_engine_to_the_last_bit(world: World) -> None:
    answer = world.post(CHURN).json()
    expected = world.engine.predict("churn", CHURN["ids"], AS_OF)
    for got, want in zip(answer["results"], expected, strict=True):
        assert (got["shown"], got["link"], got["base_link"]) == (want.shown, want.link, want.base_link)
        assert [part["contribution"] for part in got["dimensions"]] == [part.contribution for part in want.dimensions]


def test_an_answer_names_model_moment_and_reasons_in_both_languages(world: World) -> None:
    first = world.post(CHURN).json()["results"][0]
    model = world.engine.models["churn"]
    assert (first["model_name"], first["model_version"], first["bundle_sha256"]) == (
        "foresale-demo-churn",
        "3",
        model.bundle_sha256,
    )
    assert first["reasons"]
    assert first["as_of"] == "2026-03-31T15:59:59Z"
    assert all(reason["zh"] and reason["en"] for reason in first["reasons"])
    assert first["features"] is None


def test_one_language_leaves_the_other_out(world: World) -> None:
    reasons = world.post({**CHURN, "language": "en"}).json()["results"][0]["reasons"]
    assert {(reason["zh"], bool(reason["en"])) for reason in reasons} == {(None, True)}


def test_unknown_ids_keep_their_place_and_say_so(world: World) -> None:
    answer = world.post({"task": "churn", "ids": ["nobody", "A002", "A002"]}).json()
    assert [(item["entity_id"], item["status"]) for item in answer["results"]] == [
        ("nobody", "unknown_id"),
        ("A002", "ok"),
        ("A002", "ok"),
    ]
    assert answer["unknown"] == 1


def test_only_unknown_ids_still_answer_with_one_entry_each(world: World) -> None:
    response = world.post({"task": "conversion", "ids": ["x", "y"]})
    assert (response.status_code, response.json()["unknown"]) == (200, 2)


def test_a_moment_in_another_zone_is_the_same_moment(world: World) -> None:
    answer = world.post({**CHURN, "as_of": "2026-01-01T08:00:00+08:00"}).json()
    assert answer["as_of"] == "2026-01-01T00:00:00Z"


def test_a_moment_counts_to_the_whole_second_everywhere_in_the_answer(world: World) -> None:
    answer = world.post({**CHURN, "as_of": "2026-01-01T00:00:00.9Z"}).json()
    assert {answer["as_of"], *(item["as_of"] for item in answer["results"])} == {"2026-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("body", "pointer", "says"),
    [
        ({**CHURN, "as_of": "2026-01-01T00:00:00"}, "/as_of", "the time has no zone"),
        ({**CHURN, "as_of": 1700000000}, "/as_of", "a time with its zone"),
        ({**CHURN, "as_of": "soon"}, "/as_of", "valid datetime"),
        ({**CHURN, "as_of": "0001-01-01T00:00:00+08:00"}, "/as_of", "outside the years 1 to 9999"),
        ({**CHURN, "as_of": "9999-12-31T23:59:59-08:00"}, "/as_of", "outside the years 1 to 9999"),
        ({**CHURN, "ids": []}, "/ids", "at least 1"),
        ({**CHURN, "ids": ["x"] * 501}, "/ids", "at most 500"),
        ({**CHURN, "ids": [1]}, "/ids/0", "valid string"),
        ({**CHURN, "task": "weather"}, "/task", "churn"),
        ({**CHURN, "asof": "x"}, "/asof", "not permitted"),
    ],
)
def test_a_wrong_body_is_refused_where_it_is_wrong(world: World, body: object, pointer: str, says: str) -> None:
    problem = assert_problem(world.post(body), 422, "invalid-request")
    assert problem["errors"][0]["pointer"] == pointer
    assert says in problem["errors"][0]["detail"]


def test_a_body_that_is_not_json_is_refused(world: World) -> None:
    with world.client("score") as client:
        assert_problem(
            client.post("/v1/scores", content=b"{", headers={"content-type": "application/json"}), 422, "invalid-request"
        )


def test_a_moment_after_the_history_is_refused_with_its_end(world: World) -> None:
    late = (AS_OF + timedelta(seconds=1)).isoformat()
    problem = assert_problem(world.post({**CHURN, "as_of": late}), 422, "as-of-after-history")
    assert AS_OF.isoformat() in problem["detail"]


def test_features_need_the_scope_admin(world: World) -> None:
    body = {**CHURN, "include": ["features"]}
    assert_problem(world.post(body, "score"), 403, "missing-scope")
    assert world.post(body, "admin").status_code == 200


def test_a_body_beyond_the_limit_is_refused(world: World) -> None:
    with world.client("score") as client:
        assert_problem(client.post("/v1/scores", content=b" " * 1_000_001), 413, "content-too-large")
        chunks = (b" " * 100_000 for _ in range(11))
        assert_problem(client.post("/v1/scores", content=chunks), 413, "content-too-large")


@pytest.mark.parametrize("path", ["/v1/accounts", "/v1/accounts/A001"])
def test_without_a_key_nothing_is_told(world: World, path: str) -> None:
    response = world.get(path)
    assert_problem(response, 401, "unauthorized")
    assert response.headers["www-authenticate"].startswith("Bearer")


def test_scopes_are_kept_apart(world: World) -> None:
    assert_problem(world.get("/v1/accounts", "score"), 403, "missing-scope")
    assert_problem(world.post(CHURN, "read"), 403, "missing-scope")


def test_a_revoked_key_is_refused_at_once(world: World) -> None:
    key = create_key(world.store, "crm", ("read",))
    with httpx.Client(base_url=world.server.url, headers={"authorization": f"Bearer {key}"}) as client:
        assert client.get("/v1/accounts").status_code == 200
        revoke_key(world.store, key.split("_")[1])
        assert client.get("/v1/accounts").status_code == 401


def test_accounts_page_through_all_without_gap_or_double(world: World) -> None:
    seen, offset = [], 0
    while offset is not None:
        page = world.get(f"/v1/accounts?limit=50&offset={offset}", "read").json()
        seen += [account["account_id"] for account in page["accounts"]]
        offset = page["next_offset"]
    assert len(seen) == len(set(seen)) == page["total"] == 120


def test_accounts_are_sorted_and_filtered_as_asked(world: World) -> None:
    accounts = world.get("/v1/accounts?sort=churn&tier=gold&limit=500", "read").json()["accounts"]
    risks = [account["churn"] for account in accounts]
    assert risks == sorted(risks, reverse=True)
    assert {account["tier"] for account in accounts} == {"gold"}


def test_an_unknown_tier_or_sort_is_refused(world: World) -> None:
    assert "gold, silver, white" in assert_problem(world.get("/v1/accounts?tier=tin", "read"), 422, "unknown-tier")["detail"]
    assert_problem(world.get("/v1/accounts?sort=luck", "read"), 422, "invalid-request")


def test_one_account_has_its_stored_predictions_and_rank(world: World) -> None:
    body = world.get("/v1/accounts/A001", "read").json()
    stored = world.engine.predict("churn", ["A001"], AS_OF)[0]
    by_task = {item["task"]: item for item in body["predictions"]}
    assert sorted(by_task) == ["churn", "conversion", "value"]
    assert by_task["churn"]["shown"] == stored.shown
    assert 1 <= body["account"]["rank"] <= 120


def test_an_account_that_is_not_scored_is_not_found(world: World) -> None:
    assert_problem(world.get("/v1/accounts/nobody", "read"), 404, "unknown-account")


def test_a_new_run_is_shown_without_a_restart(world: World) -> None:
    before = world.get("/v1/accounts", "read").json()["run_id"]
    score_and_store(world.engine, world.store, AS_OF)
    run = world.store.latest_run()
    assert run is not None
    assert world.get("/v1/accounts", "read").json()["run_id"] == run.id != before


def test_unknown_addresses_and_methods_are_problems(world: World) -> None:
    assert_problem(world.get("/nowhere"), 404, "not-found")
    assert_problem(world.get("/v1/scores"), 405, "method-not-allowed")


@pytest.mark.parametrize("path", ["/livez", "/nowhere", "/v1/accounts", "/login", "/static/foresale.css", "/openapi.json"])
def test_every_answer_carries_the_security_headers(world: World, path: str) -> None:
    headers = world.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "unsafe" not in headers["content-security-policy"]
    assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")
    assert headers["x-request-id"]


def test_a_sensible_request_id_is_kept_and_any_other_replaced(world: World) -> None:
    with world.client() as client:
        assert client.get("/livez", headers={"x-request-id": "crm-42.a"}).headers["x-request-id"] == "crm-42.a"
        assert client.get("/livez", headers={"x-request-id": "a b"}).headers["x-request-id"] != "a b"


def test_the_log_names_routes_and_keys_but_no_customer(world: World) -> None:
    world.get("/v1/accounts/A001?x=A001", "read")
    told = None
    for _ in range(100):  # the line is written after the answer
        lines = [json.loads(line) for line in world.server.log.getvalue().splitlines()]
        told = next((line for line in lines if (line["route"], line["status"]) == ("/v1/accounts/{account_id}", 200)), None)
        if told:
            break
        time.sleep(0.05)
    assert told is not None
    assert (told["status"], told["method"]) == (200, "GET")
    assert re.fullmatch("[0-9a-f]{12}", told["key_id"])
    assert told["ms"] > 0
    assert "A001" not in world.server.log.getvalue()


def metric(world: World, name: str, **labels: str) -> float:
    families = text_string_to_metric_families(world.get("/metrics").text)
    return sum(
        sample.value
        for family in families
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def test_metrics_count_requests_predictions_and_models(world: World) -> None:
    labels = {"route": "/v1/scores", "status": "200"}
    before = metric(world, "foresale_http_requests_total", **labels), metric(world, "foresale_predictions_total", task="churn")
    world.post(CHURN)
    after = metric(world, "foresale_http_requests_total", **labels), metric(world, "foresale_predictions_total", task="churn")
    assert (after[0] - before[0], after[1] - before[1]) == (1, 2)
    assert metric(world, "foresale_model_info", task="value", version="3") == 1


def test_openapi_describes_every_endpoint_with_an_example(world: World) -> None:
    paths = world.get("/openapi.json").json()["paths"]
    assert set(paths) == {
        "/v1/scores",
        "/v1/accounts",
        "/v1/accounts/{account_id}",
        "/v1/models/reload",
        "/livez",
        "/readyz",
        "/metrics",
    }
    schemas = world.get("/openapi.json").json()["components"]["schemas"]
    for path, operations in paths.items():
        for operation in operations.values():
            content = next(iter(operation["responses"]["200"]["content"].values()))
            reference = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
            assert "example" in content or schemas[reference]["examples"], path
            assert operation["summary"]
            if path.startswith("/v1"):
                assert operation["security"]
                assert "application/problem+json" in operation["responses"]["401"]["content"]
