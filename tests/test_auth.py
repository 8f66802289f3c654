"""Keys and logins: shown once, stored as hashes, refused as soon as revoked or expired."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Executable, delete, select, text, update

from serving.access.keys import (
    Principal,
    authenticate,
    create_key,
    end_session,
    list_keys,
    revoke_key,
    rotate_key,
    session_principal,
    start_session,
)
from serving.store.audit import Chain, verify
from serving.store.scores import Store, open_store
from serving.store.tables import api_keys, audit, sessions
from workspace.errors import ForesaleError

NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'f.db'}", clock) as store:
        yield store


def principal(store: Store, *scopes: str) -> Principal:
    found = authenticate(store, create_key(store, "crm", scopes or ("read",)))
    assert found is not None
    return found


def test_a_key_is_accepted_with_its_scopes(store: Store) -> None:
    found = principal(store, "read", "score")
    assert (found.may("read"), found.may("score"), found.may("admin")) == (True, True, False)


def test_admin_includes_the_other_scopes(store: Store) -> None:
    assert all(principal(store, "admin").may(scope) for scope in ("read", "score", "admin"))


def test_the_secret_has_256_bits_and_is_nowhere_in_the_store(store: Store, tmp_path: Path) -> None:
    key = create_key(store, "crm")
    secret = key.split("_", 2)[2]
    assert len(secret) == 43
    store.close()
    files = list(tmp_path.iterdir())
    assert files
    assert not any(secret.encode() in file.read_bytes() for file in files)


@pytest.mark.parametrize(
    "change",
    [
        lambda key: key[:-1],
        lambda key: key[:-1] + ("A" if key[-1] != "A" else "B"),
        lambda key: "fsk_" + "0" * 12 + key[16:],
        lambda key: "",
        lambda key: key + "x",
        lambda key: key.upper(),
    ],
)
def test_anything_but_the_very_key_is_refused(store: Store, change: object) -> None:
    assert callable(change)
    assert authenticate(store, change(create_key(store, "crm"))) is None


def test_one_keys_secret_does_not_open_another(store: Store) -> None:
    first, second = create_key(store, "a"), create_key(store, "b")
    assert authenticate(store, first[:17] + second[17:]) is None


def test_a_revoked_key_is_refused_and_still_listed(store: Store) -> None:
    key = create_key(store, "crm")
    revoke_key(store, key.split("_")[1])
    assert authenticate(store, key) is None
    assert [(listed.name, listed.revoked_at) for listed in list_keys(store)] == [("crm", NOON)]


def test_revoking_what_is_not_in_use_says_what_to_do(store: Store) -> None:
    with pytest.raises(ForesaleError, match="foresale key list"):
        revoke_key(store, "0" * 12)


@pytest.mark.parametrize("scopes", [(), ("write",), ("read", "root")])
def test_an_unknown_scope_is_refused(store: Store, scopes: tuple[str, ...]) -> None:
    with pytest.raises(ForesaleError, match="read, score, events, admin"):
        create_key(store, "crm", scopes)


def test_a_session_lasts_as_long_as_it_should(store: Store, clock: Clock) -> None:
    session = start_session(store, principal(store), HOUR)
    clock.now = NOON + HOUR - timedelta(seconds=1)
    assert session_principal(store, session) is not None
    clock.now = NOON + HOUR
    assert session_principal(store, session) is None


def test_a_logged_out_session_is_worthless(store: Store) -> None:
    session = start_session(store, principal(store), HOUR)
    end_session(store, session)
    assert session_principal(store, session) is None


def test_revoking_a_key_ends_its_logins(store: Store) -> None:
    owner = principal(store)
    session = start_session(store, owner, HOUR)
    revoke_key(store, owner.key_id)
    assert session_principal(store, session) is None


def test_the_store_keeps_only_hashes(store: Store) -> None:
    session = start_session(store, principal(store), HOUR)
    with store.read() as connection:
        kept = [
            connection.execute(select(sessions.c.id_sha256)).scalar_one(),
            connection.execute(select(api_keys.c.secret_sha256)).scalar_one(),
        ]
    assert session not in kept
    assert [len(value) for value in kept] == [64, 64]


def test_expired_sessions_are_swept_at_the_next_login(store: Store, clock: Clock) -> None:
    owner = principal(store)
    start_session(store, owner, HOUR)
    clock.now = NOON + 2 * HOUR
    start_session(store, owner, HOUR)
    with store.read() as connection:
        assert len(connection.execute(select(sessions)).all()) == 1


def test_what_was_done_with_keys_is_on_record(store: Store) -> None:
    owner = principal(store)
    start_session(store, owner, HOUR)
    revoke_key(store, owner.key_id)
    with store.read() as connection:
        actions = connection.execute(select(audit.c.action).order_by(audit.c.id)).scalars().all()
    assert actions == ["key created", "logged in", "key revoked"]


def test_a_key_ends_with_its_days_and_so_do_its_logins(store: Store, clock: Clock) -> None:
    key = create_key(store, "crm", ("read",), timedelta(days=2))
    found = authenticate(store, key)
    assert found is not None
    session = start_session(store, found, timedelta(days=30))
    clock.now = NOON + timedelta(days=2)
    assert authenticate(store, key) is None
    assert session_principal(store, session) is None
    assert [known.state(clock.now) for known in list_keys(store)] == ["expired"]


def test_a_rotated_key_overlaps_with_the_new_one(store: Store, clock: Clock) -> None:
    old = create_key(store, "crm", ("read", "score"))
    new = rotate_key(store, old.split("_")[1], timedelta(days=7))
    both = [authenticate(store, key) for key in (old, new)]
    assert [one.scopes if one else None for one in both] == [frozenset({"read", "score"})] * 2
    clock.now = NOON + timedelta(days=7)
    assert [authenticate(store, key) is None for key in (old, new)] == [True, False]
    with pytest.raises(ForesaleError, match="no such key in use"):
        rotate_key(store, old.split("_")[1], timedelta())


def test_when_a_key_was_last_used_is_known_to_the_hour(store: Store, clock: Clock) -> None:
    key = create_key(store, "crm")
    assert list_keys(store)[0].last_used_at is None
    authenticate(store, key)
    clock.now = NOON + HOUR / 2
    authenticate(store, key)
    assert list_keys(store)[0].last_used_at == NOON
    clock.now = NOON + HOUR
    authenticate(store, key)
    assert list_keys(store)[0].last_used_at == NOON + HOUR


def trail(store: Store) -> list[str]:
    for n in range(4):
        create_key(store, f"key {n}")
    with store.read() as connection:
        return [row.sha256 for row in connection.execute(select(audit).order_by(audit.c.id))]


def checked(store: Store, known: str | None = None) -> Chain:
    with store.read() as connection:
        return verify(connection, known)


def test_the_audit_trail_is_a_chain(store: Store) -> None:
    hashes = trail(store)
    assert checked(store) == Chain(4, hashes[-1])
    assert checked(store, hashes[1]).broken is None


@pytest.mark.parametrize(
    "damage",
    [
        update(audit).where(audit.c.id == 2).values(target="somebody else"),
        update(audit).where(audit.c.id == 3).values(at=NOON + HOUR),
        delete(audit).where(audit.c.id == 2),
        delete(audit).where(audit.c.id == 1),
        update(audit).where(audit.c.id == 4).values(sha256="f" * 64),
    ],
    ids=["edited", "another time", "taken out", "the first taken out", "another hash"],
)
def test_a_line_changed_or_taken_out_is_seen(store: Store, damage: Executable) -> None:
    trail(store)
    with store.write() as connection:
        connection.execute(damage)
    assert checked(store).broken is not None


def test_an_end_that_was_cut_off_is_seen_by_a_hash_kept_elsewhere(store: Store) -> None:
    last = trail(store)[-1]
    with store.write() as connection:
        connection.execute(delete(audit).where(audit.c.id == 4))
    assert checked(store).broken is None
    assert checked(store, last).broken is not None


def test_a_store_of_an_earlier_version_keeps_its_keys_and_is_completed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    with open_store(url) as store:
        key = create_key(store, "crm")
        with store.write() as connection:
            for table, column in (("api_keys", "expires_at"), ("api_keys", "last_used_at"), ("audit", "sha256")):
                connection.execute(text(f"ALTER TABLE {table} DROP COLUMN {column}"))
    with open_store(url) as store:
        assert authenticate(store, key) is not None
        create_key(store, "another")
        assert checked(store).lines == 1
    assert (tmp_path / "old.db").stat().st_mode & 0o777 == 0o600
