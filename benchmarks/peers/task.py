"""What every engine is asked for: what our catalogue asks of the stream of interactions, for every entity at shared cutoffs.

The list is features/catalog/engagement.py with its windows, and the extremes, the mean and the last amount that
features/catalog/purchases.py asks of orders (the largest and the smallest in two windows), as far as all engines can say it.
Left out: decayed counts and reply times, for which featuretools has no primitive; trends and shares, which are ratios of
what is here; sentiment, since one measure shows what another costs. featuretools has no offset and no lateness either: the
90 days a year before are the counts of 455 and of 365 days subtracted, and lateness is one column divided by another,
both afterwards. Its calendar days are our 24-hour periods because every cutoff is the last second of a day.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

DAY = 86_400
WINDOWS = (7, 30, 90, 180, 365)
KINDS = 6
Where = tuple[str, int]


@dataclass(frozen=True)
class Asked:
    """One feature: a statistic of the events of the last `days` days, or of all history where it is None.

    `where` keeps the events with that value in that column; `offset` moves the window back; `label` is the column whose
    different values are counted.
    """

    stat: str
    days: int | None = None
    where: Where | None = None
    offset: int = 0
    label: str | None = None

    @property
    def group(self) -> str:
        """The name of the events it is about: empty for all, else the column with the value, such as kind3."""
        return "" if self.where is None else f"{self.where[0]}{self.where[1]}"

    @property
    def far(self) -> int:
        """Days from the cutoff back to the far end of the window."""
        return self.offset + (self.days or 0)


THEIRS, OURS = ("direction", 1), ("direction", 0)
_KINDS = tuple(("kind", kind) for kind in range(KINDS))
FEATURES = (
    *(Asked("count", days, where) for where in (None, *_KINDS) for days in WINDOWS),
    *(Asked("count", days, THEIRS) for days in (30, 90, 365)),
    *(Asked("count", days, OURS) for days in (30, 90)),
    Asked("count", 90, offset=365),
    *(Asked("sum", days) for days in (30, 90, 365)),
    *(Asked(stat, days) for stat in ("mean", "max", "min") for days in (90, 365)),
    Asked("last"),
    *(Asked("distinct", days, label=label) for label in ("contact", "kind") for days in (90, 365)),
    Asked("distinct", 365, label="owner"),
    *(Asked("distinct_days", days) for days in (30, 90, 365)),
    *(Asked("recency", where=where) for where in (None, *_KINDS, THEIRS)),
    *(Asked(stat) for stat in ("tenure", "gap_mean", "gap_sd", "lateness")),
)
NAMES = tuple(f"f{i}" for i in range(len(FEATURES)))
NAMED = tuple(zip(NAMES, FEATURES, strict=True))
GROUPS: dict[str, Where | None] = {asked.group: asked.where for asked in FEATURES}
EDGES = tuple(sorted({asked.far for asked in FEATURES} | {asked.offset for asked in FEATURES}))
_MADE_OF = {"count": "n", "sum": "s", "mean": "sm", "max": "h", "min": "l", "distinct_days": "d"}
# windowed parts that features are made of: number, sum, measured, highest, lowest or days; days of the window; group
PARTS = tuple(
    sorted(
        {
            (part, days, asked.group)
            for asked in FEATURES
            for part in _MADE_OF.get(asked.stat, "")
            for days in (asked.far, asked.offset)
            if days
        }
    )
)
ZERO_WITHOUT = ("count", "sum", "distinct", "distinct_days")  # the others are missing where there is no event
LABELS = ("contact", "owner")  # of many values each; kinds are so few that counts by kind tell how many there are
SPANS = (90, 365)  # the windows of means, extremes and different labels


@dataclass(frozen=True)
class Task:
    """A folder with `events.parquet`, and which rows are wanted.

    An event has id, entity, occurred, kind, direction (1: they started it), contact, owner and amount, the last three
    perhaps missing; events are in no order, and simultaneous ones follow each other by id. A cutoff ends a day.
    """

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
