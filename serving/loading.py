"""From the registry and the current history to an engine that answers."""

from __future__ import annotations

from pathlib import Path

from features.history_file import load_history
from models.bundle_check import verify_in_child
from models.predict import ModelInfo
from models.registry import champion
from serving.engine import Engine
from serving.loaded import GET_ONE, load
from tables.snapshot import current_snapshot
from workspace.errors import ForesaleError
from workspace.workspace import Tasks, Workspace


def load_engine(workspace: Workspace) -> Engine:
    """Read the current history and every champion; bundles are verified and parsed in a child process first.

    Raises ForesaleError when there is no data, no champion at all, or a bundle that does not verify.
    """
    snapshot = current_snapshot(workspace)
    history, found = load_history(snapshot), champions(workspace)
    verify_in_child({task: (folder, model.bundle_sha256) for task, (model, folder) in found.items()})
    loaded = {task: load(workspace, history, model, folder) for task, (model, folder) in found.items()}
    return Engine(workspace, history, loaded, snapshot)


def champions(workspace: Workspace) -> dict[str, tuple[ModelInfo, Path]]:
    """The champion of each task that has one, and its bundle's folder; raises ForesaleError when there is none at all."""
    found = {task: registered for task in Tasks.model_fields if (registered := champion(workspace, task))}
    if not found:
        raise ForesaleError("there is no model to serve", got="no champion in the registry", expected="at least one", do=GET_ONE)
    return found
