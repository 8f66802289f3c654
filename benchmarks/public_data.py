"""Public data of four kinds, each described by its example workspace alone: the model beside every baseline, and the bar.

`python -m benchmarks.public_data --data DIR`, where DIR holds the folders 365-platform, leadforge, cdnow and
xeducation-leads. `--quick` leaves out the largest one.
"""

from __future__ import annotations

import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import harness
from features.history_file import load_history
from tables.ingest import ingest
from training.jobs import Jobs
from training.tasks import TASKS
from training.train import Trained, train_task
from workspace.progress import Progress
from workspace.workspace import Workspace, parse_workspace

EXAMPLES = Path(__file__).parent.parent / "examples"
_HERE = "../data/"  # how the examples' sources begin: the folder a user sets
Raw = dict[str, Any]


@dataclass(frozen=True)
class Question:
    """One example, its task, the AUC it has to reach, and a rival it may not be further below than `margin`.

    `period` says which rows the bar is about: the folds before the test, or the test.
    """

    example: str
    task: str
    bar: float
    period: str = "test"
    rival: str = ""
    margin: float = 0.0
    large: bool = False


QUESTIONS = (
    Question("365_platform", "conversion", 0.636),
    Question("leadforge", "conversion", 0.62),
    Question("cdnow", "churn", 0.8, rival="bg_nbd", margin=0.005, large=True),
    Question("xeducation", "conversion", 0.86, period="gate"),
)


def example(name: str, data: Path, folder: Path) -> Workspace:
    """A committed example over a copy of its data somewhere else."""
    file = EXAMPLES / f"{name}.toml"
    raw = tomllib.loads(file.read_text(encoding="utf-8"))
    sources = {source: _moved(where, data) for source, where in raw["sources"].items()}
    return parse_workspace({**raw, "data_dir": str(folder), "sources": sources}, file)


def _moved(source: Any, data: Path) -> Any:
    if isinstance(source, dict):
        return {key: _moved(value, data) if key == "path" else value for key, value in source.items()}
    return str(data.resolve() / source.removeprefix(_HERE))


def trained(question: Question, data: Path) -> Trained:
    """From the raw files to an evaluated model, as `foresale ingest` and `foresale train` do it."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = example(question.example, data, Path(folder))
        history = load_history(ingest(workspace).snapshot)
        return train_task(workspace, history, TASKS[question.task], Jobs(Progress(print)))


def facts(question: Question, model: Trained) -> Raw:
    """What is kept of one model: both evaluations, the gate's verdict and the bars."""
    return {
        "task": question.task,
        "folds": model.gate.as_dict(),
        "test": model.test_evaluation.as_dict(),
        "inputs": len(model.fitted.scorer.encoding.features),
        "preset": model.fitted.preset.name,
        "rounds": model.fitted.rounds,
        "passed": model.verdict.passed,
        "verdict": model.verdict.reason,
        "bars": list(_bars(question, model)),
    }


def _bars(question: Question, model: Trained) -> list[Raw]:
    judged = model.gate if question.period == "gate" else model.test_evaluation
    ours = judged.metrics["auc"]
    bars = [(f"{question.example}: AUC", ours, question.bar)]
    if question.rival:
        bars.append(
            (f"{question.example}: AUC minus {question.rival}", ours - judged.baselines[question.rival]["auc"], -question.margin)
        )
    return [{"bar": name, "figure": figure, "at_least": least, "met": figure >= least} for name, figure, least in bars]


def show(found: dict[str, Raw]) -> None:
    """One row a model and period, and the bars."""
    rows = [
        [
            name,
            period,
            numbers[period]["n"],
            numbers[period]["positives"],
            f"{numbers[period]['auc']:.4f}",
            "{:.4f} to {:.4f}".format(*numbers[period]["intervals"]["auc"]),
            ", ".join(f"{rival} {theirs['auc']:.4f}" for rival, theirs in numbers[period]["baselines"].items()),
        ]
        for name, numbers in found.items()
        for period in ("folds", "test")
    ]
    harness.show("AUC on public data", ("example", "rows of", "n", "positive", "AUC", "95 %", "baselines"), rows)
    harness.show(
        "Bars",
        ("bar", "figure", "at least", "met"),
        [
            [bar["bar"], f"{bar['figure']:.4f}", f"{bar['at_least']:.3f}", "yes" if bar["met"] else "no"]
            for numbers in found.values()
            for bar in numbers["bars"]
        ],
    )


def main() -> None:
    """Run and write."""
    options = harness.arguments(
        "public_data", __doc__, data="a folder that holds 365-platform, leadforge, cdnow and xeducation-leads"
    )
    chosen = [question for question in QUESTIONS if not (options.quick and question.large)]
    found = {question.example: facts(question, trained(question, options.data)) for question in chosen}
    show(found)
    harness.write(options.json, {"machine": harness.machine("lightgbm", "scikit-learn", "numpy"), "examples": found})


if __name__ == "__main__":
    main()
