"""The documentation strings of the installed Python standard library, read from its source and never imported."""

from __future__ import annotations

import ast
import sysconfig
import warnings
from collections.abc import Iterator
from pathlib import Path

from likewise.errors import InputError
from likewise.types import Item

__all__ = ["docstrings"]

_SHORTEST = 30
_LONGEST = 600
_PASSED_OVER = frozenset(
    {"test", "tests", "idlelib", "lib2to3", "turtledemo", "site-packages", "dist-packages", "ensurepip", "pydoc_data"}
    | {"distutils", "encodings", "tkinter"}
)
"""Tests, bundled programs, what Python 3.12 took out, a hundred codecs with one sentence each, a windowing toolkit."""


def docstrings(root: Path | None = None) -> Iterator[Item]:
    """One item for every public module, class and function (no methods) with a docstring of its own.

    Its content is the opening paragraphs of the docstring, up to about 600 characters. Item ids are dotted names;
    metadata: `title`, `module`, `kind`, `file`, `line`. `root` is the standard library of this Python unless given.

    Raises InputError where no source file is there.
    """
    base = root or Path(sysconfig.get_paths()["stdlib"])
    seen: set[str] = set()
    for path in _sources(base):
        for item in _documented(path, _dotted(path.relative_to(base))):
            if str(item.content) not in seen:
                seen.add(str(item.content))
                yield item
    if not seen:
        raise InputError(f"no documented Python source under {base}; this Python came without its library's source")


def _sources(base: Path) -> Iterator[Path]:
    for path in sorted(base.rglob("*.py")):
        parts = path.relative_to(base).parts
        if not _PASSED_OVER.intersection(parts) and not any(_is_private(part) for part in parts):
            yield path


def _is_private(name: str) -> bool:
    return name.startswith("_") and name != "__init__.py"


def _dotted(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _documented(path: Path, module: str) -> Iterator[Item]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # old sources hold escapes that newer Pythons warn of
            tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return
    yield from _item(tree, module, "module", path, 1, module)
    for node in tree.body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and not _is_private(node.name):
            kind = "class" if isinstance(node, ast.ClassDef) else "function"
            yield from _item(node, f"{module}.{node.name}", kind, path, node.lineno, module)


def _opening(text: str) -> str:
    """The first paragraph, and what follows as far as it fits."""
    first, *rest = text.split("\n\n")
    for paragraph in rest:
        if len(first) + len(paragraph) > _LONGEST:
            break
        first += f"\n\n{paragraph}"
    return first


def _item(
    node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef,
    name: str,
    kind: str,
    path: Path,
    line: int,
    module: str,
) -> Iterator[Item]:
    text = _opening(ast.get_docstring(node) or "")
    if len(text) >= _SHORTEST:
        yield Item(
            name, text, metadata={"title": name, "module": module, "kind": kind, "file": str(path), "line": line}
        )
