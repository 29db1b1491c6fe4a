"""What tests that kill share: children that can be killed, and records in files that outlive them."""

import gc
import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path

__all__ = ["append", "ended", "forked", "lines", "pause"]


def forked(work: Callable[[], None]) -> int:
    """Run in a child of its own, which sees none of our open files; returns its process id."""
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            gc.freeze()  # what other tests left here, with threads that this process does not have, is not to be ended
            os.setpgrp()  # so that what it starts dies with it
            work()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    return pid


def ended(pid: int) -> int:
    """The exit code of a child, waited for; below zero the signal that killed it."""
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def append(file: Path, texts: Iterable[str]) -> None:
    """Written with one call, which begins a line: what a kill tears stands alone on its own."""
    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, ("\n" + "".join(json.dumps(text) + "\n" for text in texts)).encode())
    os.close(handle)


def lines(file: Path) -> list[str]:
    """The lines that were written whole."""
    found = file.read_bytes().split(b"\n") if file.exists() else []
    return [json.loads(line) for line in found if line.startswith(b'"') and line.endswith(b'"')]


def pause(seconds: float) -> None:
    """Let the child run: the random moment of a kill is what these tests are about."""
    time.sleep(seconds)
