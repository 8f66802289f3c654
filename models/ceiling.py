"""Where one answer bounds another: whoever is likely to win an open deal is as likely to order, which bounds the risk of leaving.

Two models that know nothing of each other may add up to more than is possible. The risk of no order is at most one less the
chance of a win in the same days, times how often a win brought an order; what that takes away belongs to the fact of open deals.
"""

from __future__ import annotations

import numpy as np

from models.calibrate import link_of
from models.model import Floats
from models.scorer import Scorer

_FACT = "open_deals"


def limited(scorer: Scorer, contributions: Floats, base: Floats, best: Floats) -> tuple[Floats, Floats]:
    """Contributions and bases that add up to no more than the best deal of each account leaves room for."""
    taken, place = cuts(scorer, base + contributions.sum(axis=1), best), place_of(scorer)
    if place is None:
        return contributions, base + taken
    out = contributions.copy()
    out[:, place] += taken
    return out, base


def place_of(scorer: Scorer) -> int | None:
    """The input that what a ceiling takes away is counted with: the first of the fact of open deals; None without one."""
    return next((told.places[0] for told in scorer.facts if told.fact.name == _FACT), None)


def cuts(scorer: Scorer, links: Floats, best: Floats) -> Floats:
    """How far each link lies above its ceiling, as a number below or equal to 0."""
    highest = np.clip(1 - best * scorer.win_orders, 1e-6, 1 - 1e-6)
    ceilings = np.array([link_of(scorer.kind, chance) for chance in highest])
    return np.where(best > 0, np.minimum(ceilings - links, 0.0), 0.0)
