"""The rules of the house, checked over every file of it: floors, sizes, exports, docs, a light front door."""

from __future__ import annotations

import ast
import importlib
import json
import re
import subprocess
import sys
import tomllib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import pytest

from likewise import parts

ROOT = Path(__file__).parents[1]
HOUSE = ROOT / "src" / "likewise"
FILES = sorted(HOUSE.rglob("*.py"))
SETTINGS: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ROOMS = sorted(
    room
    for room in (
        "apps",
        "cli",
        "encoders",
        "evaluation",
        "formats",
        "metrics",
        "modalities",
        "networks",
        "projections",
        "runtimes",
        "sources",
        "stores",
    )
    if (HOUSE / room).is_dir()
)
APART = ("cli", "formats", "metrics", "networks", "runtimes", "sources", "stores")
"""Rooms whose members know nothing of each other; what they share is a `_x.py`."""


def _module(path: Path) -> str:
    return ".".join(path.relative_to(HOUSE.parent).with_suffix("").parts)


def _command(leaf: str) -> str:
    """What is typed for a leaf: verify_model.py is `likewise verify-model`."""
    return leaf.rpartition(".")[2].replace("_", "-")


LEAVES = [
    _module(path)
    for path in FILES
    if path.relative_to(HOUSE).parts[0] in ROOMS and not any(p.startswith("_") for p in path.relative_to(HOUSE).parts)
]
COMMANDS = [_command(leaf) for leaf in LEAVES if leaf.startswith("likewise.cli.")]
APPS = [_command(leaf) for leaf in LEAVES if leaf.startswith("likewise.apps.")]


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_bytes())


def _docs() -> str:
    return "\n".join(page.read_text(encoding="utf-8") for page in sorted((ROOT / "docs").glob("*.md")))


def test_floors_stand() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-logo", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_room_stands_on_a_floor() -> None:
    floors = next(c for c in SETTINGS["tool"]["importlinter"]["contracts"] if c["id"] == "floors")
    listed = set(re.findall(r"\w+", " ".join(floors["layers"])))
    there = {p.stem for p in HOUSE.iterdir() if (p.suffix == ".py" or (p / "__init__.py").exists())} - {"__init__"}
    assert listed == there


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_files_and_functions_are_small(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= 400, f"{lines} lines, hard limit 400: cut it along its nouns"
    functions = [n for n in ast.walk(_tree(path)) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
    long = {f.name: size for f in functions if (size := (f.end_lineno or f.lineno) - f.lineno + 1) > 60}
    assert not long, f"functions of more than 60 lines: {long}"


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_no_drawers(path: Path) -> None:
    drawers = {"utils", "util", "common", "helpers", "helper", "base", "manager", "misc"}
    assert path.stem.strip("_") not in drawers
    assert not drawers.intersection(path.relative_to(HOUSE).parts)


@pytest.mark.parametrize("leaf", LEAVES)
def test_a_leaf_exports_one_name(leaf: str) -> None:
    try:
        module = importlib.import_module(leaf)
    except ModuleNotFoundError as error:
        if error.name not in parts._EXTRAS:
            raise
        pytest.skip(f"{leaf} needs {error.name}, which is optional")
    assert len(module.__all__) == 1
    assert hasattr(module, module.__all__[0])


@pytest.mark.parametrize("leaf", [leaf for leaf in LEAVES if leaf.split(".")[1] in APART])
def test_siblings_do_not_know_each_other(leaf: str) -> None:
    source = (HOUSE.parent / leaf.replace(".", "/")).with_suffix(".py")
    imported = {n.module for n in ast.walk(_tree(source)) if isinstance(n, ast.ImportFrom)}
    siblings = {other for other in LEAVES if other.split(".")[1] == leaf.split(".")[1]} - {leaf}
    assert not imported & siblings


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_what_is_public_is_explained(path: Path) -> None:
    tree = _tree(path)
    if not tree.body:
        return
    assert ast.get_docstring(tree), "the module says nothing of itself"
    if path.stem.startswith("_") and path.stem != "__init__":
        return
    assigned = [n for n in tree.body if isinstance(n, ast.Assign) and getattr(n.targets[0], "id", "") == "__all__"]
    exported = set(ast.literal_eval(assigned[0].value)) if assigned else set()
    named = {n.name: n for n in tree.body if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
    silent = [name for name, node in named.items() if name in exported and not ast.get_docstring(node)]
    assert not silent, f"no docstring: {silent}"


def _made(command: str) -> Any:
    return importlib.import_module(f"likewise.cli.{command.replace('-', '_')}").command


def _options(command: str) -> set[str]:
    parser = ArgumentParser(add_help=False)
    _made(command).arguments(parser)
    return {option for action in parser._actions for option in action.option_strings}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_explained(command: str) -> None:
    made = _made(command)
    assert made.summary
    assert made.about
    assert made.examples
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    section = page.partition(f"\n## likewise {command}\n")[2].partition("\n## ")[0]
    assert section, f"docs/cli.md has no section `## likewise {command}`"
    missing = {option for option in _options(command) if option not in section}
    assert not missing, f"docs/cli.md, {command}: options {missing} are not explained"


@pytest.mark.parametrize("app", APPS)
def test_every_app_has_a_command_and_a_page(app: str) -> None:
    assert app in COMMANDS
    assert f"likewise {app}" in _docs()


def test_every_format_and_reason_is_explained() -> None:
    from likewise.formats import REASONS

    page = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    formats = [leaf.rpartition(".")[2] for leaf in LEAVES if leaf.startswith("likewise.formats.")]
    assert not [name for name in (*formats, *REASONS) if f"`{name}`" not in page]


def test_every_page_is_reached_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert not [p.name for p in (ROOT / "docs").glob("*.md") if f"docs/{p.name}" not in readme]


def test_links_between_pages_lead_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "benchmarks").glob("*.md")]:
        targets = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text(encoding="utf-8"))
        assert not [t for t in targets if not (page.parent / t).exists()], page.name


def test_the_front_door_is_light() -> None:
    code = (
        "import sys; before = set(sys.modules); import likewise; "
        "new = {m.partition('.')[0] for m in set(sys.modules) - before}; "
        "import json; print(json.dumps(sorted(new - set(sys.stdlib_module_names))))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert set(json.loads(done.stdout)) <= {"likewise", "numpy"}


def test_types_and_errors_need_numpy_only() -> None:
    code = (
        "import sys; before = set(sys.modules); from likewise import Item, Hit, Space, InputError, __version__; "
        "new = {m.partition('.')[0] for m in set(sys.modules) - before}; "
        "import json; print(json.dumps(sorted(new - set(sys.stdlib_module_names))))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert set(json.loads(done.stdout)) == {"likewise", "numpy"}


def test_the_front_door_opens_every_name() -> None:
    door = importlib.import_module("likewise")
    assert [name for name in door.__all__ if getattr(door, name) is None] == []
    assert set(dir(door)) == set(door.__all__)
    with pytest.raises(AttributeError, match="no name 'Embedder'"):
        _ = door.Embedder


def test_extras_are_those_that_exist() -> None:
    assert set(parts._EXTRAS.values()) <= set(SETTINGS["project"].get("optional-dependencies", {}))


def _bare(requirement: str) -> str:
    return re.split(r"[\s<>=!~;\[]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def test_every_dependency_is_pinned_and_none_is_torch() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = {_bare(line) for line in lines if line and not line.startswith("#")}
    wanted = {_bare(r) for r in SETTINGS["project"]["dependencies"] + SETTINGS["dependency-groups"]["dev"]}
    wanted |= {_bare(r) for r in SETTINGS["build-system"]["requires"]}
    assert wanted <= pins, "run `make lock`"
    assert "torch" not in pins
    assert all("==" in line for line in lines if line and not line.startswith("#"))


def test_version_and_types_are_shipped() -> None:
    version = SETTINGS["project"]["version"]
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert (HOUSE / "py.typed").exists()
