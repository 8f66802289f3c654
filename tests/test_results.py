"""docs/results.md is what `make results` makes of the committed figures."""

from __future__ import annotations

from benchmarks.results import TARGET, render


def test_the_page_is_current() -> None:
    assert TARGET.read_text(encoding="utf-8") == render(), "run: make results"
