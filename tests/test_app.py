"""The API over real HTTP: predictions now, stored accounts, health, metrics, errors and what must never leak."""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from serving_world import AS_OF, CHURN, World, assert_problem, company_engine, serving, wait_until_ready

from models.timing import Timing
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


@contextmanager
def served(engine: Engine, folder: Path) -> Iterator[World]:
    """A server of another engine, without stored scores."""
    with open_store(f"sqlite:///{folder / 'f.db'}") as store:
        log = io.StringIO()
        with serving(create_app(Settings(engine.workspace), lambda: engine, store, log_stream=log), log) as server:
            world = World(server, store, engine)
            while "still loading" in world.get("/readyz").text:
                time.sleep(0.01)
            yield world


@pytest.fixture
def both(engine: Engine, tmp_path: Path) -> Iterator[World]:
    """A server of a company whose first opportunity has the id of its account."""
    deals = engine.history.opportunities.replace({"opportunity_id": {"A001-1": "A001"}})
    with served(replace(engine, history=replace(engine.history, opportunities=deals)), tmp_path) as world:
        yield world


@pytest.fixture
def timed(engine: Engine, tmp_path: Path) -> Iterator[World]:
    """A server whose conversion looks 60 days ahead and knows when wins come."""
    loaded = engine.loaded["conversion"]
    scorer = replace(
        loaded.scorer,
        timing=Timing((0.0, 10.0, 60.0), (0.4, 0.6), spread=0.1),
        population=replace(loaded.scorer.population, horizon_days=60),
    )
    with served(replace(engine, loaded={"conversion": replace(loaded, scorer=scorer)}), tmp_path) as world:
        yield world


def scores(world: World, *items: object, **asked: object) -> list[dict[str, Any]]:
    """The entries of an answer."""
    answer = world.post({"items": list(items), **asked})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def minor(money: dict[str, str]) -> int:
    """Money of an answer in fen."""
    assert money["currency"] == "CNY"
    return int(money["amount"].replace(".", ""))


def test_probabilities_are_those_of_the_engine_to_the_last_bit(world: World) -> None:
    for got, want in zip(scores(world, *CHURN["items"]), world.engine.predict("churn", ["A001", "A002"], AS_OF), strict=True):
        assert (got["churn"]["probability"], got["churn"]["average"]) == (want.shown, want.base_shown)
        assert [one["effect"] for one in got["churn"]["reasons"]] == [one.points for one in want.reasons]
        assert got["churn"]["other"] == want.other_points


def test_an_account_is_answered_whole_churn_value_and_every_open_opportunity(world: World) -> None:
    (item,) = scores(world, {"account_id": "A001"})
    assert (item["status"], item["kind"], item["id"], item["account_id"]) == ("ok", "account", "A001", "A001")
    assert item["churn"]["status"] == item["value"]["status"] == "ok"
    assert [one["opportunity_id"] for one in item["conversions"]] == ["A001-1"]  # its four closed ones are not asked about
    assert item["tier"] == world.get("/v1/accounts/A001", "read").json()["account"]["tier"]


def test_an_opportunity_is_answered_with_its_chance_only(world: World) -> None:
    (item,) = scores(world, {"opportunity_id": "A001-1"})
    assert (item["kind"], item["account_id"], item["churn"], item["value"]) == ("opportunity", "A001", None, None)
    (chance,) = item["conversions"]
    assert chance["probability"] == world.engine.predict("conversion", ["A001-1"], AS_OF)[0].shown


def test_money_is_a_decimal_text_and_adds_up_to_the_last_digit(world: World) -> None:
    for count in range(8):
        (item,) = scores(world, {"id": "A001"}, tasks=["value"], reasons=count)
        value = item["value"]
        assert re.fullmatch(r"\d+\.\d\d", value["expected"]["amount"])
        effects = sum(minor(one["effect"]) for one in value["reasons"])
        assert minor(value["average"]) + effects + minor(value["other"]) == minor(value["expected"])
        assert len(value["reasons"]) <= count
    assert minor(value["low"]) <= minor(value["median"]) <= minor(value["high"])


def test_fewer_reasons_leave_more_to_the_rest(world: World) -> None:
    (whole,), (none,) = (scores(world, {"id": "A001"}, tasks=["churn"], reasons=count) for count in (7, 0))
    churn = none["churn"]
    assert whole["churn"]["reasons"]
    assert churn["reasons"] == []
    assert churn["average"] + churn["other"] == pytest.approx(churn["probability"])


def test_an_answer_names_model_moment_and_reasons_in_both_languages(world: World) -> None:
    answer = world.post(CHURN).json()
    churn = answer["items"][0]["churn"]
    sha256 = world.engine.models["churn"].bundle_sha256
    assert churn["model"] == {"name": "foresale-demo-churn", "version": "3", "bundle_sha256": sha256}
    assert {answer["as_of"], answer["data_through"], churn["as_of"]} == {"2026-03-31T15:59:59Z"}
    assert churn["reasons"]
    assert all(set(one["sentence"]) == {"zh-CN", "en"} for one in churn["reasons"])


def test_one_language_leaves_the_other_out(world: World) -> None:
    for language in ("zh-CN", "en"):
        (item,) = scores(world, {"id": "A001"}, language=language)
        told = [one["sentence"] for one in (*item["churn"]["reasons"], *item["value"]["remarks"])]
        assert told
        assert {tuple(sentence) for sentence in told} == {(language,)}


def test_no_word_of_statistics_is_in_an_answer(world: World) -> None:
    text = world.post({"items": [{"id": "A001"}, {"id": "A001-1"}]}).text + world.get("/v1/accounts/A001", "read").text
    assert [word for word in ('"shown"', '"link"', '"thin"', '_minor"', '"contribution"') if word in text] == []


def test_a_bad_item_says_what_to_do_and_fails_nobody_else(world: World) -> None:
    items = [
        {"id": "nobody"},
        {"account_id": "A001-1"},
        {"opportunity_id": "A001"},
        {"id": "A001", "kind": "opportunity"},
        {},
        {"account_id": None},
        {"id": ""},
        {"account_id": "A001", "opportunity_id": "A001-1"},
        {"account_id": "A001", "kind": "opportunity"},
        {"id": 17},
        {"id": "A001"},
    ]
    found = scores(world, *items)
    unknown, invalid = "unknown_entity", "invalid"
    assert [one["status"] for one in found] == [unknown] * 4 + [invalid] * 5 + [unknown, "ok"]
    assert "the data hold an opportunity under it" in found[1]["hint"]
    assert "the data hold an account under it" in found[2]["hint"]
    assert "the data hold an account under it" in found[3]["hint"]
    assert "2 are given" in found[7]["hint"]
    assert found[9]["id"] == "17"
    assert all(one["hint"] for one in found[:-1])
    assert found[-1]["hint"] is None


def test_an_id_of_both_kinds_asks_for_the_kind(both: World) -> None:
    ambiguous, account, opportunity = scores(
        both, {"id": "A001"}, {"id": "A001", "kind": "account"}, {"id": "A001", "kind": "opportunity"}
    )
    assert (ambiguous["status"], ambiguous["hint"]) == ("invalid", "Both an account and an opportunity have this id: add kind.")
    assert (account["kind"], opportunity["kind"]) == ("account", "opportunity")
    assert opportunity["conversions"][0]["opportunity_id"] == "A001"


def test_the_same_item_twice_is_answered_twice(world: World) -> None:
    first, second = scores(world, {"id": "A002"}, {"account_id": "A002"})
    assert first == second


def test_only_what_is_asked_for_is_answered(world: World) -> None:
    (item,) = scores(world, {"id": "A001"}, tasks=["value"])
    assert (item["churn"], item["conversions"], item["value"]["status"]) == (None, [], "ok")
    (deal,) = scores(world, {"id": "A001-1"}, tasks=["value"])
    assert (deal["status"], deal["hint"]) == ("invalid", "An opportunity is asked about conversion only: add it to tasks.")


def test_where_a_question_does_not_apply_the_rule_is_said(world: World) -> None:
    (item,) = scores(world, {"id": "A119"})  # has never bought
    assert item["status"] == "ok"
    churn = item["churn"]
    assert (churn["status"], churn["probability"], churn["percentile"], churn["grade"]) == ("not_applicable", None, None, None)
    assert "180" in churn["remarks"][0]["sentence"]["en"]


def test_a_newcomer_gets_the_average_and_no_grade(world: World) -> None:
    (item,) = scores(world, {"opportunity_id": "A007-1"})
    (chance,) = item["conversions"]
    assert (chance["status"], chance["probability"]) == ("insufficient_history", chance["average"])
    assert (chance["percentile"], chance["grade"], chance["other"], chance["reasons"]) == (None, None, None, [])


def test_percentile_and_grade_say_where_a_number_stands_in_the_latest_run(world: World) -> None:
    answers = [one["churn"] for one in scores(world, *({"id": f"A{number:03d}"} for number in range(1, 121)), tasks=["churn"])]
    graded = sorted((one for one in answers if one["status"] == "ok"), key=lambda one: one["probability"])
    percentiles = [one["percentile"] for one in graded]
    assert percentiles == sorted(percentiles)
    assert percentiles[0] < 1 < 99 < percentiles[-1]
    assert [one["grade"] for one in graded] == sorted(one["grade"] for one in graded)  # the lowest risk is an A
    assert {sum(one["grade"] == grade for one in graded) for grade in "ABCD"} <= {len(graded) // 4, len(graded) // 4 + 1}


def test_shorter_horizons_are_answered_beside_the_whole_one_in_the_order_asked(timed: World) -> None:
    (account,) = scores(timed, {"id": "A001"}, horizons_days=[30, 7.5])
    (chance,) = account["conversions"]
    wanted = [timed.engine.predict("conversion", ["A001-1"], AS_OF, within_days=days)[0].shown for days in (30, 7.5)]
    assert chance["within"] == [
        {"horizon_days": days, "probability": shown} for days, shown in zip((30, 7.5), wanted, strict=True)
    ]
    assert chance["within"][1]["probability"] < chance["within"][0]["probability"] < chance["probability"]
    assert chance["horizon_days"] == 60
    assert chance["days_to_win"]["low"] <= chance["days_to_win"]["median"] <= chance["days_to_win"]["high"]
    refused = timed.post({"items": [{"id": "A001"}], "horizons_days": [61]})
    assert "at most 60 days" in assert_problem(refused, 422, "invalid-request")["detail"]


def test_without_a_stored_run_there_is_no_percentile_and_no_tier(timed: World) -> None:
    (account,) = scores(timed, {"id": "A001"})
    (chance,) = account["conversions"]
    assert (chance["status"], chance["percentile"], chance["grade"], account["tier"]) == ("ok", None, None, None)


def test_a_horizon_that_no_model_knows_is_refused(world: World) -> None:
    body = {"items": [{"id": "A001-1"}], "horizons_days": [30]}  # these deals have their own closing dates
    assert "has no answer for this horizon" in assert_problem(world.post(body), 422, "invalid-request")["detail"]
    refused = assert_problem(world.post({**body, "tasks": ["churn"]}), 422, "invalid-request")
    assert refused["errors"][0]["pointer"] == "/horizons_days"


def test_a_moment_in_another_zone_is_the_same_moment(world: World) -> None:
    answer = world.post({**CHURN, "as_of": "2026-01-01T08:00:00+08:00"}).json()
    assert answer["as_of"] == "2026-01-01T00:00:00Z"
    assert answer["data_through"] == "2026-03-31T15:59:59Z"


def test_a_moment_counts_to_the_whole_second_everywhere_in_the_answer(world: World) -> None:
    answer = world.post({**CHURN, "as_of": "2026-01-01T00:00:00.9Z"}).json()
    assert {answer["as_of"], *(item["churn"]["as_of"] for item in answer["items"])} == {"2026-01-01T00:00:00Z"}


BARE = {"items": [{"id": "A001"}]}
TIME = "RFC 3339"


@pytest.mark.parametrize(
    ("body", "pointer", "says"),
    [
        ({**BARE, "as_of": "2026-01-01T00:00:00"}, "/as_of", TIME),
        ({**BARE, "as_of": "2026-01-01"}, "/as_of", TIME),
        ({**BARE, "as_of": "20260101T000000Z"}, "/as_of", TIME),
        ({**BARE, "as_of": 1700000000}, "/as_of", TIME),
        ({**BARE, "as_of": "2026-02-30T00:00:00Z"}, "/as_of", "no such time"),
        ({**BARE, "as_of": "0001-01-01T00:00:00+08:00"}, "/as_of", "between the years 1 and 9999"),
        ({**BARE, "as_of": "9999-12-31T23:59:59-08:00"}, "/as_of", "between the years 1 and 9999"),
        ({"items": []}, "/items", "at least 1"),
        ({"items": [{"id": "x"}] * 1001}, "/items", "at most 1,000 entries, not 1,001"),
        ({"items": [{"id": "x"}, {"id": 1.5}]}, "/items/1/id", "expected an id"),
        ({"items": [{"id": True}]}, "/items/0/id", "expected an id"),
        ({"items": [{"id": 2**63}]}, "/items/0/id", "expected an id"),
        ({"items": [{"id": "x\0"}]}, "/items/0/id", "expected an id"),
        ({"items": [{"id": "x" * 201}]}, "/items/0/id", "expected an id"),
        ({"items": [{"id": "x"}, "A001"]}, "/items/1", "valid dictionary"),
        ({"items": [{"id": "x", "a/b~c": 1}]}, "/items/0/a~1b~0c", "not permitted"),
        ({"items": [{"id": "x", "kind": "lead"}]}, "/items/0/kind", "'account' or 'opportunity'"),
        ({**BARE, "tasks": ["weather"]}, "/tasks/0", "'churn'"),
        ({**BARE, "tasks": ["churn", "churn"]}, "/tasks", "twice"),
        ({**BARE, "horizons_days": [30, 0]}, "/horizons_days/1", "greater than 0"),
        ({**BARE, "horizons_days": [1e308]}, "/horizons_days/0", "less than or equal to 3650"),
        ({**BARE, "reasons": 8}, "/reasons", "less than or equal to 7"),
        ({**BARE, "language": "fr"}, "/language", "'zh-CN' or 'en'"),
        ({**BARE, "asof": "x"}, "/asof", "not permitted"),
        ([], "", "valid dictionary"),
    ],
)
def test_a_wrong_body_is_refused_where_it_is_wrong(world: World, body: object, pointer: str, says: str) -> None:
    problem = assert_problem(world.post(body), 422, "invalid-request")
    assert problem["errors"][0]["pointer"] == pointer
    assert says in problem["errors"][0]["detail"]


def test_a_moment_after_the_history_is_refused_with_its_end(world: World) -> None:
    late = (AS_OF + timedelta(seconds=1)).isoformat()
    problem = assert_problem(world.post({**CHURN, "as_of": late}), 422, "as-of-after-history")
    assert AS_OF.isoformat() in problem["detail"]


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


def test_a_new_run_is_shown_without_a_restart(world: World) -> None:
    before = world.get("/v1/accounts", "read").json()["run"]["id"]
    score_and_store(world.engine, world.store, AS_OF)
    run = world.store.latest_run()
    assert run is not None
    assert world.get("/v1/accounts", "read").json()["run"]["id"] == run.id != before


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
