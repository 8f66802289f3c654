"""Whether a version that passed its gate takes the champion's place: both are heard on the newest rows whose outcome is known."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import median
from typing import Any

import numpy as np

from display.language import Writer
from display.words import LANGUAGES, Language
from features.compute import Pipeline, prepare
from features.history import History
from models.bundle import FORMAT, read_bundle
from models.predict import ModelInfo, Row, predict
from models.prediction import Prediction
from models.registry import CONTENDER_TAG, FORMAT_TAG, aliased, bundle_of
from models.scorer import BASE_RATE, Scorer
from tables.snapshot import Snapshot
from training.challenge import words
from training.challenge.paired import Judged, Paired, paired
from training.challenge.top import USUAL_WEEK, Top, top
from training.court import answers_of
from training.dataset import Dataset
from training.train import Trained
from workspace.errors import ForesaleError
from workspace.workspace import Workspace

_TIMED_ROWS = 15
Lines = tuple[str, ...]


@dataclass(frozen=True)
class Challenge:
    """One comparison with the champion of that day: the figures, what changes at the top, and both in words.

    `against` says in words what speaks against the challenger; nothing where it may take the champion's place.
    """

    champion: str
    paired: Paired
    top: Top
    told: dict[Language, Lines]
    against: dict[Language, str]

    @property
    def passed(self) -> bool:
        """Whether it may take the champion's place."""
        return not self.against["en"]

    def lines(self, language: Language) -> Lines:
        """Everything in words: what was compared, what speaks against it, what changes at the top."""
        compared, *changes = self.told[language]
        return (compared, *filter(None, [self.against[language]]), *changes)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return {
            "champion": self.champion,
            "passed": self.passed,
            **self.paired.as_dict(),
            "top": self.top.as_dict(),
            "told": {language: list(lines) for language, lines in self.told.items()},
            "against": self.against,
        }


def challenge(workspace: Workspace, snapshot: Snapshot, history: History, trained: Trained) -> Challenge | None:
    """Compare what was trained with the champion on the rows of its test; None where it may serve without being compared:
    it did not pass its gate, or no champion can be heard on the same question.
    """
    found = _incumbent(workspace, history, trained) if trained.verdict.passed else None
    if found is None:
        return None
    champion, theirs, as_champion = found
    rows, task = trained.test, trained.task
    ours_told, theirs_told = answers_of(workspace, trained.scorer, rows), answers_of(workspace, theirs, as_champion)
    judged = Judged(task.kind, rows.label, rows.account)
    explainer = Explainer(history, trained.scorer)
    figures = paired(judged, ours_told, theirs_told, explainer.latency_ms(rows))
    changed = top(rows.account, rows.spine.as_of, ours_told.shown, theirs_told.shown, week(snapshot))
    examples = [explainer.explained(rows, move.row) for move in changed.moves]
    told, against = dict[Language, Lines](), dict[Language, str]()
    for language in LANGUAGES:
        writer = Writer(language)
        told[language] = (words.compared(figures, champion, writer), *words.changes(changed, examples, writer))
        against[language] = writer.say("clause.separator").join(words.refusals(figures, writer))
    return Challenge(champion, figures, changed, told, against)


def week(snapshot: Snapshot) -> int:
    """How many accounts the team can visit in a week, as its owners state; the usual number where they do not."""
    if "owners" not in snapshot.files or "weekly_capacity" not in snapshot.columns("owners"):
        return USUAL_WEEK
    stated = snapshot.read(["owners"])["owners"]["weekly_capacity"].to_pandas().sum()
    return int(stated) or USUAL_WEEK


def _incumbent(workspace: Workspace, history: History, trained: Trained) -> tuple[str, Scorer, Dataset] | None:
    """The champion's version, its scorer and the rows of the test with its inputs; where it tells accounts apart, can be read,
    is asked the same question, and knows no input that has been kept out or taken out of the mapping since."""
    version = aliased(workspace, trained.task.name)
    if version is None or version.tags.get(FORMAT_TAG) != str(FORMAT) or version.tags.get(CONTENDER_TAG) == BASE_RATE:
        return None
    model, folder = bundle_of(workspace, version)
    try:
        scorer = read_bundle(folder, model.bundle_sha256)
        pipeline = prepare(history, scorer.encoding.features)
    except ForesaleError:
        return None
    leaking = trained.leaks.kept_out & {*scorer.encoding.names}
    if leaking or scorer.population != trained.scorer.population:
        return None
    return model.version, scorer, replace(trained.test, frame=pipeline.frame(trained.test.spine))


@dataclass(frozen=True)
class Explainer:
    """The challenger as it would answer, one row at a time, with its reasons."""

    history: History
    scorer: Scorer

    @cached_property
    def _pipeline(self) -> Pipeline:
        return prepare(self.history, self.scorer.reads)

    def latency_ms(self, rows: Dataset) -> float:
        """The median time that a processor has to give to one row: other tasks are being fitted beside this one."""
        took = []
        for row in range(min(_TIMED_ROWS, len(rows))):
            began = time.thread_time()
            self.explained(rows, row)
            took.append(time.thread_time() - began)
        return 1000 * median(took)

    def explained(self, rows: Dataset, row: int) -> Prediction:
        """The answer for one row."""
        spine = rows.spine.take(np.array([row]))
        account = str(self.history.accounts["account_id"].to_numpy()[spine.account[0]])
        asked = Row(account, account, int(spine.as_of[0]), int(spine.until[0]))
        return predict(self.scorer, ModelInfo("", "", ""), [asked], self._pipeline.values(spine))[0]
