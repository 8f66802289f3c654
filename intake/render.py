"""A proposal as TOML: each guess with its reason beside it, each doubt on a line that begins with `# ???`.

The lines are laid out here, because reasons and doubts stand beside values, before headers and in place of values that are left
out; every key and every value is written by tomlkit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import tomlkit
from tomlkit.exceptions import InvalidStringError

from intake.drafts import Attribute, Guess, Part, Proposal, Table
from intake.look.profile import View
from intake.look.samples import describe
from workspace.mapping import Source

_TIERS = (("gold", "金卡", "Gold", 0.2, 91), ("silver", "银卡", "Silver", 0.3, 182), ("white", "白卡", "White", 0.5, 365))


@dataclass(frozen=True)
class Heading:
    """What stands at the head of the file."""

    name: str
    place: str
    target: Path


def render(view: View, proposal: Proposal, heading: Heading, tasks: list[str]) -> str:
    """The whole file."""
    lines = [*_head(proposal, heading), "", *_sources(view, proposal, heading)]
    for table in proposal.tables.values():
        lines += ["", *_table(table)]
    lines += ["", *tasks, *_tiers(), *_rest(proposal)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"


def text(value: str) -> str:
    """A TOML string; one with several lines or quotes stays readable."""
    several = "\n" in value
    if (several or '"' in value) and "\r" not in value:
        with suppress(InvalidStringError):  # a character that no literal can hold
            written = tomlkit.string(value, literal=True, multiline=several or "'" in value).as_string()
            begun = not several or value.startswith("\n")  # the end of the line of the quotes is no part of the value
            return written if begun else written.replace("'''", "'''\n", 1)
    return tomlkit.string(value).as_string()


def key(name: str) -> str:
    """A TOML key."""
    return tomlkit.key(name).as_string()


def inline(values: dict[str, object]) -> str:
    """An inline table, on one line whatever it holds: the line may be left out by a `#`."""

    def one(value: object) -> str:
        if isinstance(value, dict):
            return inline(value)
        return text(value) if isinstance(value, str) and "\n" not in value else tomlkit.item(value).as_string()

    return "{ " + ", ".join(f"{key(name)} = {one(value)}" for name, value in values.items()) + " }"


def _comment(reason: str) -> str:
    return "  # " + " ".join(reason.split()) if reason else ""


def doubt(said: str) -> str:
    """A doubt on a line of its own."""
    return f"# ??? {' '.join(said.split())}"


def _guessed(name: str, guess: Guess, written: Callable[[str], str] = text) -> Iterator[str]:
    if guess.doubt:
        yield doubt(guess.doubt)
    yield f"{key(name)} = {written(guess.value)}{_comment(guess.reason)}"


def _head(proposal: Proposal, heading: Heading) -> Iterator[str]:
    yield f"# Proposed by `foresale init {heading.place}`. Guesses have their reason beside them; doubts begin with `# ???`."
    yield "# Read the doubts, edit what is wrong, then run `foresale ingest` and `foresale train` (docs/workspace.md)."
    yield from (doubt(said) for said in proposal.doubts)
    yield f"name = {text(heading.name)}"
    yield f"title_zh = {text(heading.name)}"
    yield f"title_en = {text(heading.name.replace('-', ' ').title())}"
    yield from _guessed("time_zone", proposal.time_zone)
    yield from _guessed("currency", proposal.currency)
    yield f"data_dir = {text(f'var/{heading.name}')}"


def _sources(view: View, proposal: Proposal, heading: Heading) -> Iterator[str]:
    needed = _needed(view, proposal)
    yield "[sources]"
    for table in view.tables:
        if table.name in needed:
            about = _comment(f"{table.rows:,} rows, {len(table.columns)} columns")
            yield f"{key(table.name)} = {_source(table.source, heading)}{about}"


def _needed(view: View, proposal: Proposal) -> set[str]:
    parts = [part for table in proposal.tables.values() for part in table.parts]
    queries = "\n".join(part.query or "" for part in parts)
    direct = {part.found.name for part in parts if part.query is None} | {name for part in parts for name in part.join}
    return (
        direct
        | {str(part.outcome["source"]) for part in parts if part.outcome}
        | {table.name for table in view.tables if re.search(rf"\b{re.escape(table.name)}\b", queries)}
    )


def _source(source: Source, heading: Heading) -> str:
    stated = source.model_dump(exclude_defaults=True, exclude_none=True)
    if "path" in stated:
        stated["path"] = _relative(stated["path"], heading.target)
    if "url" in stated:
        stated["url"] = re.sub(r"(//[^:/@]+):[^@/]*@", r"\1@", stated["url"])
    stated = {name: list(value) if isinstance(value, tuple) else value for name, value in stated.items()}
    return text(stated["path"]) if set(stated) == {"path"} else inline(stated)


def _relative(path: str, target: Path) -> str:
    """The path as seen from the workspace file, where that is simple."""
    import os

    relative = os.path.relpath(Path(path).resolve(), target.resolve().parent)
    return path if relative.count("..") > 2 else Path(relative).as_posix()


# --- one table --------------------------------------------------------------------------------------------------------


def _table(table: Table) -> Iterator[str]:
    for said in table.doubts:
        yield doubt(said)
    place = f"tables.{table.name}"
    several = len(table.parts) > 1
    if several and table.known:
        yield f"[{place}]"
    for part in table.parts:
        yield f"# {part.reason} ({describe(part.found)})"
        yield from (doubt(said) for said in part.doubts)
        yield f"[[{place}.parts]]" if several else f"[{place}]"
        if not several:
            yield from _known(table)
        yield from _part(part, f"{place}.parts" if several else place)
        yield ""
    yield from _attributes(table, place)


def _known(table: Table) -> Iterator[str]:
    if table.off:
        yield doubt(
            "not known at creation unless you are sure: "
            + "; ".join(f"{name} ({why})" for name, why in table.off.items())
            + ". Add them to known_at_creation if they are never rewritten"
        )
    if table.known:
        listed = ", ".join(text(name) for name in table.known)
        yield f"known_at_creation = [{listed}]{_comment('taken as never changed since the row was made')}"


def _part(part: Part, place: str) -> Iterator[str]:
    yield f"source = {text(part.found.name)}" if part.query is None else f"query = {text(_on_lines(part.query))}"
    if part.day_first is not None:
        yield from _guessed("day_first", part.day_first, written=str)
    if part.decimal_comma:
        yield "decimal_comma = true  # 1.234,50"
    if part.outcome:
        yield f"outcome = {inline(part.outcome)}{_comment('won by the first of these events; without it, open')}"
    if part.join:
        yield f"join = [{', '.join(inline({'source': name, 'on': dict(on)}) for name, on in part.join.items())}]"
    for name, section in (("columns", part.columns), ("values", part.values), ("sql", part.sql)):
        if section:
            yield f"[{place}.{name}]"
            for canonical, guess in section.items():
                yield from _guessed(canonical, guess)
    if part.dates:
        yield f"[{place}.dates]"
        yield from (f"{canonical} = {text(form)}" for canonical, form in part.dates.items())


def _on_lines(query: str) -> str:
    """A query of several lines ends with the last of them."""
    return f"{query}\n" if "\n" in query else query


def _attributes(table: Table, place: str) -> Iterator[str]:
    if table.attributes:
        yield f"[{place}.attributes]"
        yield from (line for attribute in table.attributes for line in _attribute(attribute))
    if table.unused:
        grouped: dict[str, list[str]] = {}
        for name, why in table.unused.items():
            grouped.setdefault(why, []).append(name)
        yield "# not used: " + "; ".join(f"{', '.join(names)} ({why})" for why, names in grouped.items())


def _attribute(attribute: Attribute) -> Iterator[str]:
    stated: dict[str, object] = {"kind": attribute.kind, "known": attribute.known}
    if attribute.column != attribute.name:
        stated["column"] = attribute.column
    if attribute.dimension:
        stated["dimension"] = attribute.dimension
    if attribute.reason:
        stated["reason"] = attribute.reason
    stated.update({"zh": attribute.zh, "en": attribute.en})
    if attribute.off:
        yield doubt(f"left out: {attribute.off}. If it was known in time, use the next line")
    yield f"{'# ' if attribute.off else ''}{key(attribute.name)} = {inline(stated)}"


def _tiers() -> Iterator[str]:
    for code, zh, en, share, days in _TIERS:
        yield from (
            "",
            "[[tiers]]",
            f'code = "{code}"',
            f'zh = "{zh}"',
            f'en = "{en}"',
            f"top_share = {share}",
            f"contact_every_days = {days}",
        )


def _rest(proposal: Proposal) -> Iterator[str]:
    if proposal.left_out:
        yield ""
        yield "# Left out:"
        yield from (f"# ??? {name}: {' '.join(why.split())}" for name, why in proposal.left_out.items())
