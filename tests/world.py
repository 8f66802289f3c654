"""A hand-written CRM of ten customers, small enough to count on fingers. Day 0 is 2025-01-01; the cutoff is day 400."""

from __future__ import annotations

import pandas as pd

from features.history import History, build_history

START = pd.Timestamp("2025-01-01", tz="UTC")
CUTOFF = START + pd.Timedelta(days=400)
AS_OF = int(CUTOFF.timestamp())


def day(number: float) -> pd.Timestamp:
    """Noon-free time: exactly `number` days after the start."""
    return START + pd.Timedelta(days=number)


# customer -> days of interactions as (day, kind, direction, received day or None)
TOUCHES: dict[str, list[tuple[float, str, str, float | None]]] = {
    "C01": [(395, "visit", "out", None), (380, "call", "in", None), (300, "call", "out", None), (30, "visit", "out", None)],
    "C02": [(399, "email", "in", 410)],  # entered eleven days late: unknown at the cutoff
    "C03": [(405, "visit", "out", None)],  # the future
    "C04": [(400, "call", "out", None), (393, "call", "out", None), (370, "call", "out", None)],
    "C05": [(390, "visit", "out", None), (390, "visit", "out", None)],  # simultaneous
    "C06": [],
    "C07": [(10, "email", "out", None)],
    "C08": [(396, "chat", "in", 397), (396.5, "chat", "in", None)],
    "C09": [(35, "call", "in", None), (20, "call", "in", None)],
    "C10": [(310, "demo", "out", None), (310.25, "demo", "in", None)],
}
# customer -> (day, amount in minor units, discount)
ORDERS: dict[str, list[tuple[float, int, int]]] = {
    "C01": [(390, 10_000, 1_000), (360, 20_000, 0), (330, 30_000, 0)],
    "C04": [(399, 5_000, 500)],
    "C05": [(100, 7_000, 0), (200, -2_000, 0)],
    "C09": [(402, 9_000, 0)],
}
# customer, opened, expected close, closed, outcome
OPPORTUNITIES: list[tuple[str, str, float, float, float | None, str | None]] = [
    ("P1", "C01", 100, 200, 150, "won"),
    ("P2", "C01", 350, 450, None, None),
    ("P3", "C02", 300, 390, 380, "lost"),
    ("P4", "C04", 380, 420, 410, "won"),
    ("P5", "C09", 401, 430, None, None),
]


def tables() -> dict[str, pd.DataFrame]:
    """The canonical tables of the world."""
    accounts = pd.DataFrame(
        {"account_id": [f"C{n:02}" for n in range(1, 11)], "industry": ["steel", "food"] * 5, "created_at": [day(0)] * 10}
    )
    touches = [
        (f"T{customer}{n}", customer, kind, direction, day(at), day(at if received is None else received))
        for customer, rows in TOUCHES.items()
        for n, (at, kind, direction, received) in enumerate(rows)
    ]
    orders = [
        (f"O{customer}{n}", customer, day(at), amount, discount)
        for customer, rows in ORDERS.items()
        for n, (at, amount, discount) in enumerate(rows)
    ]
    opportunities = [
        (key, customer, day(opened), day(due), day(closed) if closed else pd.NaT, outcome)
        for key, customer, opened, due, closed, outcome in OPPORTUNITIES
    ]
    return {
        "accounts": accounts,
        "interactions": pd.DataFrame(
            touches, columns=["interaction_id", "account_id", "kind", "direction", "occurred_at", "received_at"]
        ),
        "orders": pd.DataFrame(orders, columns=["order_id", "account_id", "occurred_at", "amount", "discount"]),
        "opportunities": pd.DataFrame(
            opportunities, columns=["opportunity_id", "account_id", "opened_at", "expected_close_at", "closed_at", "outcome"]
        ),
    }


def history() -> History:
    """The world as arrays."""
    return build_history(tables())
