"""One champion over one history, ready to answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from features.history import History
from features.overlay import prepared_on
from features.pipeline import Pipeline, prepare
from models.bundle import read_bundle
from models.predict import ModelInfo
from models.scorer import Scorer
from workspace.errors import ForesaleError
from workspace.workspace import Workspace

GET_ONE = "run: foresale train; where its gate lets no version pass, see foresale promote --help"


class UnknownEntity(ForesaleError):
    """Ids that the history does not hold."""

    def __init__(self, ids: Sequence[str]) -> None:
        self.ids = list(ids)
        super().__init__(
            f"{len(self.ids)} unknown ids",
            got=", ".join(self.ids[:5]),
            expected="ids of the ingested history",
            do="ingest newer data, or check the ids",
        )


@dataclass(frozen=True)
class Loaded:
    """A registered model, and its features over a history."""

    model: ModelInfo
    scorer: Scorer
    pipeline: Pipeline

    def on(self, history: History) -> Loaded:
        """The same over some accounts' history with further rows."""
        return replace(self, pipeline=prepared_on(history, self.pipeline, self.scorer.reads))


def load(workspace: Workspace, history: History, model: ModelInfo, folder: Path) -> Loaded:
    """Read a bundle and prepare what it reads; raises ForesaleError for one that is not the one registered."""
    scorer = in_words(read_bundle(folder, model.bundle_sha256), workspace)
    return Loaded(model, scorer, prepare(history, scorer.reads))


def in_words(scorer: Scorer, workspace: Workspace) -> Scorer:
    """The scorer with the company's words for the values of its data."""
    return replace(scorer, words={value: {"zh": word.zh, "en": word.en} for value, word in workspace.words.items()})
