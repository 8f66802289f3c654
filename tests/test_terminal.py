"""The lines of a terminal: those that stay, and the one that moves."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from foresale.terminal import Step, Terminal, duration
from training.jobs import Jobs
from workspace.progress import Progress


@pytest.mark.parametrize(("seconds", "said"), [(0.4, "0:00"), (65, "1:05"), (3605, "60:05")])
def test_minutes_and_seconds(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_a_step_tells_how_long_still_by_its_pace() -> None:
    step = Step(began=0.0, done=2, of=5, moved=20.0)
    assert step.told("folds", 25.0) == "folds 2 of 5 (0:25, about 0:25 left)"
    assert step.told("folds", 60.0) == "folds 2 of 5 (1:00, nearly done)"
    assert Step(began=0.0, done=0, of=1, moved=0.0).told("starting", 3.0) == "starting (0:03)"


def test_on_a_terminal_one_line_moves_and_is_gone_at_the_end() -> None:
    out = io.StringIO()
    with Terminal(Console(file=out, force_terminal=True, width=100)) as terminal:
        terminal.step("churn: folds", 0, 5)
        terminal.step("value: quantiles", 1, 3)
        assert "churn: folds 0 of 5 (0:00); value: quantiles 1 of 3" in terminal._text()
        terminal.say("a line that stays")
        terminal.step("churn: folds", 5, 5)
        assert terminal._text().startswith("value: quantiles")
        assert terminal._live is not None
    assert terminal._live is None
    assert "a line that stays" in out.getvalue()


def test_elsewhere_a_plain_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    out, clock = io.StringIO(), iter([100.0, 105.0, 111.0, 111.0, 112.0])
    monkeypatch.setattr("foresale.terminal.time.monotonic", lambda: next(clock))
    terminal = Terminal(Console(file=out, width=100))
    for done in range(4):
        terminal.step("folds", done, 5)
    lines = out.getvalue().splitlines()
    assert len(lines) == 1 and "folds" in lines[0]


def test_jobs_tell_each_part_and_keep_the_order() -> None:
    told: list[tuple[str, int, int]] = []
    jobs = Jobs(Progress(step=lambda *step: told.append(step)), about="churn")
    assert jobs.run("folds", lambda part: part * 2, range(3)) == [0, 2, 4]
    assert told == [("churn: folds", 0, 3), ("churn: folds", 1, 3), ("churn: folds", 2, 3), ("churn: folds", 3, 3)]
