"""`foresale init`: look, guess, read it once to see what becomes of it, and write it down."""

from __future__ import annotations

import re
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

from intake.drafts import Guess, Part, Proposal, Table
from intake.guess.tables import guess
from intake.guess.tasks import propose_tasks
from intake.look.profile import View
from intake.look.samples import look
from intake.render import Heading, render
from intake.words.names import slug
from tables.acceptance import TableCount
from tables.ingest import IngestResult, ingest
from workspace.errors import ForesaleError
from workspace.progress import SILENT, Progress
from workspace.workspace import parse_workspace


@dataclass(frozen=True)
class Proposed:
    """The text of a workspace file; for each table the sources, the rows accepted and the doubts; what was left out and why."""

    text: str
    rows: tuple[tuple[str, str, int, int], ...]
    doubts: int
    left_out: tuple[tuple[str, str], ...] = ()


def propose(source: str, target: Path) -> str:
    """The text of a workspace file for a folder, a file or a PostgreSQL URL; raises ForesaleError where there is none."""
    return proposed(source, target).text


def proposed(source: str, target: Path, progress: Progress = SILENT) -> Proposed:
    """The proposal with what is worth saying about it."""
    if target.exists():
        raise ForesaleError(
            "there is a workspace file already",
            got=target,
            expected="a new file",
            do="pass --out with another name, or delete it",
        )
    with tempfile.TemporaryDirectory() as folder:
        progress(f"looking at {source}")
        view = look(source, Path(folder) / "look")
        proposal = guess(view)
        if not {"interactions", "orders", "opportunities"} & set(proposal.tables):
            raise ForesaleError(
                "nothing to predict was found",
                got=", ".join(table.title for table in view.tables) or "no table that can be read",
                expected="a table of leads with an outcome, of orders, or of dated touches, each with a customer",
                do=f"write the workspace by hand (docs/workspace.md). Left out: {proposal.left_out}",
            )
        for table in proposal.tables.values():
            for part in table.parts:
                _qualify(view, table, part)
        heading = Heading(_name(source), source, target)
        progress("reading everything once")
        result = _tried(view, proposal, heading, Path(folder) / "var", progress)
        _note_quarantine(proposal, result.counts)
        text = render(view, proposal, heading, propose_tasks(proposal, result.snapshot))
        parse_workspace(tomllib.loads(text), target.resolve())
        return Proposed(text, tuple(_summary(text, proposal, result)), text.count("\n# ???"), tuple(proposal.left_out.items()))


def _name(source: str) -> str:
    last = re.sub(r"[?#].*", "", source.rstrip("/")).rsplit("/", 1)[-1] if "://" in source else Path(source).resolve().stem
    return slug(last, "company").removeprefix("t_").replace("_", "-")[:41].strip("-") or "company"


def _tried(view: View, proposal: Proposal, heading: Heading, folder: Path, progress: Progress) -> IngestResult:
    """Ingest the proposal; a table that cannot be read is left out, with the reason."""
    while True:
        raw = tomllib.loads(render(view, proposal, heading, []))
        raw["data_dir"] = str(folder)
        try:
            return ingest(parse_workspace(raw, heading.target.resolve()), progress)
        except ForesaleError as error:
            named = re.search(r"tables\.(\w+)", str(error))
            if named is None or named.group(1) not in proposal.tables or named.group(1) == "accounts":
                raise
            proposal.left_out[named.group(1)] = f"the guess could not be read: {error!s}"
            del proposal.tables[named.group(1)]


def _note_quarantine(proposal: Proposal, counts: dict[str, TableCount]) -> None:
    """Say where rows are lost, so that it can be mended."""
    for name, count in counts.items():
        if count.quarantined:
            reasons = ", ".join(f"{reason} {n:,}" for reason, n in sorted(count.reasons.items(), key=lambda item: -item[1])[:4])
            proposal.tables[name].doubts.append(f"{count.quarantined:,} of {count.read:,} rows go to quarantine: {reasons}")


def _summary(text: str, proposal: Proposal, result: IngestResult) -> list[tuple[str, str, int, int]]:
    sections = re.split(r"^(?=\[+tables\.)", text, flags=re.MULTILINE)
    doubts = {
        name: sum(section.count("\n# ???") for section in sections if re.match(rf"\[+tables\.{name}\b", section))
        for name in proposal.tables
    }
    return [
        (name, ", ".join(dict.fromkeys(part.found.title for part in table.parts)), result.counts[name].accepted, doubts[name])
        for name, table in proposal.tables.items()
    ]


def _qualify(view: View, table: Table, part: Part) -> None:
    """Where rows are joined, a column that both sides have must say whose it is."""
    alias = part.found.name if part.query is None else "rows"
    both = {column.name for name in part.join for column in view.table(name).columns}
    for attribute in table.attributes:
        if attribute.column in both and attribute.name not in part.sql and not attribute.off:
            part.sql[attribute.name] = Guess(f'"{alias}"."{attribute.column}"', "joined tables have this column too")
    for canonical, guess_ in list(part.columns.items()):
        if guess_.value in both:
            del part.columns[canonical]
            part.sql[canonical] = Guess(f'"{alias}"."{guess_.value}"', guess_.reason, guess_.doubt)
    for canonical, guess_ in list(part.sql.items()):
        if part.join:
            part.sql[canonical] = Guess(_owned(guess_.value, alias, both), guess_.reason, guess_.doubt)


def _owned(sql: str, alias: str, both: set[str]) -> str:
    return re.sub(
        r'(?<![."\w])"([^"]+)"(?!\.)',
        lambda found: f'"{alias}"."{found.group(1)}"' if found.group(1) in both else found.group(0),
        sql,
    )
