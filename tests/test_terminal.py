"""The terminal: lines that stay, one line that moves on a screen, and a plain line now and then where there is none."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from rich.console import Console

from foresale import terminal as module
from foresale.terminal import Step, Terminal

ROOT = Path(__file__).parents[1]
ON_A_SCREEN = """
import time, warnings
from foresale.terminal import Terminal

with Terminal() as terminal:
    terminal.hear()
    terminal.progress.step("conversion: fold", 0, 5)
    time.sleep(1.2)
    terminal.progress.step("conversion: fold", 2, 5)
    terminal.progress.step("value: quantiles", 0, 3)
    terminal.say("a line that stays")
    warnings.warn("too few\\n rows")
    time.sleep(1.2)
    terminal.progress.step("conversion: fold", 5, 5)
    terminal.progress.step("value: quantiles", 3, 3)
    terminal.say("the end")
"""


def on_a_screen(text: str) -> str:
    """Everything a program writes to a terminal of 100 columns."""
    leader, follower = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    process = subprocess.Popen([sys.executable, "-c", text], stderr=follower, cwd=ROOT, env=environment)
    os.close(follower)
    written = b""
    while chunk := _read(leader):
        written += chunk
    os.close(leader)
    assert process.wait() == 0
    return written.decode()


def _read(leader: int) -> bytes:
    try:
        return os.read(leader, 4096)
    except OSError:  # the other end is closed
        return b""


def plain(text: str) -> str:
    """What is left without colours and movements of the cursor."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def silent() -> tuple[Terminal, io.StringIO]:
    """A terminal that is a file."""
    file = io.StringIO()
    return Terminal(Console(file=file, highlight=False, width=200)), file


def test_one_line_moves_below_those_that_stay_and_is_gone_at_the_end() -> None:
    written = on_a_screen(ON_A_SCREEN)
    seen = plain(written)
    assert re.search(r"conversion: fold 0 of 5 \(0:01\)", seen)
    assert re.search(r"conversion: fold 2 of 5 \(0:0\d, about 0:0\d left\); value: quantiles 0 of 3 \(0:0\d\)", seen)
    assert len(re.findall(r"a line that stays", seen)) == 1
    assert re.search(r"\d\d:\d\d:\d\d py.warnings: \S+ UserWarning: too few rows", seen)
    assert written.rindex("\x1b[2K") < written.rindex("the end")  # the moving line was taken away before
    assert written.count("\x1b[?25h") == written.count("\x1b[?25l")  # and the cursor is back


def test_without_a_screen_nothing_moves_and_short_work_says_nothing() -> None:
    terminal, file = silent()
    with terminal:
        for part in range(6):
            terminal.step("conversion: fold", part, 5)
    assert file.getvalue() == ""


def test_without_a_screen_long_work_says_a_line_every_ten_seconds_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BETWEEN_LINES_S", 0.2)
    terminal, file = silent()
    with terminal:
        terminal.step("scoring value", 0, 100)
        for part in range(1, 101):
            threading.Event().wait(0.006)
            terminal.step("scoring value", part, 100)
    lines = file.getvalue().splitlines()
    assert 1 <= len(lines) <= 6
    assert re.fullmatch(r"\d\d:\d\d:\d\d scoring value \d+ of 100 \(0:0\d, about 0:0\d left\)", lines[0])


def test_a_step_that_comes_late_from_another_thread_does_not_bring_back_what_is_over() -> None:
    terminal, _ = silent()
    terminal.step("churn: folds", 0, 5)
    terminal.step("churn: folds", 3, 5)
    terminal.step("churn: folds", 2, 5)
    assert terminal.steps["churn: folds"].done == 3
    terminal.step("churn: folds", 5, 5)
    terminal.step("churn: folds", 4, 5)
    assert terminal.steps == {}


def test_steps_of_many_threads_all_end() -> None:
    terminal, _ = silent()

    def work(number: int) -> None:
        for part in range(51):
            terminal.step(f"step {number}", part, 50)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert terminal.steps == {}


@pytest.mark.parametrize(
    ("step", "now", "says"),
    [
        (Step(0, 0, 5, 0), 65, "fold 0 of 5 (1:05)"),
        (Step(0, 2, 5, 60), 70, "fold 2 of 5 (1:10, about 1:20 left)"),
        (Step(0, 4, 5, 40), 90, "fold 4 of 5 (1:30)"),
        (Step(0, 0, 1, 0), 7, "fold (0:07)"),
    ],
)
def test_the_time_left_is_said_while_the_pace_so_far_says_anything(step: Step, now: float, says: str) -> None:
    assert step.told("fold", now) == says


def test_a_step_ends_with_its_block_even_by_a_fault() -> None:
    terminal, _ = silent()
    running: list[str] = []

    def divide() -> float:
        with terminal.progress.during("dividing"):
            running.extend(terminal.steps)
            return 1 / 0

    with pytest.raises(ZeroDivisionError):
        divide()
    assert (running, terminal.steps) == (["dividing"], {})
