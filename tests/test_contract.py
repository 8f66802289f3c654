"""/v1 is frozen: its OpenAPI document is committed, its examples are of its shapes, and so are the answers of a server."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from served import world
from serving_world import World, assert_problem

from serving.openapi import read_examples

__all__ = ["world"]
ROOT = Path(__file__).parents[1]
DOCUMENT: dict[str, Any] = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
SHAPES: dict[str, Any] = DOCUMENT["components"]["schemas"]
OPERATIONS = {
    f"{method.upper()} {path}": found for path, methods in DOCUMENT["paths"].items() for method, found in methods.items()
}
V1 = {name: found for name, found in OPERATIONS.items() if " /v1/" in name}


def wrong(value: object, shape: str) -> list[str]:
    """What is not of a shape, with its place."""
    schema = {"$ref": f"#/components/schemas/{shape}", "components": DOCUMENT["components"]}
    return [f"{error.json_path}: {error.message[:200]}" for error in Draft202012Validator(schema).iter_errors(value)]


def answered(operation: dict[str, Any], status: str = "200") -> str:
    """The shape of an answer."""
    content = operation["responses"][status]["content"]
    return str((content.get("application/json") or content["application/problem+json"])["schema"]["$ref"]).rpartition("/")[2]


def test_the_document_is_the_committed_one() -> None:
    spec = importlib.util.spec_from_file_location("generate_openapi", ROOT / "docs" / "generate_openapi.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert json.loads(module.document()) == DOCUMENT, "the contract changed: was it meant? run: python docs/generate_openapi.py"


def test_a_shape_without_its_required_member_is_noticed() -> None:
    money = {"amount": "1.00", "currency": "CNY"}
    assert wrong(money, "Money") == []
    assert wrong({**money, "amount": 1.0}, "Money") != []
    assert wrong({"amount": "1.00"}, "Money") != []


@pytest.mark.parametrize("shape", read_examples())
def test_an_example_is_of_its_shape(shape: str) -> None:
    (example,) = SHAPES[shape]["examples"]
    assert wrong(example, shape) == []


@pytest.mark.parametrize("name", V1)
def test_every_operation_names_its_scope_its_problems_and_an_example(name: str) -> None:
    operation = V1[name]
    assert operation["security"]
    assert operation["summary"]
    assert {"401", "403", "422", "500", "503"} <= operation["responses"].keys()
    for status, found in operation["responses"].items():
        if status != "200":
            assert answered(operation, status) == "Problem"
            assert wrong(found["content"]["application/problem+json"]["example"], "Problem") == []
    assert SHAPES[answered(operation)]["examples"]


PATHS = {
    "GET /v1/accounts": "accounts?limit=3",
    "GET /v1/accounts/{account_id}": "accounts/A001",
    "GET /v1/accounts/{account_id}/history": "accounts/A001/history",
    "GET /v1/accounts/{account_id}/changes": "accounts/A001/changes?task=value&since=2026-03-03T15:59:59Z",
    "GET /v1/opportunities": "opportunities?fields=grade",
    "GET /v1/opportunities/{opportunity_id}": "opportunities/A001-1",
    "GET /v1/opportunities/{opportunity_id}/history": "opportunities/A001-1/history",
    "GET /v1/opportunities/{opportunity_id}/changes": "opportunities/A001-1/changes?since=2026-03-03T15:59:59Z",
    "GET /v1/models": "models",
    "GET /v1/models/{task}": "models/value",
}


@pytest.mark.parametrize("name", PATHS)
def test_an_answer_is_of_the_documented_shape(world: World, name: str) -> None:
    answer = world.get(f"/v1/{PATHS[name]}", "read")
    assert answer.status_code == 200, answer.text
    assert wrong(answer.json(), answered(V1[name])) == []
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("language", [{}, {"language": "zh-CN"}, {"language": "en"}])
def test_scores_are_of_the_documented_shape(world: World, language: dict[str, str]) -> None:
    (example,) = SHAPES["ScoresIn"]["examples"]
    everybody = [{"account_id": row["account_id"]} for row in world.get("/v1/accounts?limit=500", "read").json()["accounts"]]
    for body in (example, {"items": [*everybody, {"id": "A001-1"}, {"id": 12}], **language}):
        assert wrong(body, "ScoresIn") == []
        answer = world.post(body)
        assert answer.status_code == 200, answer.text
        assert wrong(answer.json(), "ScoresOut") == []


def test_problems_are_of_the_documented_shape(world: World) -> None:
    for answer in (
        world.get("/nowhere"),
        world.get("/v1/accounts?x=1", "read"),
        world.post({}),
        world.get("/v1/models/x", "read"),
    ):
        assert wrong(answer.json(), "Problem") == []
    assert_problem(world.get("/v1/models/x", "read"), 422, "invalid-request")


def test_what_serves_is_told_with_what_the_registry_knows(world: World) -> None:
    """The little company has no registry: the models are named all the same."""
    models = world.get("/v1/models", "read").json()["models"]
    assert {one["task"]: one["version"] for one in models} == {"churn": "3", "value": "3", "conversion": "3"}
    assert {(one["trained_at"], one["gate"]) for one in models} == {(None, None)}
