"""A process's memory is its own: what its parent held does not count."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from likewise.formats._peak import peak


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system has no /proc")
def test_a_child_does_not_answer_for_its_parent() -> None:
    held = np.ones(40_000_000)  # 320 MB
    assert peak() == peak(os.getpid()) > held.nbytes
    code = "from likewise.formats._peak import peak; print(peak())"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 1e6 < int(told.stdout) < 100e6
    assert peak(2**22 + 1) == 0  # above every number that Linux gives
