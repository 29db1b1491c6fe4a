"""The command line: one command per file; each parses, makes one library call and prints.

Exit codes: 0 it worked; 1 it ran and something failed, was refused or (search) nothing was found; 2 it could not be
carried out as asked because of what was given; 130 interrupted, 141 the reader of stdout went away.
"""

from __future__ import annotations

import importlib
import io
import os
import pkgutil
import sys
from argparse import Action, ArgumentParser
from argparse import RawDescriptionHelpFormatter as _Help
from collections.abc import Sequence
from shutil import get_terminal_size
from textwrap import fill
from typing import NoReturn, final

from likewise.cli._command import Command
from likewise.cli._output import Output
from likewise.errors import CollectionError, InputError, LikewiseError, MissingLibrary, ModelError, SpaceError

__all__ = ["main"]

_ABOUT = """\
Find things by meaning: files and texts are turned into vectors by an embedding model on your own
computer, kept in one folder (a collection), and found again by what they mean. Nothing is uploaded
unless you name a server."""

_START = """\
a first minute:
  likewise demo                                       see it work on texts that this computer has
  likewise add ~/notes --to notes.likewise            read a folder into a collection
  likewise search notes.likewise "a leaky faucet"     ask it
  likewise sync notes.likewise                        take up what changed since

`likewise COMMAND --help` explains a command and shows examples.
exit codes: 0 it worked, 1 something failed or nothing was found, 2 what was given cannot be used."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="surrogateescape")  # file names keep their bytes
    try:
        code = _run(words)
        sys.stdout.flush()
    except KeyboardInterrupt:
        sys.stderr.write("likewise: interrupted\n")
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the interpreter flushes once more at exit
        return 141
    return code


def _run(words: Sequence[str]) -> int:
    parser = _parser(words)
    try:
        parsed = parser.parse_args(words)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    if "command" not in parsed:
        parser.print_help(sys.stderr)
        return 2
    command: Command = parsed.command
    out = Output(as_json=parsed.json, quiet=parsed.quiet, progress=parsed.progress)
    try:
        if "seed" in parsed and parsed.seed is not None and parsed.seed < 0:
            raise InputError(f"seed is {parsed.seed}, wanted a whole number from 0 on")
        return command.run(parsed, out)
    except BrokenPipeError:
        raise
    except Exception as error:
        if parsed.debug:
            raise
        out.complain(f"likewise {parsed.name}: {_readable(error)}")
        return _code(error)


def _readable(error: Exception) -> str:
    if isinstance(error, LikewiseError):
        return " ".join(str(error).split())
    if isinstance(error, OSError):
        return f"{error.filename or 'input or output'}: {error.strerror or error}"
    return f"unexpected {type(error).__name__}: {error}; please report it with the output of --debug"


def _code(error: Exception) -> int:
    """2 where the cause is what was given, 1 where the work failed."""
    if isinstance(error, (CollectionError, MissingLibrary)):
        return 1
    return 2 if isinstance(error, (InputError, ModelError, SpaceError)) else 1


@final
class _Parser(ArgumentParser):
    """An argparse parser whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


@final
class _Version(Action):
    """Prints the version, which is looked up only when it is asked for."""

    def __call__(self, parser: ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"likewise {version('likewise')}")
        parser.exit()


def _parser(words: Sequence[str]) -> ArgumentParser:
    """The parser for these words: with the one command that they name, else with all (one is quicker)."""
    parser = _Parser(prog="likewise", description=_ABOUT, epilog=_START, formatter_class=_Help, allow_abbrev=False)
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    # a metavar longer than every name: argparse would put the help of the longest name on a line of its own
    room = parser.add_subparsers(title="commands", metavar="COMMAND OPTIONS", parser_class=_Parser)
    known = [m.name.replace("_", "-") for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")]
    for name in words[:1] if words and words[0] in known else known:
        command: Command = importlib.import_module(f"{__name__}.{name.replace('-', '_')}").command
        child = room.add_parser(
            name,
            help=command.summary,
            description=fill(command.about, min(100, get_terminal_size().columns - 2)),
            epilog="examples:\n" + "\n".join(f"  {line}" for line in command.examples),
            formatter_class=_Help,
            allow_abbrev=False,
        )
        command.arguments(child)
        _common(child)
        child.set_defaults(command=command, name=name)
    return parser


def _common(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("common to every command")
    group.add_argument("--json", action="store_true", help="print the result as JSON, for programs")
    group.add_argument("--quiet", action="store_true", help="no remarks and no progress on stderr; errors still show")
    group.add_argument("--progress", action="store_true", help="show progress even where stderr is no terminal")
    group.add_argument("--debug", action="store_true", help="show where an error came from")
