"""From the values of features to predictions with reasons: the one path that batch scoring and the API share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.kernel.layout import DAY
from features.values import Values
from models.calibrate import inverse_link, shown_of
from models.explain import dimension_scores, explain
from models.model import Floats
from models.prediction import Prediction
from models.reasons import reasons
from models.remarks import absence, of_deal, of_interval
from models.scorer import BASE_RATE, SHARES, TREES, Scorer
from models.sentences import Speaker, Value, speaker

Features = dict[str, float | str | None]


@dataclass(frozen=True)
class Row:
    """The keys of one row: the entity asked about, its account, and the window of the outcome (UTC seconds)."""

    entity_id: str
    account_id: str
    as_of: int
    until: int
    in_population: bool = True


@dataclass(frozen=True)
class ModelInfo:
    """Which registered model answered."""

    name: str
    version: str
    bundle_sha256: str


def predict(
    scorer: Scorer,
    model: ModelInfo,
    rows: Sequence[Row],
    values: Values,
    *,
    with_features: bool = False,
    within_days: float | None = None,
    best_deals: Floats | None = None,
) -> list[Prediction]:
    """One prediction per row, in order; `values` holds the inputs of the same rows.

    With `best_deals`, the chance of a win that each account has, the risk of no order is no higher than that leaves room for.
    With `within_days` it is the chance within fewer days than the horizon: what that takes away belongs to the base, so
    that the same contributions still add up to what is shown.
    """
    answers = _answers(scorer, values)
    if within_days is not None:
        answers = answers.within(within_days)
    if best_deals is not None:
        answers = answers.below(best_deals)
    inputs = values.plain_rows(scorer.encoding.names) if with_features else None
    out = []
    for i, row in enumerate(rows):
        asked = _asked(scorer, model, row)
        answer = answers.of(i, asked) if row.in_population else replace(asked, remarks=(absence(scorer),))
        out.append(replace(answer, features=inputs[i], contributions=answers.by_feature(i)) if inputs else answer)
    return out


@dataclass(frozen=True)
class _Answers:
    """The numbers of many rows, and what their words are made of."""

    scorer: Scorer
    speaker: Speaker
    matrix: Floats
    base: Floats
    contributions: Floats
    facts: Floats
    known: NDArray[np.bool_]
    usual: Floats
    intervals: Floats | None
    days: Floats | None
    evidence: list[dict[str, Value]]
    limits: Floats | None = None

    def of(self, i: int, asked: Prediction) -> Prediction:
        """One row answered."""
        if not self.known[i]:
            return _base_rate(self.scorer, asked, float(self.usual[i]))
        explained = replace(self._explained(i, asked), days_to_win=_triple(self.days, i))
        if self.limits is not None and self.limits[i] > 0:
            return replace(explained, remarks=(of_deal(float(self.limits[i])),))
        if self.intervals is None:
            return explained
        ranged = replace(explained, interval=_triple(self.intervals, i))
        return replace(ranged, remarks=of_interval(self.scorer, ranged))

    def within(self, days: float) -> _Answers:
        """The same for fewer days than the horizon."""
        links = self.scorer.link(self.matrix)
        base = self.base + self.scorer.sooner(self.matrix, links, days) - links
        return replace(self, base=base, usual=self.scorer.sooner(self.matrix, self.usual, days))

    def below(self, best: Floats) -> _Answers:
        """The same where a likely win leaves less room for no order; what it takes away is counted with the open deals."""
        contributions, base = self.scorer.below(self.contributions, self.base, best)
        if contributions is self.contributions and base is self.base:
            return self
        lower = base + contributions.sum(axis=1) < self.base + self.contributions.sum(axis=1)
        facts, limits = self.scorer.by_fact(contributions), np.where(lower, best, 0.0)
        return replace(self, base=base, contributions=contributions, facts=facts, limits=limits)

    def _explained(self, i: int, asked: Prediction) -> Prediction:
        explanation = explain(self.scorer.kind, float(self.base[i]), self.contributions[i])
        moment = asked.as_of.astimezone(self.speaker.zone)
        told = reasons(self.speaker, self.evidence[i], self.facts[i], explanation, moment)
        return replace(
            asked,
            status="no_signal" if self.scorer.contender == BASE_RATE else "ok",
            shown=explanation.shown,
            link=explanation.link,
            base_shown=explanation.base_shown,
            base_link=explanation.base_link,
            other_points=told.other * explanation.per_contribution,
            other_contribution=told.other,
            dimensions=dimension_scores(self.scorer.facts, self.facts[i], explanation.per_contribution),
            reasons=told.reasons,
        )

    def by_feature(self, i: int) -> dict[str, float]:
        """What each input adds, for whoever wants more than facts."""
        return dict(zip(self.scorer.encoding.names, self.contributions[i].tolist(), strict=True))


def _answers(scorer: Scorer, values: Values) -> _Answers:
    matrix, spoken = scorer.matrix(values), speaker(scorer)
    contributions, base = scorer.contributions(matrix)
    intervals = scorer.interval.predict(matrix, scorer.shown(matrix)) if scorer.interval else None
    evidence = values.plain_rows(spoken.evidence)
    facts, known = scorer.by_fact(contributions), _has_history(scorer, matrix)
    usual = np.full(len(matrix), scorer.reference.base_link)
    days = scorer.timing.days(matrix, SHARES) if scorer.timing else None
    return _Answers(scorer, spoken, matrix, base, contributions, facts, known, usual, intervals, days, evidence)


def shown_to_all(scorer: Scorer, matrix: Floats, best_deals: Floats | None = None) -> Floats:
    """The shown number of each row as `predict` has it: of whom nothing is known, the average."""
    links = scorer.link(matrix)
    limited = links if best_deals is None else links + scorer.taken(links, best_deals)
    return np.where(
        _has_history(scorer, matrix), shown_of(scorer.kind, limited), inverse_link(scorer.kind, scorer.reference.base_link)
    )


def _asked(scorer: Scorer, model: ModelInfo, row: Row) -> Prediction:
    """The keys of an answer, before there is one."""
    dated = row.in_population and not scorer.population.dateless
    horizon = (row.until - row.as_of) / DAY if dated else None
    return Prediction(
        scorer.task,
        row.entity_id,
        row.account_id,
        datetime.fromtimestamp(row.as_of, UTC),
        "not_in_population",
        horizon,
        model_name=model.name,
        model_version=model.version,
        bundle_sha256=model.bundle_sha256,
    )


def _base_rate(scorer: Scorer, asked: Prediction, link: float) -> Prediction:
    """Nothing is known of this entity: the population's average, said so."""
    shown = inverse_link(scorer.kind, link)
    return replace(asked, status="insufficient_history", shown=shown, link=link, base_shown=shown, base_link=link)


def _triple(quantiles: Floats | None, row: int) -> tuple[float, float, float] | None:
    if quantiles is None:
        return None
    low, middle, high = quantiles[row].tolist()
    return low, middle, high


def _has_history(scorer: Scorer, matrix: Floats) -> NDArray[np.bool_]:
    """False where no event was ever seen and no attribute is known (and the model has such inputs at all).

    A rule reads a few inputs only, and is answered for whoever has any of them.
    """
    if scorer.contender != TREES:
        return np.asarray(~np.isnan(matrix).all(axis=1) | (matrix.shape[1] == 0), bool)
    telling = scorer.encoding.telling
    return np.asarray(~np.isnan(matrix[:, telling]).all(axis=1) if telling else np.ones(len(matrix)), bool)


def plain_rows(frame: pd.DataFrame) -> list[Features]:
    """Each row's values as plain JSON values; a missing one is None."""
    columns, names = [_plain(frame[name]) for name in frame], frame.columns.astype(str)
    rows = zip(*columns, strict=True) if columns else ((),) * len(frame)
    return [dict(zip(names, row, strict=True)) for row in rows]


def _plain(column: pd.Series) -> list[Value]:
    return [value if value == value else None for value in column.tolist()]  # NaN is not itself
