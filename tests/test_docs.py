"""The docs name every command, option, workspace key and endpoint, and what they tell a reader to type works."""

from __future__ import annotations

import importlib.util
import re
import shlex
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest
import typer.main
from fastapi.routing import APIRoute
from pydantic import BaseModel
from typer.testing import CliRunner

from features.catalog import CATALOG
from features.facts import FACTS
from foresale.cli import app
from serving.access.keys import SCOPES
from serving.app import create_app
from serving.loading import load_engine
from serving.settings import Settings
from serving.store.scores import open_store
from workspace.mapping import DIMENSIONS
from workspace.schema import TABLES
from workspace.workspace import Workspace, load_workspace

ROOT = Path(__file__).parents[1]
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
GUIDES = (
    "your-crm.md",
    "your-crm.zh-CN.md",
    "init.md",
    "salesforce.md",
    "hubspot.md",
    "postgresql.md",
    "dlt.md",
    "workspace.md",
    "tables.md",
    "api.md",
    "operations.md",
    "spark.md",
    "world.md",
    "design.md",
)
PAGES = (*READMES, ROOT / "CONTRIBUTING.md", *(ROOT / "docs" / name for name in GUIDES))
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def text_of(path: Path) -> str:
    """One page."""
    return path.read_text(encoding="utf-8")


@cache
def documentation() -> str:
    """README.md and the guides, in which everything must be mentioned."""
    return "\n".join(text_of(path) for path in PAGES if path != READMES[1])


def blocks(path: Path, *languages: str) -> list[str]:
    """The fenced blocks of these languages (\"\" for none)."""
    return [code for language, code in _FENCE.findall(text_of(path)) if language in languages]


def typed_lines() -> Iterator[tuple[Path, str]]:
    """Every line of a command block, with continued lines joined."""
    for path in PAGES:
        for block in blocks(path, "", "sh", "cron", "ini"):
            yield from ((path, line.strip()) for line in block.replace("\\\n", " ").splitlines() if line.strip())


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command of the program with its path."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


PROGRAM: Any = typer.main.get_command(app)
COMMANDS = list(commands(PROGRAM))


@pytest.mark.parametrize("path", [" ".join(path) for path, _ in COMMANDS])
def test_every_command_is_in_both_readmes(path: str) -> None:
    for readme in READMES:
        assert f"`foresale {path}" in text_of(readme)


def test_every_option_is_documented() -> None:
    options = {
        max(parameter.opts, key=len)
        for _, command in [*COMMANDS, ((), PROGRAM)]
        for parameter in command.params
        if parameter.param_type_name == "option"
    }
    assert [option for option in sorted(options - {"--help"}) if not _says(option)] == []


def _says(option: str) -> bool:
    no = option.replace("--", "--no-", 1)
    return bool(re.search(rf"(?:{option}|{no})\b", documentation()))


def keys(model: type[BaseModel]) -> Iterator[str]:
    """Every key of a workspace section and of the sections inside it."""
    for name, field in model.model_fields.items():
        yield name
        for inner in _models(field.annotation):
            yield from keys(inner)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


@pytest.mark.parametrize("key", sorted(set(keys(Workspace))))
def test_every_workspace_key_is_documented(key: str) -> None:
    assert re.search(rf"[`.\[]{key}[`.\]]", text_of(ROOT / "docs" / "workspace.md"))


def test_every_dimension_and_scope_is_documented() -> None:
    assert [name for name in DIMENSIONS if f"`{name}`" not in text_of(ROOT / "docs" / "workspace.md")] == []
    assert [scope for scope in SCOPES if f"`{scope}`" not in text_of(ROOT / "docs" / "api.md")] == []


def test_every_toml_example_is_a_part_of_a_valid_workspace(tmp_path: Path) -> None:
    company = 'name = "a"\ntitle_zh = "a"\ntitle_en = "a"\ntime_zone = "UTC"\ncurrency = "CNY"\ndata_dir = "var"\n'
    examples = blocks(ROOT / "docs" / "workspace.md", "toml")
    assert examples
    file = tmp_path / "foresale.toml"
    file.write_text(company + "\n".join(examples), encoding="utf-8")
    assert load_workspace(file).tasks.churn is not None
    assert tomllib.loads("\n".join(examples)).keys() == {"sources", "tables", "tasks", "overrule", "words", "spark"}


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    """Every endpoint as method and path: the API's from OpenAPI, the pages' from the routes. No model is loaded."""
    company = load_workspace(ROOT / "examples" / "complete_journey.toml")
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('store') / 'f.db'}") as store:
        app = create_app(Settings(company), lambda: load_engine(company), store)
        described = [(method.upper(), path) for path, methods in app.openapi()["paths"].items() for method in methods]
        hidden = [route for route in app.routes if isinstance(route, APIRoute) and not route.include_in_schema]
        return described + [
            (method, route.path) for route in hidden for method in route.methods if route.path not in ("/login", "/logout")
        ]


def test_every_endpoint_is_documented(routes: list[tuple[str, str]]) -> None:
    assert len(routes) >= 7
    api = text_of(ROOT / "docs" / "api.md")
    pages = [path for method, path in routes if f"`{method} {path}`" not in api]
    assert [path for path in pages if f"`{path}`" not in api] == []


def test_every_problem_is_documented() -> None:
    api = text_of(ROOT / "docs" / "api.md")
    raised = {
        code
        for path in (ROOT / "serving").glob("*.py")
        for code in re.findall(r"Problem\(\s*\d{3},\s*\"([a-z-]+)\"", text_of(path))
    }
    assert len(raised) > 5
    assert [code for code in sorted(raised) if f"`{code}`" not in api] == []


def test_every_metric_is_documented() -> None:
    names = re.findall(r"\"(foresale_[a-z_]+)\"", text_of(ROOT / "serving" / "telemetry.py"))
    assert names
    assert [name for name in names if f"`{name}" not in text_of(ROOT / "docs" / "operations.md")] == []


def foresale_calls() -> list[str]:
    """Every call of the program in a command block, its shell surroundings cut off."""
    found = (re.search(r"(?:^|bin/)foresale ([^&|]*)", line) for _, line in typed_lines())
    return sorted({match.group(1).strip() for match in found if match})


@pytest.mark.parametrize("call", foresale_calls())
def test_every_foresale_line_is_understood(call: str) -> None:
    words = shlex.split(call)
    rest = words[2:] if words[0] == "--workspace" else words
    path, command = next((path, command) for path, command in COMMANDS if tuple(rest[: len(path)]) == path)
    command.make_context(path[-1], rest[len(path) :])
    assert CliRunner().invoke(app, [*words, "--help"]).exit_code == 0


def test_there_are_foresale_lines_to_check() -> None:
    words = {word for call in foresale_calls() for word in call.split()}
    assert {"serve", "nightly", "promote", "train", "key"} <= words


def test_every_make_target_exists() -> None:
    makefile = text_of(ROOT / "Makefile")
    targets = {re.sub(r"%", "", name) for name in re.findall(r"^([a-z%-]+):", makefile, re.MULTILINE)}
    named = {word for path in PAGES for word in re.findall(r"(?:`|^)make ([a-z-]+)", text_of(path), re.MULTILINE)}
    assert {"demo", "test", "check"} <= named
    assert [word for word in sorted(named) if word not in targets] == []


def test_every_mlflow_entry_point_exists() -> None:
    declared = set(re.findall(r"^  (\w+):$", text_of(ROOT / "MLproject"), re.MULTILINE))
    named = {word for path in PAGES for word in re.findall(r"mlflow run .*?-e (\w+)", text_of(path))}
    assert "train" in named
    assert named <= declared
    assert [name for name in declared if f"`{name}`" not in text_of(READMES[0])] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_link_inside_the_repository_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", text_of(path))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_both_readmes_have_the_same_sections_commands_tables_and_links() -> None:
    ours, theirs = (_shape(text_of(path)) for path in READMES)
    assert ours == theirs
    assert [blocks(path, "") for path in READMES[:1]] == [blocks(path, "") for path in READMES[1:]]


def _shape(text: str) -> dict[str, Any]:
    plain = _FENCE.sub("", text)
    return {
        "sections": [len(mark) for mark in re.findall(r"^(#+) ", plain, re.MULTILINE)],
        "table rows": len(re.findall(r"^\|", plain, re.MULTILINE)),
        "commands": re.findall(r"^\| (`foresale .*?`) \|", plain, re.MULTILINE),
        "links": sorted(set(re.findall(r"\]\((?!README)([^)]+)\)", plain))),
        "blocks": [language for language, _ in _FENCE.findall(text)],
    }


def test_no_key_that_could_work_is_printed() -> None:
    for path in PAGES:
        assert re.findall(r"fsk_[0-9a-f]{12}_[A-Za-z0-9_-]{8,}", text_of(path)) == [], path.name


def _generator(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_tables_is_current() -> None:
    assert text_of(ROOT / "docs" / "tables.md") == _generator("generate_tables").page(), "run: python docs/generate_tables.py"
    assert all(f"## {name} " in text_of(ROOT / "docs" / "tables.md") for name in TABLES)


def test_the_page_of_features_is_current() -> None:
    text = text_of(ROOT / "docs" / "features.md")
    assert text == _generator("generate_features").page(), "run: python docs/generate_features.py"
    assert [feature.name for feature in CATALOG if f"| `{feature.name}`" not in text] == []
    for feature in CATALOG:
        assert all((feature.dimension, feature.zh, feature.en, feature.unit))


def test_the_page_of_reasons_is_current() -> None:
    """Laid out anew from its own sentences it is the same, and each sentence is one of its saying."""
    text, generator = text_of(ROOT / "docs" / "reasons.md"), _generator("generate_reasons")
    examples = generator.read_examples(text)
    assert text == generator.page(examples), "run: python docs/generate_reasons.py WORKSPACE..."
    for fact in FACTS:
        for saying in fact.sayings:
            for told, pattern in zip(examples.get((fact.name, saying.situation), ()), generator.patterns(saying), strict=False):
                assert pattern.fullmatch(told), (fact.name, saying.situation, told)


def test_the_container_listens_and_is_asked_where_it_should_be() -> None:
    dockerfile = text_of(ROOT / "Dockerfile")
    port = re.findall(r"^EXPOSE (\d+)$", dockerfile, re.MULTILINE)[0]
    assert f'"--port", "{port}"' in dockerfile
    assert f"127.0.0.1:{port}/livez" in dockerfile
    assert dockerfile.count("--no-deps --require-hashes") + dockerfile.count("--use-pep517 --require-hashes") == 2
    assert re.search(r"^USER (?!root)", dockerfile, re.MULTILINE)


def test_the_notebooks_define_nothing() -> None:
    for path in sorted((ROOT / "notebooks").glob("*.py")):
        assert "# %%" in text_of(path)
        assert re.findall(r"^(?:def|class|async def) ", text_of(path), re.MULTILINE) == []


def test_the_map_names_what_exists() -> None:
    """Every question of CONTRIBUTING's map is answered by places that are there, and every room by a line of the design."""
    section = text_of(ROOT / "CONTRIBUTING.md").partition("## Where is what")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+\?) \| ([^|]+) \|$", section, re.MULTILINE)
    assert len(rows) >= 10
    for question, answer in rows:
        places = re.findall(r"`([\w/]+(?:/|\.py))`", answer)
        assert places, question
        assert [place for place in places if not (ROOT / place).exists()] == [], question
    design = text_of(ROOT / "docs" / "design.md")
    assert [path.parent.name for path in ROOT.glob("*/__init__.py") if f"| `{path.parent.name}/` |" not in design] == [
        "benchmarks"
    ]
