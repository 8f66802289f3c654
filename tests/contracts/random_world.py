"""A denser world for the contracts: every table, with late, simultaneous, missing and future rows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.world import AS_OF, START

DAYS = 450
PEOPLE = [f"K{i}" for i in range(30)]  # three at each account
MOMENT = pd.Timestamp(AS_OF, unit="s", tz="UTC")
ACCOUNTS = [f"C{i:02}" for i in range(1, 11)]
OPPORTUNITIES = [f"P{i:02}" for i in range(1, 41)]
STAGES = ["prospect", "contacted", "proposal", "negotiation"]
PLANNED = {"contacts": "created_at", "opportunity_contacts": "since", "contracts": "starts_at"}
LATER_FACTS = {"opportunities": ("closed_at", "outcome"), "contracts": ("renewed_at",), "cases": ("resolved_at",)}


class _Dice:
    """Seeded choices of n things each."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def pick(self, n: int, values: list[str], missing: float = 0.0) -> list[str | None]:
        drawn = self.rng.choice(values, n)
        return [None if gap else str(value) for value, gap in zip(drawn, self.rng.random(n) < missing, strict=True)]

    def times(self, n: int) -> pd.DatetimeIndex:
        return START + pd.to_timedelta(self.rng.integers(0, DAYS * 4, n) * 6, unit="h")

    def after(self, times: pd.DatetimeIndex, days: int, missing: float = 0.0) -> pd.Series:
        later = pd.Series(times + pd.to_timedelta(self.rng.integers(0, days, len(times)), unit="D"))
        return later.mask(self.rng.random(len(times)) < missing)

    def whole(self, n: int, low: int, high: int, missing: float = 0.0) -> pd.Series:
        return pd.Series(self.rng.integers(low, high, n), dtype="Int64").mask(self.rng.random(n) < missing)

    def events(self, n: int, key: str, letter: str) -> dict[str, object]:
        """Keys, accounts, and both clocks: three in ten rows are received days late, and the first is years old."""
        at = self.times(n).insert(0, START - pd.Timedelta(days=800))[:n]
        late = pd.to_timedelta(np.where(self.rng.random(n) < 0.3, self.rng.integers(0, 40, n), 0), unit="D")
        return {
            key: [f"{letter}{i:03}" for i in range(n)],
            "account_id": self.pick(n, ACCOUNTS),
            "occurred_at": at,
            "received_at": at + late,
        }


def random_tables(seed: int) -> dict[str, pd.DataFrame]:
    """All tables that carry inputs."""
    dice = _Dice(seed)
    tables = _entities(dice) | _sales(dice) | _money(dice) | _service(dice)
    return {name: pd.DataFrame(columns) for name, columns in tables.items()}


def _entities(dice: _Dice) -> dict[str, dict[str, object]]:
    opened = dice.times(len(OPPORTUNITIES))
    closed = dice.after(opened, 120, missing=0.2)
    owned = [ACCOUNTS[i % 10] for i in range(40)]
    return {
        "accounts": {
            "account_id": ACCOUNTS,
            "industry": ["steel", "food"] * 5,
            "size": dice.pick(10, ["big", "small"]),
            "region": ["n", "s"] * 5,
            "source": "fair",
            "owner_id": dice.pick(10, ["S1", "S2", "S3"]),
            "created_at": START,
        },
        "owners": {"owner_id": ["S1", "S2", "S3"], "team": ["east", "west", "east"]},
        "contacts": {
            "contact_id": PEOPLE,
            "account_id": [ACCOUNTS[i % 10] for i in range(30)],
            "created_at": dice.times(30),
            "role": dice.pick(30, ["decision_maker", "user", "buyer"]),
        },
        "opportunities": {
            "opportunity_id": OPPORTUNITIES,
            "account_id": owned,
            "opened_at": opened,
            "owner_id": dice.pick(40, ["S1", "S2", "S3"]),
            "source": dice.pick(40, ["fair", "web"], 0.1),
            "referred_by_id": dice.pick(40, ACCOUNTS, 0.5),
            "amount": dice.whole(40, 1, 900_000),
            "expected_close_at": dice.after(opened, 200),
            "closed_at": closed,
            "outcome": [None if pd.isna(at) else word for at, word in zip(closed, dice.pick(40, ["won", "lost"]), strict=True)],
        },
        "opportunity_contacts": {
            "opportunity_id": dice.pick(60, OPPORTUNITIES),
            "contact_id": dice.pick(60, PEOPLE),
            "role": dice.pick(60, ["decision_maker", "user"]),
            "since": dice.times(60),
        },
    }


def _sales(dice: _Dice) -> dict[str, dict[str, object]]:
    touches = dice.events(500, "interaction_id", "T")
    of = [ACCOUNTS.index(str(account)) for account in touches["account_id"]]  # type: ignore[attr-defined]
    met = ["K0" if n == 0 else PEOPLE[n + 10 * third] for n, third in zip(of, dice.rng.integers(0, 3, 500), strict=True)]
    about = [
        None if gap else OPPORTUNITIES[n + 10 * tenth]
        for n, tenth, gap in zip(of, dice.rng.integers(0, 4, 500), dice.rng.random(500) < 0.3, strict=True)
    ]
    changed = dice.events(200, "field", "")
    dates = [str(int(at.timestamp())) for at in dice.times(85)]
    return {
        "interactions": {
            **touches,
            "opportunity_id": about,
            "kind": dice.pick(500, ["visit", "call", "email"]),
            "direction": dice.pick(500, ["in", "out"], 0.05),
            "contact_id": met,
            "owner_id": dice.pick(500, ["S1", "S2"]),
            "sentiment": dice.rng.random(500) * 2 - 1,
            "duration_s": dice.whole(500, 60, 7200, 0.2),
        },
        "stage_changes": {**_of_opportunities(dice, dice.events(160, "key", "g")), "stage": dice.pick(160, STAGES)},
        "needs": {
            **_of_opportunities(dice, dice.events(60, "need_id", "N")),
            "type": dice.pick(60, ["rigid", "latent"]),
            "priority": dice.pick(60, ["high", "low"]),
        },
        "quotes": {
            **_of_opportunities(dice, dice.events(60, "quote_id", "Q")),
            "amount": dice.whole(60, 1, 90_000),
            "competitor": dice.pick(60, ["them", "others"], 0.5),
        },
        "judgements": {
            **dice.events(60, "judgement_id", "J"),
            "score": dice.rng.random(60) * 5,
            "subject": dice.pick(60, ["influence", "complexity", "profile_fit", "urgency", "budget_fit"]),
        },
        "field_history": {
            **{name: values for name, values in changed.items() if name != "account_id"},
            "table": ["opportunities"] * 180 + ["accounts"] * 20,
            "entity_id": [*dice.pick(180, OPPORTUNITIES), *dice.pick(20, ACCOUNTS)],
            "field": ["expected_close_at"] * 85 + ["amount"] * 80 + ["owner_id"] * 25 + ["industry"] * 10,
            "value": [
                *dates,
                *(str(v) for v in dice.rng.integers(1, 9_000, 80)),
                *dice.pick(25, ["S1", "S3"]),
                *dice.pick(10, ["steel", "glass"]),
            ],
        },
    }


def _of_opportunities(dice: _Dice, events: dict[str, object]) -> dict[str, object]:
    """Events of opportunities; the account follows from the opportunity."""
    of = dice.rng.integers(0, len(OPPORTUNITIES), len(events["occurred_at"]))  # type: ignore[arg-type]
    return {**events, "opportunity_id": [OPPORTUNITIES[i] for i in of], "account_id": [ACCOUNTS[i % 10] for i in of]}


def _money(dice: _Dice) -> dict[str, dict[str, object]]:
    orders = dice.events(200, "order_id", "O")
    paid = dice.events(150, "payment_id", "Y")
    paid_for = dice.rng.integers(0, 200, 150)
    paid["account_id"] = [orders["account_id"][i] for i in paid_for]  # type: ignore[index]
    starts = dice.times(20)
    return {
        "orders": {
            **orders,
            "amount": dice.whole(200, -500, 90_000),
            "discount": dice.whole(200, 0, 900),
            "margin": dice.whole(200, -100, 9_000),
            "channel": dice.pick(200, ["shop", "web"]),
            "weight": dice.rng.random(200),
        },
        "order_lines": {
            **dice.events(300, "line_id", "L"),
            "amount": dice.whole(300, 1, 999),
            "product_id": dice.pick(300, [f"p{i}" for i in range(80)]),
            "category": dice.pick(300, list("abcd")),
        },
        "payments": {
            **paid,
            "order_id": [f"O{i:03}" for i in paid_for],
            "due_at": dice.after(pd.DatetimeIndex(paid["occurred_at"]), 30, 0.1) - pd.Timedelta(days=15),
            "amount": dice.whole(150, 1, 90_000),
        },
        "contracts": {
            "contract_id": [f"R{i}" for i in range(20)],
            "account_id": dice.pick(20, ACCOUNTS),
            "starts_at": starts,
            "ends_at": dice.after(starts, 400, 0.7),
            "renewed_at": dice.after(starts, 300, 0.5),
            "amount": dice.whole(20, 1, 90_000),
        },
    }


def _service(dice: _Dice) -> dict[str, dict[str, object]]:
    cases = dice.events(50, "case_id", "F")
    questions = ("service_quality", "product_quality", "service_attitude", "after_sales", "recommend")
    return {
        "surveys": {**dice.events(60, "survey_id", "S"), **{q: 1 + 4 * dice.rng.random(60) for q in questions}},
        "cases": {
            **cases,
            "severity": dice.pick(50, ["high", "low"]),
            "kind": "quality",
            "resolved_at": dice.after(pd.DatetimeIndex(cases["occurred_at"]), 40, 0.3),
        },
    }


def past(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Only the rows known at the cutoff, without what came out later (a closing, a renewal, a solution)."""
    known = [column for column in ("occurred_at", "received_at", PLANNED.get(name, "")) if column in table]
    table = table[(table[known] <= MOMENT).all(axis=1)] if known else table
    if name not in LATER_FACTS:
        return table
    later = table[LATER_FACTS[name][0]] > MOMENT
    return table.assign(**{column: table[column].mask(later) for column in LATER_FACTS[name]})


def more_future(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Every later row once more, and every later outcome turned around."""
    if name == "opportunities":
        other = table["outcome"].map({"won": "lost", "lost": "won"})
        return table.assign(outcome=table["outcome"].mask(table["closed_at"] > MOMENT, other))
    time = PLANNED.get(name, "received_at")
    if time not in table:
        return table
    later, key = table[table[time] > MOMENT], table.columns[0]
    return pd.concat([table, later.assign(**{key: later[key] if name == "field_history" else "new" + later[key].astype(str)})])
