"""The stages of opportunities, and the quotes that follow each step into the proposal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from worlds.deals import Deals, deal_keys
from worlds.draws import OPENS_S, SHUTS_S, Drawn, clock, ranks
from worlds.frames import in_order, money, part_ids, table, words
from worlds.seasons import Ints, Seasons
from worlds.setting import World

STAGES = ("prospect", "contacted", "needs_confirmed", "proposal", "negotiation", "won", "lost", "delivery", "after_sales")
_COMPETITORS = ("甲公司", "乙公司", "丙公司")
_PROPOSAL = STAGES.index("proposal")
_QUOTE_AFTER_S = 600
_SLOTS_A_DAY = 1024


def stage_of(step: Ints) -> Ints:
    """The stage entered by the nth move (from 0): up to negotiation, then to and fro between proposal and negotiation."""
    return np.where(step < 4, step + 1, np.where(step % 2 == 0, _PROPOSAL, _PROPOSAL + 1))


@dataclass(frozen=True)
class Stages:
    """Stage changes in the order of opportunity and time."""

    row: Ints
    stage: Ints
    occurred: Ints


def stage_rows(world: World, deals: Deals, moves: Drawn) -> Stages:
    """Opening, moves, end, and after a win delivery and after-sales."""
    rng, calendar, every = world.stream(deals.accounts.block, "stages"), world.calendar, np.arange(len(deals.day))
    ended = every[deals.closed < calendar.days]
    end = np.where(deals.won[ended], STAGES.index("won"), STAGES.index("lost"))
    parts = [
        Stages(every, 0 * every, calendar.seconds(deals.day, deals.clock)),
        _moves(rng, moves, calendar),
        Stages(ended, end, calendar.seconds(deals.closed[ended], deals.closed_clock[ended])),
        *_afterwards(rng, deals, ended[deals.won[ended]], calendar),
    ]
    row, stage, occurred = (np.concatenate([getattr(part, name) for part in parts]) for name in ("row", "stage", "occurred"))
    order = np.lexsort((occurred, row))
    return Stages(row[order], stage[order], occurred[order])


def _moves(rng: np.random.Generator, drawn: Drawn, calendar: Seasons) -> Stages:
    """The nth move of an opportunity falls on a second of its own: the last digits count the moves."""
    at = np.sort(drawn.row * 2**36 + drawn.day * _SLOTS_A_DAY + _slots(rng, len(drawn.row)))
    row, day, slot = drawn.row, at % 2**36 // _SLOTS_A_DAY, at % _SLOTS_A_DAY
    step = ranks(row)
    return Stages(row, stage_of(step), calendar.seconds(day, OPENS_S + slot * 60 + step % 60))


def _slots(rng: np.random.Generator, n: int) -> Ints:
    return rng.integers(0, (SHUTS_S - OPENS_S) // 60 - _QUOTE_AFTER_S // 60, n)


def _afterwards(rng: np.random.Generator, deals: Deals, won: Ints, calendar: Seasons) -> list[Stages]:
    delivered = deals.closed[won] + rng.integers(7, 31, len(won))
    served = delivered + rng.integers(20, 61, len(won))
    return [_later(rng, won, stage, day, calendar) for stage, day in (("delivery", delivered), ("after_sales", served))]


def _later(rng: np.random.Generator, won: Ints, stage: str, day: Ints, calendar: Seasons) -> Stages:
    known = day < calendar.days
    row, at = won[known], clock(rng, int(known.sum()))
    return Stages(row, np.full(len(row), STAGES.index(stage)), calendar.seconds(day[known], at))


def stage_table(deals: Deals, stages: Stages) -> pa.Table:
    """The table stage_changes."""
    order, _ = in_order(deals.account[stages.row], stages.occurred)
    row, occurred = stages.row[order], stages.occurred[order]
    return table(
        "stage_changes",
        {**deal_keys(deals, row), "stage": words(STAGES, stages.stage[order]), "occurred_at": occurred, "received_at": occurred},
    )


def quote_table(world: World, deals: Deals, stages: Stages) -> pa.Table:
    """The table quotes: one shortly after each step into the proposal, later ones a little lower."""
    rng, chosen = world.stream(deals.accounts.block, "quotes"), stages.stage == _PROPOSAL
    order, sequence = in_order(deals.account[stages.row[chosen]], stages.occurred[chosen])
    row, occurred = stages.row[chosen][order], stages.occurred[chosen][order] + _QUOTE_AFTER_S
    asked = deals.amount[row] / 100 * rng.uniform(0.97, 1.12, len(row)) * 0.96 ** _seen_before(row)
    return table(
        "quotes",
        {
            "quote_id": part_ids("Q", deals.accounts.number[deals.account[row]], sequence),
            **deal_keys(deals, row),
            "amount": money(asked),
            "occurred_at": occurred,
            "received_at": occurred,
            "competitor": words(_COMPETITORS, rng.integers(0, len(_COMPETITORS), len(row)), rng.random(len(row)) < 0.4),
        },
    )


def _seen_before(row: Ints) -> Ints:
    """How many earlier entries have the same row."""
    order = np.argsort(row, kind="stable")
    seen = np.empty_like(row)
    seen[order] = ranks(row[order])
    return seen
