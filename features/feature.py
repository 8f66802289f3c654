"""What a feature is: data, never code. The compiler in pipeline.py turns declarations into kernel operations.

A `Measure` is a number of the kernel, a `Term` is a value made of measures, rows and other terms, and a `Feature` is a term
with a name and words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, cast, get_args

from features.kernel.program import Stat
from features.words import in_chinese

Path = Literal["account", "opportunity"]
Where = tuple[tuple[str, str], ...]
RowStat = Literal["attribute", "days_since", "days_until"]
LastStat = Literal["last_until", "last_since"]
TermStat = Literal[Stat, RowStat, LastStat, "pooled", "calendar"]
ROW_STATS: tuple[RowStat, ...] = get_args(RowStat)
LAST_STATS: tuple[LastStat, ...] = get_args(LastStat)  # days from the cutoff to the date that the last event states, and back
POOLED: Literal["pooled"] = "pooled"
CALENDAR: Literal["calendar"] = "calendar"
PARTS = ("minus", "plus", "times", "over", "key")


@dataclass(frozen=True)
class Measure:
    """A number that the kernel computes from the events of one stream: nothing has to name or explain it.

    `where` filters events by column value. `column` is what a statistic such as a sum reads, `label` the one whose distinct
    values are counted.
    """

    source: str
    stat: Stat
    column: str | None = None
    window_days: int | None = None
    offset_days: int = 0
    half_life_days: int = 0
    where: Where = ()
    label: str | None = None
    path: Path = "account"


@dataclass(frozen=True)
class Term:
    """A value of each row, made of one statistic and the terms that complete it. It has no name: a Feature is one that has.

    `source` is a stream of streams.py, or a table for the stats in ROW_STATS. `where` filters events by column value. Other
    terms complete a value, in this order: `minus`, `plus`, `times`, and `over` (a ratio, none unless that is positive).
    Before that, `at_least` and `at_most` turn a number into yes (1) or no (0), and `scale` multiplies it.

    A value of an entity's own row is read through its field history; `stated` says that the row itself may be used too,
    because it holds what was known at creation. A `pooled` value is the mean of `measure` (without one: the share of
    events that pass `where`) over all entities' past events with the same `key`, shrunk to the mean of all by `shrink`
    events; `label` is the key of an event where it is not the row's own key then.
    """

    source: str
    stat: TermStat
    measure: str | None = None
    window_days: int | None = None
    offset_days: int = 0
    half_life_days: int = 0
    where: Where = ()
    label: str | None = None
    minus: Term | None = None
    plus: Term | None = None
    times: Term | None = None
    over: Term | None = None
    key: Feature | None = None
    scale: float = 1.0
    at_least: float | None = None
    at_most: float | None = None
    shrink: int = 0
    path: Path = "account"
    categorical: bool = False
    stated: bool = True

    @property
    def parts(self) -> tuple[Term, ...]:
        """The terms that complete this one."""
        return tuple(part for name in PARTS if (part := getattr(self, name)) is not None)

    @property
    def leaf(self) -> Measure | None:
        """What the kernel computes for it; None for what a row, a pool or the calendar says."""
        if self.stat in (*ROW_STATS, POOLED, CALENDAR):
            return None
        return Measure(
            self.source,
            "last" if self.stat in LAST_STATS else cast(Stat, self.stat),
            self.measure,
            self.window_days,
            self.offset_days,
            self.half_life_days,
            self.where,
            self.label,
            self.path,
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON types, without defaults."""
        kept = {f.name: value for f in fields(self) if (value := getattr(self, f.name)) != f.default}
        return {name: value.as_dict() if isinstance(value, Term) else value for name, value in kept.items()}


@dataclass(frozen=True)
class Named:
    """What people call a feature: its name in files, the dimension of the sale it speaks about, and its words."""

    name: str
    dimension: str
    zh: str
    en: str


@dataclass(frozen=True)
class Feature(Term, Named):  # the fields of the last base come first: a declaration begins with its name
    """One input of the models: a term that has a name.

    `per` expands the declaration to every level of a column found in the data. `sign` is certain: 1 where more speaks for a
    sale, for value and against leaving, -1 where it speaks against.
    """

    per: str | None = None
    unit: str = "count"
    sign: int = 0

    def expanded(self, level: str) -> Feature:
        """This declaration for one level of its `per` column."""
        return replace(
            self,
            name=f"{self.name}:{level}",
            zh=f"{self.zh}（{in_chinese(level)}）",
            en=f"{self.en} ({level})",
            per=None,
            where=(*self.where, (str(self.per), level)),
        )


def everything(term: Term) -> Iterator[Term]:
    """A declaration and all that completes it."""
    yield term
    for part in term.parts:
        yield from everything(part)


def feature_from_dict(raw: dict[str, Any]) -> Feature:
    """The inverse of Feature.as_dict."""
    return Feature(**_read(raw))


def _part_from_dict(raw: dict[str, Any]) -> Term:
    """Bundles of earlier versions give a part without a name empty words: they are left out."""
    if raw.get("name"):
        return feature_from_dict(raw)
    words = {f.name for f in fields(Named)}
    return Term(**{name: value for name, value in _read(raw).items() if name not in words})


def _read(raw: dict[str, Any]) -> dict[str, Any]:
    parts = {name: _part_from_dict(raw[name]) for name in PARTS if raw.get(name)}
    where = tuple((str(column), str(value)) for column, value in raw.get("where", ()))
    return {**raw, **parts, "where": where}


def over_windows(feature: Feature, windows: Iterable[int]) -> tuple[Feature, ...]:
    """The declaration (and what it is divided by) once per trailing window; `{w}` in its words becomes the days."""
    return tuple(
        replace(_worded(feature, w), window_days=w, over=replace(feature.over, window_days=w) if feature.over else None)
        for w in windows
    )


def _worded(feature: Feature, days: int) -> Feature:
    return replace(feature, name=feature.name.format(w=days), zh=feature.zh.format(w=days), en=feature.en.format(w=days))


def over_half_lives(feature: Feature, days: Iterable[int]) -> tuple[Feature, ...]:
    """The declaration once per half-life; `{w}` in name, zh and en becomes the number of days."""
    return tuple(replace(_worded(feature, w), half_life_days=w) for w in days)


def trend(feature: Feature, recent: int, before: int) -> Feature:
    """How the daily rate of the last `recent` days stands against the `before` days ahead of them (1: unchanged)."""
    now = replace(feature, window_days=recent)
    base = replace(feature, window_days=before, offset_days=recent)
    return replace(
        now,
        over=base,
        scale=before / recent,
        unit="ratio",
        name=f"{feature.name}_trend_{recent}_{before}d",
        zh=f"{feature.zh}：近 {recent} 天与此前 {before} 天之比",
        en=f"{feature.en}: last {recent} days against the {before} before",
    )
