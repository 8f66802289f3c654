"""What one server is told when it starts; everything about the company itself stays in the workspace."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from display.words import Language
from workspace.workspace import Workspace


@dataclass(frozen=True)
class Settings:
    """One server: which company it serves, where it listens and its limits.

    It listens on the loopback address unless told otherwise: put a TLS proxy in front and set `secure_cookies` before
    opening it to a network. So many requests (`most_at_once`) compute with models at the same time; more are refused with 429.
    `language` is what a browser sees that asks for neither Chinese nor English. The access log goes to
    the file `log`, or to standard output. `command` is how a person calls the program for this company, as pages show it.
    """

    workspace: Workspace
    host: str = "127.0.0.1"
    port: int = 8000
    language: Language = "zh"
    secure_cookies: bool = False
    session_length: timedelta = field(default=timedelta(hours=12))
    max_body_bytes: int = 2_000_000
    most_at_once: int = 16
    log: Path | None = None
    command: str = "foresale"
