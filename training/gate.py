"""The gate: whether a model may become champion, and the sentence that says why, in both languages."""

from __future__ import annotations

from dataclasses import dataclass

from display.language import Writer
from training.evaluate import BY_TIME, Evaluation
from training.task import PredictionTask

NO_SIGNAL = "no usable signal"
_NOT_WORSE = {"auc": -0.01, "mae": -0.02, "spearman": -0.01}
Values = dict[str, str]


@dataclass(frozen=True)
class Verdict:
    """Whether a model may become champion, and why: `reason` in English, which the registry keeps, and in Chinese."""

    passed: bool
    reason: str
    reason_zh: str = ""

    @property
    def without_signal(self) -> bool:
        """Whether nothing in the data tells the outcome."""
        return self.reason.startswith(NO_SIGNAL)


@dataclass(frozen=True)
class _Clause:
    """One comparison: a phrase of the catalogue and its numbers; `rival` is the name of a baseline."""

    key: str
    values: Values
    rival: str = ""

    def told(self, writer: Writer) -> str:
        """The clause in one language."""
        return writer.say(self.key, **self.values, rival=writer.named("baseline", self.rival))


def gate(task: PredictionTask, evaluation: Evaluation) -> Verdict:
    """Not worse than the best baseline: the lower end of the paired interval is above -0.01 AUC or -2 % MAE.

    Where there are too few outcomes for such an interval, an AUC within 0.01 and a log loss shown to be better than every
    baseline's will do. Money is judged on both numbers it shows: the median by MAE, and the mean by its order, above -0.01
    Spearman.
    """
    leading = "mae" if task.kind == "money" else "auc"
    if leading == "auc" and evaluation.intervals["auc"][0] <= 0.5:
        clause = _Clause("gate.no_signal", {"auc": f"{evaluation.metrics['auc']:.3f}"})
        return Verdict(False, clause.told(Writer("en")), clause.told(Writer("zh")))
    best = evaluation.best_baseline
    passed, clauses = evaluation.paired[best][0] > _NOT_WORSE[leading], [_above(leading, best, evaluation.paired[best])]
    if leading == "mae":
        kept_order, clause = _by_order(evaluation)
        passed, clauses = passed and kept_order, [*clauses, clause]
    elif not passed:
        passed, more = _by_loss(evaluation)
        clauses += more
    return _verdict(evaluation, clauses, passed=passed)


def _above(metric: str, rival: str, interval: tuple[float, float]) -> _Clause:
    return _Clause(f"gate.{metric}", _ends(interval) | {"limit": f"{_NOT_WORSE[metric]:+.2f}"}, rival)


def _ends(interval: tuple[float, float]) -> Values:
    return {"low": f"{interval[0]:+.4f}", "high": f"{interval[1]:+.4f}"}


def _by_order(evaluation: Evaluation) -> tuple[bool, _Clause]:
    """Whether the mean of money orders accounts no worse than the baseline that orders them best."""
    rival = max(evaluation.baselines, key=lambda name: evaluation.baselines[name]["spearman"])
    interval = evaluation.paired_order[rival]
    return interval[0] > _NOT_WORSE["spearman"], _above("spearman", rival, interval)


def _by_loss(evaluation: Evaluation) -> tuple[bool, list[_Clause]]:
    """The verdict where the order alone settles nothing: what is shown is a probability, and log loss judges it."""
    behind = evaluation.metrics["auc"] - evaluation.baselines[evaluation.best_baseline]["auc"]
    rival = min(evaluation.paired_loss, key=lambda name: evaluation.paired_loss[name][0])
    clauses = [
        _Clause("gate.behind", {"behind": f"{behind:+.4f}"}),
        _Clause("gate.loss", _ends(evaluation.paired_loss[rival]), rival),
    ]
    return behind > _NOT_WORSE["auc"] and evaluation.paired_loss[rival][0] > 0, clauses


def _verdict(evaluation: Evaluation, clauses: list[_Clause], *, passed: bool) -> Verdict:
    earlier = evaluation.period == "gate" and evaluation.split == BY_TIME

    def told(writer: Writer) -> str:
        says = writer.say("clause.separator").join(clause.told(writer) for clause in clauses)
        return writer.say("gate.before_test", count=evaluation.n, says=says) if earlier else says

    return Verdict(passed, told(Writer("en")), told(Writer("zh")))
