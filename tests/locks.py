"""The lock files: what they pin in an environment, and what every pinned distribution asks for.

`python tests/locks.py` (part of `make lock`) writes what is asked for to `requirements/declared.json`: read from what is
installed here, and for other versions of Python and for Windows from the package index, without installing anything.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

FOLDER = Path(__file__).parents[1] / "requirements"
LOCKS = ("build", "demo", "service", "dev")
PYTHONS = ("3.11", "3.12", "3.13")
_SYSTEMS = {"linux": ("posix", "Linux", "x86_64"), "darwin": ("posix", "Darwin", "arm64"), "win32": ("nt", "Windows", "AMD64")}
Environment = dict[str, str]
Declared = dict[str, list[str]]


def environments() -> Iterator[Environment]:
    """Every Python and system that the locks are for, as markers see them."""
    for python in PYTHONS:
        for platform, (os_name, system, machine) in _SYSTEMS.items():
            yield {
                **{"python_version": python, "python_full_version": f"{python}.7", "implementation_name": "cpython"},
                **{"sys_platform": platform, "os_name": os_name, "platform_system": system, "platform_machine": machine},
                **{"platform_python_implementation": "CPython", "implementation_version": f"{python}.7", "extra": ""},
            }


def lines(lock: str) -> list[Requirement]:
    """The pins of a lock file, with their extras and markers."""
    text = (FOLDER / f"{lock}.lock").read_text(encoding="utf-8")
    return [Requirement(line.removesuffix(" \\")) for line in text.splitlines() if line and line[0] not in " #"]


def pinned(lock: str, environment: Environment) -> dict[str, Requirement]:
    """What a lock installs in an environment, by normalised name."""
    held = (line for line in lines(lock) if line.marker is None or line.marker.evaluate(dict(environment)))
    return {canonicalize_name(line.name): line for line in held}


def version(pin: Requirement) -> str:
    """The one version of a pin."""
    return next(iter(pin.specifier)).version


def label(pin: Requirement) -> str:
    """`name==version`, as `declared.json` names it."""
    return f"{canonicalize_name(pin.name)}=={version(pin)}"


def declared() -> Declared:
    """What each pinned distribution asks for, from the committed file."""
    found: Declared = json.loads((FOLDER / "declared.json").read_text(encoding="utf-8"))
    return found


def unmet(lock: str, environment: Environment, asked: Mapping[str, list[str]]) -> list[str]:
    """Requirements of pinned distributions, with the extras they are pinned with, that no pin satisfies."""
    pins, missing = pinned(lock, environment), []
    for pin in pins.values():
        for text in asked[label(pin)]:
            need = Requirement(text)
            if _applies(need, environment, pin.extras) and not _satisfied(need, pins):
                missing.append(f"{label(pin)} asks for {need}")
    return missing


def _applies(need: Requirement, environment: Environment, extras: set[str]) -> bool:
    return need.marker is None or any(need.marker.evaluate({**environment, "extra": extra}) for extra in ("", *extras))


def _satisfied(need: Requirement, pins: Mapping[str, Requirement]) -> bool:
    pin = pins.get(canonicalize_name(need.name))
    return pin is not None and need.specifier.contains(version(pin), prereleases=True) and need.extras <= pin.extras


def relevant(pin: Requirement, needs: list[str]) -> list[str]:
    """Those that apply somewhere, with the extras of the pin."""
    return [need for need in needs if any(_applies(Requirement(need), there, pin.extras) for there in environments())]


def installed(pin: Requirement) -> list[str] | None:
    """What the distribution installed here asks for; None where it is not there in this version."""
    try:
        found = metadata.distribution(pin.name)
    except metadata.PackageNotFoundError:
        return None
    return sorted(found.requires or []) if found.version == version(pin) else None


def _from_index(pins: list[Requirement]) -> Declared:
    """What distributions for other systems ask for, by one look without installing."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        look = ["install", "--quiet", "--dry-run", "--no-deps", "--report", str(report), "--target", folder]
        other = ["--only-binary", ":all:", "--ignore-requires-python", "--python-version", PYTHONS[-1], "--platform", "win_amd64"]
        subprocess.run([sys.executable, "-m", "pip", *look, *other, *map(label, pins)], check=True)
        found = json.loads(report.read_text(encoding="utf-8"))["install"]
    metas = [item["metadata"] for item in found]
    return {f"{canonicalize_name(m['name'])}=={m['version']}": sorted(m.get("requires_dist") or []) for m in metas}


def main() -> None:
    """Write `declared.json`."""
    pins = {label(pin): pin for lock in LOCKS for pin in lines(lock)}
    here = {name: asked for name, pin in pins.items() if (asked := installed(pin)) is not None}
    elsewhere = _from_index([pin for name, pin in pins.items() if name not in here and "!= 'win32'" not in str(pin.marker)])
    asked = {name: relevant(pins[name], needs) for name, needs in sorted((here | elsewhere).items())}
    text = json.dumps(asked, indent=1, ensure_ascii=False)
    (FOLDER / "declared.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
