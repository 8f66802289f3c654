"""What has to be said beside a number, or in place of one, so that it is not misread."""

from __future__ import annotations

from display import figures
from display.words import LANGUAGES
from models.prediction import Prediction, Remark
from models.scorer import Scorer

_DONE = {  # what a stream's events are: a verb in Chinese, and in English one of them and to have one again
    "orders": ("下单", "order", "orders again"),
    "interactions": ("联系", "contact", "is in touch again"),
    "payments": ("付款", "payment", "pays again"),
}
_NO_DEAL = Remark(
    "not_open",
    "该商机此时不在进行中：尚未开启、已经结束，或已过预计成交日。重新开启或改期后会再评估。",
    "This deal is not open now: not opened yet, closed, or past its stated closing date. Opened again or moved, it counts again.",
)


def absence(scorer: Scorer) -> Remark:
    """Why a task does not ask about somebody, and what would make it ask."""
    population = scorer.population
    if population.entity == "opportunity":
        return _NO_DEAL
    days, stream = population.active_days, population.stream or ""
    zh, one, again = _DONE.get(stream, (stream, stream, stream))
    return Remark(
        "no_recent_" + stream,
        f"近 {days} 天没有{zh}记录，所以没有这个数字；一旦再次{zh}就会重新评估。",
        f"No {one} in the last {days} days, so there is no such number; as soon as the customer {again}, there is.",
    )


def of_deal(chance: float) -> Remark:
    """Why the risk of leaving is lower than this account's history alone would say."""
    told = figures.percent(chance)
    return Remark(
        "likely_deal",
        f"有一个进行中的商机赢单概率为 {told}，赢单即会下单，流失风险已据此下调。",
        f"An open deal is {told} likely to be won, and a win brings an order: the risk was lowered to leave room for it.",
    )


def of_interval(scorer: Scorer, answer: Prediction) -> tuple[Remark, ...]:
    """Why the mean lies outside the range that holds eight outcomes in ten, where it does."""
    if answer.interval is None or answer.shown is None:
        return ()
    low, middle, high = answer.interval
    zh, en = (figures.money(middle, scorer.currency, scorer.minor_units, language) for language in LANGUAGES)
    if answer.shown > high:
        return (
            Remark(
                "mean_above_range",
                f"平均值高于范围的上限：少数大单拉高了平均；一半的情况不超过 {zh}。",
                f"The average lies above the range: a few large orders lift it; half of the outcomes are at most {en}.",
            ),
        )
    if answer.shown < low:
        return (
            Remark(
                "mean_below_range",
                f"平均值低于范围的下限：十次中有一次会远低于此；一半的情况不低于 {zh}。",
                f"The average lies below the range: one outcome in ten is far lower; half of the outcomes are at least {en}.",
            ),
        )
    return ()
