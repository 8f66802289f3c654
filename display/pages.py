"""The one Jinja environment: everything escaped, nothing undefined, phrases by gettext in the language of the page."""

from __future__ import annotations

from functools import cache
from math import ceil
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context
from markupsafe import escape

from display.language import TAGS, Writer
from display.words import translations


def render(package: str, template: str, wording: Writer, **shown: Any) -> str:
    """A template of a package's folder `templates`, in the language of `wording`, which the template sees as `w`."""
    return _environment(package).get_template(template).render(w=wording, tag=TAGS[wording.language], **shown)


@cache
def _environment(package: str) -> Environment:
    """Templates of one package; those of this room are `display/...` to them. Markdown is the only text not escaped."""
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package), PrefixLoader({"display": PackageLoader("display")})]),
        autoescape=select_autoescape(disabled_extensions=("md",), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(_gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined]  # the extension's
    return environment


@pass_context
def _gettext(context: Context, key: str) -> str:
    return _escaped(context, translations(context["w"].language).gettext(key))


@pass_context
def _ngettext(context: Context, key: str, plural: str, number: float) -> str:
    """The form for a number; a broken one takes that of the next whole one: 1.5 days."""
    return _escaped(context, translations(context["w"].language).ngettext(key, plural, ceil(number)))


def _escaped(context: Context, text: str) -> str:
    """A catalogue's text is text: its `&` and quotes are escaped like any value."""
    return escape(text) if context.eval_ctx.autoescape else text
