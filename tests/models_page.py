"""The table of families in docs/models.md, made from the catalogue and the golden cases.

python -m tests.models_page     writes it anew
"""

from __future__ import annotations

import json
import re
import tomllib
from functools import cache
from pathlib import Path

from likewise import catalog
from likewise.catalog import Entry, entries
from tests.golden import decoders

__all__ = ["PAGE", "proven", "table"]

PAGE = Path(__file__).parents[1] / "docs" / "models.md"
_START, _END = "<!-- families: python -m tests.models_page -->", "<!-- end of families -->"
_HEAD = (
    "| family | takes | `model_type` | for example | licence | parity | own weights run |",
    "|---|---|---|---|---|---|---|",
)


def table() -> str:
    """A line for each file of the catalogue."""
    files = sorted(Path(catalog.__file__).parent.glob("[!_]*.toml"))
    return "\n".join([*_HEAD, *(_line(file) for file in files)])


@cache
def proven() -> set[str]:
    """The networks that have a golden case, by their file in src/likewise/networks/."""
    kinds = {str(case.config["model_type"]) for case in decoders.CASES.values()}
    for layouts in (Path(__file__).parent / "golden").glob("*.json"):
        configs = [layout.get("config", {}) for layout in json.loads(layouts.read_text(encoding="utf-8")).values()]
        kinds |= {str(config.get("model_type") or config.get("architecture")) for config in configs}
    return {_network(kind) for kind in kinds}


def _line(file: Path) -> str:
    text = file.read_text(encoding="utf-8")
    title = re.split(r"[:(,]|\. ", text.splitlines()[0].removeprefix("# "))[0].strip()
    ids = {facts["id"] for facts in tomllib.loads(text)["model"]}
    models = [entry for entry in entries() if entry.id in ids]
    kinds = sorted({entry.architecture for entry in models if entry.architecture})
    seen = [f"yes ({entry.name})" for entry in models if entry.seen]
    cells = [
        title,
        ", ".join(dict.fromkeys(m.strip() for entry in models for m in entry.modality.split(","))),
        ", ".join(f"`{kind}`" for kind in kinds) or "none: a table of tokens",
        ", ".join(entry.name for entry in models[:2]),
        ", ".join(dict.fromkeys(_licence(entry) for entry in models)),
        "proven" if all(_network(kind) in proven() for kind in kinds) else "no",
        seen[0] if seen else "no",
    ]
    return f"| {' | '.join(cells)} |"


def _licence(entry: Entry) -> str:
    return f"{entry.licence or 'not stated'}{' (not commercial)' if '-NC' in entry.licence else ''}"


def _network(kind: str) -> str:
    return kind.replace("-", "_").lower()


def page() -> str:
    """The page with its table as it should be. Raises ValueError where it has no place for one."""
    before, start, rest = PAGE.read_text(encoding="utf-8").partition(_START)
    _, end, after = rest.partition(_END)
    if not start or not end:
        raise ValueError(f"{PAGE} has no lines {_START} and {_END}")
    return f"{before}{start}\n\n{table()}\n\n{end}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
