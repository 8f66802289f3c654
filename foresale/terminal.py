"""What a person at a terminal sees of long work: lines that stay, and one line that moves.

Everything goes to standard error, so that standard output holds answers only.
"""

from __future__ import annotations

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

_WAIT_S, _BETWEEN_LINES_S = 1.0, 10.0


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
        """The step as a person reads it; the time left once a part is done, by the pace so far."""
        of = f" {self.done} of {self.of}" if self.of > 1 else ""
        left = ""
        if self.done:
            rest = (self.moved - self.began) / self.done * (self.of - self.done) - (now - self.moved)
            left = f", about {duration(rest)} left" if rest > 0 else ", nearly done"
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

    def say(self, text: str) -> None:
        """A line that stays, with the time of the day."""
        self.console.print(f"[dim]{datetime.now().strftime('%H:%M:%S')}[/] {escape(text)}", soft_wrap=True)

    def step(self, what: str, done: int, of: int) -> None:
        """Move a step on; it is over when all of it is done."""
        now = time.monotonic()
        with self._lock:
            known = self.steps.get(what)
            if done >= of:
                self.steps.pop(what, None)
            else:
                self.steps[what] = Step(now if known is None else known.began, done, of, now)
            self._show(now)

    def _show(self, now: float) -> None:
        if not self.console.is_terminal:
            if self.steps and now - self._line_at >= _BETWEEN_LINES_S:
                if self._line_at:
                    self.say(self._text())
                self._line_at = now
        elif not self.steps:
            self._stop()
        elif self._live is None:
            self._live = Live(console=self.console, get_renderable=self._line, refresh_per_second=2, transient=True)
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
