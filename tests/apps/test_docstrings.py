"""The standard library's docstrings, and those of a small library with traps in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from likewise.apps._docstrings import docstrings
from likewise.errors import InputError

LONG = "Say something that is long enough to be worth a search."


def test_the_standard_library_is_read() -> None:
    items = {item.id: item for item in docstrings()}
    assert len(items) > 1000
    assert "directories" in str(items["filecmp.dircmp"].content)
    assert items["filecmp.dircmp"].metadata["kind"] == "class"
    assert not [name for name in items if "._" in name or name.startswith(("test.", "idlelib"))]


def test_only_public_documented_names_once(tmp_path: Path) -> None:
    (tmp_path / "_hidden.py").write_text(f'"""{LONG} Hidden."""')
    (tmp_path / "broken.py").write_text("def (")
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text(
        f'"""{LONG}"""\n\ndef again():\n    """{LONG}"""\n\ndef _own():\n    """{LONG} Own."""\n\n'
        f'async def later():\n    """{LONG} Later."""\n\nclass Short:\n    """Short."""\n'
    )
    items = list(docstrings(tmp_path))
    assert [item.id for item in items] == ["package", "package.later"]
    assert items[1].metadata["line"] == 9


def test_a_python_without_source_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no documented Python source"):
        list(docstrings(tmp_path))


def test_a_long_docstring_is_cut_between_paragraphs(tmp_path: Path) -> None:
    (tmp_path / "long.py").write_text(f'"""{LONG}\n\n{"more " * 50}\n\n{"most " * 100}"""')
    (item,) = docstrings(tmp_path)
    assert item.content == f"{LONG}\n\n{'more ' * 50}"
