"""Bundles read in a process of their own first: text that crashes or hangs the parser cannot take a server with it.

The process is a plain one, so whoever asks may be a script, a notebook or a server.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from models.bundle import read_bundle
from workspace.errors import ForesaleError

_HERE = str(Path(__file__).parents[1])


def verify_in_child(bundles: Mapping[str, tuple[Path, str]], timeout_s: float = 120.0) -> None:
    """Read bundles, by name and with their hashes, elsewhere; raises ForesaleError for one that does not end well."""
    asked = json.dumps([[str(folder.resolve()), sha256] for folder, sha256 in bundles.values()])
    path = os.pathsep.join([_HERE, *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-P", "-m", "models.bundle_check"]  # -P: no folder `models` of the caller's comes first
    try:
        done = subprocess.run(
            command, input=asked, text=True, timeout=timeout_s, check=False, env={**os.environ, "PYTHONPATH": path}
        )
    except subprocess.TimeoutExpired:
        _refuse(bundles, f"no end after {timeout_s:.0f} s")
    if done.returncode:
        _refuse(bundles, f"exit code {done.returncode}")


def _refuse(bundles: Mapping[str, object], got: str) -> NoReturn:
    raise ForesaleError(
        "a bundle cannot be read",
        got=f"{got} from {', '.join(bundles)}",
        expected="bundles that verify, parse and reproduce their golden rows",
        do="restore the artifact or roll back; the log of the child process says which",
    )


def main() -> None:
    """Read what is asked on standard input."""
    for folder, sha256 in json.load(sys.stdin):
        read_bundle(Path(folder), sha256)


if __name__ == "__main__":
    main()
