"""SQL that reads numbers and amounts as people write them, by a closed grammar. What the grammar does not hold is not read.

    SIGN currency SIGN digits MULTIPLE currency SIGN currency       at most one SIGN, or a pair of brackets

Digits stand alone or in groups of three between commas, apostrophes or no-break blanks, with decimals behind a dot; where
`decimal_comma` is said, dot and comma change places. The currency is the workspace's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tables.sql.currencies import written, written_otherwise
from tables.sql.text import literal

_NO_BREAK = "\u00a0"
_SAME_SIGNS = (
    ("０１２３４５６７８９．，＋％￥＄（）", "0123456789.,+%¥$()"),
    ("\u2212\u2013\ufe63\uff0d", "----"),  # the minus sign, the en dash, the small and the full-width hyphen
    ("\u2018\u2019\uff07", "'''"),
    ("\u202f\u2007\u2009\u3000\t", f"{_NO_BREAK * 3}  "),  # blanks that part groups, and blanks that do not
)
_BLANKS = f"[ {_NO_BREAK}]*"
_GROUPED = "|".join(rf"\d{{1,3}}(?:{mark}\d{{3}})+" for mark in (",", "'", _NO_BREAK))
_DIGITS = rf"(?:{_GROUPED}|\d+)(?:\.\d+)?|\.\d+"
_ANY_DIGITS = rf"\d[\d.,'{_NO_BREAK}]*"
_MULTIPLES = (("万萬", "[万萬]", "e4"), ("亿億", "[亿億]", "e8"))  # signs to look for, pattern, power of ten
_MULTIPLES_OF_MONEY = (*_MULTIPLES, ("kK", "[kK]", "e3"), ("mM", "(?:[mM]illions?|mio|Mio|mn|[mM])", "e6"))
_BEFORE_THREE = r"\d\.\d{3}(?:\D|$)"
_DECIMALS = r"\d\.\d"
_MAYBE_GROUPS = rf"^\D*[1-9]\d{{0,2}}\.\d{{3}}{_BLANKS}(?:[^\dkKmM万萬亿億{_NO_BREAK} ]\D*|[kKmM][^\W\d_]\D*)?$"


@dataclass(frozen=True)
class Notation:
    """How the numbers of a column are written: as amounts or not, in which currency; `decimal_comma` is None if nobody said."""

    currency: str
    decimal_comma: bool | None
    money: bool

    def number(self, text: str, as_type: str) -> str:
        """The number that a text says, NULL if it says none. Plain ones first, because they cost least."""
        plain = [] if self.decimal_comma else [f"try_cast({text} as {as_type})"]
        multiples = _MULTIPLES_OF_MONEY if self.money else _MULTIPLES
        own = _any_of(written(self.currency), case="i")
        tail = "" if self.money else "%?"
        clean = self._clean(text)

        def cast(multiple: str = "", power: str = "") -> str:
            return f"try_cast({_rewritten(clean, _pattern(own, multiple + tail), power)} as {as_type})"

        ways = [f"case when {_holds(text, signs)} then {cast(multiple, power)} end" for signs, multiple, power in multiples]
        return f"coalesce({', '.join((*plain, cast(), *ways))})"

    def unread(self, text: str, column: str) -> str:
        """The reason why a text says no number that can be taken."""
        clean, other = self._clean(text), Notation(self.currency, not self.decimal_comma, self.money)
        own, every = written(self.currency), (*written_otherwise(self.currency), *written(self.currency))
        multiple = f"(?:{'|'.join(pattern for _, pattern, _ in _MULTIPLES_OF_MONEY)})?%?"
        kinds = {
            "foreign_currency": f"{_fits(clean, _pattern(_any_of(every), multiple, _ANY_DIGITS))} "
            f"and not {_fits(clean, _pattern(_any_of(own, case='i'), multiple, _ANY_DIGITS))}",
            "ambiguous_number": f"{_fits(clean, _BEFORE_THREE)} and {other.number(text, 'double')} is not null",
            "unknown_sign": _fits(clean, rf"^\D*(?:{_DIGITS})\D*$"),
        }
        cases = " ".join(f"when {condition} then '{kind}:{column}'" for kind, condition in kinds.items())
        return f"case {cases} else 'wrong_type:{column}' end"

    def dots(self, text: str) -> str:
        """The text where its dot may part thousands, an empty one where its dot can only stand before decimals, else NULL."""
        size = f"abs(try_cast({text} as double))"
        return (
            f"case when not contains({text}, '.') and not contains({text}, '．') then null "
            f"when {text} < ':' and ({text} like '%.__' or {text} like '%._') and {text} >= '0' then '' "
            f"when {size} >= 1 and {size} < 1000 and trim({text}) like '%.___' then {text} when {size} is not null then '' "
            f"when {_fits(self._clean(text), _MAYBE_GROUPS)} then {text} "
            f"when {_fits(self._clean(text), _DECIMALS)} then '' end"
        )

    def _clean(self, text: str) -> str:
        """Signs that mean the same as one sign; the decimals behind a dot."""
        signs, plain = ("".join(part) for part in zip(*_SAME_SIGNS, strict=True))
        same = f"translate({text}, {literal(signs)}, {literal(plain)})"
        return f"translate({same}, ',.', '.,')" if self.decimal_comma else same


def _pattern(currency: str, multiple: str, digits: str = _DIGITS) -> str:
    """The grammar; what it captures is three places of a sign and, third, the digits."""
    money = f"{_BLANKS}{currency}{_BLANKS}"
    return f"^{_BLANKS}([-+(]?){money}([-+(]?){_BLANKS}({digits}){_BLANKS}{multiple}{money}([-)]?){money}$"


def _rewritten(clean: str, pattern: str, power: str) -> str:
    """As a cast reads it. Text that the grammar does not hold keeps an x before it, which no cast reads."""
    marked = f"'x' || regexp_replace({clean}, {literal(pattern)}, '~\\1\\2\\4\\3{power}')"
    return f"replace(translate(replace({marked}, '()', '-'), ',''{_NO_BREAK}', ''), 'x~', '')"


def _holds(text: str, signs: str) -> str:
    return " or ".join(f"contains({text}, '{sign}')" for sign in signs)


def _fits(clean: str, pattern: str) -> str:
    return f"regexp_matches({clean}, {literal(pattern)})"


def _any_of(words: Iterable[str], case: str = "") -> str:
    return f"(?{case}:{'|'.join(map(re.escape, words))})?" if words else ""
