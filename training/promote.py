"""Moving the champion alias by hand: to a version that passed its gate, or back to the one before."""

from __future__ import annotations

from mlflow.tracking import MlflowClient

from features.errors import ForesaleError
from features.workspace import Workspace
from models.registry import CHAMPION, model_name


def promote(workspace: Workspace, task: str, version: str) -> None:
    """Make a version champion. Raises ForesaleError when it did not pass the gate or is not there."""
    client, name = MlflowClient(workspace.mlflow_uri, workspace.mlflow_uri), model_name(workspace, task)
    passed = [v.version for v in client.search_model_versions(f"name = '{name}'") if v.tags.get("gate") == "passed"]
    if version not in [str(v) for v in passed]:
        raise ForesaleError(f"{name} version {version} cannot be promoted", got="not among the versions that passed the gate",
                            expected=f"one of {', '.join(str(v) for v in passed) or 'none yet'}", do="train again")
    client.set_registered_model_alias(name, CHAMPION, version)
