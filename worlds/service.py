"""After the sale: complaints and satisfaction surveys."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from worlds.draws import Drawn, choose, clock, poisson
from worlds.frames import account_ids, in_order, optional, part_ids, table, words
from worlds.population import Accounts
from worlds.seasons import Floats
from worlds.setting import World

SCORES = ("service_quality", "product_quality", "service_attitude", "after_sales", "recommend")
_SURVEYS_A_DAY = 0.8 / 365
_SEVERITIES, _KINDS = ("low", "mid", "high"), ("质量", "交付", "售后", "账务")


@dataclass(frozen=True)
class Service:
    """Cases and surveys by account; `good[survey, score]` says whether a score is a good one."""

    cases: Drawn
    surveys: Drawn
    good: NDArray[np.bool_]


def draw_service(world: World, accounts: Accounts) -> Service:
    """Complaints at the account's rate; surveys at everyone's, answered in the account's mood."""
    rng, rates, curve = world.stream(accounts.block, "service"), world.rates, world.calendar.touches
    end = np.full(len(accounts.start), world.calendar.days)
    cases = poisson(rng, curve, rates.cases[accounts.type], accounts.start, end)
    surveys = poisson(rng, curve, np.full(len(end), _SURVEYS_A_DAY), accounts.start, end)
    good = rng.random((len(surveys.row), len(SCORES))) < rates.good[accounts.type[surveys.row]][:, None]
    return Service(cases, surveys, good)


def case_table(world: World, accounts: Accounts, cases: Drawn) -> pa.Table:
    """The table cases."""
    rng, calendar, n = world.stream(accounts.block, "cases"), world.calendar, len(cases.row)
    occurred = calendar.seconds(cases.day, clock(rng, n))
    order, sequence = in_order(cases.row, occurred)
    row, occurred, day = cases.row[order], occurred[order], cases.day[order]
    resolved = day + 1 + rng.exponential(9, n).astype(np.int64)
    return table(
        "cases",
        {
            "case_id": part_ids("D", accounts.number[row], sequence),
            "account_id": account_ids(accounts.number[row]),
            "occurred_at": occurred,
            "received_at": occurred,
            "resolved_at": optional(calendar.seconds(resolved, clock(rng, n)), resolved < calendar.days),
            "severity": words(_SEVERITIES, choose(rng, np.array([0.5, 0.35, 0.15]), n)),
            "kind": words(_KINDS, rng.integers(0, len(_KINDS), n)),
        },
    )


def survey_table(world: World, accounts: Accounts, service: Service) -> pa.Table:
    """The table surveys: a good score is 4 or 5 (recommend: 8 to 10), which of them is chance."""
    rng, n = world.stream(accounts.block, "surveys"), len(service.surveys.row)
    occurred = world.calendar.seconds(service.surveys.day, clock(rng, n))
    order, sequence = in_order(service.surveys.row, occurred)
    row, good = service.surveys.row[order], service.good[order]
    return table(
        "surveys",
        {
            "survey_id": part_ids("V", accounts.number[row], sequence),
            "account_id": account_ids(accounts.number[row]),
            "occurred_at": occurred[order],
            "received_at": occurred[order],
            **{name: _scores(rng, good[:, n], name) for n, name in enumerate(SCORES)},
        },
    )


def _scores(rng: np.random.Generator, good: NDArray[np.bool_], name: str) -> Floats:
    high, low = ((8, 11), (2, 8)) if name == "recommend" else ((4, 6), (2, 4))
    return np.where(good, rng.integers(*high, len(good)), rng.integers(*low, len(good))).astype(float)
