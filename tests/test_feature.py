"""Declarations: what the kernel computes for one, and what a bundle says of what completes it."""

from __future__ import annotations

import pytest

from features.catalog import CATALOG
from features.feature import Feature, Measure, Term, feature_from_dict

OPEN = Feature("open", "service", "未解决", "open", "cases", "count", minus=Term("cases_resolved", "count", window_days=30))


def test_the_kernel_computes_a_measure_without_words_or_scale() -> None:
    late = Feature("late", "risk", "逾期", "late", "payments", "mean", "late_s", 365, where=(("kind", "x"),), scale=0.5)
    assert late.leaf == Measure("payments", "mean", "late_s", 365, where=(("kind", "x"),))


def test_days_to_a_date_that_an_event_states_are_made_of_the_last_such_date() -> None:
    until = Term("contracts", "last_until", "ends_at")
    assert until.leaf == Measure("contracts", "last", "ends_at")


@pytest.mark.parametrize("stat", ["attribute", "days_since", "days_until", "pooled", "calendar"])
def test_the_kernel_computes_nothing_for_rows_pools_and_the_calendar(stat: str) -> None:
    assert Term("accounts", stat, "created_at").leaf is None


def test_a_part_without_a_name_has_no_words_in_a_bundle() -> None:
    assert OPEN.as_dict()["minus"] == {"source": "cases_resolved", "stat": "count", "window_days": 30}


def test_a_bundle_of_an_earlier_version_is_read_the_same() -> None:
    empty = {"name": "", "dimension": "service", "zh": "", "en": ""}
    raw = OPEN.as_dict()
    assert feature_from_dict({**raw, "minus": {**empty, **raw["minus"]}}) == OPEN


def test_a_part_with_a_name_stays_a_feature() -> None:
    rate = next(feature for feature in CATALOG if feature.name == "industry_win_rate")
    assert feature_from_dict(rate.as_dict()).key == rate.key
    assert isinstance(rate.key, Feature)
