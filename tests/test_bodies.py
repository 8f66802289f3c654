"""Hostile and broken bodies: refused at once with a short answer, whatever they hold."""

from __future__ import annotations

import gzip
import json
import time

import httpx
import pytest
from served import world
from serving_world import World, assert_problem

from serving.api.body import unpacked
from serving.problems import Problem

__all__ = ["world"]
BODY = b'{"items": [{"id": "A001"}], "tasks": ["churn"], "reasons": 0}'
JSON = {"content-type": "application/json"}
WRONG = 330_000


def sent(world: World, content: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
    """The answer to a body as it is."""
    with world.client("score") as client:
        return client.post("/v1/scores", content=content, headers=JSON if headers is None else headers)


HOSTILE = {
    "no json": b"{",
    "nothing": b"",
    "not a number": b'{"items": [{"id": NaN}]}',
    "infinity": b'{"items": [{"id": "A001"}], "horizons_days": [Infinity]}',
    "beyond a double": b'{"items": [{"id": "A001"}], "horizons_days": [1e999]}',
    "a large double": b'{"items": [{"id": 1e308}]}',
    "2^63": b'{"items": [{"id": 9223372036854775808}]}',
    "a number of 100,000 digits": b'{"items": [{"id": ' + b"9" * 100_000 + b"}]}",
    "NUL": b'{"items": [{"id": "A\\u0000"}]}',
    "a lone surrogate": b'{"items": [{"id": "\\ud800"}]}',
    "a surrogate in bytes": b'{"items": [{"id": "\xed\xa0\x80"}]}',
    "no utf-8": b'{"items": [{"id": "\xff"}]}',
    "depth 33": b'{"items": ' + b"[" * 32 + b"]" * 32 + b"}",
    "depth 1,000,000": b"[" * 1_000_000,
    "a member of a megabyte": b'{"items": [{"id": "x"}], "' + b"y" * 1_000_000 + b'": 1}',
    "1,000 wrong items": json.dumps({"items": [{"x": 1, "id": []}] * 1000}).encode(),
    "24,000 wrong tasks": b'{"items": [{"id": "x"}], "tasks": [' + b",".join([b"[]"] * 24_000) + b"]}",
    "330,000 wrong items": b'{"items": [' + b",".join([b"1"] * WRONG) + b"]}",
    "330,000 wrong horizons": b'{"items": [{"id": "x"}], "horizons_days": [' + b",".join([b"{}"] * WRONG) + b"]}",
    "330,000 wrong tasks": b'{"items": [{"id": "x"}], "tasks": [' + b",".join([b"[]"] * WRONG) + b"]}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_body_is_refused_at_once_with_a_short_answer(world: World, name: str) -> None:
    began = time.perf_counter()
    answer = sent(world, HOSTILE[name])
    seconds = time.perf_counter() - began
    assert_problem(answer, 422, "invalid-request")
    assert len(answer.content) < 64_000
    assert len(answer.json()["errors"]) <= 20
    assert seconds < 1  # 0.2 s on an idle machine


def test_brackets_inside_a_text_are_no_depth(world: World) -> None:
    assert sent(world, b'{"items": [{"id": "\\"' + b"[{" * 90 + b'"}]}').status_code == 200


def test_many_errors_are_counted_and_the_first_twenty_listed(world: World) -> None:
    problem = assert_problem(sent(world, HOSTILE["1,000 wrong items"]), 422, "invalid-request")
    assert len(problem["errors"]) == 20
    assert "2000 errors, the first 20 are listed" in problem["detail"]


def test_a_packed_body_is_read_and_a_bomb_is_not_unpacked(world: World) -> None:
    packed = {**JSON, "content-encoding": "gzip"}
    assert sent(world, gzip.compress(BODY), packed).json()["items"] == sent(world, BODY).json()["items"]
    assert_problem(sent(world, gzip.compress(b" " * 500_000_000), packed), 413, "content-too-large")
    assert_problem(sent(world, gzip.compress(BODY)[:-9], packed), 422, "invalid-request")
    assert_problem(sent(world, BODY, packed), 422, "invalid-request")


def test_unpacking_ends_at_the_limit() -> None:
    assert unpacked(gzip.compress(b" " * 2_000_000)) == b" " * 2_000_000
    with pytest.raises(Problem, match="larger than"):
        unpacked(gzip.compress(b" " * 2_000_001))


def test_a_body_beyond_the_limit_is_refused(world: World) -> None:
    assert_problem(sent(world, b" " * 2_000_001), 413, "content-too-large")
    with world.client("score") as client:
        chunks = (b" " * 100_000 for _ in range(21))
        assert_problem(client.post("/v1/scores", content=chunks, headers=JSON), 413, "content-too-large")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {**JSON, "content-encoding": "br"},
    ],
)
def test_what_is_no_json_by_its_own_word_is_415(world: World, headers: dict[str, str]) -> None:
    assert_problem(sent(world, BODY, headers), 415, "unsupported-media-type")


def test_the_key_is_looked_at_before_the_body(world: World) -> None:
    assert_problem(httpx.post(f"{world.server.url}/v1/scores", content=b"{", headers=JSON), 401, "unauthorized")


def test_a_trailing_slash_is_not_there_and_no_host_is_repeated(world: World) -> None:
    for path in ("/v1/accounts/", "/v1/scores/", "/docs/"):
        answer = httpx.get(f"{world.server.url}{path}", headers={"host": "evil.example"})
        assert_problem(answer, 404, "not-found")
        assert "evil.example" not in answer.text + str(answer.headers)


def test_a_wrong_method_is_told_the_right_one(world: World) -> None:
    with world.client("score") as client:
        answer = client.put("/v1/scores", content=BODY)
    assert_problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "POST"
