"""The gate: whether a model may become champion, and the sentence that says why, in both languages."""

from __future__ import annotations

from dataclasses import dataclass

from display.language import Writer
from training.evaluate import BY_TIME, Evaluation
from training.signal import FEWEST, Signal
from training.task import PredictionTask

NO_SIGNAL, TOO_FEW = "no usable signal", "too few outcomes"
Values = dict[str, str]


@dataclass(frozen=True)
class Verdict:
    """Whether a model may become champion, and why: `reason` in English, which the registry keeps, and in Chinese."""

    passed: bool
    reason: str
    reason_zh: str = ""

    @property
    def without_signal(self) -> bool:
        """Whether nothing in the data tells the outcome, or there is too little to say so: nothing overrules that."""
        return self.reason.startswith((NO_SIGNAL, TOO_FEW))


@dataclass(frozen=True)
class _Clause:
    """One comparison: a phrase of the catalogue and its numbers; `rival` is the name of a baseline."""

    key: str
    values: Values
    rival: str = ""

    def told(self, writer: Writer) -> str:
        """The clause in one language."""
        return writer.say(self.key, **self.values, rival=writer.named("baseline", self.rival))


def served(task: PredictionTask, name: str, evaluation: Evaluation, signal: Signal) -> Verdict:
    """The verdict on the contender that serves: how much it tells, and how it stands beside the best of the others."""
    leading = "mae" if task.kind == "money" else "auc"
    others = {other: numbers[leading] for other, numbers in evaluation.baselines.items() if other != name}
    beside = (min if leading == "mae" else max)(others, key=lambda other: others[other])
    order = {"order": f"{signal.order:.3f}", "gain": f"{signal.gain:.1%}"}
    clauses = [_Clause("gate.serves", order, name), _Clause(f"gate.{leading}", _ends(evaluation.paired[beside]), beside)]
    return _passed(evaluation, clauses)


def without_signal(signal: Signal) -> Verdict:
    """The verdict where nothing may serve but the base rate."""
    few = _Clause("gate.too_few", {"outcomes": str(signal.outcomes), "least": str(FEWEST)})
    order = {"order": f"{signal.order:.3f}", "error": f"{signal.error:.3f}", "gain": f"{signal.gain:+.1%}"}
    clause = _Clause("gate.no_signal", order) if signal.enough else few
    return Verdict(False, clause.told(Writer("en")), clause.told(Writer("zh")))


def _ends(interval: tuple[float, float]) -> Values:
    return {"low": f"{interval[0]:+.4f}", "high": f"{interval[1]:+.4f}"}


def _passed(evaluation: Evaluation, clauses: list[_Clause]) -> Verdict:
    earlier = evaluation.period == "gate" and evaluation.split == BY_TIME

    def told(writer: Writer) -> str:
        says = writer.say("clause.separator").join(clause.told(writer) for clause in clauses)
        return writer.say("gate.before_test", count=evaluation.n, says=says) if earlier else says

    return Verdict(True, told(Writer("en")), told(Writer("zh")))
