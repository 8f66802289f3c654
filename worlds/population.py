"""Accounts with their hidden types, their contacts and the salespeople responsible for them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from worlds import names
from worlds.classes import INDUSTRIES, MONTH_DAYS, SIZES, SOURCES, type_prior
from worlds.draws import choose, clock
from worlds.frames import account_ids, money, numbered, part_ids, table, words
from worlds.seasons import Ints, Seasons
from worlds.setting import World

REGIONS = ("华东", "华南", "华北", "华中", "西南", "西北", "东北")
OWNERS_PER_REGION = 8
ROLES = ("decision_maker", "influencer", "user", "buyer")
_SHARE_OF_INDUSTRY = np.array([0.2, 0.16, 0.14, 0.12, 0.1, 0.12, 0.06, 0.1])
_SHARE_OF_SIZE = np.array([0.34, 0.32, 0.22, 0.12])
_SHARE_OF_SOURCE = np.array([0.22, 0.15, 0.2, 0.13, 0.1, 0.2])
_SHARE_OF_REGION = np.array([0.3, 0.2, 0.16, 0.12, 0.1, 0.06, 0.06])
_TARGET_AN_ACCOUNT = 45_000.0  # yuan a month


@dataclass(frozen=True)
class Accounts:
    """One block of accounts. `type` and `leaves` (first day without repeat orders) are hidden; days count from the first.

    `start` is the first day on which anything can happen; `owner` changes to `next_owner` on the day `handover`, if ever.
    """

    block: int
    number: Ints
    industry: Ints
    size: Ints
    source: Ints
    region: Ints
    type: Ints
    created: Ints
    start: Ints
    owner: Ints
    next_owner: Ints
    handover: Ints
    contacts: Ints
    leaves: Ints

    def owner_ids(self, row: Ints, day: Ints) -> pa.Array:
        """Who was responsible for these accounts on these days."""
        return owner_ids(self.block, np.where(day >= self.handover[row], self.next_owner[row], self.owner[row]))


def owner_ids(block: int, owner: Ints) -> pa.Array:
    """Ids of the salespeople of a block."""
    return numbered("S", (np.full(len(owner), block), 4), (owner, 2))


def draw_accounts(world: World, block: int) -> Accounts:
    """A block of accounts; most are known before the first day, the others come one by one."""
    rng, numbers, days = world.stream(block, "accounts"), world.numbers(block), world.calendar.days
    n = len(numbers)
    industry, size = choose(rng, _SHARE_OF_INDUSTRY, n), choose(rng, _SHARE_OF_SIZE, n)
    source, region = choose(rng, _SHARE_OF_SOURCE, n), choose(rng, _SHARE_OF_REGION, n)
    kind = choose(rng, type_prior(industry, size, source, world.preset.account))
    new = rng.random(n) < 0.35
    created = np.where(new, rng.integers(0, days - 30, n), rng.integers(-1500, 0, n))
    start = np.maximum(created, -1) + 1
    months = rng.geometric(np.maximum(world.rates.leave[kind], 1e-9))
    leaves = np.minimum((start // MONTH_DAYS + np.minimum(months, 9999)) * MONTH_DAYS, days)
    owner, after = (region * OWNERS_PER_REGION + rng.integers(0, OWNERS_PER_REGION, n) for _ in range(2))
    moves = (rng.random(n) < 0.2) & (owner != after)
    handover = np.where(moves, rng.integers(start, days, n), days)
    return Accounts(
        block,
        numbers,
        industry,
        size,
        source,
        region,
        kind,
        created,
        start,
        owner,
        after,
        handover,
        rng.integers(2, 6, n),
        leaves,
    )


def account_table(world: World, accounts: Accounts) -> pa.Table:
    """The table accounts; `owner_id` is the owner at the end."""
    rng, calendar, n = world.stream(accounts.block, "account table"), world.calendar, len(accounts.number)
    parent = np.maximum(np.arange(n) - rng.integers(1, 20, n), 0)
    has_parent = (rng.random(n) < 0.06) & (parent < np.arange(n))
    ids = account_ids(accounts.number)
    return table(
        "accounts",
        {
            "account_id": ids,
            "parent_id": pa.compute.if_else(pa.array(has_parent), ids.take(pa.array(parent)), None),
            "name": names.companies(rng, accounts.industry),
            "industry": words(INDUSTRIES, accounts.industry),
            "size": words(SIZES, accounts.size),
            "region": words(REGIONS, accounts.region),
            "source": words(SOURCES, accounts.source),
            "owner_id": accounts.owner_ids(np.arange(n), np.full(n, calendar.days - 1)),
            "created_at": calendar.seconds(accounts.created, clock(rng, n)),
        },
    )


def contact_table(world: World, accounts: Accounts) -> pa.Table:
    """The table contacts: the first contact of an account is its decision maker."""
    rng = world.stream(accounts.block, "contacts")
    row = np.repeat(np.arange(len(accounts.number)), accounts.contacts)
    sequence = np.arange(len(row)) - np.repeat(np.cumsum(accounts.contacts) - accounts.contacts, accounts.contacts)
    role = np.where(sequence == 0, 0, rng.integers(1, len(ROLES), len(row)))
    return table(
        "contacts",
        {
            "contact_id": contact_ids(accounts, row, sequence),
            "account_id": account_ids(accounts.number[row]),
            "name": names.people(rng, len(row)),
            "role": words(ROLES, role),
            "opted_out": rng.random(len(row)) < 0.03,
            "created_at": world.calendar.seconds(accounts.created[row], clock(rng, len(row))),
        },
    )


def contact_ids(accounts: Accounts, row: Ints, sequence: Ints) -> pa.Array:
    """Ids of an account's contacts, numbered from 0: the decision maker."""
    return part_ids("P", accounts.number[row], sequence + 1, 1)


def owner_table(world: World) -> pa.Table:
    """The table owners: eight salespeople a region in every block of accounts."""
    return pa.concat_tables([_owners(world, block) for block in range(world.blocks)])


def _owners(world: World, block: int) -> pa.Table:
    rng, owner = world.stream(block, "owners"), np.arange(len(REGIONS) * OWNERS_PER_REGION)
    region, team = words(REGIONS, owner // OWNERS_PER_REGION), _teams(owner)
    return table(
        "owners",
        {
            "owner_id": owner_ids(block, owner),
            "name": names.people(rng, len(owner)),
            "team": team,
            "region": region,
            "valid_from": world.calendar.seconds(-rng.integers(30, 3000, len(owner))),
            "valid_to": pa.nulls(len(owner), pa.int64()),
            "weekly_capacity": rng.integers(5, 13, len(owner)).astype(float),
        },
    )


def _teams(owner: Ints) -> pa.Array:
    teams = tuple(f"{region}{name}组" for region in REGIONS for name in ("一", "二"))
    return words(teams, owner // (OWNERS_PER_REGION // 2))


def target_table(world: World) -> pa.Table:
    """The table targets: one a month for each salesperson, growing a little each year, whatever was sold."""
    return pa.concat_tables([_targets(world, block) for block in range(world.blocks)])


def _targets(world: World, block: int) -> pa.Table:
    months, owners = np.flatnonzero(_first_of_month(world.calendar)), np.arange(len(REGIONS) * OWNERS_PER_REGION)
    start, owner = np.repeat(months, len(owners)), np.tile(owners, len(months))
    accounts = len(world.numbers(block)) * _SHARE_OF_REGION[owner // OWNERS_PER_REGION] / OWNERS_PER_REGION
    return table(
        "targets",
        {
            "target_id": numbered("T", (np.full(len(owner), block), 4), (owner, 2), (start, 4)),
            "month": world.calendar.seconds(start),
            "owner_id": owner_ids(block, owner),
            "team": _teams(owner),
            "amount": money(np.round(_TARGET_AN_ACCOUNT * accounts * np.exp(0.05 * start / 365.25), -4)),
        },
    )


def _first_of_month(calendar: Seasons) -> NDArray[np.bool_]:
    days = np.datetime64(calendar.first) + np.arange(calendar.days)
    return np.asarray(days == days.astype("datetime64[M]").astype("datetime64[D]"))
