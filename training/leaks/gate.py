"""The leak gate: before anything is fitted, inputs that know the outcome are refused, and doubtful ones asked about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from features.catalog.attributes import ENTITY
from features.compute import Pipeline
from tables.changed_columns import changed_columns
from training.dataset import Dataset
from training.leaks.checks import changing, known_later, missing_by_outcome, named_like_states, pure_levels, separating
from training.leaks.rules import Finding
from training.task import PredictionTask
from workspace.errors import ForesaleError
from workspace.workspace import DatelessCutoffs, Workspace


@dataclass(frozen=True)
class Leaks:
    """What the gate found and let pass: findings, overrules that answer nothing, and why inputs count as known.

    `stated` has the workspace's reason per input, in a table without dates, where nothing else vouches for it.
    """

    findings: tuple[Finding, ...] = ()
    unused: tuple[str, ...] = ()
    stated: dict[str, str] = field(default_factory=dict)

    @property
    def kept_out(self) -> frozenset[str]:
        """The features that stay out of the model until the workspace answers the question about them."""
        return frozenset(finding.feature for finding in self.findings if not finding.overruled)

    @property
    def overruled(self) -> dict[str, str]:
        """The workspace's reason per overruled feature."""
        return {finding.feature: finding.overruled for finding in self.findings if finding.overruled}

    def as_dict(self) -> dict[str, object]:
        """Plain JSON types."""
        return {"findings": [finding.as_dict() for finding in self.findings], "unused": list(self.unused), "stated": self.stated}


NOTHING_FOUND = Leaks()


def examine(
    workspace: Workspace, pipeline: Pipeline, task: PredictionTask, rows: Dataset, progress: Callable[[str], None]
) -> Leaks:
    """Judge the inputs of training rows; what is doubtful is said through `progress`.

    Raises ForesaleError naming every feature that is refused.
    """
    leaks = judge(workspace, pipeline, task, rows)
    for line in _said(leaks):
        progress(f"{task.name}: {line}")
    _refuse(task, [finding for finding in leaks.findings if finding.refused])
    return leaks


def judge(workspace: Workspace, pipeline: Pipeline, task: PredictionTask, rows: Dataset) -> Leaks:
    """Everything the gate finds in training rows, with the workspace's answers; nothing is raised."""
    dateless = isinstance(workspace.parameters(task.name).cutoffs, DatelessCutoffs)
    found = [
        replace(finding, overruled=workspace.overrule.get(finding.feature, ""))
        for finding in _found(workspace, pipeline, task, rows, dateless=dateless)
    ]
    unused = sorted(set(workspace.overrule) - {finding.feature for finding in found})
    return Leaks(tuple(found), tuple(unused), _stated(workspace, pipeline) if dateless else {})


def _found(workspace: Workspace, pipeline: Pipeline, task: PredictionTask, rows: Dataset, *, dateless: bool) -> Iterator[Finding]:
    features = pipeline.features
    if not dateless:
        yield from known_later(pipeline.history, pipeline, rows)
    yield from changing(features, changed_columns(workspace))
    if task.kind == "probability" and len(set(rows.label)) == 2:
        yield from separating(features, rows, dateless=dateless)
        yield from pure_levels(features, rows)
        yield from missing_by_outcome(features, rows)
    yield from named_like_states(workspace, features)


def _stated(workspace: Workspace, pipeline: Pipeline) -> dict[str, str]:
    """Why each declared attribute counts as known, in the workspace's words."""
    attributes = {
        f"{entity}.{name}": attribute.reason
        for table, entity in ENTITY.items()
        if table in workspace.tables
        for name, attribute in workspace.tables[table].attributes.items()
    }
    return {feature.name: attributes.get(feature.name, "") for feature in pipeline.features}


def _said(leaks: Leaks) -> Iterator[str]:
    """A line for each open question, and one for all that the workspace answers."""
    yield from (_question(finding) for finding in leaks.findings if finding.verdict == "asked")
    if leaks.overruled:
        yield f"the workspace says why these were known in time: {', '.join(leaks.overruled)}"


def unused_overrules(judged: Iterable[Leaks]) -> list[str]:
    """The overrules that answer nothing in any of the tasks: a misspelt name, or a finding that is gone."""
    return sorted(set.intersection(*(set(leaks.unused) for leaks in judged)))


def _question(finding: Finding) -> str:
    return f"{finding.feature} stays out: {finding.en}. Leave it out of the workspace, or {_answer(finding.feature)}"


def doubts(leaks: Leaks) -> Iterator[str]:
    """A line for each open question, overruled finding and overrule without a finding."""
    for finding in leaks.findings:
        if finding.overruled:
            yield f"{finding.feature} is overruled ({finding.overruled}): {finding.en}"
        elif not finding.refused:
            yield _question(finding)
    for name in leaks.unused:
        yield f"overrule of {name} is not used: nothing was found"


def _answer(feature: str) -> str:
    return f'say why it was known in time: "{feature}" = "reason" under [overrule]'


def _refuse(task: PredictionTask, refused: list[Finding]) -> None:
    if not refused:
        return
    names = sorted({finding.feature for finding in refused})
    says = "".join(f"\n    {finding.feature}: {finding.en}" for finding in refused)
    ways = "".join(dict.fromkeys(f"{finding.rule.remedy}; " for finding in refused if finding.rule.remedy))
    raise ForesaleError(
        f"the leak gate refuses inputs of {task.name}: {len(names)}",
        got=says,
        expected="inputs whose value was known at the cutoff",
        do=f"leave {', '.join(names)} out of the workspace; {ways}or {_answer(names[0])}",
    )
