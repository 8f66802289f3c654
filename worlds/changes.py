"""The table field_history: closing dates pushed back, amounts restated, accounts handed over."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from worlds.deals import Deals, deal_ids
from worlds.draws import OPENS_S, Drawn, poisson, ranks
from worlds.frames import account_ids, in_order, table, words
from worlds.population import Accounts
from worlds.seasons import Ints, Seasons
from worlds.setting import World

_TABLES, _FIELDS = ("opportunities", "opportunities", "accounts"), ("expected_close_at", "amount", "owner_id")
_RESTATED_A_DAY = 0.002
Part = tuple[Ints, Ints, pa.Array, pa.Array]


def change_table(world: World, deals: Deals, pushes: Drawn) -> pa.Table:
    """Every change with its new value as text: UTC seconds of a date, minor units of an amount, an owner."""
    accounts, calendar = deals.accounts, world.calendar
    rng = world.stream(accounts.block, "field history")
    start = np.minimum(deals.day + 1, deals.closed)
    restated = poisson(rng, calendar.touches, np.full(len(start), _RESTATED_A_DAY), start, deals.closed)
    parts = [
        _pushed(rng, deals, pushes, calendar),
        _restated(rng, deals, restated, calendar),
        _handed_over(rng, accounts, calendar),
    ]
    account, occurred = (np.concatenate([part[n] for part in parts]) for n in (0, 1))
    entity, value = (pa.concat_arrays([part[n] for part in parts]) for n in (2, 3))
    field = np.repeat(np.arange(3), [len(part[0]) for part in parts])
    order, _ = in_order(account, occurred, field)
    account, occurred, field, chosen = account[order], occurred[order], field[order], pa.array(order)
    return table(
        "field_history",
        {
            "table": words(_TABLES, field),
            "entity_id": entity.take(chosen),
            "field": words(_FIELDS, field),
            "value": value.take(chosen),
            "occurred_at": occurred,
            "received_at": occurred,
            "account_id": account_ids(accounts.number[account]),
        },
    )


def _moments(rng: np.random.Generator, drawn: Drawn, calendar: Seasons) -> Ints:
    """A second of its own for each change of one row: the last digits count them."""
    return calendar.seconds(drawn.day, OPENS_S + rng.integers(0, 500, len(drawn.day)) * 60 + ranks(drawn.row) % 60)


def _pushed(rng: np.random.Generator, deals: Deals, drawn: Drawn, calendar: Seasons) -> Part:
    days = rng.integers(10, 46, len(drawn.row))
    total = np.cumsum(days)
    before = np.concatenate([[0], total])[np.searchsorted(drawn.row, drawn.row)]
    moment = calendar.seconds(deals.expected[drawn.row] + (total - before), 86_399)
    return (
        deals.account[drawn.row],
        _moments(rng, drawn, calendar),
        deal_ids(deals, drawn.row),
        pa.array(moment).cast(pa.string()),
    )


def _restated(rng: np.random.Generator, deals: Deals, drawn: Drawn, calendar: Seasons) -> Part:
    yuan = np.rint(deals.amount[drawn.row] / 100 * rng.uniform(0.8, 1.25, len(drawn.row))).astype(np.int64)
    return (
        deals.account[drawn.row],
        _moments(rng, drawn, calendar),
        deal_ids(deals, drawn.row),
        pa.array(100 * yuan).cast(pa.string()),
    )


def _handed_over(rng: np.random.Generator, accounts: Accounts, calendar: Seasons) -> Part:
    row = np.flatnonzero(accounts.handover < calendar.days)
    drawn = Drawn(row, accounts.handover[row])
    return row, _moments(rng, drawn, calendar), account_ids(accounts.number[row]), accounts.owner_ids(row, drawn.day)
