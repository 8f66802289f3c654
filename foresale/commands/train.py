"""`foresale train`."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from foresale.commands import AsJson, Context

if TYPE_CHECKING:
    from training.run import Outcome


def train(
    context: Context,
    task: Annotated[list[str] | None, typer.Option(help="conversion, value or churn; all that are set by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """Fit, compare with the baselines, log to MLflow, and promote what passes the gate."""
    with context.obj.company() as company:
        found = company.train(task)
    if as_json:
        typer.echo(json.dumps(described(found)))


def described(found: "dict[str, Outcome]") -> dict[str, dict[str, Any]]:
    """Metrics and models by task, as plain JSON types."""
    return {
        "metrics": {name: outcome.trained.test_evaluation.as_dict() for name, outcome in found.items()},
        "models": {name: outcome.as_dict() for name, outcome in found.items()},
    }
