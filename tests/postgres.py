"""A real PostgreSQL server for the tests that need one."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator

import pytest

POSTGRES = importlib.util.find_spec("psycopg") is not None and shutil.which("initdb") is not None
WITHOUT = pytest.mark.skipif(not POSTGRES, reason="needs psycopg and PostgreSQL's initdb on the path")


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """A PostgreSQL server of our own behind a socket in a new folder (it refuses to run as root)."""
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        if user:
            shutil.chown(folder, user)
        data, options = f"{folder}/data", f"-k {folder} -c listen_addresses= -c fsync=off"
        for command in (
            ["initdb", "-D", data, "-U", "foresale", "-A", "trust", "-E", "UTF8"],
            ["pg_ctl", "-D", data, "-l", f"{folder}/log", "-o", options, "-w", "start"],
        ):
            subprocess.run(command, user=user, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        yield f"postgresql://foresale@/postgres?host={folder}"
        subprocess.run(
            ["pg_ctl", "-D", data, "-m", "immediate", "stop"], user=user, cwd=folder, check=True, stdout=subprocess.DEVNULL
        )
