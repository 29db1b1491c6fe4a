"""`likewise doctor`: what works here, and how to mend what does not."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from likewise.cli._command import Command
from likewise.cli._output import Output

__all__ = ["command"]

_SIGNS = {"ok": "ok     ", "warning": "warning", "broken": "BROKEN "}


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--model", metavar="M", help="model for the self-test; default: all-MiniLM-L6-v2")


def _run(args: Namespace, out: Output) -> int:
    from likewise.apps.doctor import doctor

    findings = []
    for finding in doctor(args.model):
        findings.append(finding)
        out.line(f"{_SIGNS[finding.state]}  {finding.name}: {finding.found}")
        if finding.mend:
            out.line(f"         -> {finding.mend}")
    broken = sum(finding.state == "broken" for finding in findings)
    out.line(f"{broken} broken" if broken else "likewise works here")
    out.data({"ok": not broken, "findings": findings})
    return 1 if broken else 0


command = Command(
    summary="what works here, and how to mend what does not",
    about=(
        "Look at Python, the processor, the libraries, SQLite and the model, encode a few texts as a test, and say how "
        "to mend what is broken. The exit code is 1 where something is."
    ),
    examples=("likewise doctor", "likewise doctor --json"),
    arguments=_arguments,
    run=_run,
)
