"""The catalogues: every message that is used is in both languages, none is unused, and their values agree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract

from display.language import TAGS, Writer
from display.words import LANGUAGES, Language, catalogue, translations
from readiness.check import EXIT
from serving.insight.ranking import SORT_KEYS
from serving.insight.week import NAMES
from serving.insight.week_words import HEADINGS
from training.contenders.rivals import RIVALS
from training.evaluate import MONEY, PROBABILITY
from training.fit import TREES
from training.tasks import TASKS
from workspace.mapping import DIMENSIONS

ROOT = Path(__file__).parents[1]
ROOMS = ("display", "readiness", "serving", "training")
SAID = {"_": None, "gettext": None, "ngettext": (1, 2), "say": None, "count": (1,)}
KEY = re.compile(r"[a-z]+(\.\w+)*")
_STAGES = ["prospect", "contacted", "needs_confirmed", "proposal", "negotiation", "won", "lost", "delivery", "after_sales"]
# messages whose id is put together, and every value of what it is put together from
BUILT: dict[str, set[str]] = {
    "dimension.": set(DIMENSIONS),
    "api.in.": {"path", "query"},
    "api.tag.": {"scores", "accounts", "opportunities", "models", "operation"},
    "api.type.": {"string", "integer", "number", "boolean", "null", "date", "date-time"},
    "api.list": {""},
    "api.map": {""},
    "api.limit.": {"string", "array", "integer", "number"},
    "task.": {*TASKS, *(f"{task}.long" for task in TASKS)},
    "column.": set(SORT_KEYS),
    "absent.": set(TASKS),
    "changes.": set(TASKS),
    "error.": {f"{status}{end}" for status in (403, 404, 422, 500, 503) for end in ("", ".do")},
    "check.task.": set(TASKS),
    "check.state.": {*EXIT, "not_set"},
    "report.paired.": {task.kind for task in TASKS.values()},
    "stage.": {*_STAGES},
    "week.": {"overdue", "ahead", "ago", "in_stage"},
    **{f"week.{part}.": set(NAMES) for part in ("list", "order", "empty", "against", "do")},
    "week.lacks.": {"decision_maker", "offer"},
    "week.sign.": {"complaint", "contract", "no_order", "no_contact", "passed", "closing", "quiet"},
    "week.sheet.": set(HEADINGS),
    "verdict.": {"overruled", "refused", "asked"},
    "challenge.": {"auc", "mae", "worse.auc", "worse.mae", "off.auc", "off.mae"},
    "forecast.": {"caption", "month", "range", "revenue", "title", "wins"},  # said by a command
    "gate.": {"auc", "mae", "serves", "no_signal", "too_few"},
    "period.": {"gate", "test"},
    "split.": {"by_time", "later", "others", "undated"},
    "baseline.": {*(rival.name for rival in RIVALS), TREES},
    "metric.": {
        *PROBABILITY,
        *MONEY,
        *("ece_if_perfect", "base_rate", "mae_of_zero", "mae_of_mean", "bias_of_median"),
        *(f"{kind}_{share}" for kind in ("pinball", "at_or_below") for share in ("p10", "p50", "p90")),
    },
}


@cache
def messages(language: Language) -> Catalog:
    """One catalogue, read once."""
    return catalogue(language)


def ids(language: Language) -> set[str]:
    """The ids of a catalogue; a plural has the same id twice."""
    return {message.id if isinstance(message.id, str) else message.id[0] for message in messages(language) if message.id}


def used() -> Iterator[str]:
    """The ids that code and templates name in full."""
    for path in (path for room in ROOMS for path in sorted((ROOT / room).rglob("*"))):
        method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract" if path.parent.name == "templates" else None
        if method:
            options = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
            source = BytesIO(path.read_bytes())
            for _, found, _, _ in extract(method, source, SAID, options=options):
                yield found if isinstance(found, str) else found[0]


def test_every_message_that_is_used_is_in_both_languages_and_none_is_unused() -> None:
    whole = {key for key in used() if KEY.fullmatch(key)}
    assert len(whole) > 100
    built = {stem + end for stem, ends in BUILT.items() for end in ends}
    for language in LANGUAGES:
        assert (whole | built) - ids(language) == set(), f"said but not in {language}"
        assert ids(language) - whole - built == set(), f"in {language} but never said"


def test_every_message_is_translated() -> None:
    for language in LANGUAGES:
        assert [message.id for message in messages(language) if message.fuzzy or not all(texts(message.string))] == []


def texts(string: str | tuple[str, ...]) -> tuple[str, ...]:
    """A translation with its plural forms."""
    return (string,) if isinstance(string, str) else string


def values(string: str | tuple[str, ...]) -> list[set[str]]:
    """The values that each form fills in; a percent sign that is none is doubled."""
    assert all(re.sub(r"%%|%\(\w+\)s", "", text).count("%") == 0 for text in texts(string)), string
    return [set(re.findall(r"%\((\w+)\)s", text)) for text in texts(string)]


def test_both_languages_fill_in_the_same_values() -> None:
    chinese = {str(message.id): message.string for message in messages("zh") if message.id}
    for message in messages("en"):
        if message.id:
            forms = [*values(message.string), *values(chinese[str(message.id)])]
            assert all(form == forms[0] for form in forms), message.id


def test_chinese_is_chinese_and_english_is_not() -> None:
    han = re.compile(r"[\u4e00-\u9fff]")
    same = {"language.other", "language.label"}  # each says the other language's name
    latin = {
        "metric.auc",
        "challenge.because",
        "clause.separator",
        "list.separator",
        "api.limit.integer",
        "api.limit.number",
        "api.type.null",
    }
    for message in messages("en"):
        assert message.id in same or not any(map(han.search, texts(message.string))), message.id
    for message in messages("zh"):
        assert not message.id or message.id in same | latin or all(map(han.search, texts(message.string))), message.id


@pytest.mark.parametrize(("days", "english", "chinese"), [(1, "1 day", "1 天"), (2, "2 days", "2 天")])
def test_a_number_chooses_the_form(days: int, english: str, chinese: str) -> None:
    expected: dict[Language, str] = {"en": english, "zh": chinese}
    for language, text in expected.items():
        assert translations(language).ngettext("unit.days", "unit.days", days) % {"count": days} == text


def test_a_name_without_a_word_stays_itself() -> None:
    assert (Writer("zh").named("baseline", "scorecard"), Writer("zh").named("baseline", "of mine")) == ("打分表", "of mine")


def test_every_language_has_a_tag() -> None:
    assert set(TAGS) == set(LANGUAGES)
