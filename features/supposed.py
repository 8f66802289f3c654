"""The rows that an action would leave in the CRM, for some accounts and as of a moment: what a what-if supposes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from features.facts.actions import Action
from features.history import History
from features.kernel.layout import DAY
from features.overlay import Tables

_MEETINGS = ("visit", "meeting")
_LATELY_S, _A_MONTH_S = 180 * DAY, 30 * DAY
Row = dict[str, Any]


@dataclass(frozen=True)
class Subject:
    """Whom an action is about: a deal of an account, or the account."""

    account_id: str
    opportunity_id: str | None = None


def kinds_of(history: History) -> Mapping[str, str]:
    """What the company calls a meeting, and its most frequent kind of touch, where it has any."""
    grouped = history.streams.get(("interactions", "account"))
    if grouped is None or not len(grouped.occurred):
        return {}
    levels = grouped.levels["kind"]
    codes = grouped.codes["kind"]
    most = levels[int(np.bincount(codes[codes >= 0], minlength=len(levels)).argmax())]
    meeting = next((kind for kind in _MEETINGS if kind in levels), None)
    return {"$touch": most, **({"$meeting": meeting} if meeting else {})}


@dataclass(frozen=True)
class Scene:
    """The rows of some accounts as of a second, from which further ones are supposed."""

    tables: Tables
    second: int
    kinds: Mapping[str, str]

    def rows(self, action: Action, subject: Subject, number: int) -> list[Row]:
        """What an action would leave; nothing where it cannot be done (nobody to meet, no such table). `number` makes ids."""
        event = action.event
        if event.table not in self.tables:
            return []
        if event.closes:
            return [{**row, event.closes: self.second} for row in self._open(event.table, event.closes, subject)]
        values = {name: self._value(value, subject) for name, value in event.values.items()}
        contact = self._contact(event.contact, subject) if event.contact else None
        if None in values.values() or (event.contact and contact is None):
            return []
        keys = {"account_id": subject.account_id, "opportunity_id": subject.opportunity_id, "contact_id": contact}
        named = {event.own: subject.opportunity_id} if event.own else {}
        own = {f"{event.table.removesuffix('s')}_id": f"supposed-{action.name}-{number}", "occurred_at": self.second, **named}
        columns = self.tables[event.table].column_names
        return [{name: value for name, value in {**keys, **own, **values}.items() if name in columns}]

    def _value(self, value: str, subject: Subject) -> object:
        if value == "$amount":
            return self._amounts.get(str(subject.opportunity_id))
        if value == "$moved":
            return str(self.second + _A_MONTH_S)
        return self.kinds.get(value) if value.startswith("$") else value

    def _open(self, table: str, closes: str, subject: Subject) -> list[Row]:
        rows = self._of(table).get(subject.account_id, [])
        return [row for row in rows if row.get(closes) is None and (row.get("occurred_at") or 0) <= self.second]

    def _contact(self, which: str, subject: Subject) -> str | None:
        """Somebody there: with a role, or not met lately."""
        known = [row for row in self._of("contacts").get(subject.account_id, []) if self._known(row)]
        if which != "another":
            return next((str(row["contact_id"]) for row in known if row.get("role") == which), None)
        met = set(self._met(subject))
        return next((str(row["contact_id"]) for row in known if str(row["contact_id"]) not in met), None)

    def _known(self, row: Row) -> bool:
        created = row.get("created_at")
        return created is not None and created <= self.second

    def _met(self, subject: Subject) -> Iterator[str]:
        for row in self._of("interactions").get(subject.account_id, []):
            lately = self.second - _LATELY_S < row["occurred_at"] <= self.second
            if lately and row.get("opportunity_id") == subject.opportunity_id:
                yield str(row.get("contact_id"))

    @cached_property
    def _amounts(self) -> Mapping[str, int]:
        rows = [row for own in self._of("opportunities").values() for row in own]
        return {str(row["opportunity_id"]): row["amount"] for row in rows if row.get("amount") is not None}

    def _of(self, name: str) -> Mapping[str, list[Row]]:
        return self._by_account.get(name, {})

    @cached_property
    def _by_account(self) -> dict[str, dict[str, list[Row]]]:
        wanted = ("contacts", "interactions", "opportunities", "cases")
        return {name: _grouped(self.tables[name]) for name in wanted if name in self.tables}


def _grouped(table: pa.Table) -> dict[str, list[Row]]:
    """The rows of each account, times in seconds."""
    found: dict[str, list[Row]] = {}
    for row in table.cast(pa.schema([_in_seconds(column) for column in table.schema])).to_pylist():
        found.setdefault(str(row["account_id"]), []).append(row)
    return found


def _in_seconds(column: pa.Field) -> pa.Field:
    return column.with_type(pa.int64()) if pa.types.is_timestamp(column.type) else column
