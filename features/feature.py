"""What a feature is: data, never code. The compiler in compute.py turns declarations into kernel operations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

Path = Literal["account", "opportunity"]
DIMENSIONS = ("fit", "engagement", "urgency", "decision_chain", "purchases", "relationship", "service", "risk")
ROW_STATS = ("attribute", "days_since", "days_until")


@dataclass(frozen=True)
class Feature:
    """One input of the models.

    `source` is a stream of history.py, or a table for the stats in ROW_STATS. `where` filters events by column value,
    `over` makes the value a ratio, `scale` multiplies it, `per` expands the declaration to every level of a column found in
    the data.
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
    over: Feature | None = None
    scale: float = 1.0
    per: str | None = None
    path: Path = "account"
    unit: str = "count"
    categorical: bool = False

    def expanded(self, level: str) -> Feature:
        """This declaration for one level of its `per` column."""
        return replace(self, name=f"{self.name}:{level}", zh=f"{self.zh}（{level}）", en=f"{self.en} ({level})", per=None,
                       where=(*self.where, (str(self.per), level)))

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON types, without defaults."""
        default = {"measure": None, "window_days": None, "offset_days": 0, "half_life_days": 0, "where": (), "label": None,
                   "over": None, "scale": 1.0, "per": None, "path": "account", "unit": "count", "categorical": False}
        out = {key: value for key, value in asdict(self).items() if key not in default or value != default[key]}
        return {**out, "over": self.over.as_dict()} if self.over else out


def feature_from_dict(raw: dict[str, Any]) -> Feature:
    """The inverse of Feature.as_dict."""
    over = feature_from_dict(raw["over"]) if raw.get("over") else None
    where = tuple((str(column), str(value)) for column, value in raw.get("where", ()))
    return Feature(**{**raw, "over": over, "where": where})


def over_windows(feature: Feature, windows: Iterable[int]) -> tuple[Feature, ...]:
    """The declaration (and what it is divided by) once per trailing window; `{w}` in its words becomes the days."""
    return tuple(replace(feature, name=feature.name.format(w=w), zh=feature.zh.format(w=w), en=feature.en.format(w=w),
                         window_days=w, over=replace(feature.over, window_days=w) if feature.over else None)
                 for w in windows)


def over_half_lives(feature: Feature, days: Iterable[int]) -> tuple[Feature, ...]:
    """The declaration once per half-life; `{w}` in name, zh and en becomes the number of days."""
    return tuple(replace(feature, name=feature.name.format(w=w), zh=feature.zh.format(w=w), en=feature.en.format(w=w),
                         half_life_days=w) for w in days)


def trend(feature: Feature, recent: int, before: int) -> Feature:
    """How the daily rate of the last `recent` days stands against the `before` days ahead of them (1: unchanged)."""
    now = replace(feature, window_days=recent)
    base = replace(feature, window_days=before, offset_days=recent)
    return replace(now, over=base, scale=before / recent, unit="ratio",
                   name=f"{feature.name}_trend_{recent}_{before}d",
                   zh=f"{feature.zh}：近 {recent} 天与此前 {before} 天之比",
                   en=f"{feature.en}: last {recent} days against the {before} before")
