"""One champion over one history, ready to answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from features.history import History
from features.overlay import prepared_on
from features.pipeline import Pipeline, prepare
from models.bundle import read_bundle
from models.predict import ModelInfo
from models.scorer import Scorer

GET_ONE = "run: foresale train; where its gate lets no version pass, see foresale promote --help"


@dataclass(frozen=True)
class Loaded:
    """A registered model, and its features over a history."""

    model: ModelInfo
    scorer: Scorer
    pipeline: Pipeline

    def on(self, history: History) -> Loaded:
        """The same over some accounts' history with further rows."""
        return replace(self, pipeline=prepared_on(history, self.pipeline, self.scorer.reads))


def load(history: History, model: ModelInfo, folder: Path) -> Loaded:
    """Read a bundle and prepare what it reads; raises ForesaleError for one that is not the one registered."""
    scorer = read_bundle(folder, model.bundle_sha256)
    return Loaded(model, scorer, prepare(history, scorer.reads))
