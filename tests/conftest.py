"""One real workspace for the whole session: Complete Journey, ingested, trained with fewer cutoffs, registered, scored."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from postgres import cluster  # noqa: F401  # a fixture for every module

from serving.batch import score_and_store
from serving.engine import Engine, load_engine
from serving.store.scores import Store, open_store
from tables.ingest import IngestResult, ingest
from training.run import train_all
from training.train import Trained
from workspace.workspace import Workspace, parse_workspace

EXAMPLE = Path(__file__).parent.parent / "examples" / "complete_journey.toml"
TEST_DAY = datetime(2017, 11, 30, 23, 59, 59, tzinfo=UTC)


def example(folder: Path, every_days: int = 28) -> Workspace:
    """The committed example with its data elsewhere and fewer training cutoffs."""
    raw = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    raw["data_dir"] = str(folder)
    for task in ("churn", "value"):
        raw["tasks"][task]["cutoffs"]["every_days"] = every_days
        raw["tasks"][task]["cutoffs"]["periods_days"] = every_days
    return parse_workspace(raw, EXAMPLE)


@pytest.fixture(scope="session")
def demo_workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Complete Journey in a folder of the test session."""
    return example(tmp_path_factory.mktemp("journey"))


@pytest.fixture(scope="session")
def ingested(demo_workspace: Workspace) -> IngestResult:
    """The canonical tables."""
    return ingest(demo_workspace)


@pytest.fixture(scope="session")
def trained(demo_workspace: Workspace, ingested: IngestResult) -> dict[str, Trained]:
    """All three tasks trained, logged and registered in a real MLflow store."""
    return {name: outcome.trained for name, outcome in train_all(demo_workspace).items()}


@pytest.fixture(scope="session")
def journey(demo_workspace: Workspace, trained: dict[str, Trained]) -> Engine:
    """The engine over the registered champions."""
    return load_engine(demo_workspace)


@pytest.fixture(scope="session")
def scored(demo_workspace: Workspace, journey: Engine) -> Iterator[Store]:
    """A store holding everybody's scores as of the test day."""
    with open_store(demo_workspace.store_url) as store:
        score_and_store(journey, store, TEST_DAY)
        yield store
