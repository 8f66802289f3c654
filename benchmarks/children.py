"""Child processes of benchmarks: one measurement each, so that its memory is its own; and the peers' environment."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PEERS = Path(__file__).parent / ".venvs" / "peers"
PINNED = (
    "polars==2.1.0",
    "featuretools==1.31.0",
    "woodwork==0.31.0",
    "pandas==2.3.3",
    "numpy==2.4.6",
    "pyarrow==26.0.1",
    "setuptools==65.5.0",
    "rich==15.0.0",
)


def child(module: str, *words: object, python: Path | str = sys.executable) -> dict[str, Any]:
    """Run `python -m module words...` and return the JSON of its last line; raises where it fails."""
    done = subprocess.run([str(python), "-m", module, *map(str, words)], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def peers_python() -> Path:
    """The interpreter of the peers' environment, made at first use and whenever the pins change."""
    python, stamp = PEERS / "bin" / "python", PEERS / "pinned.txt"
    if not stamp.is_file() or stamp.read_text().split() != [*PINNED]:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(PEERS)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *PINNED], check=True)
        stamp.write_text("\n".join(PINNED))
    return python


def versions(python: Path | str, *libraries: str) -> dict[str, str]:
    """What is installed there."""
    asked = f"import json, importlib.metadata as m; print(json.dumps({{n: m.version(n) for n in {libraries!r}}}))"
    done = subprocess.run([str(python), "-c", asked], stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, str] = json.loads(done.stdout)
    return found
