"""Orders with their lines, payments and contracts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from worlds.deals import Deals, deal_ids_or_none, scale
from worlds.draws import clock, key, poisson, ranks
from worlds.frames import ACCOUNT_DIGITS, EVENT_DIGITS, account_ids, in_order, money, numbered, optional, part_ids, table, words
from worlds.population import Accounts
from worlds.seasons import DAY_S, Floats, Ints
from worlds.setting import World

WON_SHARE = 0.95  # mean part of a won opportunity's amount that is ordered
REPEAT_SHARE = 0.25  # a repeat order against the account's usual opportunity
CATEGORIES = ("主机", "备件", "耗材", "软件", "服务", "传感器", "工具", "配套")
_TERMS_DAYS = (30, 60, 90)
_YEAR_DAYS = 365


@dataclass(frozen=True)
class Orders:
    """The orders of a block in the order of account and time; `deal` is -1 for a repeat order."""

    accounts: Accounts
    account: Ints
    deal: Ints
    day: Ints
    occurred: Ints
    amount: Ints
    sequence: Ints

    def between(self, account: Ints, start: Ints, stop: Ints) -> tuple[Ints, Ints]:
        """How many orders each account made on the days `start`..`stop`-1, and their amount."""
        first, end = (np.searchsorted(key(self.account, self.day), key(account, day)) for day in (start, stop))
        total = np.concatenate([[0], np.cumsum(self.amount)])
        return end - first, total[end] - total[first]

    def last_repeat(self, account: Ints, before: Ints) -> Ints:
        """The day of each account's last repeat order before a day, -1 without one."""
        repeat = np.append(-1, key(self.account, self.day)[self.deal < 0])
        last = repeat[np.searchsorted(repeat, key(account, before)) - 1]
        return np.where(last >= key(account, 0 * before), last - key(account, 0 * before), -1)


def repeat_amount(size: Ints, effect: float) -> Floats:
    """The mean amount of a repeat order, in yuan."""
    return REPEAT_SHARE * scale(size, effect)


def draw_orders(world: World, deals: Deals) -> Orders:
    """A win's order comes with the win; repeat orders come at the account's own rate until it leaves."""
    accounts, calendar, rates, preset = deals.accounts, world.calendar, world.rates, world.preset
    rng = world.stream(accounts.block, "orders")
    rate = rates.orders[accounts.type] * rates.order_scale[accounts.size]
    repeat = poisson(rng, calendar.orders, rate, accounts.start, accounts.leaves)
    spread = rng.lognormal(-0.125, 0.5, len(repeat.row))
    won = np.flatnonzero(deals.won & (deals.closed < calendar.days)) if preset.won_orders else np.zeros(0, np.int64)
    account, deal = np.concatenate([repeat.row, deals.account[won]]), np.concatenate([np.full(len(repeat.row), -1), won])
    day = np.concatenate([repeat.day, deals.closed[won]])
    occurred = calendar.seconds(day, np.concatenate([clock(rng, len(repeat.row)), deals.closed_clock[won]]))
    amount = np.concatenate(
        [
            repeat_amount(accounts.size[repeat.row], preset.size) * spread,
            deals.amount[won] / 100 * rng.uniform(2 * WON_SHARE - 1, 1, len(won)),
        ]
    )
    order, sequence = in_order(account, occurred, deal)
    return Orders(accounts, account[order], deal[order], day[order], occurred[order], money(amount[order]), sequence)


def order_ids(orders: Orders, row: Ints) -> pa.Array:
    """Ids of orders."""
    return part_ids("B", orders.accounts.number[orders.account[row]], orders.sequence[row])


def order_table(world: World, deals: Deals, orders: Orders) -> pa.Table:
    """The table orders."""
    rng, n = world.stream(deals.accounts.block, "order table"), len(orders.day)
    return table(
        "orders",
        {
            "order_id": order_ids(orders, np.arange(n)),
            "account_id": account_ids(deals.accounts.number[orders.account]),
            "opportunity_id": deal_ids_or_none(deals, orders.deal),
            "occurred_at": orders.occurred,
            "received_at": orders.occurred,
            "amount": orders.amount,
            "discount": money(orders.amount / 100 * rng.uniform(0, 0.1, n)),
            "margin": money(orders.amount / 100 * rng.uniform(0.15, 0.35, n)),
        },
    )


def line_table(world: World, orders: Orders) -> pa.Table:
    """The table order_lines: one to three lines share an order's amount."""
    rng = world.stream(orders.accounts.block, "lines")
    number = rng.integers(1, 4, len(orders.day))
    row = np.repeat(np.arange(len(number)), number)
    amount, line = _shares(rng, orders.amount, row), ranks(row)
    category, product = rng.integers(0, len(CATEGORIES), len(row)), rng.integers(0, 12, len(row))
    return table(
        "order_lines",
        {
            "line_id": _line_ids(orders, row, line),
            "order_id": order_ids(orders, row),
            "account_id": account_ids(orders.accounts.number[orders.account[row]]),
            "product_id": numbered("M", (category, 1), (product, 2)),
            "category": words(CATEGORIES, category),
            "occurred_at": orders.occurred[row],
            "received_at": orders.occurred[row],
            "quantity": rng.integers(1, 21, len(row)).astype(float),
            "amount": amount,
            "margin": money(amount / 100 * rng.uniform(0.15, 0.35, len(row))),
        },
    )


def _line_ids(orders: Orders, row: Ints, line: Ints) -> pa.Array:
    account = orders.accounts.number[orders.account[row]]
    return numbered("L", (account, ACCOUNT_DIGITS), (orders.sequence[row], EVENT_DIGITS), (line + 1, 1))


def _shares(rng: np.random.Generator, amount: Ints, row: Ints) -> Ints:
    """Random parts that add up to each order's amount exactly; the first line takes the rest."""
    weight = rng.uniform(0.5, 1.5, len(row))
    share = (amount[row] / 100 * weight / np.bincount(row, weight, len(amount))[row]).astype(np.int64) * 100
    share[ranks(row) == 0] += amount - np.bincount(row, share, len(amount)).astype(np.int64)
    return share


def payment_table(world: World, orders: Orders) -> pa.Table:
    """The table payments: each order is due after its terms; a quarter is paid late, the rest about on time."""
    accounts, calendar, n = orders.accounts, world.calendar, len(orders.day)
    rng = world.stream(accounts.block, "payments")
    due = orders.day + np.array(_TERMS_DAYS)[rng.integers(0, len(_TERMS_DAYS), n)]
    late = rng.random(n) < 0.25
    paid = due + np.where(late, 1 + rng.exponential(18, n).astype(np.int64), -rng.integers(0, 8, n))
    row = np.flatnonzero(paid < calendar.days)
    occurred = calendar.seconds(paid[row], clock(rng, len(row)))
    order, sequence = in_order(orders.account[row], occurred)
    row, occurred = row[order], occurred[order]
    return table(
        "payments",
        {
            "payment_id": part_ids("R", accounts.number[orders.account[row]], sequence),
            "account_id": account_ids(accounts.number[orders.account[row]]),
            "order_id": order_ids(orders, row),
            "occurred_at": occurred,
            "received_at": occurred,
            "due_at": calendar.seconds(due[row], DAY_S - 1),
            "amount": orders.amount[row],
        },
    )


def contract_table(world: World, deals: Deals) -> pa.Table:
    """The table contracts: two in five wins bring one for a year, most are renewed."""
    accounts, calendar = deals.accounts, world.calendar
    rng = world.stream(accounts.block, "contracts")
    row = np.flatnonzero(deals.won & (deals.closed < calendar.days - 10) & (rng.random(len(deals.day)) < 0.4))
    starts = deals.closed[row] + rng.integers(1, 8, len(row))
    order, sequence = in_order(deals.account[row], starts)
    row, starts = row[order], starts[order]
    renewed = starts + _YEAR_DAYS - rng.integers(1, 40, len(row))
    given = (rng.random(len(row)) < 0.7) & (renewed < calendar.days)
    return table(
        "contracts",
        {
            "contract_id": part_ids("K", accounts.number[deals.account[row]], sequence, 2),
            "account_id": account_ids(accounts.number[deals.account[row]]),
            "starts_at": calendar.seconds(starts),
            "ends_at": calendar.seconds(starts + _YEAR_DAYS, -1),
            "amount": deals.amount[row],
            "renewed_at": optional(calendar.seconds(renewed, clock(rng, len(row))), given),
            "received_at": calendar.seconds(deals.closed[row], deals.closed_clock[row]),
        },
    )
