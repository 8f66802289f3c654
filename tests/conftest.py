"""One real workspace for the whole session: Complete Journey, ingested, trained with fewer cutoffs, registered, scored."""

from __future__ import annotations

import signal
import sqlite3
import tomllib
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy
from mlflow.store.db import utils
from postgres import cluster  # noqa: F401  # a fixture for every module
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from features.catalog import CATALOG
from features.compute import account_spine, available, prepare
from serving.batch import score_and_store
from serving.engine import Engine
from serving.loading import load_engine
from serving.store.scores import Store, open_store
from tables.ingest import IngestResult, ingest
from tests import world
from training.run import train_all
from training.train import Trained
from workspace.workspace import Workspace, parse_workspace

EXAMPLE = Path(__file__).parent.parent / "examples" / "complete_journey.toml"
TEST_DAY = datetime(2017, 11, 30, 23, 59, 59, tzinfo=UTC)
_JOURNEY = ("test_cli", "test_complete_journey", "test_serving_journey", "test_export")
_LONGEST_FIRST = {name: place for place, name in enumerate((*_JOURNEY, "test_spark", "test_init"))}


def pytest_configure(config: pytest.Config) -> None:
    """Compile the kernel before the workers of a fresh clone would each do it; in them, let Ctrl-C be heard again."""
    if not hasattr(config, "workerinput"):
        history = world.history()
        account_rows = account_spine(np.zeros(1, np.int64), np.full(1, world.AS_OF, np.int64), 30)
        prepare(history, available(history, CATALOG, world.AS_OF)).values(account_rows)
    else:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a worker ignores it, and so would whatever a test starts


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together:
    """Modules are dealt out whole."""
    return Together(config, log)


class Together(LoadScopeScheduling):
    """What shares a workspace runs in one worker: the modules that stand on Complete Journey, else the tests of a module."""

    def _split_scope(self, nodeid: str) -> str:
        stem = Path(nodeid.partition("::")[0]).stem
        return "journey" if stem in _JOURNEY else stem


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Modules that take minutes begin first, so that no worker is left alone with one at the end."""
    items.sort(key=lambda item: _LONGEST_FIRST.get(item.path.stem, len(_LONGEST_FIRST)))


def example(folder: Path, every_days: int = 28) -> Workspace:
    """The committed example with its data elsewhere and fewer training cutoffs."""
    raw = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    raw["data_dir"] = str(folder)
    for task in ("churn", "value"):
        raw["tasks"][task]["cutoffs"]["every_days"] = every_days
        raw["tasks"][task]["cutoffs"]["periods_days"] = every_days
    return parse_workspace(raw, EXAMPLE)


@pytest.fixture(scope="session", autouse=True)
def migrated_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """MLflow walks through its whole past for every new SQLite file, seconds each: after the first, others are copies."""
    walk, kept = utils._upgrade_db, tmp_path_factory.mktemp("mlflow") / "empty.db"

    def upgrade(engine: sqlalchemy.Engine) -> None:
        walked = kept.exists()
        if not walked:
            walk(engine)
        with closing(sqlite3.connect(kept)) as empty, closing(engine.raw_connection()) as made:
            ours = made.driver_connection
            empty.backup(ours) if walked else ours.backup(empty)

    utils._upgrade_db = upgrade
    yield
    utils._upgrade_db = walk


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
