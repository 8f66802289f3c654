"""A world on disk: canonical tables in one part per block of accounts, a workspace file, and the truth."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from workspace.errors import ForesaleError
from workspace.progress import SILENT, Progress
from worlds.drawing import draw, shared_tables, tables
from worlds.frames import ACCOUNT_DIGITS
from worlds.manifest import DATA_DIR, FIRST_LINE, workspace_text
from worlds.presets import PRESETS
from worlds.setting import World
from worlds.truth import SCHEMA, truth

_WORKERS = 2
_ROWS_PER_GROUP = 131_072
_YEARS = range(2, 11)


def declared(accounts: int, years: int, seed: int, preset: str) -> World:
    """A world by its parameters; raises ForesaleError for one that cannot be made."""
    _require("accounts", accounts, f"1 to {10**ACCOUNT_DIGITS - 1}", 1 <= accounts < 10**ACCOUNT_DIGITS)
    _require("years", years, f"{_YEARS[0]} to {_YEARS[-1]}", years in _YEARS)
    _require("seed", seed, "0 or more", seed >= 0)
    _require("preset", preset, ", ".join(PRESETS), preset in PRESETS)
    return World(accounts, years, seed, PRESETS[preset])


def _require(option: str, got: object, expected: str, fulfilled: bool) -> None:
    if not fulfilled:
        raise ForesaleError(f"no world has these {option}", got=got, expected=expected, do=f"pass --{option} accordingly")


def write_world(folder: Path, world: World, *, with_truth: bool = True, progress: Progress = SILENT) -> Path:
    """Write the world into `folder` and return its workspace file. Killed midway it leaves what was there before.

    Raises ForesaleError when the folder holds anything but an older world; that is replaced, with all derived from it.
    """
    building = _cleared(folder)
    for name, content in shared_tables(world).items():
        _write(content, building / "tables" / name / "part-00000.parquet")
    progress.step("writing blocks", 0, world.blocks)
    rows = 0
    for done, more in enumerate(_write_blocks(world, building, with_truth), 1):
        rows += more
        progress.step("writing blocks", done, world.blocks)
    progress(f"{rows} rows of {world.accounts} accounts")
    if with_truth:
        _join_truth(building / "truth", building / "truth.parquet")
    (building / "foresale.toml").write_text(workspace_text(world), encoding="utf-8")
    return _publish(building, folder)


def _cleared(folder: Path) -> Path:
    """The folder to build in, empty; refuses to build beside what is not a world."""
    building, workspace = folder / ".building", folder / "foresale.toml"
    shutil.rmtree(building, ignore_errors=True)
    ours = workspace.is_file() and workspace.read_text(encoding="utf-8").startswith(FIRST_LINE)
    if folder.exists() and not ours and any(folder.iterdir()):
        raise ForesaleError(
            "the folder is in use", got=folder, expected="an empty folder, a new one, or an older world", do="pass another --out"
        )
    return building


def _write_blocks(world: World, building: Path, with_truth: bool) -> Iterator[int]:
    """Write every block, two at a time when there are several; yields the rows of each as it is done."""
    _ = world.calendar, world.rates, world.coming  # computed once, sent to the processes
    if world.blocks == 1:
        yield _write_block(world, 0, building, with_truth)
        return
    with ProcessPoolExecutor(_WORKERS, get_context("spawn")) as pool:
        jobs = [pool.submit(_write_block, world, block, building, with_truth) for block in range(world.blocks)]
        yield from (job.result() for job in as_completed(jobs))


def _write_block(world: World, block: int, building: Path, with_truth: bool) -> int:
    drawn, part = draw(world, block), f"part-{block:05d}.parquet"
    made = tables(world, drawn)
    for name, content in made.items():
        _write(content, building / "tables" / name / part)
    if with_truth:
        _write(truth(world, drawn), building / "truth" / part)
    return sum(content.num_rows for content in made.values())


def _write(content: pa.Table, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(content, path, compression="zstd", row_group_size=_ROWS_PER_GROUP)


def _join_truth(parts: Path, path: Path) -> None:
    with pq.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
        for part in sorted(parts.glob("*.parquet")):
            writer.write_table(pq.read_table(part, partitioning=None).cast(SCHEMA), row_group_size=_ROWS_PER_GROUP)
    shutil.rmtree(parts)


def _publish(building: Path, folder: Path) -> Path:
    """Move what was built to where it belongs; an older world there goes, with what was learnt from it."""
    for old in ("tables", DATA_DIR):
        shutil.rmtree(folder / old, ignore_errors=True)
    (folder / "truth.parquet").unlink(missing_ok=True)
    for made in sorted(building.iterdir()):
        made.replace(folder / made.name)
    building.rmdir()
    return folder / "foresale.toml"
