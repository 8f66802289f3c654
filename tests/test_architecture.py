"""What may import what, where MLflow is touched, where time meets a cutoff: the rules of docs/design.md, enforced."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from time_rule import meetings, scopes, spread

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
HIDDEN = {".venv", ".venvs", "var", "tests", "build"}
OUTSIDE = {"tests", "benchmarks", "notebooks", "docs"}
FILES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
MLFLOW = {
    "training/tracking.py": "the writing side",
    "training/promote.py": "moves the champion alias by hand",
    "training/moved.py": "lets the store name the folder that it lies in",
    "training/pyfunc_model.py": "the registered model's wrapper, run by MLflow",
    "models/registry.py": "the reading side",
}
TIME_ROOMS = {
    "features/compute.py": "populations and outcomes of (entity, as_of) rows",
    "features/kernel/": "which events a row sees, and its plain twin",
}
TIME_PLACES = {
    "features/grouped.py:_order": "orders events by the moment they were known: no cutoff",
    "features/grouped.py:_in_order": "the same",
    "features/grouped.py:search_key": "a sorted key of entity and time, searched in compute.py",
    "features/nodes.py:_of_row": "days between the cutoff and a date that the row stated",
    "features/parts.py:_levels": "which levels were known when the test begins",
    "features/pipeline.py:available": "whether the season of the test lies behind its start",
    "features/pipeline.py:_counts": "which levels were known when the test begins",
    "features/pools.py:_until": "counts known at the end of the last day before the cutoff",
    "features/population.py:moment_asked": "refuses a moment after the end of the history",
    "training/dataset.py:opportunity_rows": "leaves out rows whose outcome is not settled",
    "training/fit.py:latest_year": "which rows a number is compared with: all of them known to the training",
    "training/splits/cutoffs.py:require_mature": "refuses a cutoff whose outcome is not settled",
    "training/splits/sides.py:_later": "cuts rows that compute.py made into training and test",
    "training/splits/sides.py:halves_in_time": "cuts training rows into earlier and later ones",
    "training/splits/sides.py:settled_by": "the same, by settled outcomes",
    "serving/api/scores.py:_not_later": "refuses a moment after the end of the history",
    "models/deals.py:_answered": "how far the windows of two answers reach; no event is compared",
    "models/deals.py:_chances": "the same: the part of a deal's window that lies in the account's",
    "models/timing.py:by": "the share of a horizon that some days are",
    "serving/store/scores.py:previous_run": "looks up stored runs by their own as_of",
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
    modules = {
        module_of(path): path for path in [*FILES, *sorted((ROOT / "benchmarks").rglob("*.py"))] if ".venvs" not in path.parts
    }
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


TIMED = ("features", "models", "training", "serving", "readiness", "foresale")


@cache
def time_meetings() -> dict[str, list[str]]:
    """Every function in which a cutoff takes part in a comparison, with these comparisons as text."""
    found = [
        scope for path in FILES if path.relative_to(ROOT).parts[0] in TIMED for scope in scopes(name_of(path), tree_of(path))
    ]
    spread(found)
    return {scope.name: texts for scope in found if (texts := list(meetings(scope)))}


def test_time_meets_a_cutoff_only_where_it_may() -> None:
    elsewhere = {
        name: texts for name, texts in time_meetings().items() if name not in TIME_PLACES and not name.startswith((*TIME_ROOMS,))
    }
    assert elsewhere == {}


def test_every_exception_is_still_needed() -> None:
    assert [name for name in MLFLOW if not (ROOT / name).is_file()] == []
    assert set(TIME_PLACES) - set(time_meetings()) == set(), "nothing is compared there: take it off the list"
    assert [room for room in TIME_ROOMS if not any(name.startswith(room) for name in time_meetings())] == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def f(spine): return occurred <= spine.as_of", 1),
        ("def f(cutoff): return cutoff < received", 1),
        ("def f(as_of):\n    day = as_of // DAY - 1\n    return np.searchsorted(keys, level + day)", 1),
        ("def f(cutoff): return g(events, cutoff)\ndef g(events, now):\n    while events[0] <= now: pass", 1),
        ("def f(known_by): return f'where epoch({name}) <= {known_by}'", 1),
        ("def f(as_of): return np.minimum(value, as_of)", 1),
        ("def f(as_of):\n    if as_of is None: return g(as_of=as_of)", 0),
        ("def f(as_of):\n    rows = read(as_of)\n    return len(rows) < 5", 0),
        ("def f(as_of): return f'<b>{as_of}</b>'", 1),
        ("def f(): return a < b", 0),
    ],
)
def test_the_time_rule_sees_a_comparison(source: str, found: int) -> None:
    made = scopes("m.py", ast.parse(source))
    spread(made)
    assert sum(len(list(meetings(scope))) for scope in made) == found


IN_SERVING = {
    "serving/api": ("serving.pages", "sqlalchemy", "jinja2"),
    "serving/pages": ("serving.api", "sqlalchemy"),
    "serving/store": ("serving.api", "serving.pages", "serving.access", "serving.insight", "fastapi", "starlette"),
    "serving/insight": ("serving.api", "serving.pages", "serving.store", "serving.access", "fastapi", "starlette", "sqlalchemy"),
}


@pytest.mark.parametrize("room", IN_SERVING)
def test_the_rooms_of_serving_know_only_what_they_may(room: str) -> None:
    for path in sorted((ROOT / room).rglob("*.py")):
        assert [name for name in imports(path) if f"{name}.".startswith(tuple(f"{bad}." for bad in IN_SERVING[room]))] == []


def test_features_reads_tables_only_through_snapshots() -> None:
    found = {
        name for path in FILES if name_of(path).startswith("features/") for name in imports(path) if name.startswith("tables")
    }
    assert {name for name in found if name.count(".") == 1} <= {"tables.snapshot"}


def test_no_folder_is_overfull() -> None:
    rooms = Counter(path.parent for path in ROOT.rglob("*.py") if path.name != "__init__.py" and not HIDDEN & {*path.parts})
    assert {name_of(room): count for room, count in rooms.items() if count > 22} == {}


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
