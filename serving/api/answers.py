"""From predictions to what a CRM reads: plain names, money in whole units, sentences in the languages asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from display.language import TAGS
from display.words import LANGUAGES, Language
from models.change import FactChange
from models.prediction import Prediction, Reason, Remark
from serving.api.inputs import MAX_REASONS, LanguageTag
from serving.api.outputs import (
    AnswerStatus,
    ChurnOut,
    ConversionOut,
    DaysOut,
    ModelOut,
    Money,
    ReasonOut,
    RemarkOut,
    Sentences,
    ValueOut,
    ValueReasonOut,
    WithinOut,
)
from serving.insight.percentiles import Percentiles
from workspace.workspace import Workspace

STATUSES: dict[str, AnswerStatus] = {
    "ok": "ok",
    "insufficient_history": "insufficient_history",
    "not_in_population": "not_applicable",
    "no_signal": "no_signal",
}


def languages_of(tag: LanguageTag | None) -> tuple[Language, ...]:
    """The languages meant: the one asked for, or all."""
    return tuple(language for language in LANGUAGES if tag in (None, TAGS[language]))


@dataclass(frozen=True)
class Purse:
    """How a currency is written; amounts come in its minor units."""

    currency: str
    decimals: int

    def money(self, minor: float) -> Money:
        """An amount rounded to the currency."""
        return Money(amount=f"{Decimal(round(minor)).scaleb(-self.decimals):f}", currency=self.currency)

    def maybe(self, minor: float | None) -> Money | None:
        """An amount, where there is one."""
        return None if minor is None else self.money(minor)


def purse_of(workspace: Workspace) -> Purse:
    """How the company's money is written."""
    return Purse(workspace.currency, len(str(workspace.minor_units)) - 1)


@dataclass(frozen=True)
class Teller:
    """Tells predictions: in these languages, with at most so many reasons, against the numbers of the latest run."""

    purse: Purse
    percentiles: Percentiles
    languages: tuple[Language, ...] = LANGUAGES
    most: int = MAX_REASONS

    def churn(self, answer: Prediction) -> ChurnOut:
        """The risk of one account."""
        return ChurnOut(probability=answer.shown, **self._chance(answer))

    def conversion(self, answer: Prediction, sooner: Sequence[Prediction] = ()) -> ConversionOut:
        """The chance of one opportunity; `sooner` is the same within fewer days."""
        days = answer.days_to_win
        return ConversionOut(
            opportunity_id=answer.entity_id,
            probability=answer.shown,
            days_to_win=None if days is None else DaysOut(low=days[0], median=days[1], high=days[2]),
            within=[WithinOut(horizon_days=one.horizon_days or 0.0, probability=one.shown) for one in sooner],
            **self._chance(answer),
        )

    def value(self, answer: Prediction) -> ValueOut:
        """The worth of one account. Effects are rounded so that they add up to the last digit."""
        low, median, high = answer.interval or (None, None, None)
        told = answer.reasons[: self.most]
        return ValueOut(
            expected=self.purse.maybe(answer.shown),
            low=self.purse.maybe(low),
            median=self.purse.maybe(median),
            high=self.purse.maybe(high),
            average=self.purse.maybe(answer.base_shown),
            reasons=[ValueReasonOut(effect=self.purse.money(one.points), **self._reason(one)) for one in told],
            other=self.purse.maybe(_rest_of_money(answer, told)),
            **self._answer(answer),
        )

    def _chance(self, answer: Prediction) -> dict[str, Any]:
        told, unlisted = answer.reasons[: self.most], answer.reasons[self.most :]
        rest = answer.other_points
        return {
            "average": answer.base_shown,
            "reasons": [ReasonOut(effect=one.points, **self._reason(one)) for one in told],
            "other": None if rest is None else math.fsum([rest, *(one.points for one in unlisted)]),
            **self._answer(answer),
        }

    def _answer(self, answer: Prediction) -> dict[str, Any]:
        place = self.percentiles.of(answer)
        return {
            "status": STATUSES[answer.status],
            "as_of": answer.as_of,
            "horizon_days": answer.horizon_days,
            "percentile": place and place.percentile,
            "grade": place and place.grade,
            "remarks": [RemarkOut(code=one.code, sentence=self.sentence(one)) for one in answer.remarks],
            "model": ModelOut(name=answer.model_name, version=answer.model_version, bundle_sha256=answer.bundle_sha256),
        }

    def _reason(self, reason: Reason) -> dict[str, Any]:
        return {
            "fact": reason.code,
            "dimension": reason.dimension,
            "sentence": self.sentence(reason),
            "direction": reason.direction,
            "against": reason.against,
            "compared": reason.compared,
        }

    def sentence(self, said: Reason | Remark | FactChange) -> Sentences:
        """A sentence by the tags of its languages."""
        return {TAGS[language]: getattr(said, language) for language in self.languages}


def _rest_of_money(answer: Prediction, told: Sequence[Reason]) -> int | None:
    """What is left between average and expected after the listed effects, all rounded to minor units."""
    if answer.other_points is None or answer.shown is None or answer.base_shown is None:
        return None
    return round(answer.shown) - round(answer.base_shown) - sum(round(one.points) for one in told)
