"""The report of a training run: one HTML file a language with its charts inside, and a model card in Markdown."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from display.language import Writer
from display.pages import render
from models.scorecard import parts
from training.evaluate import BY_TIME, Evaluation
from training.leaks.gate import doubts
from training.splits.sides import LATER, OTHERS, UNDATED
from training.train import Trained

_SPLITS = {BY_TIME: "split.by_time", LATER: "split.later", OTHERS: "split.others", UNDATED: "split.undated"}


def html_report(trained: Trained, pictures: Mapping[str, Markup], writer: Writer) -> str:
    """The whole report in one language: self-contained, without a script."""
    reason = trained.verdict.reason_zh if writer.language == "zh" else trained.verdict.reason
    return render(
        "training.report",
        "report.html",
        writer,
        trained=trained,
        title=trained.task.name,
        reason=reason,
        split=writer.say(_SPLITS[trained.test_evaluation.split]),
        compared=_compared,
        figure=_figure,
        figures=_figures(trained.test_evaluation, writer),
        pictures=list(pictures.values()),
    )


def _compared(evaluation: Evaluation) -> list[str]:
    """The metrics that the baselines have too: the columns of the table."""
    return [name for name in evaluation.metrics if name in next(iter(evaluation.baselines.values()), evaluation.metrics)]


def _figure(value: float) -> str:
    """Four digits, or the whole number where it has more: 0.6523, 233,195."""
    return f"{value:.4g}" if abs(value) < 10_000 else f"{value:,.0f}"


def _figures(evaluation: Evaluation, writer: Writer) -> str:
    figures = (f"{writer.named('metric', name)} {_figure(value)}" for name, value in evaluation.metrics.items())
    return writer.say("list.separator").join(figures)


def model_card(trained: Trained, note: str) -> str:
    """What the model is for, on what it was trained, how good it is and where it should not be used."""
    task, scorer, test = trained.task, trained.fitted.scorer, trained.test_evaluation
    present, absent = parts(task.name, trained.train.frame)
    return (
        f"# {task.name}: {task.en} ({task.zh})\n\n{note}\n\n"
        f"Trained on {scorer.reference.rows} rows, {len(scorer.encoding.features)} features. Split: {test.split}.\n\n"
        f"Test: {', '.join(f'{name} {value:.4g}' for name, value in test.metrics.items())} on {test.n} rows.\n\n"
        f"Scorecard parts: {', '.join(p.name for p in present) or 'none'}; left out: {', '.join(absent) or 'none'}.\n\n"
        f"Leak gate:\n{''.join(f'- {line}{chr(10)}' for line in doubts(trained.leaks)) or '- nothing was found'}\n\n"
        "Use it to order accounts and to plan visits. Reasons describe the model's inputs; they claim no cause. "
        "Do not use it for decisions about people, prices or credit.\n"
    )
