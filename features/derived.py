"""Measures and codes that no source column holds: how late a payment was, which role was met, how the closing date moved.

Each depends only on rows that were known when the event itself became known: later rows never change it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.kernel import arrays
from features.kernel.arrays import Codes, Ints
from features.kernel.layout import DAY, MISSING, OPEN_END

Coded = tuple[Codes, tuple[str, ...]]
PUNCTUALITY = ("late", "on time")
PHASES = ("first month", "second and third month", "later")
_PHASE_ENDS_S = (30 * DAY, 90 * DAY)


@dataclass(frozen=True, eq=False)
class Source:
    """Canonical tables as Arrow and the ids of accounts and opportunities in order; conversions are kept."""

    tables: dict[str, pa.Table]
    account_ids: pa.Array
    opportunity_ids: pa.Array
    numbers: dict[tuple[str, str, str], Ints] = field(default_factory=dict)
    coded: dict[tuple[str, str], Coded] = field(default_factory=dict)

    def has(self, table: str, *columns: str) -> bool:
        """Whether the table is there with all these columns."""
        return table in self.tables and set(columns) <= set(self.tables[table].column_names)

    def measure(self, table: str, column: str) -> Ints:
        """A numeric column as int64."""
        return self._keep("measure", table, column, lambda: arrays.measure(self.tables[table][column]))

    def seconds(self, table: str, column: str) -> Ints:
        """A time column in UTC seconds; MISSING everywhere where the table lacks it."""
        if not self.has(table, column):
            return np.full(self.tables[table].num_rows, MISSING, np.int64)
        return self._keep("seconds", table, column, lambda: arrays.seconds(self.tables[table][column]))

    def codes(self, table: str, column: str) -> Coded:
        """A text column as codes and levels."""
        if (table, column) not in self.coded:
            self.coded[table, column] = arrays.encode(self.tables[table][column])
        return self.coded[table, column]

    def entity(self, table: str, column: str, ids: str) -> Ints:
        """The positions of a column's values among the account or opportunity ids."""
        wanted = self.account_ids if ids == "account" else self.opportunity_ids
        return self._keep(ids, table, column, lambda: arrays.look_up(self.tables[table][column], wanted))

    def joined(self, table: str, column: str, other: str, key: str) -> Ints:
        """The row of `other` with the same key and the same account as each row of `table`; -1 without one."""
        ids = pc.cast(self.tables[other][key], pa.string()).combine_chunks()
        row = self._keep(f"row of {other}", table, column, lambda: arrays.look_up(self.tables[table][column], ids))
        theirs = np.append(self.entity(other, "account_id", "account"), -1)[row]
        return np.where(theirs == self.entity(table, "account_id", "account"), row, -1)

    def _keep(self, kind: str, table: str, column: str, make: Callable[[], Ints]) -> Ints:
        key = (kind, table, column)
        if key not in self.numbers:
            self.numbers[key] = make()
        return self.numbers[key]


def known(source: Source, table: str, time: str) -> Ints:
    """When each row was known: when it happened, or when the CRM first held it if that was later."""
    return np.maximum(source.seconds(table, time), source.seconds(table, "received_at"))


def _since(later: Ints, earlier: Ints) -> Ints:
    return np.where((later == MISSING) | (earlier == MISSING), MISSING, later - earlier)


def _late(source: Source) -> Ints:
    return _since(source.seconds("payments", "occurred_at"), source.seconds("payments", "due_at"))


def _punctuality(source: Source) -> Coded:
    late = _late(source)
    return np.where(late == MISSING, -1, np.where(late > 0, 0, 1)).astype(np.int32), PUNCTUALITY


def _paid_after(source: Source) -> Ints:
    """From order to payment, where the order was known by then."""
    row = source.joined("payments", "order_id", "orders", "order_id")
    ordered = np.append(source.seconds("orders", "occurred_at"), MISSING)[row]
    order_known = np.append(known(source, "orders", "occurred_at"), MISSING)[row]
    out = _since(source.seconds("payments", "occurred_at"), ordered)
    return np.where(order_known > known(source, "payments", "occurred_at"), MISSING, out)


def _margined(source: Source) -> Ints:
    """The amount of the orders whose margin is known."""
    return np.where(source.measure("orders", "margin") == MISSING, MISSING, source.measure("orders", "amount"))


def _sale(source: Source) -> Coded:
    """Whether an order is a sale or a return."""
    amount = source.measure("orders", "amount")
    return np.where(amount == MISSING, -1, np.where(amount > 0, 1, 0)).astype(np.int32), ("return", "sale")


def _satisfaction(source: Source) -> Ints:
    """The mean of the four parts that were answered, in thousandths."""
    names = [
        name for name in ("service_quality", "product_quality", "service_attitude", "after_sales") if source.has("surveys", name)
    ]
    parts = np.stack([source.measure("surveys", name) for name in names])
    answered = (parts != MISSING).sum(axis=0)
    total = np.where(parts == MISSING, 0, parts).sum(axis=0)
    return np.where(answered > 0, total // np.maximum(answered, 1), MISSING)


def _contact_role(source: Source) -> Coded:
    """The role of the contact who took part, where the contact was known by then."""
    row = source.joined("interactions", "contact_id", "contacts", "contact_id")
    codes, levels = source.codes("contacts", "role")
    created = np.append(source.seconds("contacts", "created_at"), MISSING)[row]
    late = (created == MISSING) | (created > known(source, "interactions", "occurred_at"))
    return np.where(late, -1, np.append(codes, -1)[row]).astype(np.int32), levels


def _phase(source: Source) -> Coded:
    """In which part of its opportunity's life a touch falls, counted from the opening."""
    row = source.joined("interactions", "opportunity_id", "opportunities", "opportunity_id")
    opened = np.append(source.seconds("opportunities", "opened_at"), MISSING)[row]
    age = _since(source.seconds("interactions", "occurred_at"), opened)
    return np.where((age == MISSING) | (age < 0), -1, np.searchsorted(_PHASE_ENDS_S, age, side="right")).astype(np.int32), PHASES


def _ends(source: Source) -> Ints:
    """When contracts end; an open one is not passed over for an earlier one that has an end."""
    ends = source.seconds("contracts", "ends_at")
    return np.where(ends == MISSING, OPEN_END, ends)


@dataclass(frozen=True)
class Derivation:
    """A function of the source, and the (table, columns) it needs."""

    make: Callable[[Source], Ints | Coded]
    needs: tuple[tuple[str, tuple[str, ...]], ...]


DERIVED: dict[str, Derivation] = {
    "late_s": Derivation(_late, (("payments", ("due_at",)),)),
    "punctuality": Derivation(_punctuality, (("payments", ("due_at",)),)),
    "paid_after_s": Derivation(_paid_after, (("payments", ("order_id",)), ("orders", ("order_id", "occurred_at")))),
    "ends_at": Derivation(_ends, (("contracts", ("ends_at",)),)),
    "margined_amount": Derivation(_margined, (("orders", ("amount", "margin")),)),
    "sale": Derivation(_sale, (("orders", ("amount",)),)),
    "resolve_s": Derivation(
        lambda source: _since(source.seconds("cases", "resolved_at"), source.seconds("cases", "occurred_at")),
        (("cases", ("resolved_at",)),),
    ),
    "satisfaction": Derivation(_satisfaction, (("surveys", ("service_quality",)),)),
    "contact_role": Derivation(
        _contact_role, (("interactions", ("contact_id",)), ("contacts", ("contact_id", "role", "created_at")))
    ),
    "phase": Derivation(_phase, (("interactions", ("opportunity_id",)), ("opportunities", ("opportunity_id", "opened_at")))),
    "value_number": Derivation(
        lambda source: arrays.thousandths(source.tables["field_history"]["value"]), (("field_history", ("value",)),)
    ),
}


def predecessors(group: Ints, known_at: Ints) -> Ints:
    """The event before each one, among those of its group known by the time it became known; -1 without one.

    Events are ordered by group and time. One step back is enough unless an event was entered late.
    """
    before = np.arange(-1, len(group) - 1)
    rows = np.arange(len(group))
    while len(rows):
        candidate = before[rows]
        other = (candidate < 0) | (group[candidate] != group[rows])
        before[rows[other]] = -1
        rows = rows[~other & (known_at[candidate] > known_at[rows])]
        before[rows] -= 1
    return before


def predecessors_within(group: Ints, code: Codes, known_at: Ints) -> Ints:
    """The same among the events with the same code."""
    order = np.lexsort((np.arange(len(group)), code, group))
    before = predecessors((group * (int(code.max(initial=0)) + 2) + code)[order], known_at[order])
    out = np.full(len(group), -1, np.int64)
    out[order] = np.where(before < 0, -1, order[before])
    return out


def steps(before: Ints, value: Ints, code: Codes | None) -> Ints:
    """The distance of each event's value from the event before it; MISSING without one, or where `code` did not change."""
    out = np.where(before < 0, MISSING, _since(value, value[before]))
    if code is not None:
        out[(code == code[before]) | (code[before] < 0) | (code < 0)] = MISSING
    return out


def signs(distance: Ints) -> Codes:
    """0 for a step down, 1 for a step up, -1 for none."""
    code = np.where((distance == MISSING) | (distance == 0), -1, np.where(distance < 0, 0, 1))
    return code.astype(np.int32)
