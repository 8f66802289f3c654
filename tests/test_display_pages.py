"""The one Jinja environment: values and phrases are escaped, nothing is silently empty, charts are text without script."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import UndefinedError

from display.charts import Words, bars, diagonal, gain, months, parts, rivals
from display.language import Writer
from display.pages import render

HOSTILE = "<script>alert(1)</script>\" '"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package of this test's own, whose folder of templates is empty."""
    name = f"room_of_{tmp_path.name}"
    (tmp_path / name / "templates").mkdir(parents=True)
    (tmp_path / name / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    return name


def written(package: str, tmp_path: Path, text: str, name: str = "page.html") -> str:
    """The name of a template with this text."""
    (tmp_path / package / "templates" / name).write_text(text, encoding="utf-8")
    return name


def test_values_and_phrases_are_escaped(package: str, tmp_path: Path) -> None:
    template = written(
        package, tmp_path, '<p title="{{ name }}">{{ _("opportunity", id=name) }} {{ _("dimension.purchases") }}</p>'
    )
    html = render(package, template, Writer("en"), name=HOSTILE)
    assert "<script" not in html and html.count("&#34;") == 2
    assert "Budget &amp; purchases" in html


def test_markdown_is_not_escaped(package: str, tmp_path: Path) -> None:
    template = written(package, tmp_path, '{{ _("dimension.purchases") }}: {{ name }}\n', "page.md")
    assert render(package, template, Writer("en"), name="A&B") == "Budget & purchases: A&B\n"


def test_a_name_that_is_not_given_is_an_error(package: str, tmp_path: Path) -> None:
    with pytest.raises(UndefinedError, match="nobody"):
        render(package, written(package, tmp_path, "{{ nobody }}"), Writer("en"))


def test_a_document_says_its_language_and_needs_no_other_file(package: str, tmp_path: Path) -> None:
    days = '{{ ngettext("unit.days", "unit.days", 1, count=1) }}'
    text = '{% extends "display/document.html" %}{% block body %}' + days + "{% endblock %}"
    template = written(package, tmp_path, text)
    english, chinese = (render(package, template, Writer(language), title=HOSTILE) for language in ("en", "zh"))
    assert '<html lang="en">' in english and '<html lang="zh-CN">' in chinese
    assert ">\n1 day<" in english and "1 天" in chinese
    for html in (english, chinese):
        assert "<style>" in html
        assert not any(word in html for word in ("<script", "src=", "href=", "url("))


@pytest.mark.parametrize(("number", "said"), [(1.0, "1.0 day"), (1.5, "1.5 days")])
def test_a_broken_number_has_a_form_too(package: str, tmp_path: Path, number: float, said: str) -> None:
    template = written(package, tmp_path, '{{ ngettext("unit.days", "unit.days", number, count=number) }}')
    assert render(package, template, Writer("en"), number=number) == said


def test_charts_are_svg_with_their_texts_escaped() -> None:
    words = Words(HOSTILE, HOSTILE + "x", HOSTILE + "y")
    drawn = (
        bars({HOSTILE: 1.0, "b": 2.0}, words),
        rivals({"Foresale": 0.7, HOSTILE: 0.6}, words, zero=False),
        diagonal([0.1, 0.2], [0.1, 0.3], words),
        gain([0.5, 1.0], [0.8, 1.0], words),
        months({HOSTILE: {"2026-01": 3, "2026-02": 4}}, words),
        parts({HOSTILE: (3, 4)}, words),
    )
    for svg in drawn:
        assert svg.startswith("<svg") and svg.endswith("</svg>")
        assert "<script" not in svg and "&lt;script" in svg
