"""Reasons: what sets a customer apart, the strongest first, exact in their sum, and said as a salesperson would."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from serving_world import AS_OF, SIZE, company_engine

from features.facts import FACTS
from features.feature import Feature
from features.population import Population
from models.additive import Additive, Term
from models.calibrate import IDENTITY
from models.encode import Encoding
from models.explain import explain
from models.prediction import Prediction, Reason
from models.reasons import Told, reasons
from models.scorer import Reference, Scorer, Usual
from models.sentences import speaker

TASKS = ("churn", "value", "conversion")
NOON = datetime(2025, 12, 31, 12, tzinfo=UTC)
NAMES = (  # of nine facts; of all but the last more is neither good nor bad
    "discount_share_90d",
    "opportunity_amount",
    "opportunity_cycle",
    "judged_complexity",
    "exposure",
    "survey_recency",
    "quote_last",
    "order_tenure",
    "contracts",
)
FEATURES = tuple(
    next(Feature(name, fact.dimension, name, name, "orders", "count") for fact in FACTS if fact.holds(name)) for name in NAMES
)
USUAL: dict[str, Usual] = dict.fromkeys(NAMES, (10.0, 12.0, 14.0))


def scorer(task: str = "conversion") -> Scorer:
    """A scorer of nine facts, each with one input that is unusual at 50."""
    terms = tuple(Term(column, "log") for column in range(len(NAMES)))
    population = Population("account", 90, "orders", 365)
    reference = Reference(USUAL, 0.0, 100)
    return Scorer(task, "probability", "CNY", 100, population, Encoding(FEATURES, {}), Additive(0.0, terms), IDENTITY, reference)


def told(*contributions: float, task: str = "conversion", value: float = 50.0) -> Told:
    """The reasons of a row in which each feature, and so each fact, adds one of the numbers."""
    one = scorer(task)
    padded = np.array([*contributions, *[0.0] * (len(NAMES) - len(contributions))])
    explanation = explain("probability", 0.0, padded)
    return reasons(speaker(one), dict.fromkeys(NAMES, value), one.by_fact(padded[None])[0], explanation, NOON)


def parts(found: Told, *, against: bool) -> list[float]:
    return [reason.contribution for reason in found.reasons if reason.against == against]


def cards(task: str) -> Iterator[Prediction]:
    """Every answer of the small company that has reasons."""
    engine = company_engine()
    for answer in engine.predict(task, engine.population(task, AS_OF), AS_OF):
        if answer.reasons:
            yield answer


def test_reasons_for_the_result_come_first_and_the_strongest_of_them_first() -> None:
    found = told(0.1, 0.5, 0.0, -0.2, 0.3)
    assert parts(found, against=False) == [0.5, 0.3]
    assert [reason.against for reason in found.reasons] == [False, False, True]
    assert parts(found, against=True) == [-0.2]


def test_no_more_is_said_than_tells_most_of_the_distance() -> None:
    assert parts(told(0.9, 0.06, 0.05), against=False) == [0.9]


def test_five_reasons_at_most() -> None:
    assert len(told(*[0.2 + 0.01 * i for i in range(8)]).reasons) == 5


def test_two_against_at_most_and_what_is_left_is_other() -> None:
    found = told(1.0, 0.8, -0.3, -0.2, -0.1)
    assert parts(found, against=True) == [-0.3, -0.2]
    assert found.other == pytest.approx(-0.1)


def test_a_number_that_is_the_average_has_no_reasons() -> None:
    assert told(0.4, -0.4).reasons == ()


def test_what_is_as_usual_is_no_reason() -> None:
    assert told(*[0.2] * 8, value=12.0).reasons == ()


def test_a_saying_never_speaks_against_the_direction_of_its_contribution() -> None:
    """Many contracts: where they lower the risk of leaving they are said, where they lower a chance nobody would say so."""
    column = next(gathered.places[0] for gathered in scorer().facts if gathered.fact.name == "contract")
    contributions = [0.0] * len(NAMES)
    contributions[column] = -0.5
    assert [reason.code for reason in told(*contributions, task="churn").reasons] == ["contract"]
    assert told(*contributions, task="conversion").reasons == ()


@pytest.mark.parametrize("task", TASKS)
def test_base_reasons_and_other_make_the_link(task: str) -> None:
    found = list(cards(task))
    assert len(found) > SIZE // 4
    for answer in found:
        assert answer.base_link is not None
        assert answer.other_contribution is not None
        assert answer.base_shown is not None
        assert answer.shown is not None
        listed = sum(reason.contribution for reason in answer.reasons)
        assert answer.base_link + listed + answer.other_contribution == pytest.approx(answer.link, abs=1e-9)
        points = math.fsum([*(reason.points for reason in answer.reasons), answer.other_points or 0.0])
        assert points == pytest.approx(answer.shown - answer.base_shown, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("task", TASKS)
def test_facts_are_exact_sums_of_features_and_dimensions_of_facts(task: str) -> None:
    engine = company_engine()
    loaded = engine.loaded[task]
    for answer in engine.predict(task, engine.population(task, AS_OF)[:20], AS_OF, with_features=True):
        if not answer.contributions:
            continue
        names = {told.fact.name: [loaded.scorer.encoding.names[i] for i in told.places] for told in loaded.scorer.facts}
        sums = {fact: sum(answer.contributions[name] for name in own) for fact, own in names.items()}
        for reason in answer.reasons:
            assert reason.contribution == pytest.approx(sums[reason.code], abs=1e-12)
        dimensions = {score.dimension: score.contribution for score in answer.dimensions}
        for dimension, contribution in dimensions.items():
            own = [sums[told.fact.name] for told in loaded.scorer.facts if told.fact.dimension == dimension]
            assert contribution == pytest.approx(sum(own), abs=1e-12)


@pytest.mark.parametrize("task", TASKS)
def test_the_first_reason_points_where_the_result_lies_and_no_fact_is_said_twice(task: str) -> None:
    for answer in cards(task):
        assert not answer.reasons[0].against
        assert (answer.reasons[0].points > 0) == ((answer.shown or 0.0) > (answer.base_shown or 0.0))
        assert len({reason.code for reason in answer.reasons}) == len(answer.reasons)


def usual_of(reason: Reason, one: Scorer) -> None:
    sayings = {saying.situation: saying for told in one.facts if told.fact.name == reason.code for saying in told.fact.sayings}
    name = sayings[reason.situation].unusual
    usual, value = (one.reference.usual.get(name), reason.evidence.get(name)) if name else (None, None)
    if isinstance(usual, tuple) and isinstance(value, float):
        assert not usual[0] <= value <= usual[2], (reason.code, name, value, usual)


@pytest.mark.parametrize("task", TASKS)
def test_no_value_within_the_usual_is_offered_as_unusual(task: str) -> None:
    one = company_engine().loaded[task].scorer
    for answer in cards(task):
        for reason in answer.reasons:
            usual_of(reason, one)


def test_a_single_answer_is_that_of_the_batch() -> None:
    engine = company_engine()
    ids = engine.population("churn", AS_OF)[:10]
    batch = engine.predict("churn", ids, AS_OF)
    assert [engine.predict("churn", [key], AS_OF)[0] for key in ids] == batch


def test_days_are_told_in_the_time_zone_of_the_company() -> None:
    def first(zone: str) -> str:
        names = ("order_recency", "order_gap_mean")
        silence = tuple(Feature(name, "risk", name, name, "orders", "recency_days", unit="days") for name in names)
        wide = replace(scorer("churn"), encoding=Encoding(silence, {}), model=Additive(0.0), time_zone=zone)
        values = {"order_gap_mean": None, "order_recency": 1.0}
        fact = next(told.fact for told in wide.facts if told.fact.name == "order_silence")
        spoken = speaker(wide)
        said = spoken.saying(fact, values, -1)
        assert said is not None
        return spoken.words(said, values, NOON.astimezone(spoken.zone))[1]

    assert "Dec 30, 2025" in first("UTC")
    assert "Dec 31, 2025" in first("Pacific/Kiritimati")


def test_a_level_is_told_in_the_company_s_own_words() -> None:
    one = scorer()
    named = replace(one, words={"S3": {"zh": "方案阶段", "en": "proposal"}})
    feature = FEATURES[0]
    for told, expected in ((named, ("方案阶段", "proposal")), (one, ("S3", "S3"))):
        assert (speaker(told)._value(feature, "S3", "zh"), speaker(told)._value(feature, "S3", "en")) == expected
