"""kill -9 at random moments of training and promotion: what the alias says afterwards, and which runs are left running.

`python -m benchmarks.proofs.kills [--kills 20]`. A made-up company of leads is trained, or its champion changed, in a process of
its own, which is killed; after every kill the alias of the champion has to point to nothing yet or to a bundle that reads back,
and the next training has to leave no run RUNNING.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from mlflow.tracking import MlflowClient

from foresale import open_company
from foresale.company import Company
from models.bundle import read_bundle
from models.registry import CHAMPION, STORE, aliased, bundle_of
from workspace.errors import ForesaleError

ROOT = Path(__file__).parents[2]
TASK = "conversion"
_TEXT = """name = "kills"
title_zh = "示例"
title_en = "Kills"
time_zone = "UTC"
currency = "CNY"
data_dir = "var"

[sources]
leads = "leads.csv"

[tables.accounts]
query = "select lead as account_id from leads"

[tables.opportunities]
query = "select lead as opportunity_id, lead as account_id, case when won = '1' then 'won' end as outcome, visits from leads"

[tables.opportunities.attributes]
visits = { kind = "numeric", known = "creation", reason = "made up", zh = "拜访", en = "visits" }

[tasks.conversion]
cutoffs = { kind = "none", test_share = 0.2 }
"""


@dataclass(frozen=True)
class Killed:
    """One kill: what was under way, after how many seconds, whether it was still running, and whether the alias is whole."""

    what: str
    after_s: float
    running: bool
    whole: bool


def company_of_leads(folder: Path, size: int = 600) -> Path:
    """A table of leads whose outcome its one input tells, and the workspace file, ingested; the file."""
    rng = np.random.default_rng(9)
    visits = rng.poisson(4, size)
    won = rng.random(size) < 1 / (1 + np.exp(2 - 0.4 * visits))
    leads = pd.DataFrame({"lead": [f"L{n:04}" for n in range(size)], "visits": visits, "won": won.astype(int)})
    leads.to_csv(folder / "leads.csv", index=False)
    file = folder / "foresale.toml"
    file.write_text(_TEXT, encoding="utf-8")
    open_company(file).ingest()
    return file


def killed(file: Path, words: Sequence[str], after_s: float) -> Killed:
    """Start a command, kill it with SIGKILL after so long, and look at the alias."""
    process = subprocess.Popen(
        [sys.executable, "-m", "foresale", "--workspace", str(file), *words],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(after_s)
    running = process.poll() is None
    process.kill()
    process.wait()
    return Killed(words[0], after_s, running, alias_is_whole(open_company(file)))


def alias_is_whole(company: Company) -> bool:
    """Whether the champion's alias points to nothing yet, or to a version whose bundle reads back."""
    version = aliased(company.workspace, TASK, CHAMPION)
    if version is None:
        return True
    model, folder = bundle_of(company.workspace, version)
    try:
        read_bundle(folder, model.bundle_sha256)
    except ForesaleError:
        return False
    return True


def runs(company: Company) -> Counter[str]:
    """How many runs of the company have which status."""
    client = MlflowClient(company.workspace.mlflow_uri, company.workspace.mlflow_uri)
    experiment = client.get_experiment_by_name(f"foresale-{company.workspace.name}-{TASK}")
    found = client.search_runs([experiment.experiment_id]) if experiment else []
    return Counter(run.info.status for run in found)


def whole_way_s(file: Path) -> float:
    """Seconds that an undisturbed training takes in a process of its own."""
    began = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "foresale", "--workspace", str(file), "train"], cwd=ROOT, check=True, capture_output=True
    )
    return time.monotonic() - began


def _moments(kills: int, whole_s: float, rng: np.random.Generator) -> list[float]:
    """Half of the kills anywhere, half in the last quarter, where it writes."""
    anywhere = rng.uniform(0, whole_s, kills - kills // 2)
    return [*anywhere, *rng.uniform(0.75 * whole_s, whole_s, kills // 2)]


def main() -> None:
    """Kill, look, train once more, look."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    kills, rng = parser.parse_args().kills, np.random.default_rng(12)
    with tempfile.TemporaryDirectory() as folder:
        file = company_of_leads(Path(folder))
        whole_s = whole_way_s(file)
        (file.parent / "var" / STORE).unlink()  # the first kills meet a company that was never trained
        done = _of_training(file, _moments(kills - kills // 4, whole_s, rng))
        left = runs(open_company(file))
        whole_way_s(file)
        done += _of_promotion(file, rng.uniform(0, 0.5 * whole_s, kills // 4).tolist())
        whole_way_s(file)
        after = runs(open_company(file))
    met = all(one.whole for one in done) and not after["RUNNING"]
    print(
        f"{len(done)} kills, {sum(one.running for one in done)} while it ran; alias whole after {sum(one.whole for one in done)}"
    )
    print(f"runs left by the kills: {dict(left)}; after the next training: {dict(after)}")
    raise SystemExit(0 if met else 1)


def _of_training(file: Path, moments: Sequence[float]) -> list[Killed]:
    return [_told(killed(file, ["train"], moment)) for moment in moments]


def _of_promotion(file: Path, moments: Sequence[float]) -> list[Killed]:
    """The first two versions in turn, so that every promotion moves the alias."""
    return [_told(killed(file, ["promote", TASK, str(1 + n % 2)], moment)) for n, moment in enumerate(moments)]


def _told(one: Killed) -> Killed:
    state = "running" if one.running else "over"
    print(f"{one.what} killed after {one.after_s:.1f} s ({state}): alias {'whole' if one.whole else 'BROKEN'}", flush=True)
    return one


if __name__ == "__main__":
    main()
