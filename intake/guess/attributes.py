"""Further columns that become features, and those that must not: current states, personal data, what tells the outcome."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from intake.drafts import Attribute, Guess, Part, Table
from intake.guess.outcomes import is_outcome
from intake.guess.paths import Cast
from intake.look.profile import Column, View
from intake.words import vocabulary
from intake.words.names import in_chinese, in_english, is_id, personal_word, says, slug, state_word, who, words_of
from tables.sql.text import literal, quoted
from workspace.schema import EVENT_TABLES, TABLES

_MOST_LEVELS, _MOST_OF_EVENTS, _MOST_OF_LINES, _FEW_IDS = 100, 6, 2, 12
_DIMENSIONS = {
    "interactions": "engagement",
    "orders": "purchases",
    "order_lines": "purchases",
    "surveys": "service",
    "cases": "service",
}
_STATED = {
    "accounts": ("industry", "size", "region", "source"),
    "contacts": ("role",),
    "owners": ("team",),
    "opportunities": ("source", "amount", "expected_close_at"),
}
_EMPTY = frozenset(word.strip() for word in vocabulary.EMPTY_CHOICES.split(",")[:2])
_STRONG, _SEPARATING, _GAP, _PURE_ROWS = 0.75, 0.95, 0.2, 50


def add_attributes(view: View, table: Table, *, fixed: Cast) -> None:
    """Declare what is known at creation, and the further columns of entities and events."""
    _state_known(table)
    entity = table.name in ("accounts", "opportunities")
    if not entity and table.name not in EVENT_TABLES:
        return
    for part in table.parts:
        if part.derived:
            continue
        found = list(_of_part(view, table, part, entity=entity))
        limit = len(found) if entity else _MOST_OF_LINES if table.name == "order_lines" else _MOST_OF_EVENTS
        for attribute in found[:limit]:
            if attribute.name not in {other.name for other in table.attributes}:
                table.attributes.append(attribute)
                _read_it(part, attribute)


def _state_known(table: Table) -> None:
    for name in _STATED.get(table.name, ()):
        guess = next(
            (part.columns.get(name) or part.sql.get(name) for part in table.parts if name in {*part.columns, *part.sql}), None
        )
        if guess is None:
            continue
        word = state_word(guess.value)
        if word or (table.name == "opportunities" and name != "source"):
            table.off[name] = f"its name says {word!r}" if word else "it is often rewritten while a sale goes on"
        else:
            table.known[name] = guess.value


def _of_part(view: View, table: Table, part: Part, *, entity: bool) -> Iterator[Attribute]:
    won = part.sql["outcome"].value if "outcome" in part.sql else None
    taken = part.used
    for column in part.found.columns:
        if column.name in taken or column.name in part.found.source.key or column.is_key:
            continue
        why_not = _useless(column)
        if why_not:
            table.unused[column.name] = why_not
            continue
        off = _off(view, part, column, won, entity=entity)
        yield _attribute(table, part, column, off, entity=entity)


def _useless(column: Column) -> str:
    """Why a column is no input at all."""
    if not column.filled or column.distinct < 2:
        return "one value"
    if column.is_date:
        return "a date"
    if (
        (word := personal_word(column.name))
        and not column.is_flag
        and not (column.is_amount and column.length < 6 and len(words_of(column.name)) > len(word.split()) + 1)
    ):
        return "personal data"
    if is_id(column.name) and not (column.is_category and column.distinct <= _FEW_IDS and not column.is_number):
        return "a key"
    if who(column.name) and says(column.name, "name, 名称, 姓名"):
        return "a name"
    top = column.share([column.top[0][0]])
    if column.distinct <= 40 and top > 0.995:
        return "nearly always the same"
    if not column.is_amount and column.distinct > _MOST_LEVELS and column.repeats < 20:
        return "free text or too many values"
    return ""


def _off(view: View, part: Part, column: Column, won: str | None, *, entity: bool) -> str:
    """Why a column is only proposed in a comment; or nothing."""
    word = (
        "" if says(column.name, "marital, marriage, employment, education, 婚姻, 就业, 学历, 教育") else state_word(column.name)
    )
    if not entity:
        return (
            f"its name says {word!r}: it may be rewritten after the event"
            if says(column.name, "status, state, 状态, updated") or (word and who(column.name))
            else ""
        )
    if word or is_outcome(part.found, column):
        return f"its name says {word or 'outcome'!r}: a current state has no past and may know the outcome"
    if won is not None and (told := _tells(view, part, column, won)):
        return told
    return (
        "a number that may be counted up to the day of the export"
        if says(column.name, "count, total, number of, sum, avg, average, mean, days, 次数, 累计, 平均, 天数") and won is None
        else ""
    )


def _attribute(table: Table, part: Part, column: Column, off: str, *, entity: bool) -> Attribute:
    numeric = column.is_amount and not (is_id(column.name) or column.distinct <= 2)
    kind = (
        "categorical"
        if not numeric
        else "money"
        if column.shape.of("sign") > 0.3 or says(column.name, "price, amount, revenue, fee, cost, 金额, 费用, 价格, 收入")
        else "numeric"
    )
    same = next((other.name for other in table.attributes if other.column == column.name and other.kind == kind), None)
    position = part.found.columns.index(column) + 1
    name = slug(column.name, f"attribute_{position}")
    taken = {other.name for other in table.attributes} | part.filled
    name = same or name if same or (name not in taken and name not in _canonical(table.name)) else f"{name}_{position}"
    reason = "taken as filled in when the row was made" if entity else ""
    return Attribute(
        name,
        column.name,
        kind,
        "creation" if entity else "event",
        in_chinese(column.name),
        in_english(column.name),
        "" if entity else _DIMENSIONS.get(table.name, ""),
        reason,
        off,
    )


def _canonical(table: str) -> tuple[str, ...]:
    return TABLES[table].names


def _read_it(part: Part, attribute: Attribute) -> None:
    """A form's empty choice is no answer."""
    column = part.found.column(attribute.column)
    empty = [value for value in column.values if value.lower().strip("- ") in _EMPTY | {"请选择"}] if column else []
    if empty and not attribute.off:
        part.sql[attribute.name] = Guess(
            f"nullif({quoted(attribute.column)}, {literal(empty[0])})", f"{empty[0]!r} is the form's empty choice"
        )


# --- does it know the outcome? ------------------------------------------------------------------------------------------


def _tells(view: View, part: Part, column: Column, won: str) -> str:
    """What the leak gate will say about a column of the opportunity's own row; or nothing."""
    data = view.connection.execute(
        f"select cast({quoted(column.name)} as varchar) as v, coalesce(({won}) = 'won', false)::int as y "
        f"from {quoted(f'sample {part.found.name}')}"
    ).df()
    if data["y"].nunique() < 2:
        return ""
    data.loc[data["v"].str.lower().isin(_EMPTY), "v"] = None
    absent = data["v"].isna().groupby(data["y"]).mean()
    if abs(absent[1] - absent[0]) > _GAP:
        return f"missing in {absent[1]:.0%} of the won and {absent[0]:.0%} of the others: as if filled in later"
    auc = _auc(data, numeric=column.is_amount)
    pure = 0 if column.is_amount else _pure(data)
    if pure:
        return f"a value with {pure} rows that all end the same way: as if it knew the outcome"
    dated = any(name in part.filled for name in ("opened_at", "closed_at"))
    return f"alone it tells the outcome with AUC {auc:.2f}" if auc > (_SEPARATING if dated else _STRONG) else ""


def _auc(data: pd.DataFrame, *, numeric: bool) -> float:
    if numeric:
        numbers = pd.to_numeric(data["v"], errors="coerce")
        tried = [_rank_auc(numbers.fillna(missing), data["y"]) for missing in (-np.inf, np.inf)]
        return max(max(auc, 1 - auc) for auc in tried)
    by = data.groupby("v", dropna=False)["y"].agg(["sum", "size"])
    rate = (by["sum"] + 10 * data["y"].mean()) / (by["size"] + 10)
    return _rank_auc(data["v"].map(rate.to_dict()).fillna(rate.get(np.nan, data["y"].mean())), data["y"])


def _rank_auc(score: pd.Series, label: pd.Series) -> float:
    ranks, ones = score.rank(), int(label.sum())
    zeros = len(label) - ones
    return float((ranks[label == 1].sum() - ones * (ones + 1) / 2) / (ones * zeros))


def _pure(data: pd.DataFrame) -> int:
    """Rows of the largest level that all end the same way beyond chance."""
    by = data.groupby("v", dropna=False)["y"].agg(["mean", "size"])
    share = data["y"].mean()
    chance = np.where(by["mean"] == 1, share, 1 - share) ** by["size"]
    pure = by[by["mean"].isin([0, 1]) & (by["size"] >= _PURE_ROWS) & (chance < 1e-6)]
    return int(pure["size"].max()) if len(pure) else 0
