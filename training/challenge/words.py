"""A comparison in words: what a challenger gains, what speaks against it, and what changes at the top of the list."""

from __future__ import annotations

from collections.abc import Iterator

from display.language import Writer
from models.prediction import Prediction
from training.challenge.paired import SLOWEST_MS, WORST, Interval, Paired
from training.challenge.top import Move, Top


def compared(paired: Paired, champion: str, writer: Writer) -> str:
    """Against whom, on how many rows, and what it gains."""
    (low, high), (other_low, other_high) = (_ends(ends) for ends in paired.gains.values())
    values = {
        "version": champion,
        "count": paired.rows,
        "low": low,
        "high": high,
        "other_low": other_low,
        "other_high": other_high,
    }
    return writer.say(f"challenge.{paired.leading}", **values)


def refusals(paired: Paired, writer: Writer) -> Iterator[str]:
    """Everything that speaks against it."""
    lead = paired.leading
    if not paired.not_worse:
        low, high = _ends(paired.gains[lead])
        yield writer.say(f"challenge.worse.{lead}", low=low, high=high, least=f"{WORST[lead]:+.2f}")
    if not paired.calibrated:
        off = {"got": f"{paired.off:.3f}", "most": f"{paired.most:.3f}", "theirs": f"{paired.off_champion:.3f}"}
        yield writer.say(f"challenge.off.{lead}", **off)
    if not paired.quick:
        yield writer.say("challenge.slow", got=f"{paired.latency_ms:.0f}", most=f"{SLOWEST_MS:.0f}")


def changes(top: Top, examples: list[Prediction], writer: Writer) -> Iterator[str]:
    """How many of the first accounts would be others, and the examples, each with the challenger's strongest reason."""
    yield writer.say("challenge.top", changed=top.changed, size=top.size)
    for move, prediction in zip(top.moves, examples, strict=True):
        told = moved(move, prediction.account_id, writer)
        reason = writer.of(prediction.reasons[0]) if prediction.reasons else ""
        yield writer.say("challenge.because", moved=told, reason=reason) if reason else told


def moved(move: Move, account: str, writer: Writer) -> str:
    """One account from its place to another."""
    values = {"account": account, "before": writer.ordinal(move.before), "after": writer.ordinal(move.after)}
    return writer.say("challenge.rose", **values) if move.after < move.before else writer.say("challenge.fell", **values)


def _ends(ends: Interval) -> tuple[str, str]:
    return f"{ends[0]:+.4f}", f"{ends[1]:+.4f}"
