"""`foresale rollback`."""

from foresale.commands import Context


def rollback(context: Context, task: str) -> None:
    """Make the champion before the present one champion again; once more undoes it."""
    with context.obj.company() as company:
        version = company.rollback(task)
    context.obj.terminal.say(f"{task}: version {version} is champion again; POST /v1/models/reload makes a running server use it")
