"""What must hold for every feature of the catalogue and every declared attribute, unasked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.catalog import CATALOG
from features.compute import Spine, available, opportunity_spine, prepare, truncated
from features.feature import DIMENSIONS, Feature, feature_from_dict
from features.history import History, build_history
from tests.world import AS_OF, START, tables


def random_tables(seed: int) -> dict[str, pd.DataFrame]:
    """A denser world with late entries, simultaneous events, gaps, returns and events after the cutoff."""
    rng = np.random.default_rng(seed)

    def times(n: int) -> pd.DatetimeIndex:
        return START + pd.to_timedelta(rng.integers(0, 450 * 24, n) * 3600, unit="s")
    n = 400
    occurred = times(n)
    late = pd.to_timedelta(np.where(rng.random(n) < 0.3, rng.integers(0, 40, n), 0), unit="D")
    touches = pd.DataFrame({"interaction_id": [f"T{i}" for i in range(n)], "occurred_at": occurred,
                            "account_id": [f"C{i:02}" for i in rng.integers(1, 11, n)], "received_at": occurred + late,
                            "opportunity_id": [f"P{i}" if i <= 5 else None for i in rng.integers(1, 9, n)],
                            "kind": rng.choice(["visit", "call", "email"], n), "direction": rng.choice(["in", "out"], n),
                            "contact_id": rng.choice(["K1", "K2", "K3"], n),
                            "duration_s": pd.array(np.where(rng.random(n) < 0.2, None, rng.integers(60, 7200, n)), "Int64")})
    orders = pd.DataFrame({"order_id": [f"O{i}" for i in range(200)], "occurred_at": times(200),
                           "account_id": [f"C{i:02}" for i in rng.integers(1, 11, 200)],
                           "amount": rng.integers(-500, 90_000, 200), "discount": rng.integers(0, 900, 200),
                           "margin": rng.integers(-100, 9_000, 200), "channel": rng.choice(["shop", "web"], 200),
                           "weight": rng.random(200)})
    lines = pd.DataFrame({"line_id": [f"L{i}" for i in range(300)], "occurred_at": times(300),
                          "account_id": [f"C{i:02}" for i in rng.integers(1, 11, 300)], "amount": rng.integers(1, 999, 300),
                          "product_id": rng.choice([f"p{i}" for i in range(80)], 300), "category": rng.choice(list("abcd"), 300)})
    def answered(key: str, letter: str, n: int, **columns: object) -> pd.DataFrame:
        base = {key: [f"{letter}{i}" for i in range(n)], "occurred_at": times(n),
                "account_id": [f"C{i:02}" for i in rng.integers(1, 11, n)]}
        return pd.DataFrame({**base, **columns})
    questions = ("service_quality", "product_quality", "service_attitude", "after_sales", "recommend")
    subjects = ["influence", "complexity", "profile_fit", "urgency", "budget_fit"]
    world = tables()
    accounts = world["accounts"].assign(size="big", region=["n", "s"] * 5, source="fair")
    opportunities = world["opportunities"].assign(source=["fair", "web", "fair", None, "web"], amount=[1, 2, 3, 4, 5])
    return {"accounts": accounts, "interactions": touches, "orders": orders, "order_lines": lines,
            "opportunities": opportunities,
            "surveys": answered("survey_id", "S", 40, **{q: rng.integers(1, 6, 40) + rng.random(40) for q in questions}),
            "judgements": answered("judgement_id", "J", 60, subject=rng.choice(subjects, 60), score=rng.random(60) * 5),
            "cases": answered("case_id", "F", 50, severity=rng.choice(["high", "low"], 50), kind="quality")}


TABLES = random_tables(1)
WORLD = build_history(TABLES)
ATTRIBUTES = (
    Feature("orders.channel_90d", "purchases", "", "", "orders", "count", window_days=90, per="channel"),
    Feature("orders.weight_90d", "purchases", "", "", "orders", "sum", measure="weight", window_days=90, scale=0.001),
)
FEATURES = available(WORLD, (*CATALOG, *ATTRIBUTES), AS_OF)
NAMES = [feature.name for feature in FEATURES]


def spine(history: History) -> Spine:
    """Every open opportunity row at two cutoffs; their accounts carry the account features."""
    codes = np.tile(np.arange(5, dtype=np.int64), 2)
    return opportunity_spine(history, codes, np.repeat([AS_OF, AS_OF - 35 * 86_400], 5), None)


def bits(values: pd.Series) -> list[object]:
    """Exact representation: NaN equals NaN, 0.0 differs from -0.0."""
    return values.to_numpy(float).view(np.int64).tolist() if values.dtype == float else values.tolist()


FULL = prepare(WORLD, FEATURES).frame(spine(WORLD))
ROWS = spine(WORLD)
ALONE = pd.concat([prepare(WORLD, FEATURES).frame(ROWS.take(np.array([i]))) for i in range(len(ROWS))], ignore_index=True)
MOMENT = pd.Timestamp(AS_OF, unit="s", tz="UTC")


def past(table: pd.DataFrame) -> pd.DataFrame:
    """Only the rows known at the cutoff; an opportunity still open then has no outcome."""
    if "closed_at" in table:
        later = table["closed_at"] > MOMENT
        return table.assign(closed_at=table["closed_at"].mask(later), outcome=table["outcome"].mask(later))
    known = [column for column in ("occurred_at", "received_at") if column in table]
    return table[(table[known] <= MOMENT).all(axis=1)] if known else table


def more_future(table: pd.DataFrame) -> pd.DataFrame:
    """Every later event once more, and every later outcome turned around."""
    if "closed_at" in table:
        other = table["outcome"].map({"won": "lost", "lost": "won"})
        return table.assign(outcome=table["outcome"].mask(table["closed_at"] > MOMENT, other))
    if "occurred_at" not in table:
        return table
    later, key = table[table["occurred_at"] > MOMENT], table.columns[0]
    return pd.concat([table, later.assign(**{key: "new" + later[key].astype(str)})])


_future = {name: more_future(table) for name, table in TABLES.items()}
NO_FUTURE = prepare(build_history({name: past(table) for name, table in TABLES.items()}), FEATURES).frame(ROWS)
MORE_FUTURE = prepare(build_history(_future), FEATURES).frame(ROWS)
SHUFFLED = prepare(build_history({name: table.sample(frac=1, random_state=3) for name, table in TABLES.items()}),
                   FEATURES).frame(ROWS)


def test_the_catalogue_is_large_enough() -> None:
    assert len([f for f in FEATURES if f.stat != "attribute"]) >= 60


@pytest.mark.parametrize("name", NAMES)
def test_rows_after_the_cutoff_change_nothing(name: str) -> None:
    now = ROWS.as_of == AS_OF
    assert bits(NO_FUTURE[name][now]) == bits(FULL[name][now])
    assert bits(MORE_FUTURE[name]) == bits(FULL[name])


@pytest.mark.parametrize("name", NAMES)
def test_one_entity_alone_equals_the_batch_bit_for_bit(name: str) -> None:
    assert bits(ALONE[name]) == bits(FULL[name])


@pytest.mark.parametrize("name", NAMES)
def test_shuffled_input_gives_the_same_output(name: str) -> None:
    assert bits(SHUFFLED[name]) == bits(FULL[name])


@pytest.mark.parametrize("feature", FEATURES, ids=NAMES)
def test_declarations_are_complete_and_survive_json(feature: Feature) -> None:
    assert feature.dimension in DIMENSIONS
    assert feature_from_dict(feature.as_dict()) == feature


@pytest.mark.parametrize("feature", CATALOG, ids=[f.name for f in CATALOG])
def test_every_feature_has_words_in_both_languages(feature: Feature) -> None:
    assert feature.zh and feature.en and any("\u4e00" <= letter <= "\u9fff" for letter in feature.zh)


def test_the_future_does_not_choose_the_features() -> None:
    known = available(build_history({name: past(table) for name, table in TABLES.items()}), (*CATALOG, *ATTRIBUTES), AS_OF)
    assert [feature.name for feature in known] == NAMES


def test_names_are_unique() -> None:
    assert len(set(NAMES)) == len(NAMES)


def test_a_planted_leak_would_be_caught() -> None:
    """The guard itself can fail: a feature that looks past the cutoff differs when the future is cut off."""
    peeking = replace(ROWS, as_of=ROWS.as_of + 40 * 86_400)
    cut = truncated(WORLD, AS_OF)
    assert not np.array_equal(prepare(WORLD, FEATURES).frame(peeking)["touches_90d"],
                              prepare(cut, FEATURES).frame(peeking)["touches_90d"])
