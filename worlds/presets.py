"""The presets of the synthetic world: how loudly what the CRM sees speaks about what is hidden.

The numbers are frozen: measurements in the docs refer to them. A changed world gets a new name.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Preset:
    """The strengths of one world; a strength of 0 cuts the tie between a hidden class and what it shows or decides.

    `touch`: cadence of touches and pushed dates. `chain`: decision makers met, needs, sentiment. `account`: orders, cases,
    surveys, account touches. `outcome`: who wins. `closing`: when it is decided. `season`, `drift`: over the calendar.
    `leave`: monthly chance to stop buying. `size`: how amounts follow the size class. `won_orders`: a win brings an order.
    """

    name: str
    touch: float
    chain: float
    account: float
    outcome: float
    closing: float
    season: float
    drift: float
    leave: float
    size: float
    won_orders: bool
    late_share: float = 0.08


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            "standard",
            touch=1.1,
            chain=1.1,
            account=1.0,
            outcome=1.2,
            closing=1.2,
            season=1.0,
            drift=1.0,
            leave=0.02,
            size=1.0,
            won_orders=True,
        ),
        Preset(
            "hard",
            touch=0.75,
            chain=0.75,
            account=0.8,
            outcome=0.85,
            closing=0.9,
            season=1.0,
            drift=1.5,
            leave=0.02,
            size=1.0,
            won_orders=True,
        ),
        Preset(
            "none",
            touch=0.0,
            chain=0.0,
            account=0.0,
            outcome=0.0,
            closing=0.0,
            season=0.0,
            drift=0.0,
            leave=0.0,
            size=0.0,
            won_orders=False,
        ),
    )
}
