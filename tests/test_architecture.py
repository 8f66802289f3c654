"""What may import what, where MLflow is touched, where time meets a cutoff: the rules of docs/design.md, enforced."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = (
    "foresale",
    "workspace",
    "display",
    "tables",
    "features",
    "models",
    "training",
    "serving",
    "worlds",
    "intake",
    "readiness",
)
ALLOWED = {
    "workspace": set(),
    "display": {"workspace"},
    "tables": {"workspace"},
    "worlds": {"workspace"},
    "features": {"workspace", "tables"},
    "models": {"workspace", "features", "display"},
    "training": {"workspace", "tables", "features", "models", "display"},
    "serving": {"workspace", "tables", "features", "models", "display"},
    "intake": {"workspace", "tables"},
    "readiness": {"workspace", "tables", "features", "training", "display"},
    "foresale": {"workspace", "display", "tables", "features", "models", "training", "serving", "worlds", "intake", "readiness"},
}
OUTSIDE = {"tests", "benchmarks", "notebooks", "docs"}
FILES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
MLFLOW = {
    "training/tracking.py": "the writing side",
    "training/promote.py": "moves the champion alias by hand",
    "training/pyfunc_model.py": "the registered model's wrapper, run by MLflow",
    "models/registry.py": "the reading side",
}
TIME = {
    "features/compute.py": "the one place",
    "features/kernel/fill.py": "the kernel that compute.py calls",
    "features/kernel/oracle.py": "the kernel's plain twin, which the tests compare with",
    "features/kernel/run.py": "the kernel's door and its plain fallback",
    "training/splits/cutoffs.py": "places cutoffs in periods and refuses those that are not mature: no row is read",
    "training/splits/sides.py": "cuts rows that compute.py made into training and test",
    "serving/api/scores.py": "refuses a moment after the end of the history: no row is read",
    "serving/store/scores.py": "looks up stored runs by their own as_of",
}
REGISTRIES = ("pypi.org", "pythonhosted.org", "index-url", "find-links", "http://", "https://")


def test_every_package_is_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    assert {f"{package}*" for package in PACKAGES} == set(project["setuptools"]["packages"]["find"]["include"])
    assert set(PACKAGES) <= set(project["mypy"]["files"])
    assert {path.parent.name for path in ROOT.glob("*/__init__.py")} - OUTSIDE == set(PACKAGES)


def name_of(path: Path) -> str:
    """The path relative to the repository, with forward slashes."""
    return path.relative_to(ROOT).as_posix()


def module_of(path: Path) -> str:
    """The dotted name a file is imported by."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree_of(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(path: Path, *, at_import_time: bool = False) -> Iterator[str]:
    """Dotted names a file imports: everywhere, or only those that run when the module itself is imported."""
    nodes = _executed(tree_of(path)) if at_import_time else ast.walk(tree_of(path))
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}:{node.lineno} imports relatively"
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _executed(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) or _for_types_only(child):
            continue
        yield child
        yield from _executed(child)


def _for_types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_module_imports_only_what_its_package_may(path: Path) -> None:
    home = module_of(path).partition(".")[0]
    ours = {name.partition(".")[0] for name in imports(path)} & ({*ALLOWED} | OUTSIDE)
    assert ours - {home} <= ALLOWED[home]


def test_no_import_cycle() -> None:
    modules = {module_of(path): path for path in FILES}
    waiting = {
        name: {other for other in imports(path, at_import_time=True) if other in modules and other != name}
        for name, path in modules.items()
    }
    while free := {name for name, needs in waiting.items() if not needs}:
        waiting = {name: needs - free for name, needs in waiting.items() if name not in free}
    assert waiting == {}, "these modules import each other in a circle"


@pytest.mark.parametrize("path", [path for path in FILES if name_of(path).startswith(("models/", "serving/"))], ids=name_of)
def test_nothing_that_serves_can_run_code_from_a_file(path: Path) -> None:
    unpicklers = {
        "pickle",
        "cloudpickle",
        "dill",
        "shelve",
        "marshal",
        "joblib",
        "mlflow.pyfunc",
        "mlflow.sklearn",
        "mlflow.lightgbm",
    }
    assert not [name for name in imports(path) if any(f"{name}.".startswith(f"{bad}.") for bad in unpicklers)]
    calls = {ast.unparse(node.func) for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)}
    assert not calls & {"eval", "exec", "joblib.load", "pickle.load", "pickle.loads", "mlflow.pyfunc.load_model"}


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_mlflow_is_touched_in_few_modules(path: Path) -> None:
    used = any(name.partition(".")[0] == "mlflow" for name in imports(path))
    assert not used or name_of(path) in MLFLOW


def test_the_reading_side_of_mlflow_writes_nothing() -> None:
    source = (ROOT / "models" / "registry.py").read_text(encoding="utf-8")
    assert re.findall(r"\.((?:log|set|create|delete|update|register|transition|start)_\w+)\(", source) == []


def time_comparisons(source: str) -> list[str]:
    """The comparisons of a source text in which a cutoff is one of the operands; `is None` is none."""
    ordered = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
    return [
        text
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Compare)
        and any(isinstance(operator, ordered) for operator in node.ops)
        and re.search(r"as_of|cutoff", text := ast.unparse(node))
    ]


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_time_meets_a_cutoff_only_where_it_may(path: Path) -> None:
    found = time_comparisons(path.read_text(encoding="utf-8"))
    assert name_of(path) in TIME or found == []


def test_every_exception_is_still_needed() -> None:
    for name in (*MLFLOW, *TIME):
        assert (ROOT / name).is_file(), f"{name} is gone: take it off the list"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("keep = occurred <= spine.as_of", 1),
        ("late = cutoff < received", 1),
        ("if as_of is None: pass", 0),
        ("score(as_of=as_of)", 0),
        ("rows = a < b", 0),
    ],
)
def test_the_time_rule_sees_a_comparison(source: str, found: int) -> None:
    assert len(time_comparisons(source)) == found


def test_the_cycle_check_leaves_out_what_runs_later() -> None:
    tree = ast.parse("import a\ndef f():\n    import b\nif TYPE_CHECKING:\n    import c\n")
    assert [node.names[0].name for node in _executed(tree) if isinstance(node, ast.Import)] == ["a"]


def test_no_thread_or_process_is_forked() -> None:
    """A fork after a parallel numba kernel aborts the process."""
    forks = re.compile(r"os\.fork\(|get_context\([\"']fork|set_start_method\([\"']fork")
    assert [name_of(path) for path in FILES if forks.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("name", ["build", "demo", "service", "dev"])
def test_a_lock_has_hashes_and_names_no_host(name: str) -> None:
    lock = (ROOT / "requirements" / f"{name}.lock").read_text(encoding="utf-8")
    assert [host for host in REGISTRIES if host in lock] == []
    pinned = re.split(r"^(?=[A-Za-z0-9._-]+(?:\[[a-z,]+\])?==)", lock, flags=re.MULTILINE)[1:]
    assert len(pinned) == (1 if name == "build" else len(re.findall(r"^[a-z]", lock, re.MULTILINE)))
    assert [block for block in pinned if "--hash=sha256:" not in block] == []
