"""docs/results.md is what `make results` makes of the committed figures, and the figures of the demo are of this code."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks import harness
from benchmarks.measured_code import digest, is_current
from benchmarks.results import TARGET, render


def test_the_page_is_current() -> None:
    assert TARGET.read_text(encoding="utf-8") == render(), "run: make results"


def test_the_figures_of_the_demo_were_made_with_the_code_as_it_is() -> None:
    found = json.loads((harness.RESULTS / "quality.json").read_text(encoding="utf-8"))
    assert is_current("quality", found), "run: python -m benchmarks.quality, then make results"


def test_a_digest_sees_a_statement_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text('"""Words."""\nimport os\n\ndef f(x):\n    """Words."""\n    return x + 1\n', encoding="utf-8")
    before = digest(["*.py"], tmp_path)
    (tmp_path / "a.py").unlink()
    (tmp_path / "b.py").write_text("from sys import path\ndef f(\n    x,\n):\n    return (x + 1)\n", encoding="utf-8")
    assert digest(["*.py"], tmp_path) == before
    (tmp_path / "b.py").write_text("def f(x):\n    return x + 2\n", encoding="utf-8")
    assert digest(["*.py"], tmp_path) != before
