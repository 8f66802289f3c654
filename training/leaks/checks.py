"""What the leak gate measures: each check takes training rows and yields findings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.catalog.attributes import ENTITY
from features.compute import Pipeline, prepare, truncated
from features.feature import ROW_STATS, Feature, Term
from features.history import History
from tables.changed_columns import Changed
from training import metrics
from training.dataset import Dataset
from training.leaks.rules import CHANGING, KNOWN_LATER, MISSING, NAMED, PURE, SAME, SEPARATES, STRONG, Finding
from workspace.workspace import Workspace

Floats = NDArray[np.float64]
SEPARATING, STRONG_ALONE, MISSING_GAP = 0.95, 0.75, 0.20
_PURE_ROWS, _CHANCE = 50, 1e-6
_COMPARED, _RANKED, _PARTS, _PRIOR_ROWS = 300, 50_000, 5, 10
_WORDS_EN = re.compile(
    r"(?<![a-z])(tag|status|quality|stage|current|latest|last|closed|converted|outcome|won|lost|"
    r"reason|weighted|probability|done)"
    r"(?:s|es)?(?![a-z])"
)
_WORDS_ZH = re.compile("标签|状态|质量|阶段|当前|目前|最近|最后|最新|上次|进展|进度|结果|原因|加权|概率|已完成")


def known_later(history: History, pipeline: Pipeline, rows: Dataset) -> Iterator[Finding]:
    """Features whose values at one cutoff need what became known after it.

    A sample of the rows up to the middle cutoff is computed at that cutoff, from the history and from what the history
    was then; the two must agree bit for bit.
    """
    early = np.argsort(rows.spine.as_of, kind="stable")[: len(rows) // 2 + 1]
    spine = rows.spine.take(early[_spread(len(early), _COMPARED)])
    moment = int(spine.as_of[-1])
    spine = replace(spine, as_of=np.full(len(spine), moment, np.int64))
    then = prepare(truncated(history, moment), pipeline.features).frame(spine)
    now, day = pipeline.frame(spine), datetime.fromtimestamp(moment, UTC).isoformat(" ")
    for name in now:
        differ = int((_bits(now[name]) != _bits(then[name])).sum())
        if differ:
            yield Finding(str(name), KNOWN_LATER, {"changed": differ, "rows": len(spine), "moment": day})


def changing(features: Sequence[Feature], changes: Sequence[Changed]) -> Iterator[Finding]:
    """Features that read a column whose values changed between ingests, though it was declared fixed."""
    for change in changes:
        for feature in features:
            if _reads(feature, change.table, change.column):
                yield Finding(feature.name, CHANGING, {"changed": change.changed, "keys": change.keys})


def _reads(feature: Term, table: str, column: str) -> bool:
    """Whether a feature, or what completes it, is made from a column of an entity's own row."""
    own = feature.stat in ROW_STATS and feature.stated and (feature.source, feature.measure) == (table, column)
    return own or any(_reads(part, table, column) for part in feature.parts)


def separating(features: Sequence[Feature], rows: Dataset, *, dateless: bool) -> Iterator[Finding]:
    """Features that tell the outcome almost alone; without dates also those that are merely suspiciously good."""
    sample = rows.take(_spread(len(rows), _RANKED))
    for feature in features:
        auc = auc_alone(feature, sample)
        if auc > SEPARATING:
            yield Finding(feature.name, SEPARATES, {"auc": auc, "limit": SEPARATING})
        elif dateless and auc > STRONG_ALONE:
            yield Finding(feature.name, STRONG, {"auc": auc, "limit": STRONG_ALONE})


def auc_alone(feature: Feature, rows: Dataset) -> float:
    """AUC of one feature in its better direction.

    A number is ranked with its missing values below and above all others. A category is ranked by the outcome of its
    levels among other accounts, so that many rare levels do not look like knowledge.
    """
    if feature.categorical:
        return metrics.auc(rows.label, _rate_elsewhere(rows, _levels(rows.frame[feature.name])))
    values = rows.frame[feature.name].to_numpy(np.float64)
    tried = {metrics.auc(rows.label, np.where(np.isnan(values), missing, values)) for missing in (-np.inf, np.inf)}
    return max(max(auc, 1 - auc) for auc in tried)


def _rate_elsewhere(rows: Dataset, levels: NDArray[np.int64]) -> Floats:
    """The rate of the outcome in each row's level among the four fifths of the accounts it does not belong to."""
    part, mean, out = rows.account % _PARTS, rows.label.mean(), np.zeros(len(rows))
    for number in range(_PARTS):
        inside, outside = part != number, part == number
        count = np.bincount(levels[inside], minlength=levels.max() + 1)
        won = np.bincount(levels[inside], rows.label[inside], minlength=levels.max() + 1)
        out[outside] = ((won + mean * _PRIOR_ROWS) / (count + _PRIOR_ROWS))[levels[outside]]
    return out


def pure_levels(features: Sequence[Feature], rows: Dataset) -> Iterator[Finding]:
    """Categories, and numbers of the row itself, with a value (missing is one) of 50 rows that end the same way, beyond chance.

    Where one outcome is common, 50 rows of it prove nothing: at a base rate of 10 % fifty rows without a win happen once in
    two hundred levels. So the share of the level's outcome, to the power of the level's accounts (rows of one account are
    no independent witnesses), must be below one in a million; that leaves room for thousands of levels.
    """
    for feature in features:
        if feature.categorical or feature.stat in ROW_STATS:
            yield from _pure(feature, rows)


def _pure(feature: Feature, rows: Dataset) -> Iterator[Finding]:
    data = pd.DataFrame({"level": rows.frame[feature.name].to_numpy(object), "won": rows.label, "account": rows.account})
    by = data.groupby("level", dropna=False).agg(rows=("won", "size"), won=("won", "mean"), accounts=("account", "nunique"))
    share = rows.label.mean()
    by["chance"] = np.where(by["won"] == 1, share, 1 - share) ** by["accounts"]
    pure = by[by["won"].isin([0, 1]) & (by["rows"] >= _PURE_ROWS) & (by["chance"] < _CHANCE)]
    if len(pure):
        largest = pure.sort_values("rows", kind="stable").iloc[-1]
        level = str(largest.name) if isinstance(largest.name, str | float) and largest.name == largest.name else "–"
        rule = PURE if feature.categorical else SAME
        yield Finding(
            feature.name,
            rule,
            {"level": level, "rows": int(largest["rows"]), "levels": len(pure), "chance": float(largest["chance"])},
        )


def missing_by_outcome(features: Sequence[Feature], rows: Dataset) -> Iterator[Finding]:
    """Values of the entity's own row that are missing far more often under one outcome than under the other."""
    for feature in features:
        if feature.stat in ROW_STATS:
            absent = rows.frame[feature.name].isna().to_numpy()
            with_outcome, without = float(absent[rows.label == 1].mean()), float(absent[rows.label == 0].mean())
            if abs(with_outcome - without) > MISSING_GAP:
                yield Finding(feature.name, MISSING, {"with_outcome": with_outcome, "without": without})


def named_like_states(workspace: Workspace, features: Sequence[Feature]) -> Iterator[Finding]:
    """Declared attributes whose name, source column or words sound like the current state of a sale."""
    for feature in features:
        word = state_word(_names(workspace, feature))
        if word:
            yield Finding(feature.name, NAMED, {"word": word})


def _names(workspace: Workspace, feature: Feature) -> str:
    """Every name a declared attribute has; nothing for features of the catalogue, whose time is proven."""
    table = workspace.tables.get(feature.source)
    attribute = table.attributes.get(str(feature.measure)) if table and feature.source in ENTITY else None
    return f"{feature.measure} {attribute.column} {attribute.en} {attribute.zh}" if attribute else ""


def state_word(names: str) -> str:
    """The first word that means a current state, in Chinese or English, or nothing."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", names).lower()
    found = _WORDS_EN.search(split) or _WORDS_ZH.search(split)
    return found.group(0) if found else ""


def _levels(column: pd.Series) -> NDArray[np.int64]:
    """Levels as numbers; missing is a level of its own."""
    codes, _ = pd.factorize(column, use_na_sentinel=False)
    return codes.astype(np.int64)


def _bits(column: pd.Series) -> NDArray[np.generic]:
    """Values that compare equal exactly when they are the same, missing ones included."""
    if column.dtype == np.float64:
        return column.to_numpy(np.float64).view(np.int64)
    return column.where(column.notna(), "").to_numpy(object)


def _spread(size: int, most: int) -> NDArray[np.int64]:
    """At most `most` positions, evenly spread."""
    return np.unique(np.linspace(0, size - 1, min(size, most)).astype(np.int64))
