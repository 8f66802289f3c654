"""Fitting when wins come: shares of the parts of the horizon, each row's own where accounts left out confirm them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.model import Floats
from models.scorer import Scorer
from models.timing import Timing
from training.dataset import Dataset
from training.trees import Parameters, Preset, Sample, grow

_PARTS = 8
_FEWEST = 200  # wins; fewer share everybody's days
_THIRD = 3
_PRESET = Preset("days", 8, 40, 0.05, 200)
_TRUSTS = (0.0, 0.5, 0.75, 1.0)
_SPREAD, _MONTHS = 0.15, 3  # what is believed before anything is seen, and how many months outweigh it
_LEAST_SPREAD, _MONTH_S = 0.05, 30 * 86_400


def timing(scorer: Scorer, rows: Dataset, days: Floats) -> Timing | None:
    """`days` from each row's cutoff to its win, NaN where the horizon saw none; None where nothing was won."""
    horizon, won = scorer.population.horizon_days, ~np.isnan(days)
    if horizon is None or not won.any():
        return None
    edges = _edges(days[won], horizon)
    part = np.clip(np.searchsorted(edges, days[won], side="left") - 1, 0, len(edges) - 2)
    everybody = _shares(part, len(edges) - 1)
    plain = Timing(tuple(edges.tolist()), tuple(everybody.tolist()))
    if won.sum() < _FEWEST or not scorer.encoding.features:
        return plain
    return _confirmed(plain, scorer, rows.take(won), part)


def _edges(days: Floats, horizon: int) -> Floats:
    """Parts of equal counts, from the cutoff to the end of the horizon."""
    inner = np.unique(np.quantile(days, np.arange(1, _PARTS) / _PARTS).round(3))
    return np.array([0.0, *inner[(inner > 0) & (inner < horizon)], float(horizon)])


def _shares(part: NDArray[np.int64], parts: int) -> Floats:
    counts = np.bincount(part, minlength=parts) + 1.0
    return np.asarray(counts / counts.sum())


def _confirmed(plain: Timing, scorer: Scorer, won: Dataset, part: NDArray[np.int64]) -> Timing:
    """With trees as far as they lower the loss on a third of the accounts."""
    parts = len(plain.shares)
    objective: Parameters = {"objective": "multiclass", "num_class": parts, "metric": "multi_logloss"}
    sample = Sample(scorer.encoding, scorer.matrix(won.frame), part.astype(np.float64))
    apart = np.unique(won.account, return_inverse=True)[1] % _THIRD == 0
    if apart.all() or len(np.unique(part[~apart])) < parts:
        return plain
    grown = grow(_PRESET, objective, sample.some(~apart), sample.some(apart))

    def lost(trust: float) -> float:
        told = Timing(plain.edges, plain.shares, trust, grown.trees).parts(sample.matrix[apart])
        return float(-np.log(told[np.arange(len(told)), part[apart]]).mean())

    trust = min(_TRUSTS, key=lost)
    return Timing(plain.edges, plain.shares, trust, grown.again(objective, sample)) if trust else plain


def spread(shown: Floats, rows: Dataset) -> float:
    """How far the wins of a month lay from the expected ones, beyond chance and relative to them; few months say little.

    An opportunity that a month asks about several times is one chance, so chance is that much wider.
    """
    _, month = np.unique(rows.spine.as_of // _MONTH_S, return_inverse=True)
    expected, came, asked = (np.bincount(month, values) for values in (shown, rows.label, np.ones(len(rows))))
    whose = np.unique(np.stack([month, rows.spine.opportunity]), axis=1)[0]
    excess = ((came - expected) / expected) ** 2 - asked / np.bincount(whose) / expected
    seen = (_MONTHS * _SPREAD**2 + excess.sum()) / (_MONTHS + len(excess))
    return float(np.sqrt(max(seen, _LEAST_SPREAD**2)))
