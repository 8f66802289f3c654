"""What words cost: an explained answer beside the same number with contributions by dimension and no sentence, in one run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from statistics import median
from time import perf_counter

from features.compute import Pipeline, prepare
from models.explain import Explanation, dimension_scores, explain
from models.prediction import DimensionScore
from models.scorer import SHARES
from serving.engine import Engine

Unworded = tuple[Explanation, tuple[DimensionScore, ...]]
_SINGLE, _BATCH, _BATCHES = 60, 500, 7


def cost(engine: Engine, task: str) -> dict[str, float]:
    """How many times as long an answer takes with its words, for one id at a time and for many at once."""
    at = engine.latest_as_of
    ids = engine.population(task, at)[:_BATCH]
    plain = prepare(engine.history, engine.loaded[task].scorer.encoding.features)

    def worded(some: Sequence[str]) -> object:
        return engine.predict(task, some, at)

    def without(some: Sequence[str]) -> object:
        return unworded(engine, plain, task, some, at)

    return {
        "single": _ratio(worded, without, [[key] for key in ids[:_SINGLE]]),
        "batch": _ratio(worded, without, [ids] * _BATCHES),
    }


def _ratio(
    worded: Callable[[Sequence[str]], object], unworded: Callable[[Sequence[str]], object], asked: Sequence[list[str]]
) -> float:
    """The two by turns, each once before it counts; medians."""
    took = [(_seconds(worded, some), _seconds(unworded, some)) for some in [asked[0], *asked]][1:]
    return median(one for one, _ in took) / median(other for _, other in took)


def _seconds(answer: Callable[[Sequence[str]], object], some: Sequence[str]) -> float:
    start = perf_counter()
    answer(some)
    return perf_counter() - start


def unworded(engine: Engine, plain: Pipeline, task: str, ids: Sequence[str], at: datetime) -> list[Unworded]:
    """All of an answer but what is read and said for its reasons."""
    scorer = engine.loaded[task].scorer
    spine = engine.rows(task, ids, at)
    scorer.population.members(engine.history, spine)
    pipeline, own = plain.apart(spine)
    matrix = scorer.matrix(pipeline.values(own))
    contributions, base = scorer.contributions(matrix)
    if scorer.interval:
        scorer.interval.predict(matrix, scorer.shown(matrix))
    if scorer.timing:
        scorer.timing.days(matrix, SHARES)
    facts = scorer.by_fact(contributions)
    found = [explain(scorer.kind, float(base[i]), contributions[i]) for i in range(len(ids))]
    return [(one, dimension_scores(scorer.facts, facts[i], one.per_contribution)) for i, one in enumerate(found)]
