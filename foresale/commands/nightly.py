"""`foresale nightly`."""

from foresale.commands import AsOf, Context
from foresale.commands.ingest import tell
from foresale.commands.score import score_and_tell


def nightly(context: Context, as_of: AsOf = None) -> None:
    """Ingest, score and report what changed. Safe to run again; one at a time."""
    say = context.obj.terminal.say
    with context.obj.company() as company, company.alone():
        tell(company, company.ingest(), say)
        score_and_tell(company, say, as_of)
        say(f"what changed: {company.report_changes()}")
