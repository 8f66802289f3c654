"""Features of the columns a company declares itself: attributes of accounts, opportunities and events."""

from __future__ import annotations

from features.feature import Feature, Path, Term, over_half_lives, over_windows
from features.kernel.arrays import THOUSANDTHS
from features.streams import STREAMS
from workspace.mapping import Attribute
from workspace.workspace import Workspace

ENTITY: dict[str, Path] = {"accounts": "account", "opportunities": "opportunity"}


def attribute_features(workspace: Workspace) -> tuple[Feature, ...]:
    """Every declared attribute as features: its value on entities; counts, shares, rhythm and sums on events."""
    out: list[Feature] = []
    for table, entity in ENTITY.items():
        if table in workspace.tables:
            attributes = workspace.tables[table].attributes
            out += [_own(table, entity, name, attribute) for name, attribute in attributes.items()]
    for stream in STREAMS:
        if stream.name in workspace.tables and stream.table not in ENTITY:
            for name, attribute in workspace.tables[stream.table].attributes.items():
                out += of_events(stream.name, name, attribute)
    return tuple(out)


def _own(table: str, entity: Path, name: str, attribute: Attribute) -> Feature:
    categorical = attribute.kind == "categorical"
    unit = {"categorical": "category", "numeric": "number", "money": "money"}[attribute.kind]
    return Feature(
        f"{entity}.{name}",
        attribute.dimension,
        attribute.zh,
        attribute.en,
        table,
        "attribute",
        measure=name,
        path=entity,
        unit=unit,
        categorical=categorical,
    )


def of_events(stream: str, name: str, attribute: Attribute) -> tuple[Feature, ...]:
    """The features of a declared column of events: of each frequent level, or sums of a number."""
    return (_levels if attribute.kind == "categorical" else _amounts)(stream, name, attribute)


def _amounts(stream: str, name: str, attribute: Attribute) -> tuple[Feature, ...]:
    """Sums over windows, and a sum whose older parts count less."""
    code, dimension, zh, en = f"{stream}.{name}", attribute.dimension, attribute.zh, attribute.en
    unit, scale = ("money", 1.0) if attribute.kind == "money" else ("number", 1 / THOUSANDTHS)
    return (
        *over_windows(
            Feature(
                f"{code}_{{w}}d",
                dimension,
                f"近 {{w}} 天{zh}",
                f"{en} in the last {{w}} days",
                stream,
                "sum",
                measure=name,
                unit=unit,
                scale=scale,
            ),
            (30, 90, 365),
        ),
        *over_half_lives(
            Feature(
                f"{code}_decayed_{{w}}d",
                dimension,
                f"近期{zh}热度（每 {{w}} 天减半）",
                f"recent {en}, weight halving every {{w}} days",
                stream,
                "decay_sum",
                measure=name,
                unit=unit,
                scale=scale,
            ),
            (28, 90),
        ),
    )


def _levels(stream: str, name: str, attribute: Attribute) -> tuple[Feature, ...]:
    """For each level how often, which share, how long ago, and a count whose older parts count less."""
    code, dimension, zh, en = f"{stream}.{name}", attribute.dimension, attribute.zh, attribute.en
    return (
        *over_windows(
            Feature(
                f"{code}_{{w}}d", dimension, f"近 {{w}} 天{zh}次数", f"{en} in the last {{w}} days", stream, "count", per=name
            ),
            (30, 90, 365),
        ),
        *over_windows(
            Feature(
                f"{code}_share_{{w}}d",
                dimension,
                f"近 {{w}} 天{zh}占比",
                f"share of {en} in the last {{w}} days",
                stream,
                "count",
                per=name,
                over=Term(stream, "count"),
                unit="share",
            ),
            (90, 365),
        ),
        Feature(
            f"{code}_recency",
            dimension,
            f"距上次{zh}天数",
            f"days since the last {en}",
            stream,
            "recency_days",
            per=name,
            unit="days",
        ),
        *over_half_lives(
            Feature(
                f"{code}_decayed_{{w}}d",
                dimension,
                f"近期{zh}热度（每 {{w}} 天减半）",
                f"recent {en}, weight halving every {{w}} days",
                stream,
                "decay_count",
                per=name,
                unit="number",
            ),
            (28, 90),
        ),
    )
