"""What a person at a terminal sees of long work: lines that stay, and one line that moves.

Everything goes to standard error, so that standard output holds answers only. Where nobody watches, in a file or a pipe, the
moving line is a plain line every ten seconds at most. It lives here because only the commands have a terminal: what works
for them is told of `workspace.progress.Progress` and prints nothing.
"""

from __future__ import annotations

import logging
import os
import time
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.text import Text

from workspace.progress import Progress

_BETWEEN_LINES_S = 10.0


def duration(seconds: float) -> str:
    """Minutes and seconds, such as `1:05`."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


@dataclass
class Step:
    """A running step: how many of its parts are done, since when, and when the last of them was."""

    began: float
    done: int
    of: int
    moved: float

    def told(self, what: str, now: float) -> str:
        """The step as a person reads it; the time left by the pace so far, while that says anything."""
        of = f" {self.done} of {self.of}" if self.of > 1 else ""
        rest = (self.moved - self.began) / self.done * (self.of - self.done) - (now - self.moved) if self.done else 0.0
        left = f", about {duration(rest)} left" if rest > 0 else ""
        return f"{what}{of} ({duration(now - self.began)}{left})"


@dataclass
class Terminal:
    """Lines and the moving line, from any thread. Leave it, and the moving line is gone."""

    console: Console = field(default_factory=lambda: Console(stderr=True, highlight=False))
    steps: dict[str, Step] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _live: Live | None = None
    _line_at: float = 0.0

    @property
    def watched(self) -> bool:
        """Whether there is a screen on which a line can move."""
        return self.console.is_terminal and not self.console.is_dumb_terminal

    @property
    def progress(self) -> Progress:
        """To be passed to long work."""
        return Progress(self.say, self.step)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Take the moving line away."""
        with self._lock:
            self.steps.clear()
            self._stop()

    def hear(self) -> None:
        """Say what other libraries log and warn of, from warnings up, as lines of ours; MLflow would set up lines of its own."""
        os.environ.setdefault("MLFLOW_CONFIGURE_LOGGING", "false")
        logging.captureWarnings(True)
        logging.getLogger().addHandler(_Heard(self))

    def say(self, text: str) -> None:
        """A line that stays, with the time of the day."""
        self.console.print(f"[dim]{datetime.now().strftime('%H:%M:%S')}[/] {escape(text)}", soft_wrap=True)

    def step(self, what: str, done: int, of: int) -> None:
        """Move a step on; it is over when all of it is done. It never goes back, nor comes back after its end.

        Two threads that finish parts of one step may tell of them in the wrong order.
        """
        now = time.monotonic()
        with self._lock:
            known = self.steps.get(what)
            if not self.steps:
                self._line_at = now
            if done >= of:
                self.steps.pop(what, None)
            elif known is None and not done:
                self.steps[what] = Step(now, done, of, now)
            elif known is not None and done > known.done:
                self.steps[what] = Step(known.began, done, of, now)
            self._show(now)

    def _show(self, now: float) -> None:
        if not self.watched:
            if self.steps and now - self._line_at >= _BETWEEN_LINES_S:
                self.say(self._text())
                self._line_at = now
        elif not self.steps:
            self._stop()
        elif self._live is None:
            self._live = Live(
                console=self.console, get_renderable=self._line, refresh_per_second=2, transient=True, redirect_stdout=False
            )
            self._live.start()

    def _stop(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _text(self) -> str:
        now = time.monotonic()
        return "; ".join(step.told(what, now) for what, step in list(self.steps.items()))

    def _line(self) -> Text:
        return Text(f"  {self._text()}", style="cyan", no_wrap=True, overflow="ellipsis")


class _Heard(logging.Handler):
    """A library's record as a line of ours."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(logging.WARNING)
        self._terminal = terminal

    def emit(self, record: logging.LogRecord) -> None:
        """Say who says what, on one line."""
        self._terminal.say(f"{record.name}: {' '.join(record.getMessage().split())}")
