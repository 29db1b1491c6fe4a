"""What the processor is good at."""

from __future__ import annotations

from pathlib import Path

__all__ = ["fastest"]


def fastest() -> str:
    """The floating-point precision that is the quickest here: bf16 where there are matrix tiles (AMX), else fp32.

    A processor may have bf16 instructions without being quicker for it: on Sapphire and Emerald Rapids with AMX
    masked, vdpbf16ps reaches 84 Gop/s a core where fp32 reaches 155.
    """
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return "fp32"
    return "bf16" if "amx_bf16" in flags else "fp32"
