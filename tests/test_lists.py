"""The stored lists over HTTP: filters, order, pages, columns, CSV; one row, its past, and why it moved."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from served import EARLIER, world
from serving_world import AS_OF, World, assert_problem

from serving.api.csv_text import harmless
from serving.batch import score_and_store

__all__ = ["world"]
LISTS = ("accounts", "opportunities")
NUMBERS = {
    "accounts": (
        "rank",
        "value_at_stake",
        "churn",
        "churn_percentile",
        "value",
        "value_percentile",
        "conversion",
        "open_opportunities",
    ),
    "opportunities": ("rank", "probability", "percentile", "amount", "expected_revenue", "horizon_days"),
}


def listed(world: World, which: str, query: str = "") -> dict[str, Any]:
    """One page."""
    answer = world.get(f"/v1/{which}?{query}", "read")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def rows(world: World, which: str, query: str = "") -> list[dict[str, Any]]:
    """The rows of a page of up to 500."""
    found: list[dict[str, Any]] = listed(world, which, f"limit=500&{query}")[which]
    return found


def number(value: Any) -> Any:
    """What a value is compared by."""
    return Decimal(value["amount"]) if isinstance(value, dict) else value


@pytest.mark.parametrize(("which", "size"), [("accounts", 120), ("opportunities", 40)])
def test_pages_go_through_all_without_gap_or_double(world: World, which: str, size: int) -> None:
    seen, cursor = [], ""
    while cursor is not None:
        page = listed(world, which, f"limit=7&sort=-rank&{cursor and f'cursor={cursor}'}")
        seen += [row["rank"] for row in page[which]]
        cursor = page["next_cursor"]
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == len(set(seen)) == page["total"] == size


@pytest.mark.parametrize(("which", "column"), [(which, column) for which in LISTS for column in NUMBERS[which]])
def test_every_number_sorts_both_ways_and_is_bounded(world: World, which: str, column: str) -> None:
    up, down = (rows(world, which, f"sort={sign}{column}") for sign in ("", "-"))
    known = [number(row[column]) for row in up if row[column] is not None]
    assert [number(row[column]) for row in up] == sorted(known) + [None] * (len(up) - len(known))
    assert [number(row[column]) for row in down] == sorted(known, reverse=True) + [None] * (len(up) - len(known))
    middle = known[len(known) // 2]
    least, most = (rows(world, which, f"{column}_{end}={middle}") for end in ("min", "max"))
    assert {number(row[column]) >= middle for row in least} == {number(row[column]) <= middle for row in most} == {True}
    assert len(least) + len(most) >= len(known)


def test_accounts_are_filtered_by_tier_grade_owner_and_text(world: World) -> None:
    gold = rows(world, "accounts", "tier=gold")
    assert {row["tier"] for row in gold} == {"gold"}
    risky = rows(world, "accounts", "churn_grade=D&sort=-churn")
    assert {row["churn_grade"] for row in risky} == {"D"}
    assert min(row["churn"] for row in risky) >= max(row["churn"] for row in rows(world, "accounts", "churn_grade=A"))
    assert {row["name"][:2] for row in rows(world, "accounts", "q=上海恒")} == {"上海"}
    assert [row["account_id"] for row in rows(world, "accounts", "q=a007")] == ["A007"]
    assert rows(world, "accounts", "owner=nobody") == []


def test_opportunities_belong_to_an_account_and_are_worth_their_chance(world: World) -> None:
    (row,) = rows(world, "opportunities", "account_id=A001")
    stored = world.engine.predict("conversion", ["A001-1"], AS_OF)[0]
    assert (row["opportunity_id"], row["probability"]) == ("A001-1", stored.shown)
    assert number(row["expected_revenue"]) == pytest.approx(
        number(row["amount"]) * Decimal(row["probability"]), abs=Decimal("0.01")
    )
    assert all(reason["task"] == "conversion" for reason in row["reasons"])


def test_fields_leaves_the_other_columns_out(world: World) -> None:
    (row,) = listed(world, "accounts", "limit=1&fields=churn,tier")["accounts"]
    assert set(row) == {"account_id", "churn", "tier"}


@pytest.mark.parametrize(
    ("query", "parameter", "says"),
    [
        ("owner_id=x", "owner_id", "there is no such query parameter here; there are: q, owner, sort"),
        ("tier=gold&tier=white", "tier", "more than once"),
        ("tier=tin", "tier", "there are: gold, silver, white"),
        ("sort=luck", "sort", "there are: account_id, name"),
        ("sort=reasons", "sort", "no such column"),
        ("fields=churn,luck", "fields", "no such column"),
        ("churn_min=nan", "churn_min", "finite"),
        ("churn_grade=E", "churn_grade", "'A'"),
        ("limit=501", "limit", "less than or equal to 500"),
        ("limit=0", "limit", "greater than or equal to 1"),
        ("cursor=%00", "cursor", "no cursor of ours"),
        ("cursor=WzFd", "cursor", "no cursor of ours"),
        ("cursor=bm8", "cursor", "no cursor of ours"),
        ("language=fr", "language", "'zh-CN'"),
    ],
)
def test_a_wrong_question_is_refused_with_what_there_is(world: World, query: str, parameter: str, says: str) -> None:
    problem = assert_problem(world.get(f"/v1/accounts?{query}", "read"), 422, "invalid-request")
    assert problem["errors"][0]["parameter"] == parameter
    assert says in problem["errors"][0]["detail"]


@pytest.mark.parametrize("path", ["accounts/A001", "accounts/A001/history", "opportunities/A001-1", "models", "models/churn"])
def test_every_endpoint_refuses_parameters_it_does_not_know(world: World, path: str) -> None:
    assert_problem(world.get(f"/v1/{path}?owner=x", "read"), 422, "invalid-request")


def test_a_cursor_goes_with_its_question_and_its_run(world: World) -> None:
    cursor = listed(world, "accounts", "limit=5")["next_cursor"]
    other = world.get(f"/v1/accounts?cursor={cursor}&tier=gold", "read")
    assert "belongs to other filters" in assert_problem(other, 422, "invalid-request")["detail"]
    score_and_store(world.engine, world.store, AS_OF)
    assert_problem(world.get(f"/v1/accounts?cursor={cursor}", "read"), 410, "cursor-expired")


@pytest.mark.parametrize("which", LISTS)
def test_csv_has_all_rows_of_the_same_question(world: World, which: str) -> None:
    query = "sort=-rank&language=zh-CN"
    address = world.get(f"/v1/{which}.csv?{query}", "read")
    with world.client("read") as client:
        accepted = client.get(f"/v1/{which}?{query}", headers={"accept": "text/csv"})
    assert address.headers["content-type"] == accepted.headers["content-type"] == "text/csv; charset=utf-8"
    assert address.text == accepted.text
    lines, found = list(csv.DictReader(io.StringIO(address.text))), rows(world, which, query)
    assert [line["rank"] for line in lines] == [str(row["rank"]) for row in found]
    for line, row in zip(lines, found, strict=True):
        assert line["currency"] == "CNY"
        for column in NUMBERS[which]:
            assert line[column] == ("" if row[column] is None else str(number(row[column])))
        assert line["reasons"] == "; ".join(reason["sentence"]["zh-CN"] for reason in row["reasons"])


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("@x", "'@x"),
        ("-12.5", "-12.5"),
        ("+1", "+1"),
        ("-1e-05", "-1e-05"),
        ("-x", "'-x"),
        ("\tx", "'\tx"),
        ("a=1", "a=1"),
    ],
)
def test_a_cell_is_no_formula(text: str, cell: str) -> None:
    assert harmless(text) == cell


def test_one_account_has_its_row_and_its_stored_answers(world: World) -> None:
    body = world.get("/v1/accounts/A001", "read").json()
    (row,) = [row for row in rows(world, "accounts") if row["account_id"] == "A001"]
    assert body["account"] == row
    assert body["churn"]["probability"] == row["churn"] == world.engine.predict("churn", ["A001"], AS_OF)[0].shown
    assert (body["churn"]["grade"], body["churn"]["percentile"]) == (row["churn_grade"], row["churn_percentile"])
    assert body["value"]["expected"] == row["value"]
    assert [one["opportunity_id"] for one in body["conversions"]] == ["A001-1"]
    computed = world.post({"items": [{"id": "A001"}]}).json()["items"][0]
    assert {name: computed[name] for name in ("churn", "value", "conversions")} == {
        name: body[name] for name in ("churn", "value", "conversions")
    }


def test_one_opportunity_has_its_row_and_its_stored_answer(world: World) -> None:
    body = world.get("/v1/opportunities/A001-1?language=en", "read").json()
    assert body["conversion"]["probability"] == body["opportunity"]["probability"]
    assert {tuple(one["sentence"]) for one in body["conversion"]["reasons"]} == {("en",)}


@pytest.mark.parametrize(
    "path", ["accounts/nobody", "accounts/nobody/history", "accounts/nobody/changes?task=churn&since=2026-03-01T00:00:00Z"]
)
def test_an_unknown_account_is_not_found(world: World, path: str) -> None:
    assert_problem(world.get(f"/v1/{path}", "read"), 404, "unknown-account")


@pytest.mark.parametrize(
    "path",
    [
        "opportunities/nobody",
        "opportunities/A001-2",
        "opportunities/nobody/history",
        "opportunities/x/changes?since=2026-03-01T00:00:00Z",
    ],
)
def test_an_unknown_or_closed_opportunity_is_not_found(world: World, path: str) -> None:
    assert_problem(world.get(f"/v1/{path}", "read"), 404, "unknown-opportunity")


def test_the_history_of_an_account_has_every_run_the_oldest_first(world: World) -> None:
    answers = world.get("/v1/accounts/A001/history", "read").json()["answers"]
    assert [one["run"]["as_of"] for one in answers] == sorted(one["run"]["as_of"] for one in answers)
    churn = [one for one in answers if one["task"] == "churn"]
    assert [one["probability"] for one in churn] == [
        world.engine.predict("churn", ["A001"], at)[0].shown for at in (EARLIER, AS_OF)
    ]
    assert all((one["expected"] is None) == (one["task"] != "value") for one in answers)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("accounts/A001/changes?task=churn", "probability"),
        ("accounts/A001/changes?task=value", "expected"),
        ("opportunities/A001-1/changes?", "probability"),
    ],
)
def test_the_causes_of_a_change_add_up(world: World, path: str, told: str) -> None:
    history = world.get(f"/v1/{path.partition('/changes')[0]}/history", "read").json()["answers"]
    body = world.get(f"/v1/{path}&since=2026-03-03T15:59:59Z", "read").json()
    first, last = (next(one[told] for one in order if one["task"] == body["task"]) for order in (history, history[::-1]))
    assert (body["before"], body["now"]) == (first, last)
    moved = sum(number(cause["effect"]) for cause in body["causes"])
    if told == "expected":
        assert number(body["before"]) + moved == number(body["now"])
    else:
        assert body["before"] + moved == pytest.approx(body["now"], abs=1e-12)
    assert [cause["cause"] for cause in body["causes"]] == ["data", "model", "time", "events"]


def test_a_change_needs_an_earlier_moment_with_a_number(world: World) -> None:
    at_end = world.get("/v1/accounts/A001/changes?task=churn&since=2026-03-31T15:59:59Z", "read")
    assert "before the data's last" in assert_problem(at_end, 422, "invalid-request")["detail"]
    before = world.get("/v1/accounts/A001/changes?task=churn&since=2001-01-01T00:00:00Z", "read")
    assert "not in the population" in assert_problem(before, 422, "invalid-request")["detail"]
    assert_problem(world.get("/v1/accounts/A001/changes?task=churn&since=2026-03-03", "read"), 422, "invalid-request")
