"""What must hold for every feature of the catalogue and every declared attribute, unasked."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from features.catalog import CATALOG
from features.compute import DAY, Spine, available, opportunity_spine, prepare, truncated
from features.feature import Feature, everything, feature_from_dict
from features.history import History, build_history
from tests.contracts.random_world import OPPORTUNITIES, more_future, past, random_tables
from tests.world import AS_OF
from workspace.mapping import DIMENSIONS

TABLES = random_tables(1)
WORLD = build_history(TABLES)
ATTRIBUTES = (
    Feature("orders.channel_90d", "purchases", "", "", "orders", "count", window_days=90, per="channel"),
    Feature("orders.weight_90d", "purchases", "", "", "orders", "sum", measure="weight", window_days=90, scale=0.001),
)
FEATURES = available(WORLD, (*CATALOG, *ATTRIBUTES), AS_OF)
NAMES = [feature.name for feature in FEATURES]
UNITS = ("category", "count", "days", "flag", "money", "number", "ratio", "seconds", "share")


def spine(history: History) -> Spine:
    """Every opportunity row at two cutoffs; their accounts carry the account features."""
    codes = np.tile(np.arange(len(OPPORTUNITIES), dtype=np.int64), 2)
    return opportunity_spine(history, codes, np.repeat([AS_OF, AS_OF - 35 * DAY], len(OPPORTUNITIES)), 30)


def bits(values: pd.Series) -> list[object]:
    """Exact representation: NaN equals NaN, 0.0 differs from -0.0."""
    return values.to_numpy(float).view(np.int64).tolist() if values.dtype == float else values.tolist()


def differing(ours: pd.DataFrame, theirs: pd.DataFrame) -> list[str]:
    """The features whose values are not the same bits."""
    return [name for name in ours if bits(ours[name]) != bits(theirs[name])]


ROWS = spine(WORLD)
NOW = ROWS.take(ROWS.as_of == AS_OF)
PIPELINE = prepare(WORLD, FEATURES)


@cache
def full() -> pd.DataFrame:
    """Every row in one batch. This frame and the others below are made when asked for: other modules import from here."""
    return PIPELINE.frame(ROWS)


@cache
def alone() -> pd.DataFrame:
    """Every row asked for on its own."""
    return pd.concat([PIPELINE.frame(ROWS.take(np.array([i]))) for i in range(len(ROWS))], ignore_index=True)


@cache
def apart() -> pd.DataFrame:
    """Every row over the part of the history that holds its account and its opportunity only."""
    parts = [PIPELINE.apart(ROWS.take(np.array([i]))) for i in range(len(ROWS))]
    return pd.concat([pipeline.frame(own) for pipeline, own in parts], ignore_index=True)


@cache
def whatever_the_future() -> list[pd.DataFrame]:
    """The rows of now over histories that know less or more of what comes later."""
    changed = [build_history({name: change(name, table) for name, table in TABLES.items()}) for change in (past, more_future)]
    return [prepare(history, FEATURES).frame(NOW) for history in (*changed, truncated(WORLD, AS_OF))]


@cache
def shuffled() -> pd.DataFrame:
    """Every row over tables in another order."""
    tables = {name: table.sample(frac=1, random_state=3) for name, table in TABLES.items()}
    return prepare(build_history(tables), FEATURES).frame(ROWS)


def test_the_catalogue_is_large_enough_and_every_declaration_can_be_carried() -> None:
    assert len([f for f in FEATURES if f.stat != "attribute"]) >= 150
    carried = {name.partition(":")[0] for name in NAMES}
    assert [feature.name for feature in CATALOG if feature.name not in carried] == []


@pytest.mark.parametrize("name", NAMES)
def test_rows_after_the_cutoff_change_nothing(name: str) -> None:
    now = full()[name][ROWS.as_of == AS_OF]
    assert [bits(frame[name]) == bits(now) for frame in whatever_the_future()] == [True, True, True]


@pytest.mark.parametrize("name", NAMES)
def test_one_entity_alone_equals_the_batch_bit_for_bit(name: str) -> None:
    assert bits(alone()[name]) == bits(full()[name])
    assert bits(apart()[name]) == bits(full()[name])


@pytest.mark.parametrize("name", NAMES)
def test_shuffled_input_gives_the_same_output(name: str) -> None:
    assert bits(shuffled()[name]) == bits(full()[name])


@pytest.mark.parametrize("name", NAMES)
def test_every_feature_says_something_here(name: str) -> None:
    said = full()[name].dropna()
    assert len(said) and (said.dtype == object or (said != 0).any())


@pytest.mark.parametrize("feature", FEATURES, ids=NAMES)
def test_declarations_are_complete_and_survive_json(feature: Feature) -> None:
    assert feature.dimension in DIMENSIONS
    assert feature.sign in (-1, 0, 1) and not (feature.sign and feature.categorical)
    assert feature.unit in UNITS
    assert feature_from_dict(feature.as_dict()) == feature


@pytest.mark.parametrize("feature", CATALOG, ids=[f.name for f in CATALOG])
def test_every_feature_has_words_in_both_languages(feature: Feature) -> None:
    assert feature.zh and feature.en and any("\u4e00" <= letter <= "\u9fff" for letter in feature.zh)


def test_the_future_does_not_choose_the_features() -> None:
    known = available(build_history({name: past(name, table) for name, table in TABLES.items()}), (*CATALOG, *ATTRIBUTES), AS_OF)
    assert [feature.name for feature in known] == NAMES


def test_names_are_unique() -> None:
    assert len(set(NAMES)) == len(NAMES)


def test_every_dimension_is_there_for_accounts_and_opportunities() -> None:
    assert {feature.dimension for feature in FEATURES if feature.path == "account"} == set(DIMENSIONS)
    assert {"fit", "urgency", "decision_chain", "purchases", "relationship", "risk"} <= {
        feature.dimension for feature in FEATURES if feature.path == "opportunity"
    }


def _names_caught(planted: pd.DataFrame, after_cut: pd.DataFrame) -> set[str]:
    return set(differing(planted, after_cut))


def test_a_count_that_looks_past_the_cutoff_is_caught_by_name() -> None:
    peeking = replace(NOW, as_of=NOW.as_of + 40 * DAY)
    caught = _names_caught(PIPELINE.frame(peeking), prepare(truncated(WORLD, AS_OF), FEATURES).frame(peeking))
    assert {"touches_90d", "orders_30d", "industry_win_rate", "close_changes", "opportunity_decision_maker_met_90d"} <= caught


def test_a_back_dated_event_is_caught_by_name() -> None:
    """Late entries whose second clock is ignored: everything that reads them differs from what was known."""
    ignored = {name: table.drop(columns="received_at") if "received_at" in table else table for name, table in TABLES.items()}
    blind = prepare(build_history(ignored), FEATURES).frame(NOW)
    caught = _names_caught(blind, full()[ROWS.as_of == AS_OF].reset_index(drop=True))
    assert {"touches_30d", "touch_recency", "their_reply_365d", "exposure"} <= caught
    assert not caught & {"account_age", "opportunity_age", "calendar_month", "region_win_rate"}


def test_a_pooled_rate_that_includes_its_own_outcome_is_caught_by_name() -> None:
    """The same pools, asked at the end of the history: the rows' own outcomes are in them."""
    later = replace(NOW, as_of=np.full(len(NOW), WORLD.latest + 2 * DAY))
    known = TABLES["opportunities"]["closed_at"] <= pd.Timestamp(AS_OF, unit="s", tz="UTC")
    won = TABLES["opportunities"].assign(outcome=TABLES["opportunities"]["outcome"].where(known, "won"))
    turned = prepare(build_history({**TABLES, "opportunities": won}), FEATURES)
    caught = _names_caught(PIPELINE.frame(later), turned.frame(later))
    pooled = {f.name for f in FEATURES for member in everything(f) if member.stat == "pooled" and member.where}
    assert pooled and pooled <= caught
