"""Every feature that the catalogue can produce belongs to one fact of its own dimension, and every saying can be said."""

from __future__ import annotations

import string

import pytest

from features.catalog import CATALOG, feature_set
from features.catalog.attributes import attribute_features, of_events
from features.facts import EVIDENCE, FACTS, Fact, Gathered, fact_words, gathered
from features.facts.fact import PEERS, Saying, Slot, pieces
from features.feature import Feature
from workspace.errors import ForesaleError
from workspace.mapping import DIMENSIONS, Attribute
from workspace.workspace import load_workspace

LEVELS = (
    "visit",
    "meeting",
    "demo",
    "event",
    "training",
    "call",
    "email",
    "chat",
    "fax",
    "decision_maker",
    "user",
    "rigid",
    "high",
)
PRODUCED = tuple(
    member for feature in CATALOG for member in ([feature.expanded(level) for level in LEVELS] if feature.per else [feature])
)
NAMES = {feature.name for feature in (*PRODUCED, *EVIDENCE)}
SAYINGS = [(fact, saying) for fact in FACTS for saying in fact.sayings]
ASKED = {"buyer", "influencer"}  # levels that sayings name and LEVELS lacks
FORMS = {"", "date", "ahead", "passed", "range", "every"}
CAUSAL = ("because", "therefore", "due to", "causes", "leads to", "因为", "导致", "所以", "造成")


def places(found: tuple[Gathered, ...]) -> list[int]:
    return sorted(place for told in found for place in told.places)


def assert_each_in_one_fact_of_its_dimension(features: tuple[Feature, ...]) -> None:
    found = gathered(features)
    assert places(found) == list(range(len(features)))
    for told in found:
        assert {features[place].dimension for place in told.places} == {told.fact.dimension}, told.fact.name


def test_every_feature_of_the_catalogue_belongs_to_one_fact_of_its_dimension() -> None:
    assert_each_in_one_fact_of_its_dimension(PRODUCED)


@pytest.mark.parametrize("example", ["complete_journey", "salesforce", "hubspot", "xeducation", "365_platform", "cdnow"])
def test_so_does_every_feature_made_of_an_attribute(example: str) -> None:
    company = load_workspace(f"examples/{example}.toml")
    made = tuple(
        member
        for feature in attribute_features(company)
        for member in ([feature.expanded(level) for level in ("a", "b{c}")] if feature.per else [feature])
    )
    assert_each_in_one_fact_of_its_dimension((*made, *(f for f in feature_set(company, "opportunity") if f.per is None)))


def test_a_feature_of_no_fact_is_named() -> None:
    with pytest.raises(ForesaleError, match="a feature belongs to no fact") as error:
        gathered([Feature("phase_of_the_moon", "fit", "月相", "phase of the moon", "moons", "last")])
    assert "phase_of_the_moon" in str(error.value)


def test_facts_cover_the_eight_dimensions_and_no_two_share_a_name() -> None:
    assert {fact.dimension for fact in FACTS} == set(DIMENSIONS)
    assert len({fact.name for fact in FACTS}) == len(FACTS)
    assert 30 <= len(FACTS) <= 48


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
def test_a_fact_has_words_in_both_languages_and_says_each_situation_once(fact: Fact) -> None:
    assert all("\u4e00" <= letter <= "\u9fff" for letter in fact.zh if letter not in "：")
    assert fact.en.isascii()
    assert len({saying.situation for saying in fact.sayings}) == len(fact.sayings)
    assert fact_words(fact.name) == (fact.zh, fact.en)


@pytest.mark.parametrize(("fact", "saying"), SAYINGS, ids=lambda item: getattr(item, "name", getattr(item, "situation", "")))
def test_a_saying_reads_what_can_be_computed_and_claims_no_cause(fact: Fact, saying: Saying) -> None:
    assert {name for name in saying.names if name.partition(":")[2] not in ASKED} <= NAMES
    assert not any(word in saying.zh + saying.en.lower() for word in CAUSAL)
    for text in (saying.zh, saying.en):
        slots = [piece for piece in pieces(text) if isinstance(piece, Slot)]
        assert {slot.form for slot in slots} <= FORMS
        assert text.count("{") == len(slots)
    said = {slot.name for slot in pieces(saying.en) if isinstance(slot, Slot)}
    assert said == {slot.name for slot in pieces(saying.zh) if isinstance(slot, Slot)}
    assert (PEERS in said) <= (saying.compared in ("all", "own"))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_sentence_shows_a_decayed_number_a_trend_or_a_deviation(language: str) -> None:
    hidden = ("decayed", "_trend_", "_gap_sd", "lateness", "calendar_", "_against_", "loyalty")
    for _, saying in SAYINGS:
        said = [piece.name for piece in pieces(getattr(saying, language)) if isinstance(piece, Slot)]
        assert not [name for name in said if any(part in name for part in hidden)]


def test_english_has_no_chinese_and_chinese_no_english_marks() -> None:
    for _, saying in SAYINGS:
        assert "".join(piece for piece in pieces(saying.en) if isinstance(piece, str)).isascii()
        plain = "".join(piece for piece in pieces(saying.zh) if isinstance(piece, str))
        assert not set(plain) & set(string.ascii_letters + "(),;"), plain


def test_words_that_look_like_a_slot_are_not_said() -> None:
    odd = Feature("orders.kind_90d:a{b}", "purchases", "订单（a{b}）", "orders (a{b})", "orders", "count", window_days=90)
    assert gathered([odd])[0].fact.sayings == ()


@pytest.mark.parametrize(
    ("made", "zh", "en"),
    [
        ("_90d", "近 90 天渠道为“online shop” {orders.channel_90d:online_shop} 次", 'channel "online shop": {'),
        ("_share_90d", "近 90 天有 {orders.channel_share_90d:online_shop} 的渠道为“online shop”", 'channel "online shop": {'),
        ("_recency", "上次渠道为“online shop”是{orders.channel_recency:online_shop@date}", 'channel "online shop": last on {'),
    ],
)
def test_an_attribute_of_events_is_said_with_its_level_in_quotes(made: str, zh: str, en: str) -> None:
    attribute = Attribute(kind="categorical", known="event", dimension="purchases", zh="渠道", en="channel")
    features = [feature.expanded("online_shop") for feature in of_events("orders", "channel", attribute)]
    said = next(s for s in gathered(features)[0].fact.sayings if s.unusual == f"orders.channel{made}:online_shop")
    assert said.zh.startswith(zh)
    assert said.en.startswith(en)


def test_evidence_is_never_a_feature_of_the_catalogue() -> None:
    assert not {feature.name for feature in EVIDENCE} & {feature.name for feature in CATALOG}
