"""The reference of a scorer: what is usual, and from where contributions count.

A model's own base is the mean of links, and the inverse of a mean link is not the mean of what is shown. So each row of the
group is given a weight, exp(t x link) with the one t for which the weighted mean link is the link of the average number
shown (the weights nearest to equal ones that do so), and the weighted means of the contributions are the centers.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import logsumexp

from features.feature import Feature
from models.calibrate import shown_of
from models.model import Floats
from models.scorer import Reference, Scorer, Usual

_QUARTILES = (0.25, 0.5, 0.75)
_HALF = 0.5
_FLAT = 1e-12
_TILT = 1e4


def with_reference(scorer: Scorer, frame: pd.DataFrame) -> Scorer:
    """The scorer with a group as its reference; `frame` holds what it reads of each row of the group."""
    flat = replace(scorer, reference=Reference({}, 0.0, len(frame)))
    contributions, base = flat.contributions(flat.matrix(frame))
    links = base + contributions.sum(axis=1)
    weights = _weights(links, _average(scorer.kind, links))
    centers = weights @ contributions
    usual = {feature.name: _usual(feature, frame[feature.name], weights) for feature in scorer.reads}
    return replace(scorer, reference=Reference(usual, float(base[0] + centers.sum()), len(frame), tuple(centers.tolist())))


def _average(kind: str, links: Floats) -> float:
    """The link of the average number shown."""
    mean = float(shown_of(kind, links).mean())
    link = math.log(mean) - math.log1p(-mean) if kind == "probability" else math.log(mean)
    return min(max(link, float(links.min())), float(links.max()))


def _weights(links: Floats, target: float) -> Floats:
    """Weights that add up to one, with which the mean of the links is the target."""
    low, high = float(links.min()), float(links.max())
    if high - low < _FLAT:
        return np.full(len(links), 1 / len(links))
    scaled = (links - low) / (high - low)

    def tilted(tilt: float) -> Floats:
        return np.asarray(np.exp(tilt * scaled - logsumexp(tilt * scaled)))

    def off(tilt: float) -> float:
        return float(tilted(tilt) @ scaled) - (target - low) / (high - low)

    return tilted(brentq(off, -_TILT, _TILT, xtol=1e-14, rtol=1e-15, maxiter=200))


def _usual(feature: Feature, column: pd.Series, weights: Floats) -> Usual:
    """The quartiles, or the level that at least half have, of the rows that have a value."""
    known = column.notna().to_numpy()
    if not known.any():
        return None
    values, weight = column[known], weights[known]
    if feature.categorical:
        shares = pd.Series(weight, index=values.astype(str)).groupby(level=0).sum() / weight.sum()
        return str(shares.idxmax()) if shares.max() >= _HALF else None
    order = np.argsort(values.to_numpy(), kind="stable")
    passed = np.cumsum(weight[order])
    low, middle, high = (float(values.iloc[order[np.searchsorted(passed, share * passed[-1])]]) for share in _QUARTILES)
    return low, middle, high
