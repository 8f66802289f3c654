"""A workspace is validated; each mistake names file, key, got, expected and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from features.catalog import feature_set
from workspace.errors import ForesaleError
from workspace.workspace import load_workspace, parse_workspace

FILE = Path("/company/foresale.toml")


def minimal(**changes: Any) -> dict[str, Any]:
    """The smallest workspace, with changes."""
    raw: dict[str, Any] = {
        "name": "acme",
        "title_zh": "示例",
        "title_en": "Acme",
        "time_zone": "Asia/Shanghai",
        "currency": "CNY",
        "data_dir": "var",
        "sources": {"a": "a.csv"},
        "tables": {"accounts": {"source": "a"}},
    }
    return {**raw, **changes}


def test_paths_are_relative_to_the_file() -> None:
    workspace = parse_workspace(minimal(), FILE)
    assert workspace.data_dir == Path("/company/var")
    assert workspace.sources["a"].path == "/company/a.csv"
    assert workspace.minor_units == 100
    assert workspace.store_url == "sqlite:////company/var/foresale.db"


def test_a_currency_without_cents_has_one_minor_unit() -> None:
    assert parse_workspace(minimal(currency="JPY"), FILE).minor_units == 1


@pytest.mark.parametrize(
    ("change", "key", "expected"),
    [
        ({"time_zone": "Beijing"}, "time_zone", "an IANA time zone"),
        ({"currency": "RMB"}, "currency", "an ISO 4217 currency"),
        ({"name": "Acme Inc"}, "name", "text like ^"),
        ({"colour": "red"}, "colour", "a key of this section"),
        ({"tables": {"accounts": {"source": "a", "query": "select 1"}}}, "tables.accounts", "exactly one of"),
        ({"tables": {"orders": {"source": "a"}}}, "tables", "a table `accounts`"),
        ({"tables": {"accounts": {"source": "a"}, "visits": {"source": "a"}}}, "tables", "not visits"),
        (
            {
                "tables": {
                    "accounts": {"source": "a", "attributes": {"x": {"kind": "numeric", "known": "event", "zh": "x", "en": "x"}}}
                }
            },
            "tables",
            "tables.accounts.attributes.x.known to be creation or constant",
        ),
        (
            {
                "tables": {
                    "accounts": {
                        "source": "a",
                        "attributes": {"x": {"kind": "numeric", "known": "creation", "zh": "x", "en": "x", "dimension": "foo"}},
                    }
                }
            },
            "tables.accounts.attributes.x.dimension",
            "'fit', 'engagement'",
        ),
        (
            {
                "tables": {
                    "accounts": {"source": "a"},
                    "payments": {"source": "a", "attributes": {"x": {"kind": "numeric", "known": "event", "zh": "x", "en": "x"}}},
                }
            },
            "tables",
            "not on payments",
        ),
        ({"tasks": {"churn": {"horizon_days": 0, "active_days": 1}}}, "tasks.churn.horizon_days", "greater than or equal to 1"),
    ],
)
def test_a_mistake_names_key_and_expectation(change: dict[str, Any], key: str, expected: str) -> None:
    with pytest.raises(ForesaleError) as caught:
        parse_workspace(minimal(**change), FILE)
    text = str(caught.value)
    assert f"{FILE}: key {key} is wrong" in text
    assert expected in text
    assert "do this:" in text


def test_the_whole_message_reads_like_this() -> None:
    with pytest.raises(ForesaleError) as caught:
        parse_workspace(minimal(currency="RMB"), FILE)
    assert str(caught.value) == (
        "/company/foresale.toml: key currency is wrong\n  got: RMB\n  expected: an ISO 4217 currency such as CNY\n"
        "  do this: edit currency in foresale.toml; docs/workspace.md lists every key"
    )


def test_a_missing_file_and_broken_toml_are_said(tmp_path: Path) -> None:
    with pytest.raises(ForesaleError, match="no workspace file"):
        load_workspace(tmp_path / "none.toml")
    (tmp_path / "x.toml").write_text("name = ")
    with pytest.raises(ForesaleError, match="is not TOML"):
        load_workspace(tmp_path / "x.toml")


def test_a_source_in_a_package_that_is_not_installed() -> None:
    with pytest.raises(ForesaleError, match="needs the package nobody_has_this"):
        parse_workspace(minimal(sources={"a": "package:nobody_has_this/a.csv"}), FILE)


def test_a_task_that_is_not_set_is_refused() -> None:
    with pytest.raises(ForesaleError, match="task churn is not set"):
        parse_workspace(minimal(), FILE).parameters("churn")


def test_a_misspelt_key_is_named_before_the_one_it_leaves_missing() -> None:
    raw = minimal(timezone="Asia/Shanghai")
    del raw["time_zone"]
    with pytest.raises(ForesaleError, match=r"key timezone is wrong; 1 more after it(.|\n)*did you mean time_zone"):
        parse_workspace(raw, FILE)


def test_a_current_state_column_is_no_input_unless_declared() -> None:
    def names(**opportunities: Any) -> set[str]:
        tables = {"accounts": {"source": "a"}, "opportunities": {"source": "a", **opportunities}}
        return {f.name for f in feature_set(parse_workspace(minimal(tables=tables), FILE), "opportunity")}

    assert not {"days_to_close", "opportunity_amount", "account_industry"} & names()
    assert "days_to_close" in names(known_at_creation=["expected_close_at"])
    assert {"opportunity_age", "account_age"} <= names()
