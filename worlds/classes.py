"""The hidden classes, what they show and what they decide: every probability and rate of the world, as tables.

An account has one of 8 types: `buys` much or little, `close` or distant in style, `content` or not. An opportunity has
one of 12: pace (quiet, front-loaded, back-loaded), `chain` (decision makers within reach or not), `clear` need or not.
docs/world.md says in words what the tables say in numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from worlds.presets import Preset
from worlds.seasons import Floats, Ints

INDUSTRIES = ("机械制造", "电子", "汽车零部件", "化工", "医药", "食品", "能源", "物流")
SIZES = ("小型", "中型", "大型", "集团")
SOURCES = ("展会", "网络研讨会", "转介绍", "招标", "社群", "主动咨询")
STATED_DAYS = (45, 90, 150)
SHARE_OF_AMOUNT, SHARE_OF_STATED = np.array([0.3, 0.4, 0.3]), np.array([0.3, 0.4, 0.3])
AMOUNT_OF_BUCKET = np.array([0.35, 1.0, 2.8])  # small, middle, large, on the account's usual amount
PHASE_STARTS = (1, 28, 84)  # days of an opportunity's age
MONTH_DAYS = 30
TOUCHES = ("out", "in", "chain")

_TYPE = np.array([[buys, close, content] for buys in (-1, 1) for close in (-1, 1) for content in (-1, 1)], dtype=float)
BUYS, CLOSE, CONTENT = _TYPE.T
_DEAL = [(pace, chain, clear) for pace in range(3) for chain in (-1, 1) for clear in (-1, 1)]
PACE = np.array([deal[0] for deal in _DEAL])
CHAIN, CLEAR = (np.array([deal[n] for deal in _DEAL], dtype=float) for n in (1, 2))
_CADENCE = np.log([[0.4, 0.4, 0.45], [2.8, 1.0, 0.35], [0.55, 0.9, 2.2]])  # pace x phase, on the usual cadence
_TOUCHES_A_DAY = np.array([0.065, 0.035, 0.02])
_CLOSINGS_A_DAY = np.array([0.0045, 0.0105, 0.0085])
_PACE_FITS = np.array([[-0.9, -0.7], [-1.1, 2.2], [1.8, -1.3]])  # pace x (unfit, fit): the same cadence means opposite things
_AMOUNT_FITS = np.array([[0.8, -0.4], [0.1, 0.2], [-1.1, 0.3]])  # amount x (buys little, buys much)
_WIN_LOGIT = -0.95
_QUARTER_LOGIT = np.array([-0.15, 0.0, -0.05, 0.2])
_YEARLY_LOGIT = -0.12


@dataclass(frozen=True)
class Classes:
    """The tables of one world. Axes: type z (8), deal u (12), phase (3), source (6), fit (2), amount (3), stated (3).

    Rates are per day of their curve. `deal[source, z, u]` are probabilities, `won[fit, amount, quarter, z, u]` too.
    """

    touch: Floats
    positive: Floats
    stage: Floats
    push: Floats
    rigid: Floats
    close: Floats
    hurry: Floats
    deal: Floats
    won: Floats
    orders: Floats
    order_scale: Floats
    leave: Floats
    openings: Floats
    account_touch: Floats
    cases: Floats
    good: Floats


def sigmoid(logit: Floats) -> Floats:
    """The probability of a logit."""
    return np.asarray(1 / (1 + np.exp(-logit)))


def classes(preset: Preset, quarters: int) -> Classes:
    """Every table of a world that lasts so many quarters."""
    account, chain = preset.account, preset.chain
    return Classes(
        touch=_touches(preset),
        positive=sigmoid(0.4 + chain * 0.5 * CHAIN),
        stage=0.022 * np.exp(preset.touch * np.array([-0.5, 0.3, 0.0])[PACE] + chain * 0.25 * CLEAR),
        push=0.008 * np.exp(preset.touch * np.array([0.2, -0.7, 0.5])[PACE]),
        rigid=sigmoid(chain * 1.8 * CLEAR),
        close=_closings(preset.closing),
        hurry=np.exp(preset.closing * np.array([0.35, 0.0, -0.45])),
        deal=_deals(account),
        won=_won(preset, quarters),
        orders=np.exp(account * (0.85 * BUYS + 0.15 * CONTENT)) * 2.6 / 365,
        order_scale=np.array([0.75, 0.9, 1.1, 1.4]) ** preset.size,
        leave=preset.leave * np.exp(-account * (0.5 * CONTENT + 0.3 * CLOSE)),
        openings=np.exp(account * 0.35 * BUYS) * 0.85 / 365,
        account_touch=np.exp(account * np.array([0.2 * CLOSE, 0.5 * CLOSE + 0.3 * BUYS])) * np.array([[4.5], [2.5]]) / 365,
        cases=np.exp(account * (0.25 * BUYS - 0.7 * CONTENT)) * 0.5 / 365,
        good=sigmoid(0.8 + account * 0.9 * CONTENT),
    )


def fit_of(industry: Ints, size: Ints) -> Ints:
    """1 where the offer suits: small firms of the first industries and large firms of the others."""
    return np.asarray((industry < len(INDUSTRIES) / 2) ^ (size >= len(SIZES) / 2)).astype(np.int64)


def type_prior(industry: Ints, size: Ints, source: Ints, strength: float) -> Floats:
    """Probabilities of the 8 types (columns) of accounts seen from outside."""
    buys = np.array([-1.2, -0.4, 0.4, 1.2])[size]
    close = np.array([0.9, -0.7, 0.5, -0.3, 0.8, -0.9, 0.2, -0.5])[industry]
    content = np.array([-0.2, -0.4, 0.9, -0.6, 0.4, 0.3])[source]
    chances = [sigmoid(strength * logit[:, None] * sign) for logit, sign in ((buys, BUYS), (close, CLOSE), (content, CONTENT))]
    return np.asarray(chances[0] * chances[1] * chances[2])


def _touches(preset: Preset) -> Floats:
    """Rates [kind of touch, u, phase]."""
    cadence = preset.touch * _CADENCE[PACE]
    answers = cadence + preset.touch * 0.5 * CLEAR[:, None]
    reach = cadence * 0.4 + preset.chain * 1.15 * CHAIN[:, None]
    return np.asarray(np.exp(np.stack([cadence, answers, reach])) * _TOUCHES_A_DAY[:, None, None])


def _closings(strength: float) -> Floats:
    """Hazards [u, phase]; in a world where nothing tells anything, age does not either."""
    usual = _CLOSINGS_A_DAY if strength else np.full_like(_CLOSINGS_A_DAY, _CLOSINGS_A_DAY.mean())
    return np.asarray(usual * np.exp(strength * (np.array([-0.4, 0.3, 0.0])[PACE] + 0.3 * CLEAR))[:, None])


def _deals(strength: float) -> Floats:
    pace = np.exp(strength * np.outer(CLOSE, [-0.4, 0.3, 0.1]))
    pace = (pace / pace.sum(axis=1, keepdims=True))[:, PACE]
    chain = sigmoid(strength * 0.4 * np.outer(BUYS, CHAIN))
    clear = sigmoid(strength * (0.35 * CONTENT[None, :, None] + np.array([0, -0.3, 0.5, 0.3, -0.4, 0.6])[:, None, None]) * CLEAR)
    return np.asarray(pace * chain * clear)


def _won(preset: Preset, quarters: int) -> Floats:
    quarter = np.arange(quarters)
    calendar = preset.season * _QUARTER_LOGIT[quarter % 4] + preset.drift * _YEARLY_LOGIT * (quarter / 4 - 1)
    pace = _PACE_FITS.T[:, PACE]
    both = np.where(CHAIN > 0, np.where(CLEAR > 0, 1.9, -0.6), np.where(CLEAR > 0, -0.5, -1.1))
    style = np.outer([-0.6, 0.6], CLOSE)[:, None, None, :, None]
    amount = _AMOUNT_FITS[:, ((BUYS + 1) / 2).astype(int)][None, :, None, :, None]
    hidden = pace[:, None, None, None, :] + both + style + amount + (0.35 * CONTENT + 0.3 * BUYS)[:, None]
    return sigmoid(_WIN_LOGIT + calendar[:, None, None] + preset.outcome * hidden)
