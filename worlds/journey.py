"""What is written down along an opportunity: moves, needs, judgements, who takes part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from worlds.deals import Deals, deal_ids_or_none, deal_keys
from worlds.draws import SHUTS_S, Drawn, clock, poisson
from worlds.frames import Values, account_ids, in_order, part_ids, table, words
from worlds.population import Accounts, contact_ids
from worlds.setting import World
from worlds.touches import Touches, is_chain

_SUBJECTS = ("profile_fit", "urgency", "budget_fit", "influence", "complexity")


@dataclass(frozen=True)
class Journey:
    """What tells of the hidden class along the way, by opportunity: stage moves, pushed closing dates, needs."""

    moves: Drawn
    pushes: Drawn
    needs: Drawn
    rigid: NDArray[np.bool_]


def draw_journey(world: World, deals: Deals) -> Journey:
    """Moves, pushes and needs from the day after the opening until the day before the end."""
    rng, curve, rates = world.stream(deals.accounts.block, "journey"), world.calendar.touches, world.rates
    start = np.minimum(deals.day + 1, deals.closed)
    moves = poisson(rng, curve, rates.stage[deals.deal], start, deals.closed)
    pushes = poisson(rng, curve, rates.push[deals.deal], start, deals.closed)
    needs = poisson(rng, curve, np.full(len(start), 0.016), start, deals.closed)
    return Journey(moves, pushes, needs, rng.random(len(needs.row)) < rates.rigid[deals.deal[needs.row]])


def need_table(world: World, deals: Deals, journey: Journey) -> pa.Table:
    """The table needs: rigid or not as the class has it, the rest is chance."""
    rng, n = world.stream(deals.accounts.block, "needs"), len(journey.needs.row)
    kind = np.where(journey.rigid, 0, rng.integers(1, 3, n))
    occurred, account = world.calendar.seconds(journey.needs.day, clock(rng, n)), deals.account[journey.needs.row]
    order, sequence = in_order(account, occurred)
    return table(
        "needs",
        {
            "need_id": part_ids("N", deals.accounts.number[account[order]], sequence),
            **deal_keys(deals, journey.needs.row[order]),
            "type": words(("rigid", "elastic", "latent"), kind[order]),
            "priority": words(("high", "mid", "low"), rng.integers(0, 3, n)),
            "occurred_at": occurred[order],
            "received_at": occurred[order],
        },
    )


def judgement_table(world: World, deals: Deals) -> pa.Table:
    """The table judgements: the salespeople's own rules on what everyone can see, with noise."""
    accounts = deals.accounts
    rng = world.stream(accounts.block, "judgements")
    parts = [*_deal_judgements(rng, deals), *_account_judgements(rng, accounts, world.calendar.days)]
    account, deal, subject, day, score = (np.concatenate(column) for column in zip(*parts, strict=True))
    occurred = world.calendar.seconds(day, clock(rng, len(day)))
    order, sequence = in_order(account, occurred, subject)
    return table(
        "judgements",
        {
            "judgement_id": part_ids("J", accounts.number[account[order]], sequence),
            "account_id": account_ids(accounts.number[account[order]]),
            "opportunity_id": deal_ids_or_none(deals, deal[order]),
            "occurred_at": occurred[order],
            "received_at": occurred[order],
            "subject": words(_SUBJECTS, subject[order]),
            "score": score[order],
        },
    )


def _deal_judgements(rng: np.random.Generator, deals: Deals) -> list[tuple[Values, ...]]:
    usual = (5 + deals.accounts.size[deals.account], 8 - 2 * deals.stated, 7 - 1.5 * deals.bucket)
    parts: list[tuple[Values, ...]] = []
    for subject, middle in enumerate(usual):
        day = deals.day + rng.integers(1, 12, len(deals.day))
        row = np.flatnonzero((rng.random(len(day)) < 0.7) & (day < deals.closed))
        score = np.clip(np.rint(middle[row] + rng.normal(0, 1.5, len(row))), 0, 10)
        parts.append((deals.account[row], row, np.full(len(row), subject), day[row], score))
    return parts


def _account_judgements(rng: np.random.Generator, accounts: Accounts, days: int) -> list[tuple[Values, ...]]:
    parts: list[tuple[Values, ...]] = []
    for subject in (3, 4):
        day = accounts.start + rng.integers(0, 90, len(accounts.start))
        row = np.flatnonzero((rng.random(len(day)) < 0.5) & (day < days))
        score = np.clip(np.rint(1.5 + accounts.size[row] + rng.normal(0, 0.8, len(row))), 1, 5)
        parts.append((row, np.full(len(row), -1), np.full(len(row), subject), day[row], score))
    return parts


def participant_table(world: World, deals: Deals, touches: Touches) -> pa.Table:
    """The table opportunity_contacts: a user from the opening, the decision maker once a meeting is entered."""
    met, calendar = is_chain(touches), world.calendar
    order = np.lexsort((touches.received[met], touches.deal[met]))
    deal, first = np.unique(touches.deal[met][order], return_index=True)
    row = np.concatenate([np.arange(len(deals.day)), deal])
    since = np.concatenate(
        [calendar.seconds(deals.day, deals.clock), calendar.seconds(touches.received[met][order][first], SHUTS_S)]
    )
    chain = np.repeat([0, 1], [len(deals.day), len(deal)])
    ordered, _ = in_order(deals.account[row], since, chain)
    row, since, chain = row[ordered], since[ordered], chain[ordered]
    return table(
        "opportunity_contacts",
        {
            **deal_keys(deals, row),
            "contact_id": contact_ids(deals.accounts, deals.account[row], 1 - chain),
            "role": words(("user", "decision_maker"), chain),
            "since": since,
        },
    )
