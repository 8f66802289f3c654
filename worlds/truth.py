"""The table of truth: for each question and date the chance given what is hidden, given what is visible, and the outcome."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from worlds.classes import fit_of
from worlds.deals import Deals, deal_ids, scale
from worlds.drawing import Drawing
from worlds.frames import account_ids
from worlds.oracle import Belief, Judged, Pairs, Rows, belief, judge, pairs
from worlds.population import Accounts
from worlds.seasons import Floats, Ints
from worlds.setting import HORIZON_DAYS, World
from worlds.trade import WON_SHARE, repeat_amount

ANCHORS_DAYS = (0, 30, 60)
ACTIVE_DAYS = 365
SCHEMA = pa.schema(
    [
        ("task", pa.string()),
        ("entity_id", pa.string()),
        ("account_id", pa.string()),
        ("as_of", pa.timestamp("s", tz="UTC")),
        ("horizon_days", pa.int64()),
        ("anchor_days", pa.int64()),
        ("probability", pa.float64()),
        ("oracle", pa.float64()),
        ("expected_value", pa.float64()),
        ("oracle_value", pa.float64()),
        ("outcome", pa.float64()),
    ]
)


@dataclass(frozen=True)
class Answers:
    """The questions about one block with all that is believed about them."""

    rows: Rows
    joined: Pairs
    judged: Judged
    believed: Belief


@dataclass(frozen=True)
class Quarter:
    """The next horizon under each type [row, z]: the chance of no order, and the expected revenue in minor units."""

    silent: Floats
    value: Floats


def truth(world: World, drawn: Drawing) -> pa.Table:
    """The truth about one block, sorted by account, date, task and entity."""
    rows = _rows(world, drawn)
    joined = pairs(rows, drawn.deals)
    judged = judge(world, drawn, joined)
    found = Answers(rows, joined, judged, belief(world, drawn, rows, joined, judged))
    parts = [_conversion(world, drawn.deals, found), *_account_tasks(world, drawn, found)]
    return pa.concat_tables(parts).sort_by([(name, "ascending") for name in ("account_id", "as_of", "task", "entity_id")])


def _rows(world: World, drawn: Drawing) -> Rows:
    parts = [_grid_rows(world, drawn.accounts), *(_anchored_rows(world, drawn.deals, anchor) for anchor in ANCHORS_DAYS)]
    return Rows(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("account", "day", "deal", "anchor")))


def _grid_rows(world: World, accounts: Accounts) -> Rows:
    account, place = np.nonzero(accounts.start[:, None] < world.calendar.grid(HORIZON_DAYS))
    none = np.full(len(account), -1)
    return Rows(account, world.calendar.grid(HORIZON_DAYS)[place], none, none)


def _anchored_rows(world: World, deals: Deals, anchor: int) -> Rows:
    day = deals.day + anchor
    deal = np.flatnonzero((day + HORIZON_DAYS <= world.calendar.days) & (deals.closed >= day))
    return Rows(deals.account[deal], day[deal], deal, np.full(len(deal), anchor))


def _conversion(world: World, deals: Deals, found: Answers) -> pa.Table:
    rows, joined, judged = found.rows, found.joined, found.judged
    asked = joined.open & ((rows.deal[joined.row] < 0) | (rows.deal[joined.row] == joined.deal))
    row, deal, day = joined.row[asked], joined.deal[asked], joined.day[asked]
    anchor = rows.anchor[row]
    return _table(
        world,
        "conversion",
        day,
        {
            "entity_id": deal_ids(deals, deal),
            "account_id": account_ids(deals.accounts.number[deals.account[deal]]),
            "anchor_days": pa.array(anchor, mask=anchor < 0),
            "probability": judged.wins_truly[asked],
            "oracle": (found.believed.types[row] * judged.wins[asked]).sum(axis=1),
            "outcome": deals.won[deal] & (deals.closed[deal] < day + HORIZON_DAYS),
        },
    )


def _account_tasks(world: World, drawn: Drawing, found: Answers) -> list[pa.Table]:
    """Churn and value of the accounts that ordered lately, at the grid days."""
    rows = found.rows
    ordered, _ = drawn.orders.between(rows.account, np.maximum(rows.day - ACTIVE_DAYS, 0), rows.day)
    asked = (rows.deal < 0) & (ordered > 0)
    account, day = rows.account[asked], rows.day[asked]
    bought, revenue = drawn.orders.between(account, day, day + HORIZON_DAYS)
    believed, truly = _believed(world, drawn, found), _truly(world, drawn, found)
    ids = account_ids(drawn.accounts.number[account])
    common = {"entity_id": ids, "account_id": ids}
    return [
        _table(
            world,
            "churn",
            day,
            {**common, "probability": truly.silent[asked], "oracle": believed.silent[asked], "outcome": bought == 0},
        ),
        _table(
            world,
            "value",
            day,
            {**common, "expected_value": truly.value[asked], "oracle_value": believed.value[asked], "outcome": revenue},
        ),
    ]


def _believed(world: World, drawn: Drawing, found: Answers) -> Quarter:
    """The next horizon given what is visible."""
    quarter = _next(world, drawn, found, found.judged.wins, found.believed.buying)
    return Quarter(*((found.believed.types * part).sum(axis=1) for part in (quarter.silent, quarter.value)))


def _truly(world: World, drawn: Drawing, found: Answers) -> Quarter:
    """The next horizon given what is hidden."""
    accounts, rows = drawn.accounts, found.rows
    buying = (accounts.leaves[rows.account] >= rows.day)[:, None].astype(float)
    quarter = _next(world, drawn, found, found.judged.wins_truly[:, None], buying)
    kind = accounts.type[rows.account][:, None]
    return Quarter(*(np.take_along_axis(part, kind, axis=1)[:, 0] for part in (quarter.silent, quarter.value)))


def _next(world: World, drawn: Drawing, found: Answers, wins: Floats, buying: Floats) -> Quarter:
    """Repeat orders while buying, wins of open opportunities, wins of opportunities yet to open: independent given z."""
    accounts, account, coming = drawn.accounts, found.rows.account, world.coming
    size, grid = accounts.size[account], world.calendar.grid(HORIZON_DAYS)
    at = np.minimum(np.searchsorted(grid, found.rows.day), len(grid) - 1)  # of use on grid days only
    silent = 1 - buying + buying * coming.silent[at, size]
    value = buying * coming.repeats[at, size] * (100 * repeat_amount(size, world.preset.size))[:, None]
    if world.preset.won_orders:
        fit, usual = fit_of(accounts.industry, accounts.size)[account], scale(size, world.preset.size)
        none, worth = _open_wins(drawn.deals, found, wins)
        silent = silent * np.exp(none - coming.wins[at, fit])
        value = value + worth + coming.worth[at, fit] * (100 * WON_SHARE * usual)[:, None]
    return Quarter(silent, value)


def _open_wins(deals: Deals, found: Answers, wins: Floats) -> tuple[Floats, Floats]:
    """Per row and type: the log-chance that no open opportunity is won in the horizon, and what the wins are worth."""
    none, worth = (np.zeros((len(found.rows.day), wins.shape[1])) for _ in range(2))
    np.add.at(none, found.joined.row, np.log1p(-wins))
    np.add.at(worth, found.joined.row, wins * deals.amount[found.joined.deal][:, None] * WON_SHARE)
    return none, worth


def _table(world: World, task: str, day: Ints, columns: dict[str, NDArray[np.generic] | pa.Array]) -> pa.Table:
    given = {
        "task": pa.array([task]).take(pa.array(np.zeros(len(day), int))),
        "as_of": world.calendar.seconds(day, -1),
        "horizon_days": np.full(len(day), HORIZON_DAYS),
        **columns,
    }
    empty = pa.nulls(len(day))
    return pa.table([pc.cast(pa.array(given.get(field.name, empty)), field.type) for field in SCHEMA], schema=SCHEMA)
