"""Any few events, late, simultaneous, missing or out of order: features know what was known, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.catalog import CATALOG
from features.compute import available, opportunity_spine, prepare, truncated
from features.feature import Feature
from features.history import build_history
from features.kernel.run import run, run_plain
from features.pipeline import Pipeline
from features.rows import Spine

START = datetime(2025, 1, 1, tzinfo=UTC)
CUTOFF = START + timedelta(days=200)
AS_OF = int(CUTOFF.timestamp())
_SETTINGS = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
_LEVELS = {
    "kind": ["visit", "call"],
    "direction": ["in", "out"],
    "contact_id": ["K1", "K2"],
    "stage": ["contacted", "proposal"],
    "outcome": ["won", "lost"],
}


@dataclass(frozen=True)
class Event:
    """When it happened, when it was entered, to which of two accounts, and what it says."""

    day: float
    late: float
    account: int
    pick: int
    amount: int | None


events = st.lists(
    st.builds(
        Event,
        day=st.integers(0, 1000).map(lambda quarter: quarter / 4) | st.sampled_from([199.75, 200.0, 200.25, 110.0]),
        late=st.just(0.0) | st.integers(1, 400).map(lambda quarter: quarter / 4),
        account=st.integers(0, 1),
        pick=st.integers(0, 3),
        amount=st.none() | st.integers(-9_999, 99_999),
    ),
    max_size=14,
)


def at(day: float) -> datetime:
    """A moment after the start."""
    return START + timedelta(days=day)


def tables(drawn: list[Event]) -> dict[str, pd.DataFrame]:
    """The same events as touches, orders, stage changes and closings; keys keep the order of the list when some are left out."""
    base = {
        "account_id": [f"C{e.account}" for e in drawn],
        "opportunity_id": [f"P{e.account}" for e in drawn],
        "occurred_at": pd.to_datetime([at(e.day) for e in drawn], utc=True),
        "received_at": pd.to_datetime([at(e.day + e.late) for e in drawn], utc=True),
    }
    coded = {name: [None if e.pick == 3 else levels[e.pick % 2] for e in drawn] for name, levels in _LEVELS.items()}
    amount = pd.array([e.amount for e in drawn], dtype="Int64")

    def table(key: str, **columns: object) -> pd.DataFrame:
        return pd.DataFrame({key: [f"{key}{i:03}" for i in range(len(drawn))], **base, **columns})

    deals = pd.DataFrame(
        {"opportunity_id": ["P0", "P1"], "account_id": ["C0", "C1"], "opened_at": [at(10), at(20)], "source": ["fair", "web"]}
    )
    closed = pd.DataFrame(
        {
            "opportunity_id": [f"D{i}" for i in range(len(drawn))],
            "account_id": base["account_id"],
            "opened_at": base["received_at"],
            "closed_at": base["received_at"],
            "outcome": coded["outcome"],
            "source": "fair",
        }
    )
    return {
        "accounts": pd.DataFrame({"account_id": ["C0", "C1"], "industry": ["steel", "steel"]}),
        "opportunities": pd.concat([deals, closed]),
        "contacts": pd.DataFrame(
            {
                "contact_id": ["K1", "K2"],
                "account_id": ["C0", "C1"],
                "role": ["decision_maker", "user"],
                "created_at": [at(50), at(150)],
            }
        ),
        "interactions": table(
            "interaction_id", **{name: coded[name] for name in ("kind", "direction", "contact_id")}, duration_s=amount.copy()
        ),
        "orders": table("order_id", amount=amount),
        "stage_changes": table("key", stage=coded["stage"]).dropna(subset="stage"),
    }


def pipeline_of(drawn: list[Event], features: tuple[Feature, ...]) -> Pipeline:
    """Prepared over the history of the events."""
    return prepare(build_history(tables(drawn)), features)


_SOME = [Event(100.0, 0.0, account, pick, 5) for account in (0, 1) for pick in range(4)]
FEATURES = available(build_history(tables(_SOME)), CATALOG, AS_OF)


def rows(drawn: list[Event]) -> Spine:
    """The two opportunities that stay open, at the cutoff."""
    history = build_history(tables(drawn))
    codes = np.array([history.opportunity_codes["P0"], history.opportunity_codes["P1"]])
    return opportunity_spine(history, codes, np.array([AS_OF, AS_OF]), 30)


def differing(ours: Pipeline, theirs: Pipeline, ours_drawn: list[Event], theirs_drawn: list[Event]) -> list[str]:
    """The features that are not the same bits."""
    pairs = zip(FEATURES, ours.values(rows(ours_drawn)).matrix.T, theirs.values(rows(theirs_drawn)).matrix.T, strict=True)
    return [feature.name for feature, a, b in pairs if a.tobytes() != b.tobytes()]


@_SETTINGS
@given(events)
def test_what_was_not_known_changes_nothing(drawn: list[Event]) -> None:
    known = [e for e in drawn if e.day + e.late <= 200]
    both = _SOME + drawn, _SOME + known
    assert differing(pipeline_of(both[0], FEATURES), pipeline_of(both[1], FEATURES), *both) == []


@_SETTINGS
@given(events)
def test_the_order_of_the_rows_changes_nothing(drawn: list[Event]) -> None:
    history = build_history({name: table.iloc[::-1] for name, table in tables(_SOME + drawn).items()})
    assert (
        prepare(history, FEATURES).values(rows(_SOME + drawn)).matrix.tobytes()
        == pipeline_of(_SOME + drawn, FEATURES).values(rows(_SOME + drawn)).matrix.tobytes()
    )


@_SETTINGS
@given(events)
def test_a_truncated_history_is_the_history_of_that_day(drawn: list[Event]) -> None:
    whole = pipeline_of(_SOME + drawn, FEATURES)
    spine = rows(_SOME + drawn)
    assert (
        prepare(truncated(whole.history, AS_OF), FEATURES).values(spine).matrix.tobytes() == whole.values(spine).matrix.tobytes()
    )


@_SETTINGS
@given(events, st.integers(0, 250))
def test_the_kernel_says_what_the_plain_oracle_says(drawn: list[Event], day: int) -> None:
    pipeline = pipeline_of(_SOME + drawn, FEATURES)
    moment = np.full(2, int(at(day).timestamp()))
    for plan, stream in zip(pipeline.plans, pipeline.events, strict=True):
        entity = np.array([0, 1]) if plan.path == "account" else rows(_SOME + drawn).opportunity
        np.testing.assert_array_equal(run(stream, plan.program, entity, moment), run_plain(stream, plan.program, entity, moment))


@_SETTINGS
@given(events)
def test_a_duplicate_counts_where_counting_is_meant_and_nowhere_else(drawn: list[Event]) -> None:
    once, twice = _SOME + drawn, _SOME + drawn + drawn
    names = {feature.name: i for i, feature in enumerate(FEATURES)}
    ours, theirs = (pipeline_of(d, FEATURES).values(rows(d)).matrix for d in (once, twice))
    for name in ("touch_days_90d", "touch_kinds_365d", "touch_recency", "order_recency", "touch_contacts_365d", "order_last"):
        np.testing.assert_array_equal(ours[:, names[name]], theirs[:, names[name]])
    added = theirs[:, names["touches_90d"]] - ours[:, names["touches_90d"]]
    seen = [e for e in drawn if e.day + e.late <= 200 and e.day > 110]
    assert added.tolist() == [sum(e.account == account for e in seen) for account in (0, 1)]
