"""Tables without dates: one row an opportunity, inputs known at its creation, whole accounts held out as the test."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from features.compute import Pipeline, dateless_opportunities, undecided, won_ever
from features.feature import Feature
from training.dataset import Dataset


def known_at_creation(features: Sequence[Feature]) -> tuple[Feature, ...]:
    """The features that may be inputs where no date proves anything: values the workspace vouches for, and no event."""
    return tuple(feature for feature in features if feature.stat == "attribute" and feature.stated)


def dateless_rows(pipeline: Pipeline) -> Dataset:
    """Every decided opportunity. Where only wins are recorded, every other one counts as not won."""
    history = pipeline.history
    spine = dateless_opportunities(history)
    decided, won = ~undecided(history, spine), won_ever(history, spine)
    chosen = decided if (decided & (won == 0)).any() else np.ones(len(spine), bool)
    return Dataset(spine.take(chosen), pipeline.frame(spine.take(chosen)), won[chosen])


def held_out(account_ids: Sequence[str], share: float) -> NDArray[np.bool_]:
    """Which accounts belong to the test, about `share` of them: by a hash of the id, so none moves when others join."""
    return np.array([_fraction(key) < share for key in account_ids], bool)


def _fraction(key: str) -> float:
    """A number in [0, 1) that depends on nothing but the text."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") / 2**64
