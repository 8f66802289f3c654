"""The score store: every run's predictions with their reasons, kept in SQLite or PostgreSQL."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import URL, Connection, Engine, create_engine, delete, event, insert, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from models.prediction import Prediction
from serving.runs import Facts, Run, ScoredRun
from serving.store.audit import Line, add_line
from serving.store.records import fact_rows, read_facts, read_past, read_predictions, read_run, runs, score_rows
from serving.store.tables import RUN_TABLES, metadata, score_runs, scores
from workspace.errors import ForesaleError

if TYPE_CHECKING:
    from models.predict import ModelInfo

Clock = Callable[[], datetime]
_BUSY_MS = 10_000
_KEPT_RUNS = 30


def utc_now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


def _on_connect(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    for pragma in (f"busy_timeout={_BUSY_MS}", "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _create_engine(url: str) -> Engine:
    try:
        if make_url(url).get_backend_name() != "sqlite":
            return create_engine(url, isolation_level="REPEATABLE READ", pool_pre_ping=True)
    except ArgumentError as error:
        raise ForesaleError(
            "the score store's address is not a database URL",
            got=url.split("@")[-1],
            expected="sqlite:///path/foresale.db or postgresql+psycopg://host/name",
            do="mend database_url in foresale.toml",
        ) from error
    engine = create_engine(url)
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _described(models: Mapping[str, ModelInfo]) -> str:
    return json.dumps(
        {
            task: {"name": model.name, "version": str(model.version), "bundle_sha256": model.bundle_sha256}
            for task, model in models.items()
        },
        sort_keys=True,
    )


class Store:
    """Scores, keys, sessions and the audit trail. Safe to share between threads; readers never wait for a writer."""

    def __init__(self, engine: Engine, clock: Clock = utc_now) -> None:
        self._engine, self.clock = engine, clock

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the database connections back."""
        self._engine.dispose()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One read transaction: every query inside sees the same moment."""
        with self._engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One write transaction: all of it is kept, or nothing."""
        with self._engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield connection

    def record(self, connection: Connection, actor: str, action: str, target: str) -> None:
        """Add a line to the audit trail, in the transaction of the deed itself; it holds the hash of the line before."""
        add_line(connection, Line(self.clock(), actor, action, target))

    def save_run(
        self, as_of: datetime, predictions: Sequence[Prediction], models: Mapping[str, ModelInfo], facts: Facts | None = None
    ) -> int:
        """Keep one run and return its id; the same `as_of` and models again replace the run kept before.

        All in one transaction: a reader sees the run before, or this one, never a part. Runs beyond the latest 30 are
        dropped.
        """
        described = _described(models)
        digest = hashlib.sha256(described.encode()).hexdigest()
        facts = facts or Facts()
        with self.write() as connection:
            connection.execute(delete(score_runs).where(score_runs.c.as_of == as_of, score_runs.c.models_sha256 == digest))
            run_id: int = connection.execute(
                insert(score_runs)
                .values(as_of=as_of, created_at=self.clock(), models=described, models_sha256=digest)
                .returning(score_runs.c.id)
            ).scalar_one()
            kept = select(score_runs.c.id).order_by(score_runs.c.as_of.desc(), score_runs.c.id.desc()).limit(_KEPT_RUNS)
            connection.execute(delete(score_runs).where(score_runs.c.id.not_in(kept), score_runs.c.id != run_id))
            for table, rows in ((scores, score_rows(run_id, predictions, facts)), *fact_rows(run_id, facts)):
                if rows:
                    connection.execute(insert(table), rows)
        return run_id

    def latest_run(self) -> Run | None:
        """The run with the latest `as_of` (the last saved, if several), or None before the first."""
        with self.read() as connection:
            return read_run(connection, runs())

    def previous_run(self, run: Run) -> Run | None:
        """The last run of an earlier `as_of`, to tell what changed since."""
        with self.read() as connection:
            return read_run(connection, runs().where(score_runs.c.as_of < run.as_of))

    def predictions(self, run: Run, account_id: str | None = None) -> list[Prediction]:
        """A run's predictions, in the order they were saved; of one account if asked."""
        with self.read() as connection:
            return read_predictions(connection, run, account_id)

    def past(self, **about: str) -> list[tuple[Run, Prediction]]:
        """Every stored answer about an `account_id` or an `entity_id` of a `task` with its run, the oldest first."""
        with self.read() as connection:
            return read_past(connection, about)

    def scored_run(self, account_id: str | None = None) -> ScoredRun | None:
        """The latest run whole, or one account of it; None before the first run."""
        with self.read() as connection:
            run = read_run(connection, runs())
            if run is None:
                return None
            return ScoredRun(run, read_predictions(connection, run, account_id), read_facts(connection, run, account_id))


def open_store(url: str, clock: Clock = utc_now) -> Store:
    """Open the store at an SQLAlchemy URL and make its tables where they are missing.

    Runs that an earlier version stored in another shape are dropped, since `foresale score` makes them again; keys, sessions and
    the audit stay.
    """
    store = Store(_create_engine(url), clock)
    with store.write() as connection:
        if _of_another_shape(connection):
            metadata.drop_all(connection, list(RUN_TABLES))
        metadata.create_all(connection)
        _complete(connection)
    _keep_private(make_url(url))
    return store


def _complete(connection: Connection) -> None:
    """Add the columns that a store of an earlier version lacks: what was kept stays, and has nothing in them."""
    found = inspect(connection)
    for table in metadata.sorted_tables:
        there = {one["name"] for one in found.get_columns(table.name)}
        for column in (column for column in table.columns if column.name not in there):
            kind = column.type.compile(connection.dialect)
            connection.execute(text(f'ALTER TABLE "{table.name}" ADD COLUMN "{column.name}" {kind}'))


def _keep_private(url: URL) -> None:
    """Nobody else on the machine reads the keys' hashes and the sessions."""
    if url.get_backend_name() == "sqlite" and url.database and Path(url.database).is_file():
        Path(url.database).chmod(0o600)


def _of_another_shape(connection: Connection) -> bool:
    """Whether a table of stored runs has other columns than the present ones."""
    found = inspect(connection)
    there = [table for table in RUN_TABLES if found.has_table(table.name)]
    return any({one["name"] for one in found.get_columns(table.name)} != set(table.columns.keys()) for table in there)
