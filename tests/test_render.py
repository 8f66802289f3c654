"""Proposals as TOML: whatever a source calls its columns and says in them is read back as it was."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.render import inline, key, text

ANYTHING = st.text(st.characters(exclude_categories=("Cs",)))


def read(line: str) -> object:
    """The value of `value = ...`."""
    return tomllib.loads(f"value = {line}")["value"]


@given(ANYTHING)
def test_any_string_is_read_back(value: str) -> None:
    assert read(text(value)) == value


@given(ANYTHING)
def test_any_name_is_a_key(name: str) -> None:
    assert tomllib.loads(f"{key(name)} = 1") == {name: 1}


@given(st.dictionaries(ANYTHING, st.one_of(ANYTHING, st.booleans(), st.integers(-9, 9), st.lists(st.sampled_from(["a", '"'])))))
def test_any_inline_table_is_read_back(values: dict[str, object]) -> None:
    assert read(inline(values)) == values
    assert "\n" not in inline(values)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("金额", '"金额"'),
        ('"Close Date" - 1', "'\"Close Date\" - 1'"),
        ("\"a\" || 'b'", "'''\"a\" || 'b''''"),
        ("select 1\nfrom t", "'''\nselect 1\nfrom t'''"),
        ('a"\x7f', '"a\\"\\u007f"'),
    ],
)
def test_quotes_and_lines_stay_readable(value: str, written: str) -> None:
    assert text(value) == written
