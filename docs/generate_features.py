"""Writes docs/features.md from the catalogue: `python docs/generate_features.py`. A test checks that it is current."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from features.catalog import CATALOG
from features.feature import CALENDAR, POOLED, ROW_STATS, Feature
from features.streams import STREAMS
from workspace.mapping import DIMENSIONS

TARGET = Path(__file__).with_name("features.md")
TITLES = {
    "fit": "匹配度 fit",
    "engagement": "活跃度 engagement",
    "urgency": "需求紧急度 urgency",
    "decision_chain": "决策链 decision chain",
    "purchases": "预算与购买力 budget and purchases",
    "relationship": "关系 relationship",
    "service": "服务与投诉 service and complaints",
    "risk": "风险 risk",
}
_SIGNS = {1: "+", -1: "−", 0: ""}
_TABLES = {stream.name: stream.table for stream in STREAMS}
_HEAD = """# Features

Generated from `features/catalog/` by `python docs/generate_features.py`; edit the declarations, not this page.

{count} declarations. One with a star is made once for each value found in the data (each kind of touch, each severity), so a
company with all tables has over 300 features of an opportunity. What the data cannot carry is left out: every feature
says which table it reads. Attributes that a workspace declares add their own.

* `of` says whether a feature describes the account (and is an input for its opportunities too) or the opportunity alone.
* `sign` is certain: `+` speaks for a sale, for value and against leaving, `−` speaks against. The models may not learn the
  opposite.
* Everything is known at the cutoff on both clocks: when it happened and when the CRM first held it.
* A pooled feature looks at all companies with the same key, and only at what was known when the day before the cutoff ended.
"""


def page() -> str:
    """The whole page."""
    parts = [_HEAD.format(count=len(CATALOG))]
    for dimension in DIMENSIONS:
        parts += ["", f"## {TITLES[dimension]}", "", "| name | of | 含义 | meaning | unit | sign | source |"]
        parts += ["|---|---|---|---|---|---|---|"]
        parts += _rows(dimension)
    return "\n".join([*parts, ""])


def _rows(dimension: str) -> Iterator[str]:
    for feature in (f for f in CATALOG if f.dimension == dimension):
        star = "\\*" if feature.per else ""
        yield (
            f"| `{feature.name}`{star} | {feature.path} | {feature.zh} | {feature.en} | {feature.unit} "
            f"| {_SIGNS[feature.sign]} | {_source(feature)} |"
        )


def _source(feature: Feature) -> str:
    if feature.stat == CALENDAR:
        return "the date"
    table = f"`{_TABLES.get(feature.source, feature.source)}`"
    if feature.stat == POOLED and feature.key:
        return f"{table}, pooled by {feature.key.en}"
    return f"{table}, or its `field_history`" if feature.stat in ROW_STATS and feature.source != "owners" else table


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
    print(f"wrote {TARGET}")
