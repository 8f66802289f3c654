"""What a prediction task is: a declaration of who is asked about and what outcome is waited for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from features.feature import Path


@dataclass(frozen=True)
class PredictionTask:
    """One question asked of every row of a population.

    `population` is `active` (an event of `stream` within the workspace's active days) or `open` (opportunities not yet
    closed). `outcome` is `absent` (no event of `stream` in the horizon), `total` (sum of `measure`) or `won`.
    `kind` is what is shown: a probability or money.
    """

    name: str
    entity: Path
    kind: Literal["probability", "money"]
    population: Literal["active", "open"]
    outcome: Literal["absent", "total", "won"]
    stream: str | None = None
    measure: str | None = None
    zh: str = ""
    en: str = ""
