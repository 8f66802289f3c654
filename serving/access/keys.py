"""Who may ask: API keys for the CRM, and a login with such a key for the pages. Secrets are stored only as hashes."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from serving.store.scores import Store
from serving.store.tables import api_keys, sessions
from workspace.errors import ForesaleError

SCOPES = ("read", "score", "events", "admin")
_KEY = re.compile(r"fsk_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_NO_HASH = "0" * 64
_NOTED_EVERY = timedelta(hours=1)


@dataclass(frozen=True)
class Principal:
    """Whoever is behind a request, known by the id of the key. The scope `admin` includes the others."""

    key_id: str
    scopes: frozenset[str]

    def may(self, scope: str) -> bool:
        """Whether this key carries the scope."""
        return bool({scope, "admin"} & self.scopes)


@dataclass(frozen=True)
class ApiKey:
    """One key as listed: never with its secret."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None
    expires_at: datetime | None
    last_used_at: datetime | None

    def state(self, now: datetime) -> str:
        """Whether it is in use."""
        expired = self.expires_at is not None and self.expires_at <= now
        return "revoked" if self.revoked_at else "expired" if expired else "active"


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def create_key(store: Store, name: str, scopes: tuple[str, ...] = ("read",), lasts: timedelta | None = None) -> str:
    """Make a key of 256 random bits and return it: the only time it can be seen. `lasts` is how long it is accepted.

    Raises ForesaleError for a scope that does not exist.
    """
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise ForesaleError(
            "a key's scopes are wrong",
            got=", ".join(unknown) or "none",
            expected=f"one or more of {', '.join(SCOPES)}",
            do="pass --scope read or --scope score",
        )
    with store.write() as connection:
        return _created(store, connection, name, " ".join(sorted(set(scopes))), lasts)


def _created(store: Store, connection: Connection, name: str, scopes: str, lasts: timedelta | None) -> str:
    key_id, secret, now = secrets.token_hex(6), secrets.token_urlsafe(32), store.clock()
    values = {"id": key_id, "name": name, "secret_sha256": _hash(secret), "scopes": scopes, "created_at": now}
    connection.execute(insert(api_keys).values(**values, expires_at=now + lasts if lasts else None))
    store.record(connection, "command line", "key created", key_id)
    return f"fsk_{key_id}_{secret}"


def rotate_key(store: Store, key_id: str, overlap: timedelta) -> str:
    """A new key in place of an old one, of the same name and scopes; the old one is accepted for the overlap.

    Raises ForesaleError when there is no such key in use.
    """
    with store.write() as connection:
        row = connection.execute(select(api_keys).where(api_keys.c.id == key_id)).first()
        if _principal(row, store.clock()) is None or row is None:
            raise _unknown(key_id)
        until = min(store.clock() + overlap, row.expires_at or datetime.max.replace(tzinfo=UTC))
        connection.execute(update(api_keys).where(api_keys.c.id == key_id).values(expires_at=until))
        store.record(connection, "command line", "key rotated", key_id)
        return _created(store, connection, row.name, row.scopes, None)


def list_keys(store: Store) -> list[ApiKey]:
    """Every key ever made, oldest first."""
    with store.read() as connection:
        rows = connection.execute(select(api_keys).order_by(api_keys.c.created_at, api_keys.c.id)).all()
    return [
        ApiKey(row.id, row.name, tuple(row.scopes.split()), row.created_at, row.revoked_at, row.expires_at, row.last_used_at)
        for row in rows
    ]


def _unknown(key_id: str) -> ForesaleError:
    return ForesaleError(
        "no such key in use", got=key_id, expected="the 12 characters after fsk_", do="list the keys with `foresale key list`"
    )


def revoke_key(store: Store, key_id: str) -> None:
    """Make a key, and every login with it, useless from now on.

    Raises ForesaleError when there is no such key in use.
    """
    in_use = (api_keys.c.id == key_id) & api_keys.c.revoked_at.is_(None)
    with store.write() as connection:
        if connection.execute(update(api_keys).where(in_use).values(revoked_at=store.clock())).rowcount == 0:
            raise _unknown(key_id)
        connection.execute(delete(sessions).where(sessions.c.key_id == key_id))
        store.record(connection, "command line", "key revoked", key_id)


def authenticate(store: Store, key: str) -> Principal | None:
    """Whose key this is, or None. The hash is compared in constant time, also for an id that does not exist."""
    match = _KEY.fullmatch(key)
    if match is None:
        return None
    key_id, secret = match.groups()
    with store.read() as connection:
        row = connection.execute(select(api_keys).where(api_keys.c.id == key_id)).first()
    right = hmac.compare_digest(_hash(secret), row.secret_sha256 if row else _NO_HASH)
    found = _principal(row, store.clock()) if right else None
    if found is not None and row is not None:
        _note_use(store, row)
    return found


def _note_use(store: Store, row: Row[Any]) -> None:
    """When a key was last used, to the hour: a write for each request would be one too many."""
    now = store.clock()
    if row.last_used_at is None or row.last_used_at <= now - _NOTED_EVERY:
        with store.write() as connection:
            connection.execute(update(api_keys).where(api_keys.c.id == row.id).values(last_used_at=now))


def _principal(row: Row[Any] | None, now: datetime) -> Principal | None:
    in_use = row is not None and row.revoked_at is None and (row.expires_at is None or row.expires_at > now)
    return Principal(row.id, frozenset(row.scopes.split())) if row is not None and in_use else None


def start_session(store: Store, principal: Principal, length: timedelta) -> str:
    """Log in a browser: returns the random session id for its cookie. The store keeps only its hash."""
    session_id, now = secrets.token_urlsafe(32), store.clock()
    with store.write() as connection:
        connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
        connection.execute(insert(sessions).values(id_sha256=_hash(session_id), key_id=principal.key_id, expires_at=now + length))
        store.record(connection, principal.key_id, "logged in", "pages")
    return session_id


def session_principal(store: Store, session_id: str) -> Principal | None:
    """Who is logged in under a session id; None once it expired, was ended, or its key was revoked."""
    query = (
        select(api_keys)
        .join(sessions, sessions.c.key_id == api_keys.c.id)
        .where(sessions.c.id_sha256 == _hash(session_id), sessions.c.expires_at > store.clock())
    )
    with store.read() as connection:
        return _principal(connection.execute(query).first(), store.clock())


def end_session(store: Store, session_id: str) -> None:
    """Log out: the cookie is worthless from now on."""
    with store.write() as connection:
        connection.execute(delete(sessions).where(sessions.c.id_sha256 == _hash(session_id)))
