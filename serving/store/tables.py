"""The tables of the score store, the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

from models.prediction import NESTED, NUMBERS, TEXTS


class UtcTime(TypeDecorator[datetime]):
    """A moment: refused when naive, stored and returned in UTC (SQLite has no time zones of its own)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC before storing."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"a time with a time zone, not {value!r}")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Mark what was stored as UTC."""
        return value and (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))


_KEY = ("task", "entity_id")
metadata = MetaData()
_identity = BigInteger().with_variant(Integer, "sqlite")


def _run_id() -> Column[int]:
    return Column("run_id", _identity, ForeignKey("score_runs.id", ondelete="CASCADE"), primary_key=True)


score_runs = Table(
    "score_runs",
    metadata,
    Column("id", _identity, primary_key=True, autoincrement=True),
    Column("as_of", UtcTime, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("models", Text, nullable=False),
    Column("models_sha256", String(64), nullable=False),
    UniqueConstraint("as_of", "models_sha256"),
    sqlite_autoincrement=True,
)

scores = Table(
    "scores",
    metadata,
    _run_id(),
    *(Column(name, Text, primary_key=name in _KEY, nullable=False) for name in TEXTS),
    *(Column(name, Double) for name in (*NUMBERS, "p10", "p50", "p90")),
    Column("position", Integer, nullable=False),
    Column("amount_minor", BigInteger),
    Column("owner", Text),
    Column("days_to_win", Text),
    *(Column(name, Text, nullable=False) for name in NESTED if name not in ("interval", "days_to_win")),
    Index("scores_by_account", "run_id", "account_id"),
)

run_accounts = Table(
    "run_accounts",
    metadata,
    _run_id(),
    Column("account_id", Text, primary_key=True),
    Column("name", Text),
    Column("owner", Text),
    Column("last_contact_at", UtcTime),
    Column("contact_gap_days", Double),
    Column("ordered_at", UtcTime),
    Column("order_gap_days", Double),
    Column("contract_ends_at", UtcTime),
    Column("complaints_open", Integer, nullable=False),
    Column("news_at", UtcTime),
)

run_opportunities = Table(
    "run_opportunities",
    metadata,
    _run_id(),
    Column("opportunity_id", Text, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("stage", Text),
    Column("stage_since", UtcTime),
    Column("amount_minor", BigInteger),
    Column("closes_at", UtcTime),
    Column("contacted_at", UtcTime),
    Column("lacks", Text, nullable=False),
)

run_owners = Table(
    "run_owners",
    metadata,
    _run_id(),
    Column("owner_id", Text, primary_key=True),
    Column("name", Text),
    Column("team", Text),
    Column("weekly_capacity", Double),
)

run_advice = Table(
    "run_advice",
    metadata,
    _run_id(),
    *(Column(name, Text, primary_key=True) for name in _KEY),
    *(Column(name, Text, nullable=False) for name in ("account_id", "code", "zh", "en")),
)

RUN_TABLES = (scores, run_accounts, run_opportunities, run_owners, run_advice, score_runs)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(12), primary_key=True),
    Column("name", Text, nullable=False),
    Column("secret_sha256", String(64), nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("revoked_at", UtcTime),
    Column("expires_at", UtcTime),
    Column("last_used_at", UtcTime),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id_sha256", String(64), primary_key=True),
    Column("key_id", String(12), ForeignKey("api_keys.id", ondelete="CASCADE"), nullable=False),
    Column("expires_at", UtcTime, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("id", _identity, primary_key=True, autoincrement=True),
    Column("source", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("table_name", Text, nullable=False),
    Column("account_id", Text, nullable=False),
    Column("row", Text, nullable=False),
    Column("reason", Text),
    UniqueConstraint("source", "event_id"),
    sqlite_autoincrement=True,
)

audit = Table(
    "audit",
    metadata,
    Column("id", _identity, primary_key=True, autoincrement=True),
    Column("at", UtcTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("sha256", String(64)),
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", _identity, primary_key=True, autoincrement=True),
    Column("at", UtcTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("task", Text, nullable=False),
    Column("entity_id", Text, nullable=False),
    Column("agree", Boolean, nullable=False),
    Column("because", Text),
)
