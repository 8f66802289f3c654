"""Interactions: the touches of opportunities and of accounts, some of them entered late."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from worlds.classes import TOUCHES
from worlds.deals import Deals, deal_ids_or_none
from worlds.draws import clock, poisson
from worlds.frames import account_ids, in_order, optional, part_ids, table, words
from worlds.population import Accounts, contact_ids
from worlds.seasons import LATEST_DELAY_DAYS, Floats, Ints
from worlds.setting import World

KINDS = ("call", "email", "visit", "meeting", "chat", "demo", "training", "event")
_MINUTES = np.array([8, 0, 70, 55, 12, 60, 120, 150])
_MIX = np.array(
    [  # kind of touch: how it is made in the first year
        [0.36, 0.30, 0.14, 0.08, 0.10, 0.02, 0.0, 0.0],
        [0.34, 0.34, 0.02, 0.06, 0.24, 0.0, 0.0, 0.0],
        [0.0, 0.0, 0.42, 0.40, 0.0, 0.18, 0.0, 0.0],
        [0.28, 0.32, 0.14, 0.04, 0.06, 0.0, 0.06, 0.10],
        [0.32, 0.34, 0.0, 0.04, 0.30, 0.0, 0.0, 0.0],
    ]
)
_CHAT_GROWTH = 0.15
_LIKED_ELSEWHERE = 0.6  # the share of positive touches outside opportunities
_NOTES = (
    "已发送资料",
    "约定下次沟通时间",
    "客户询价",
    "介绍产品方案",
    "确认技术参数",
    "讨论付款方式",
    "了解采购流程",
    "回访使用情况",
    "邀请参加活动",
    "会议纪要已发",
)


@dataclass(frozen=True)
class Touches:
    """Touches of a block; `deal` is -1 for those of the account alone, `source` the row of TOUCHES (then the account's two)."""

    account: Ints
    deal: Ints
    source: Ints
    phase: Ints
    day: Ints
    received: Ints
    positive: NDArray[np.bool_]

    def take(self, chosen: Ints | NDArray[np.bool_]) -> Touches:
        """These touches, in this order."""
        return Touches(*(getattr(self, field.name)[chosen] for field in fields(self)))


def draw_touches(world: World, deals: Deals) -> Touches:
    """All touches that are entered before the world ends."""
    rng = world.stream(deals.accounts.block, "touches")
    parts = [*_deal_touches(rng, world, deals), *_account_touches(rng, world, deals.accounts)]
    account, deal, source, phase, day = (np.concatenate(column) for column in zip(*parts, strict=True))
    late = rng.random(len(day)) < world.preset.late_share
    received = day + late * rng.integers(1, LATEST_DELAY_DAYS + 1, len(day))
    liked = np.append(world.rates.positive[deals.deal], _LIKED_ELSEWHERE)[deal]
    drawn = Touches(account, deal, source, phase, day, received, rng.random(len(day)) < liked)
    return drawn.take(received < world.calendar.days)


def _deal_touches(rng: np.random.Generator, world: World, deals: Deals) -> list[tuple[Ints, ...]]:
    parts: list[tuple[Ints, ...]] = []
    for source in range(len(TOUCHES)):
        for phase, (start, stop) in enumerate(deals.bounds(np.arange(len(deals.day)), deals.closed)):
            drawn = poisson(rng, world.calendar.touches, world.rates.touch[source, deals.deal, phase], start, stop)
            same = np.ones_like(drawn.row)
            parts.append((deals.account[drawn.row], drawn.row, same * source, same * phase, drawn.day))
    return parts


def _account_touches(rng: np.random.Generator, world: World, accounts: Accounts) -> list[tuple[Ints, ...]]:
    parts: list[tuple[Ints, ...]] = []
    end = np.full(len(accounts.start), world.calendar.days)
    for way in range(2):
        drawn = poisson(rng, world.calendar.touches, world.rates.account_touch[way, accounts.type], accounts.start, end)
        same = np.ones_like(drawn.row)
        parts.append((drawn.row, -same, same * (len(TOUCHES) + way), 0 * same, drawn.day))
    return parts


def interaction_table(world: World, deals: Deals, touches: Touches) -> pa.Table:
    """The table interactions."""
    accounts, calendar, n = deals.accounts, world.calendar, len(touches.day)
    rng = world.stream(accounts.block, "interaction table")
    at, entered = clock(rng, n), clock(rng, n)
    occurred = calendar.seconds(touches.day, at)
    received = np.where(touches.received > touches.day, calendar.seconds(touches.received, entered), occurred)
    order, sequence = in_order(touches.account, occurred, received)
    touches, occurred, received = touches.take(order), occurred[order], received[order]
    kind = _kinds(rng, touches)
    return table(
        "interactions",
        {
            "interaction_id": part_ids("I", accounts.number[touches.account], sequence),
            "account_id": account_ids(accounts.number[touches.account]),
            "opportunity_id": deal_ids_or_none(deals, touches.deal),
            "contact_id": contact_ids(accounts, touches.account, _whom(rng, accounts, touches)),
            "owner_id": accounts.owner_ids(touches.account, touches.day),
            "kind": words(KINDS, kind),
            "direction": words(("in", "out"), _ours(rng, touches).astype(np.int64)),
            "occurred_at": occurred,
            "received_at": received,
            "duration_s": _durations(rng, kind),
            "sentiment": _sentiments(rng, touches),
            "note": words(_NOTES, rng.integers(0, len(_NOTES), n), rng.random(n) < 0.4),
        },
    )


def _kinds(rng: np.random.Generator, touches: Touches) -> Ints:
    """How each touch was made; over the years calls give way to chats."""
    total = np.cumsum(_MIX, axis=1)[touches.source]
    kind = (rng.random(len(touches.day))[:, None] * total[:, -1:] >= total).sum(axis=1)
    moved = rng.random(len(kind)) < _CHAT_GROWTH * touches.day / 365.25
    return np.where((kind == KINDS.index("call")) & moved, KINDS.index("chat"), kind)


def is_chain(touches: Touches) -> NDArray[np.bool_]:
    """Whether the decision maker was met."""
    return np.asarray(touches.source == TOUCHES.index("chain"))


def _whom(rng: np.random.Generator, accounts: Accounts, touches: Touches) -> Ints:
    """The decision maker in a touch of the chain, anyone else otherwise."""
    return np.where(is_chain(touches), 0, rng.integers(1, accounts.contacts[touches.account]))


def _ours(rng: np.random.Generator, touches: Touches) -> NDArray[np.bool_]:
    """Who started it: the source says, except that a meeting with the decision maker is mostly, not always, our wish."""
    return np.isin(touches.source, (0, 3)) | (is_chain(touches) & (rng.random(len(touches.day)) < 0.7))


def _durations(rng: np.random.Generator, kind: Ints) -> pa.Array:
    seconds = np.rint(_MINUTES[kind] * 60 * rng.lognormal(-0.125, 0.5, len(kind))).astype(np.int64)
    return optional(seconds, kind != KINDS.index("email"))


def _sentiments(rng: np.random.Generator, touches: Touches) -> Floats:
    """Positive or negative as the class has it; how strongly is chance."""
    size = np.round(rng.uniform(0.05, 1.0, len(touches.day)), 2)
    return np.where(touches.positive, size, -size)
