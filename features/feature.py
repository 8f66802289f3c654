"""What a feature is: data, never code. The compiler in pipeline.py turns declarations into kernel operations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import MISSING, dataclass, fields, replace
from typing import Any, Literal

from features.words import in_chinese

Path = Literal["account", "opportunity"]
ROW_STATS = ("attribute", "days_since", "days_until")
LAST_STATS = ("last_until", "last_since")  # days from the cutoff to the date that the last event states, and back
POOLED = "pooled"
CALENDAR = "calendar"
PARTS = ("minus", "plus", "times", "over", "key")


@dataclass(frozen=True)
class Feature:
    """One input of the models.

    `source` is a stream of streams.py, or a table for the stats in ROW_STATS. `where` filters events by column value and
    `per` expands the declaration to every level of a column found in the data. Other features complete a value, in this
    order: `minus`, `plus`, `times`, and `over` (a ratio, none unless that is positive). Before that, `at_least` and
    `at_most` turn a number into yes (1) or no (0), and `scale` multiplies it.

    A value of an entity's own row is read through its field history; `stated` says that the row itself may be used too,
    because it holds what was known at creation. A `pooled` value is the mean of `measure` (without one: the share of
    events that pass `where`) over all entities' past events with the same `key`, shrunk to the mean of all by `shrink`
    events; `label` is the key of an event where it is not the row's own key then.
    `sign` is certain: 1 where more speaks for a sale, for value and against leaving, -1 where it speaks against.
    """

    name: str
    dimension: str
    zh: str
    en: str
    source: str
    stat: str
    measure: str | None = None
    window_days: int | None = None
    offset_days: int = 0
    half_life_days: int = 0
    where: tuple[tuple[str, str], ...] = ()
    label: str | None = None
    minus: Feature | None = None
    plus: Feature | None = None
    times: Feature | None = None
    over: Feature | None = None
    key: Feature | None = None
    scale: float = 1.0
    at_least: float | None = None
    at_most: float | None = None
    shrink: int = 0
    per: str | None = None
    path: Path = "account"
    unit: str = "count"
    categorical: bool = False
    stated: bool = True
    sign: int = 0

    @property
    def parts(self) -> tuple[Feature, ...]:
        """The features that complete this one."""
        return tuple(part for name in PARTS if (part := getattr(self, name)) is not None)

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

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON types, without defaults."""
        out = {f.name: getattr(self, f.name) for f in fields(self)}
        kept = {name: value for name, value in out.items() if name not in _DEFAULT or value != _DEFAULT[name]}
        return {name: value.as_dict() if isinstance(value, Feature) else value for name, value in kept.items()}


_DEFAULT = {f.name: f.default for f in fields(Feature) if f.default is not MISSING}


def everything(feature: Feature) -> Iterator[Feature]:
    """A declaration and all that completes it."""
    yield feature
    for part in feature.parts:
        yield from everything(part)


def feature_from_dict(raw: dict[str, Any]) -> Feature:
    """The inverse of Feature.as_dict."""
    parts = {name: feature_from_dict(raw[name]) for name in PARTS if raw.get(name)}
    where = tuple((str(column), str(value)) for column, value in raw.get("where", ()))
    return Feature(**{**raw, **parts, "where": where})


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
