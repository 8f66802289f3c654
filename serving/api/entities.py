"""Which account or opportunity an item means, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from serving.api.inputs import ItemIn, Kind

Holds = Callable[[Kind, str], bool]
_ONE = "Name the item by one of account_id, opportunity_id and id."
_NEW = "The data hold nothing under this id. Is it new? It is known after the next ingest."
_A = {"account": "an account", "opportunity": "an opportunity"}


@dataclass(frozen=True)
class Entity:
    """An account or an opportunity that the data hold."""

    kind: Kind
    id: str


@dataclass(frozen=True)
class Refused:
    """An item that is not answered, and what to do about it."""

    status: Literal["unknown_entity", "invalid"]
    hint: str
    id: str | None = None
    kind: Kind | None = None


def entity_of(item: ItemIn, holds: Holds) -> Entity | Refused:
    """The entity that an item means, given which ids the data hold."""
    names: tuple[tuple[str | None, Kind | None], ...] = (
        (item.account_id, "account"),
        (item.opportunity_id, "opportunity"),
        (item.id, item.kind),
    )
    named = [(key, kind) for key, kind in names if key is not None]
    if len(named) != 1 or not named[0][0]:
        return Refused("invalid", f"{_ONE} {'None is given, or it is empty.' if len(named) < 2 else f'{len(named)} are given.'}")
    key, kind = named[0]
    if item.kind not in (None, kind):
        return Refused("invalid", f"kind says {item.kind}, the name of the id says {kind}.", key)
    return _known(key, kind, holds)


def _known(key: str, kind: Kind | None, holds: Holds) -> Entity | Refused:
    kinds: list[Kind] = [found for found in get_args(Kind) if holds(found, key)]
    if not kinds:
        return Refused("unknown_entity", _NEW, key, kind)
    if kind is not None and kind not in kinds:
        return Refused("unknown_entity", f"This id is not {_A[kind]}: the data hold {_A[kinds[0]]} under it.", key, kind)
    if kind is None and len(kinds) > 1:
        return Refused("invalid", "Both an account and an opportunity have this id: add kind.", key)
    return Entity(kind or kinds[0], key)
