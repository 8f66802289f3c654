"""Moving the champion alias by hand: to a version that passed its gate, back to the one before, or despite a gate."""

from __future__ import annotations

from mlflow.tracking import MlflowClient

from features.errors import ForesaleError
from features.workspace import Workspace
from models.registry import CHAMPION, DESPITE_TAG, model_name
from training.evaluate import NO_SIGNAL, Verdict


def promote(workspace: Workspace, task: str, version: str, despite: str | None = None) -> None:
    """Make a version champion; `despite` is the reason to use one that did not pass the gate, kept as a tag of the version.

    Raises ForesaleError when the version is not there, when it did not pass and no reason is given, or when it has no signal.
    """
    client, name = MlflowClient(workspace.mlflow_uri, workspace.mlflow_uri), model_name(workspace, task)
    tags = {str(found.version): found.tags for found in client.search_model_versions(f"name = '{name}'")}
    passed = [number for number, found in tags.items() if found.get("gate") == "passed"]
    if version not in passed and not _excused(tags.get(version), despite):
        known = tags.get(version, {}).get("gate_reason", "not among the versions that passed the gate")
        raise ForesaleError(f"{name} version {version} cannot be promoted", got=known, do=_way_out(known, version in tags),
                            expected=f"a version that passed: {', '.join(passed) or 'there is none yet'}")
    if version not in passed:
        client.set_model_version_tag(name, version, DESPITE_TAG, despite)
    client.set_registered_model_alias(name, CHAMPION, version)


def way_on(task: str, version: str, verdict: Verdict) -> str:
    """What to do where a version did not pass and none is in force."""
    if verdict.without_signal:
        return "More accounts, more history or more tables would help; foresale check says which are missing."
    return f'The report says what the gate saw; to use it all the same: foresale promote {task} {version} --despite "the reason"'


def _excused(tags: dict[str, str] | None, despite: str | None) -> bool:
    return tags is not None and bool(despite and despite.strip()) and not tags.get("gate_reason", "").startswith(NO_SIGNAL)


def _way_out(known: str, there: bool) -> str:
    if not there or known.startswith(NO_SIGNAL):
        return "train again, with more data or more tables"
    return 'train again with more data; or use it all the same: --despite "the reason", which is kept with the version'
