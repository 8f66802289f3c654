"""`foresale train`."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from foresale.commands import AsJson, Context

NOTHING_IN_FORCE = 3  # trained, but a task has only the base rate

if TYPE_CHECKING:
    from training.run import Outcome


def train(
    context: Context,
    task: Annotated[list[str] | None, typer.Option(help="conversion, value or churn; all that are set by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """Fit, compare with the rivals, log to MLflow, and put the best answer with signal into service.

    Exit status 3: trained, but a task has no model in force, only the base rate.
    """
    with context.obj.company() as company:
        found = company.train(task)
    if as_json:
        typer.echo(json.dumps(described(found)))
    if not all(outcome.in_force for outcome in found.values()):
        raise typer.Exit(NOTHING_IN_FORCE)


def described(found: "dict[str, Outcome]") -> dict[str, dict[str, Any]]:
    """Metrics and models by task, as plain JSON types."""
    return {
        "metrics": {name: outcome.trained.test_evaluation.as_dict() for name, outcome in found.items()},
        "models": {name: outcome.as_dict() for name, outcome in found.items()},
    }
