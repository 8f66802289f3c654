"""A world's declaration, with its calendar and its hidden classes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from worlds.classes import Classes, classes
from worlds.draws import stream
from worlds.future import Future, future
from worlds.presets import Preset
from worlds.seasons import Ints, Seasons, seasons

ACCOUNTS_A_BLOCK = 5_000
HORIZON_DAYS = 90


@dataclass(frozen=True)
class World:
    """What makes one world: how many accounts over how many years, the seed and the preset."""

    accounts: int
    years: int
    seed: int
    preset: Preset

    @property
    def blocks(self) -> int:
        """How many blocks the accounts make."""
        return -(-self.accounts // ACCOUNTS_A_BLOCK)

    def numbers(self, block: int) -> Ints:
        """The numbers of a block's accounts; the first account is 1."""
        return np.arange(block * ACCOUNTS_A_BLOCK, min((block + 1) * ACCOUNTS_A_BLOCK, self.accounts)) + 1

    def stream(self, block: int, topic: str) -> np.random.Generator:
        """The random numbers of one topic of one block."""
        return stream(self.seed, block, topic)

    @cached_property
    def calendar(self) -> Seasons:
        """Its days."""
        return seasons(self.preset, self.years)

    @cached_property
    def rates(self) -> Classes:
        """Its hidden classes."""
        return classes(self.preset, int(self.calendar.quarter[-1]) + 1)

    @cached_property
    def coming(self) -> Future:
        """What each type of account will do in a horizon that has not begun to show."""
        return future(self.calendar, self.rates, HORIZON_DAYS)
