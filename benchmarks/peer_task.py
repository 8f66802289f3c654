"""What every engine is asked for: 73 features of one stream with one clock, for every entity at shared cutoffs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

DAY = 86_400
WINDOWS = (7, 30, 90, 180, 365)
MEANS = (30, 90, 365)
KINDS = 6


@dataclass(frozen=True)
class Asked:
    """One feature: a statistic of events (of one kind, or of all where it is None) of the last `days` days."""

    stat: str
    days: int
    kind: int | None = None


_OF = (None, *range(KINDS))
FEATURES = (*(Asked(stat, days, kind) for stat in ("count", "sum") for kind in _OF for days in WINDOWS),
            *(Asked("mean", days) for days in MEANS))
NAMES = tuple(f"f{i}" for i in range(len(FEATURES)))


@dataclass(frozen=True)
class Task:
    """A folder with `events.parquet` (id, entity, occurred, kind, amount, in no order), and which rows are wanted."""

    folder: Path
    entities: int
    cutoffs: tuple[int, ...]

    @property
    def events(self) -> Path:
        return self.folder / "events.parquet"

    def result(self, engine: str, way: str) -> Path:
        return self.folder / f"{engine}-{way.replace(' ', '-')}.parquet"

    def save(self) -> None:
        (self.folder / "task.json").write_text(json.dumps({"entities": self.entities, "cutoffs": self.cutoffs}))


def open_task(folder: Path) -> Task:
    facts = json.loads((folder / "task.json").read_text())
    return Task(folder, facts["entities"], tuple(facts["cutoffs"]))
