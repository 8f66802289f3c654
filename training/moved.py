"""A workspace that was copied or moved: its MLflow store still names the folder that its artifacts were made in."""

from __future__ import annotations

from collections.abc import Iterator

from mlflow.tracking import MlflowClient
from sqlalchemy import create_engine, text

from models.registry import ARTIFACTS
from workspace.workspace import Workspace

_PLACES = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)


def follow(workspace: Workspace) -> list[str]:
    """Let the workspace's own store name its artifacts where they lie now; the folders it named before, if there were others.

    Nothing is written there: what was copied is complete. A store at a `tracking_uri` of its own is left alone.
    """
    if workspace.tracking_uri is not None:
        return []
    here = (workspace.data_dir / ARTIFACTS).as_uri()
    old = sorted(set(_roots(workspace)) - {here})
    if old:
        engine = create_engine(workspace.mlflow_uri)
        with engine.begin() as connection:
            for root in old:
                named = {"here": here, "root": f"{root}/", "size": len(root)}
                for table, column in _PLACES:
                    whose = f"where substr({column}, 1, :size + 1) = :root"
                    connection.execute(text(f"update {table} set {column} = :here || substr({column}, :size + 1) {whose}"), named)
        engine.dispose()
    return old


def _roots(workspace: Workspace) -> Iterator[str]:
    """The folders of artifacts that the experiments of this company name."""
    client = MlflowClient(workspace.mlflow_uri, workspace.mlflow_uri)
    for experiment in client.search_experiments(filter_string=f"name LIKE 'foresale-{workspace.name}-%'"):
        root, found, _ = str(experiment.artifact_location).rpartition(f"/{ARTIFACTS}/")
        if found:
            yield f"{root}/{ARTIFACTS}"
