"""Which code a result was measured with: a digest of what the code says, blind to where it stands and how it is laid out.

A file that moves, a line that is broken elsewhere, a docstring or an import changes nothing; a statement does.
"""

from __future__ import annotations

import ast
import hashlib
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
_FITTED = (
    *("features/*.py", "features/catalog/*.py", "features/kernel/*.py"),
    *("models/calibrate.py", "models/encode.py", "models/scorecard.py", "models/scorer.py"),
    *("models/model.py", "models/additive.py", "models/bgnbd.py", "models/timing.py"),
    *("training/*.py", "training/splits/*.py", "training/contenders/*.py"),
)
BEARS_ON = dict.fromkeys(("quality", "public_data", "xeducation", "truth", "no_signal"), _FITTED)
_ASIDE = {"frames.py", "export.py", "parts.py", "tracking.py", "moved.py", "promote.py", "pyfunc_model.py", "run.py", "jobs.py"}


def code_of(name: str) -> dict[str, str]:
    """The commit and the digest of the code that bears on a result; nothing where nobody said what does."""
    if name not in BEARS_ON:
        return {}
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return {"commit": done.stdout.strip(), "digest": digest(BEARS_ON[name])}


def is_current(name: str, result: dict[str, Any]) -> bool:
    """Whether a result was made with the code as it is, as far as it says."""
    return bool(result.get("code")) and result["code"]["digest"] == digest(BEARS_ON[name])


def digest(patterns: Iterable[str], root: Path = ROOT) -> str:
    """SHA-256 over the statements of the files, in an order that does not depend on the files."""
    files = sorted({path for pattern in patterns for path in root.glob(pattern) if path.name not in _ASIDE})
    said = sorted(text for path in files for text in _statements(path.read_text(encoding="utf-8")))
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def _statements(source: str) -> Iterator[str]:
    for node in ast.parse(source).body:
        if not isinstance(node, ast.Import | ast.ImportFrom) and not _is_text(node):
            for inner in ast.walk(node):
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    inner.body = [part for part in inner.body if not _is_text(part)] or [ast.Pass()]
            yield ast.dump(node)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
