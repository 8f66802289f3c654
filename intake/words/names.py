"""How well a name says a thing: names are cut into words, whatever way they are written, and compared with the vocabulary."""

from __future__ import annotations

import re
from functools import cache

from intake.words import vocabulary
from intake.words.columns import COLUMNS

_NUMBER = re.compile(r"^[^\w]*[+-]?[¥￥$€£]?\d[\d.,:/年月日 T-]*$")
_SEPARATORS = re.compile(r"[^0-9a-z\u4e00-\u9fff]+")


def sounds_like_a_number(text: str) -> bool:
    """Whether a cell holds a number or a date and so is no name of a column."""
    return bool(_NUMBER.match(text))


@cache
def words_of(name: str) -> tuple[str, ...]:
    """The words of a name: camelCase, snake_case, blanks; plurals as singular; Chinese in one piece.

    >>> words_of("CustomerIDs"), words_of("date_purchased"), words_of("custid")
    (('customer', 'id'), ('date', 'purchased'), ('cust', 'id'))
    """
    plain = re.sub(r"__[cr]$", "", name.strip())
    plain = re.sub(
        r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})|(?<=[A-Za-z])(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])(?=[A-Za-z])",
        " ",
        plain,
    )
    parts = [part for part in _SEPARATORS.split(plain.lower()) if part]
    return tuple(word for part in parts for word in _cut(part))


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "ches", "shes", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and len(word) > 2 and not word.endswith(("ss", "us", "is")) else word


def _cut(part: str) -> list[str]:
    """A word, or the words that are written together in it."""
    whole = _singular(part)
    if whole in _known() or not part.isascii() or len(part) < 5:
        return [whole]
    best: dict[int, list[str]] = {0: []}
    for end in range(1, len(part) + 1):
        for start in range(max(0, end - 14), end - 1):
            piece = _singular(part[start:end])
            short = end - start < 3 and end < len(part)
            if start in best and piece in _known() and not short and (end not in best or len(best[start]) + 1 < len(best[end])):
                best[end] = [*best[start], piece]
    return best.get(len(part), [whole])


@cache
def _known() -> frozenset[str]:
    listed = [*vocabulary.TABLES.values(), *COLUMNS.values(), vocabulary.ID_WORDS, vocabulary.ORDER_NUMBER, vocabulary.UNIT_PRICE]
    words = {_singular(word) for text in listed for phrase in text.split(",") for word in phrase.split() if word.isascii()}
    return frozenset(
        {word for word in words if len(word) > 2} | {"id", "no", "at", *(who for who in vocabulary.WHO if who.isascii())}
    )


@cache
def listed(phrases: str) -> frozenset[str]:
    """The phrases one by one, as they are written."""
    return frozenset(phrase.strip() for phrase in phrases.split(","))


@cache
def _phrases(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(_singular(word) for word in phrase.split()) for phrase in text.split(","))


def fit(name: str, phrases: str, besides: str = "") -> float:
    """How much of a name is one of the phrases, 0 to 1. `besides` is a name whose words count for nothing (the table's own).

    >>> fit("lead_created_at", "created at", "leads"), fit("订单金额", "金额"), fit("city", "amount")
    (0.98, 0.71, 0.0)
    """
    words = words_of(name)
    rest = tuple(word for word in words if word not in words_of(besides)) if besides else words
    full = max((_fit(words, phrase) for phrase in _phrases(phrases)), default=0.0)
    return round(max(full, 0.98 * max((_fit(rest, phrase) for phrase in _phrases(phrases)), default=0.0)), 2)


def _fit(words: tuple[str, ...], phrase: tuple[str, ...]) -> float:
    if not words or not phrase:
        return 0.0
    if not phrase[0].isascii():
        whole = "".join(words)
        return (len(phrase[0]) / len(whole)) ** 0.5 if phrase[0] in whole else 0.0
    size = len(phrase)
    inside = any(words[i : i + size] == phrase for i in range(len(words) - size + 1))
    return (size / len(words)) ** 0.5 if inside else 0.0


def place(name: str, phrases: str) -> int:
    """Which of the phrases fits best: the earlier ones say it more plainly."""
    words, listed = words_of(name), _phrases(phrases)
    return max(range(len(listed)), key=lambda i: (_fit(words, listed[i]), -i))


def says(name: str, phrases: str) -> str:
    """The first of the phrases that stands in a name as whole words, or nothing."""
    words = words_of(name)
    return next((" ".join(phrase) for phrase in _phrases(phrases) if _fit(words, phrase) > 0), "")


def who(name: str) -> float:
    """How surely a name means the one who buys."""
    words = words_of(name)
    latin = max((vocabulary.WHO.get(word, 0.0) for word in words), default=0.0)
    return max(
        latin, max((weight for word, weight in vocabulary.WHO.items() if not word.isascii() and word in name), default=0.0)
    )


def is_id(name: str) -> bool:
    """Whether a name ends like a key."""
    words = words_of(name)
    return bool(words) and (
        words[-1] in {"id", "no", "nr", "num", "number", "code", "key", "uuid", "guid", "identifier", "uid", "upc", "sku"}
        or words[-1].endswith(("号", "编码", "代码", "主键"))
    )


def named_like_a_key(name: str) -> bool:
    """Whether a name means a number of the row itself: an id, an order number; no number of a telephone.

    >>> named_like_a_key("商机号"), named_like_a_key("InvoiceNo"), named_like_a_key("手机号"), named_like_a_key("价税合计")
    (True, True, False, False)
    """
    listed = is_id(name) or name.endswith("流水") or fit(name, vocabulary.ORDER_NUMBER) > 0.9
    return listed and not personal_word(name)


def state_word(name: str) -> str:
    """The word that makes a column a current state, which has no past; or nothing."""
    return says(name, vocabulary.STATES)


def personal_word(name: str) -> str:
    """The word that makes a column personal data, which is of no use as an input; or nothing."""
    return says(name, vocabulary.PERSONAL)


def in_chinese(name: str) -> str:
    """A name in Chinese where every word is known, else as it is."""
    if not name.isascii():
        return name
    known = [vocabulary.IN_CHINESE.get(word) for word in words_of(name)]
    return "".join(word for word in known if word) if known and all(known) else name


def in_english(name: str) -> str:
    """The words of a name."""
    return " ".join(words_of(name)) if name.isascii() else name


def slug(name: str, fallback: str) -> str:
    """An ASCII name for a key of the file."""
    text = name
    for word, english in sorted(vocabulary.SOURCE_NAMES.items(), key=lambda item: -len(item[0])):
        text = text.replace(word, f" {english} ")
    plain = re.sub(r"[^0-9a-z]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text).lower()).strip("_")
    enough = plain and len(re.sub(r"[\x00-\x7f]", "", text)) <= len(plain) / 2
    return (plain if not plain[0].isdigit() else f"t_{plain}")[:60] if enough else fallback
