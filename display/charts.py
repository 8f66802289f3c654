"""The reports' charts as SVG text, from plain numbers, by altair and vl-convert: no browser, no script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd
import vl_convert as vlc
from markupsafe import Markup

Chart = alt.Chart | alt.LayerChart | alt.FacetChart
_BLUE, _GREY, _PALE = "#1f5fa8", "#9aa5b1", "#c3ccd5"
_WIDEST_LABEL = 240  # pixels; the default cuts names at 180
_MARGIN = {"left": 28, "right": 24, "top": 5, "bottom": 5}  # a reader's font may be wider than the one measured here


@dataclass(frozen=True)
class Words:
    """What is written on a chart: above it, below the x axis and beside the y axis."""

    title: str = ""
    x: str = ""
    y: str = ""


def _svg(chart: Chart) -> Markup:
    """The one look of all charts; altair escapes every text it writes."""
    themed = (
        chart.configure(padding=_MARGIN)
        .configure_view(stroke=None)
        .configure_axis(labelLimit=_WIDEST_LABEL, labelFontSize=11, titleFontSize=11, titleFontWeight="normal")
        .configure_axisX(labelOverlap="greedy", labelSeparation=14, tickCount=6)
        .configure_title(fontSize=13, anchor="start")
    )
    return Markup(vlc.vegalite_to_svg(themed.to_json()))  # noqa: S704  # SVG made here, its texts escaped


def bars(numbers: Mapping[str, float], words: Words) -> Markup:
    """A bar a name, the longest first."""
    data = pd.DataFrame({"name": list(numbers), "number": list(numbers.values())})
    marks = alt.Chart(data, title=words.title).mark_bar(color=_BLUE)
    chart = marks.encode(x=alt.X("number:Q", title=words.x), y=alt.Y("name:N", sort="-x", title=None))
    return _svg(chart.properties(width=420, height=180))


def rivals(numbers: Mapping[str, float], words: Words, *, zero: bool) -> Markup:
    """A bar a contender in the order given, the first one (ours) marked; `zero`: whether the axis must begin at zero."""
    rows = [(name, number, place == 0) for place, (name, number) in enumerate(numbers.items())]
    chart = alt.Chart(pd.DataFrame(rows, columns=["who", "number", "ours"]), title=words.title).mark_bar()
    return _svg(
        chart.encode(
            x=alt.X("number:Q", title=words.x, scale=alt.Scale(zero=zero)),
            y=alt.Y("who:N", sort=None, title=None),
            color=alt.condition("datum.ours", alt.value(_BLUE), alt.value(_GREY)),
        ).properties(width=420, height=180)
    )


def diagonal(x: Sequence[float], y: Sequence[float], words: Words) -> Markup:
    """Points beside the diagonal on which they ought to lie."""
    top = max((*x, *y), default=0.0) or 1.0
    ideal = alt.Chart(pd.DataFrame({"x": [0.0, top], "y": [0.0, top]})).mark_line(color=_GREY, strokeDash=[4, 4])
    found = alt.Chart(pd.DataFrame({"x": list(x), "y": list(y)})).mark_line(color=_BLUE, point=alt.OverlayMarkDef(color=_BLUE))
    across = alt.X("x:Q", title=words.x, axis=alt.Axis(tickCount=5))
    layers = [layer.encode(x=across, y=alt.Y("y:Q", title=words.y)) for layer in (ideal, found)]
    return _svg(alt.layer(*layers, title=words.title).properties(width=320, height=260))


def gain(taken: Sequence[float], reached: Sequence[float], words: Words) -> Markup:
    """Which share of a whole is reached with which share of a list."""
    data = pd.DataFrame({"taken": list(taken), "reached": list(reached)})
    marks = alt.Chart(data, title=words.title).mark_area(color=_BLUE, opacity=0.35, line={"color": _BLUE})
    chart = marks.encode(
        x=alt.X("taken:Q", axis=alt.Axis(format="%"), title=words.x),
        y=alt.Y("reached:Q", axis=alt.Axis(format="%"), title=words.y),
    )
    return _svg(chart.properties(width=320, height=260))


def months(counts: Mapping[str, Mapping[str, int]], words: Words) -> Markup:
    """Counts by month, a row of bars a name, each on its own scale."""
    found = [(name, month, count) for name, by_month in counts.items() for month, count in by_month.items()]
    marks = alt.Chart(pd.DataFrame(found, columns=["name", "month", "count"])).mark_bar(color=_BLUE)
    axis = alt.Axis(labelOverlap=True, labelAngle=-45)
    chart = marks.encode(x=alt.X("month:O", title=words.x, axis=axis), y=alt.Y("count:Q", title=None, axis=alt.Axis(tickCount=2)))
    beside = alt.Header(title=None, labelAngle=0, labelAlign="left", labelFontSize=12)
    rows = chart.properties(width=640, height=50).facet(row=alt.Row("name:N", header=beside, sort=list(counts)))
    return _svg(rows.resolve_scale(y="independent"))


def parts(done: Mapping[str, tuple[int, int]], words: Words) -> Markup:
    """A bar a name in the order given, in two parts: `words.x` names the first, `words.y` the second."""
    kinds = (words.x, words.y)
    rows = [
        (name, kind, n, place) for name, pair in done.items() for place, (kind, n) in enumerate(zip(kinds, pair, strict=True))
    ]
    colour = alt.Color("kind:N", title=None, scale=alt.Scale(domain=list(kinds), range=[_BLUE, _PALE]))
    chart = alt.Chart(pd.DataFrame(rows, columns=["name", "kind", "count", "place"])).mark_bar()
    return _svg(
        chart.encode(
            x=alt.X("count:Q", title=None), y=alt.Y("name:N", title=None, sort=list(done)), color=colour, order="place:Q"
        ).properties(width=560, height=220)
    )
