"""How much memory a process has held at most."""

from __future__ import annotations

import contextlib
import resource
import sys
from pathlib import Path

__all__ = ["peak"]


def peak(pid: int | None = None) -> int:
    """Most memory in bytes that this process has held, or a living one of that number; 0 where nothing tells.

    Where there is /proc it is not `ru_maxrss`, which counts what the parent held: a child shares its memory until it
    starts a program of its own.
    """
    if Path("/proc").is_dir():
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{pid or 'self'}/status").read_text(encoding="ascii", errors="replace").splitlines()
            return max([0, *(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))])
    elif pid is None:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return 0
