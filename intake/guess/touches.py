"""What is made of a table of touches beyond its columns: their kind, which way they went, how long they took."""

from __future__ import annotations

from intake.drafts import Guess, Part
from intake.look.profile import View
from intake.words import vocabulary
from intake.words.names import fit, says, slug, who, words_of
from tables.sql.text import literal, literals, quoted, stated_column


def complete_touches(part: Part) -> None:
    """A kind where no column says it, and directions in the two words that are known."""
    told, named = kind_of(part.found.title), part.columns.get("kind")
    if told and named and says(named.value, "subject, 主题"):
        del part.columns["kind"]  # the headline of a call or an email
    if "kind" not in part.filled:
        plain = " ".join(word for word in words_of(part.found.title) if not who(word))
        word = told or slug(plain or part.found.title, "activity")
        part.values["kind"] = Guess(word, f"no column says what kind: the name of {part.found.title}")
    direction = part.columns.pop("direction", None)
    column = part.found.column(direction.value) if direction else None
    if column is not None:
        inward = [value for value in column.values if fit(value, vocabulary.INWARD) == 1.0]
        outward = [value for value in column.values if fit(value, vocabulary.OUTWARD) == 1.0]
        others = [value for value in column.values if value not in (*inward, *outward)]
        if inward or outward:
            part.sql["direction"] = Guess(
                f"case when {quoted(column.name)} in ({_listed(inward)}) then 'in' when {quoted(column.name)} in "
                f"({_listed(outward)}) then 'out' end",
                f"{', '.join(inward) or '-'}: they started it; {', '.join(outward) or '-'}: we did",
                f"{', '.join(others[:6])} say neither" if others else "",
            )
    _in_seconds(part)
    _in_range(part)


def tell_apart(view: View, parts: list[Part]) -> None:
    """Rows of several tables of touches that bear the same numbers get the name of their table before it."""
    numbered = [(part, part.columns["interaction_id"]) for part in parts if "interaction_id" in part.columns and not part.query]
    values = [f"select distinct {stated_column(number.value)} as v from {quoted(part.found.name)}" for part, number in numbered]
    if len(values) < 2 or not view.number(f"select count(*) - count(distinct v) from ({' union all '.join(values)})"):
        return
    for part, number in numbered:
        del part.columns["interaction_id"]
        own = f"{quoted(part.found.name)}.{quoted(number.value)}"
        part.sql["interaction_id"] = Guess(
            f"{literal(slug(part.found.title, part.found.name) + '-')} || {own}",
            f"{number.reason}; other tables of touches have the same numbers, so the name of the table stands before them",
        )


def kind_of(title: str) -> str:
    """What the touches of a table are, where its name says it: call, email, meeting, chat or visit; or nothing."""
    if says(title, "web, page, site, website, 网页, 网站"):
        return ""
    return next((kind for kind, phrases in vocabulary.TOUCHES.items() if says(title, phrases)), "")


def _listed(values: list[str]) -> str:
    return literals(values) or "''"


def _in_seconds(part: Part) -> None:
    duration = part.columns.get("duration_s")
    if duration is not None and says(duration.value, "minutes, minute, min, mins, 分钟, 分") and part.query is None:
        del part.columns["duration_s"]
        part.sql["duration_s"] = Guess(f"try_cast({quoted(duration.value)} as double) * 60", f"{duration.value} counts minutes")


def _in_range(part: Part) -> None:
    sentiment = part.columns.get("sentiment")
    column = part.found.column(sentiment.value) if sentiment else None
    if column is not None and (column.shape.low < -1 or column.shape.high > 1):
        del part.columns["sentiment"]
