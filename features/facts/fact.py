"""What a fact is: something a salesperson would say once of a customer. Data, never code: models/sentences.py reads it.

A fact gathers the features that speak about the same thing, and declares in which situation it is said how. The values in a
sentence are features too, its evidence: whether or not a model reads them, they are computed as a model's inputs are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, cached_property
from typing import Literal

Operator = Literal["<", "<=", ">", ">=", "unknown"]
Comparison = Literal["own", "all", "none"]
Form = Literal["", "date", "ahead", "passed", "range", "every"]
PEERS = "peers"  # the slot for whom a value is held against
_SLOT = re.compile(r"\{([^{}@|]+)(?:@(\w+))?(?:\|([^{}|]*)\|([^{}|]*))?\}")


@dataclass(frozen=True)
class Condition:
    """What has to hold for a value: against `number`, or against `number` times the value of another feature."""

    name: str
    operator: Operator
    number: float = 0.0
    of: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The features it reads."""
        return (self.name, self.of) if self.of else (self.name,)


@dataclass(frozen=True)
class Slot:
    """Where a value stands in a sentence, in which form, and the noun for one and for many (in Chinese: for none, for any)."""

    name: str
    form: Form
    one: str
    many: str


@dataclass(frozen=True)
class Saying:
    """How a fact is said in one situation; the first whose values are known and whose conditions hold is taken.

    `{name}` is a feature's value in the form of its unit, `{name@date}` the day so many days before `as_of`, `{name@ahead}`
    the day after it, `{name@passed}` negative days as a length, `{name@every}` days as a rhythm, `{name@range}` what the
    middle half of all have, `{peers}` who these are, and `{name|order|orders}` a number with its noun; in Chinese
    `{name|没有采购|采购 #}` is what is said of none and of any, `#` being the number.

    `compared`: with this customer's own past, with all, or with nothing because it stands for itself. `unusual` names the
    value that must lie outside the middle half of all. `tends` is the direction in which a salesperson would take it: 1
    speaks for a sale, for value and for staying, -1 against, 0 neither; for an unusual value it is that of more of it.
    """

    situation: str
    zh: str
    en: str
    when: tuple[Condition, ...] = ()
    compared: Comparison = "none"
    unusual: str | None = None
    tends: int = 0

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The features it reads."""
        found = [part.name for text in (self.zh, self.en) for part in pieces(text) if isinstance(part, Slot)]
        conditions = [name for condition in self.when for name in condition.names]
        named = dict.fromkeys([*found, *conditions, *([self.unusual] if self.unusual else [])])
        return tuple(name for name in named if name != PEERS)

    @cached_property
    def absent(self) -> frozenset[str]:
        """Those of them that must have no value."""
        return frozenset(condition.name for condition in self.when if condition.operator == "unknown")

    @cached_property
    def present(self) -> tuple[str, ...]:
        """The others, which must have one."""
        return tuple(name for name in self.names if name not in self.absent)

    @cached_property
    def compared_values(self) -> tuple[Condition, ...]:
        """The conditions about values."""
        return tuple(condition for condition in self.when if condition.operator != "unknown")


@dataclass(frozen=True)
class Fact:
    """What is said once: the features that belong to it (patterns of names), and its sayings in order of preference.

    Where the company's own words make the features (`by_words`), they make the sayings too. With `by_share` the saying whose
    features add most comes first.
    """

    name: str
    dimension: str
    zh: str
    en: str
    features: tuple[str, ...]
    sayings: tuple[Saying, ...] = ()
    by_words: bool = False
    by_share: bool = False

    def holds(self, feature: str) -> bool:
        """Whether a feature of that name belongs to it."""
        return any(fnmatchcase(feature, pattern) for pattern in self.features)

    @property
    def names(self) -> tuple[str, ...]:
        """Its evidence: the features that its sayings read."""
        return tuple(dict.fromkeys(name for saying in self.sayings for name in saying.names))


@cache
def pieces(text: str) -> tuple[str | Slot, ...]:
    """A sentence as texts and slots, in order."""
    return tuple(_pieces(text))


def _pieces(text: str) -> Iterator[str | Slot]:
    end = 0
    for found in _SLOT.finditer(text):
        yield text[end : found.start()]
        name, form, one, many = found.groups(default="")
        yield Slot(name, form, one, many)  # type: ignore[arg-type]  # a form that is none is found by the contract tests
        end = found.end()
    yield text[end:]


def at_least(name: str, number: float, of: str | None = None) -> Condition:
    """The value is no less."""
    return Condition(name, ">=", number, of)


def below(name: str, number: float, of: str | None = None) -> Condition:
    """The value is less."""
    return Condition(name, "<", number, of)


def at_most(name: str, number: float, of: str | None = None) -> Condition:
    """The value is no more."""
    return Condition(name, "<=", number, of)


def unknown(name: str) -> Condition:
    """There is no such value: nothing of the kind ever happened."""
    return Condition(name, "unknown")


_FELL, _ROSE, _FEW = 0.6, 1.6, 2.0
_ALIKE_FROM, _ALIKE_TO = 0.8, 1.25


def then_and_now(
    stem: str, known: str, zh: str, en: str, *, windows: tuple[int, ...], few: float = _FEW, good: int = 1
) -> tuple[Saying, ...]:
    """A count or sum that fell or rose against as many days before, once for each window, the longest first.

    `known` is how long the customer has been there, in days: a window before it would be empty for want of data. `good` is
    the direction in which a salesperson would take a rise.
    In the words `{now}` and `{before}` stand for the two values, `{w}` for the days.
    """
    return tuple(saying for days in windows for saying in _changed(stem, known, (zh, en), days, few, good))


def _changed(stem: str, known: str, told: tuple[str, str], days: int, few: float, good: int) -> Iterator[Saying]:
    now, before = f"{stem}_{days}d", f"{stem}_{days}d_before"
    zh, en = (text.replace("{now", f"{{{now}").replace("{before", f"{{{before}").replace("{w}", str(days)) for text in told)
    seen = at_least(known, 2 * days)
    yield Saying(f"fell_{days}", zh, en, (seen, at_least(before, few), at_most(now, _FELL, before)), "own", tends=-good)
    yield Saying(f"rose_{days}", zh, en, (seen, at_least(now, few), at_least(now, _ROSE, before)), "own", tends=good)


_QUIET = ((365, 180, 1.0), (365, 90, 1.0), (90, 30, 3.0))  # days, the later part of them, and how many make its want telling


def none_lately(stem: str, zh: str, en: str) -> tuple[Saying, ...]:
    """A count or sum over some days, nothing of it in the later part. `{now}`, `{w}` and `{late}` stand for it and the days."""
    return tuple(_none(stem, (zh, en), *quiet) for quiet in _QUIET)


def _none(stem: str, told: tuple[str, str], days: int, late: int, few: float) -> Saying:
    now = f"{stem}_{days}d"
    zh, en = (text.replace("{now", f"{{{now}").replace("{w}", str(days)).replace("{late}", str(late)) for text in told)
    return Saying(f"none_{late}", zh, en, (at_least(now, few), at_most(f"{stem}_{late}d", 0)), "own", tends=-1)


def steady(stem: str, known: str, zh: str, en: str, *, windows: tuple[int, ...]) -> tuple[Saying, ...]:
    """A count that is much the same as over as many days before: going on as usual."""
    return tuple(_steady(stem, known, (zh, en), days) for days in windows)


def _steady(stem: str, known: str, told: tuple[str, str], days: int) -> Saying:
    now, before = f"{stem}_{days}d", f"{stem}_{days}d_before"
    zh, en = (text.replace("{now", f"{{{now}").replace("{before", f"{{{before}").replace("{w}", str(days)) for text in told)
    when = (at_least(known, 2 * days), at_least(before, 3), at_least(now, _ALIKE_FROM, before), below(now, _ALIKE_TO, before))
    return Saying(f"steady_{days}", zh, en, when, "own", tends=1)


def beside_all(name: str, zh: str, en: str, *, more: int = 0, unit: str = "") -> Saying:
    """A value outside the middle half of all customers (or open deals), with what that half has beside it.

    In the words `{}`, `{@date}` and `{|one|many}` stand for the value itself.
    """
    zh, en = (re.sub(r"\{(?=[}@|])", f"{{{name}", text) for text in (zh, en))
    zh, en = f"{zh}（{{peers}} {{{name}@range}}{unit}）", f"{en} ({{peers}}: {{{name}@range}})"
    return Saying(f"unusual_{name}", zh, en, (), "all", name, more)
