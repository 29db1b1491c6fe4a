"""Scene cuts beside PySceneDetect's ContentDetector: F1 on its clips, and on real clips spliced together.

    pip install scenedetect opencv-python-headless av; python -m benchmarks.scenes [--json]

Three truths:
- agreed: its saved cuts ("goldens", default settings) on which two of its five detectors agree within TOLERANCE;
- seen: the changes of its clips as a person sees them, from where to where (SEEN below);
- spliced: clips of other shelves joined by hard cuts, dissolves and fades through black (seed 0), changes known.

What ContentDetector itself has saved (30, 180 and 394 of testvideo.mp4) is no truth to judge it by; likewise finds all
three, beside changes that it does not see.

A cut is right where it lies within TOLERANCE of a change not taken yet; changes are taken in their order. Data:
LIKEWISE_DATA (default ../shared/data), development figures.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from numpy.typing import NDArray

from likewise.modalities._cuts import Cuts

DATA: Final = Path(os.environ.get("LIKEWISE_DATA", "../shared/data"))
TOLERANCE: Final = 10
"""Frames."""

Span = tuple[int, int]

SEEN: Final[dict[str, list[Span]]] = {
    # black to a leaf, the leaf to black and on to a deer, deer through black to a rock, rock dissolving into feathers
    "testvideo.mp4": [(30, 30), (180, 212), (361, 394), (528, 558)],
    "fades.mp4": [(78, 90), (162, 174)],
    "counter.mp4": [(10, 10), (20, 20)],
    "delayed_start.mp4": [],
}
_SIZE: Final = (240, 320)
_RATE: Final = 25
_SPLICES: Final = 48


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    shelf = DATA / "video" / "pyscenedetect"
    if not shelf.is_dir():
        sys.exit(f"{shelf} is not there: set LIKEWISE_DATA to the folder that holds video/")
    with tempfile.TemporaryDirectory() as place:
        film = Path(place) / "spliced.mp4"
        spliced = _splice(film, sorted(_clips()))
        cases = {shelf / name: spans for name, spans in SEEN.items()}
        found = {path: (_ours(path), _theirs(path)) for path in (*cases, film)}
    agreed = {path: _agreed(shelf / "goldens", path.name) for path in cases if _agreed(shelf / "goldens", path.name)}
    agreed |= {path: [] for path in cases if path.name in ("counter.mp4", "fades.mp4") and path not in agreed}
    truths = {"agreed": agreed, "seen": cases, "spliced": {film: spliced}}
    rows = [_row(name, truth, found, i) for name, truth in truths.items() for i in range(2)]
    if options.json:
        print(json.dumps(rows))
        return
    print(f"{'truth':<9}{'finder':<18}{'changes':>8}{'found':>7}{'right':>7}{'P':>7}{'R':>7}{'F1':>7}")
    for row in rows:
        print("{truth:<9}{finder:<18}{changes:>8}{found:>7}{right:>7}{p:>7.3f}{r:>7.3f}{f1:>7.3f}".format(**row))
    spent = {
        i: sum(pair[i][1] for pair in found.values()) / sum(pair[0][2] for pair in found.values()) for i in range(2)
    }
    print(
        f"milliseconds a frame, decoding counted: likewise {spent[0] * 1e3:.2f}, ContentDetector {spent[1] * 1e3:.2f}"
    )
    for path, (ours, theirs) in found.items():
        print(path.name, "likewise", ours[0], "ContentDetector", theirs[0])


def _row(name: str, truth: dict[Path, list[Span]], found: dict[Path, Any], which: int) -> dict[str, Any]:
    right = sum(_right(found[path][which][0], spans) for path, spans in truth.items())
    cuts = sum(len(found[path][which][0]) for path in truth)
    changes = sum(map(len, truth.values()))
    p, r = right / max(1, cuts), right / max(1, changes)
    finder = ("likewise", "ContentDetector")[which]
    f1 = 2 * p * r / (p + r) if right else 0.0
    return {
        "truth": name,
        "finder": finder,
        "changes": changes,
        "found": cuts,
        "right": right,
        "p": p,
        "r": r,
        "f1": f1,
    }


def _right(cuts: Sequence[int], spans: Sequence[Span]) -> int:
    """How many changes have a cut of their own."""
    left = sorted(cuts)
    right = 0
    for start, end in spans:
        fit = next((cut for cut in left if start - TOLERANCE <= cut <= end + TOLERANCE), None)
        if fit is not None:
            left.remove(fit)
            right += 1
    return right


def _ours(path: Path) -> tuple[list[int], float, int]:
    """Frames at which shots begin, seconds spent, frames seen."""
    began, cuts, times, found = time.perf_counter(), Cuts(), [], []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            scale = max(1.0, max(frame.width, frame.height) / Cuts.SIZE)
            times.append(float(frame.time or 0.0))
            found += cuts.feed(_pixels(frame, round(frame.width / scale), round(frame.height / scale)), times[-1])
    found += cuts.finish()
    return [int(np.abs(np.array(times) - cut).argmin()) for cut in found], time.perf_counter() - began, len(times)


def _theirs(path: Path) -> tuple[list[int], float]:
    """The same of ContentDetector with its default settings."""
    peer = import_module("scenedetect")
    began = time.perf_counter()
    scenes = peer.detect(str(path), peer.ContentDetector())
    return [scene[0].frame_num for scene in scenes][1:], time.perf_counter() - began


def _agreed(goldens: Path, name: str) -> list[Span]:
    """Saved cuts on which at least two detectors agree, each change once."""
    files = sorted(goldens.glob(f"{name}.*.default.json"))
    by = [json.loads(file.read_text())["cuts"] for file in files]
    every = sorted((cut, i) for i, cuts in enumerate(by) for cut in cuts)
    groups: list[list[tuple[int, int]]] = []
    for cut, i in every:
        if groups and cut - groups[-1][-1][0] <= TOLERANCE:
            groups[-1].append((cut, i))
        else:
            groups.append([(cut, i)])
    return [(group[0][0], group[-1][0]) for group in groups if len({i for _, i in group}) > 1]


def _clips() -> Iterator[Path]:
    """Real clips that a person saw to hold one shot each."""
    for shelf in ("video", "multimodal"):
        for kind in ("mp4", "avi", "mkv"):
            yield from (p for p in (DATA / shelf).rglob(f"*.{kind}") if "pyscenedetect" not in p.parts)


def _splice(film: Path, clips: Sequence[Path]) -> list[Span]:
    """Write shots of 1.2 to 4 s joined in three ways; the changes, in frames."""
    rng = np.random.default_rng(0)
    shots = [shot for shot in (_frames(clip) for clip in clips) if len(shot) > _RATE]
    frames: list[NDArray[np.uint8]] = []
    spans: list[Span] = []
    last = -1
    for i in range(_SPLICES):
        which = int(rng.choice([j for j in range(len(shots)) if j != last]))
        shot, last = shots[which], which
        length = int(min(len(shot), rng.uniform(1.2, 4) * _RATE))
        start = int(rng.integers(0, len(shot) - length + 1))
        shot = shot[start : start + length]
        way = rng.choice(["cut", "cut", "dissolve", "fade"]) if i else "first"
        frames, span = _joined(frames, shot, str(way))
        spans += [span] if i else []
    with av.open(str(film), "w") as out:
        stream = out.add_stream("mpeg4", rate=_RATE)
        stream.height, stream.width, stream.bit_rate = *_SIZE, 2_000_000
        for frame in frames:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(frame, "rgb24")))
        out.mux(stream.encode())
    return spans


def _joined(
    frames: list[NDArray[np.uint8]], shot: Sequence[NDArray[np.uint8]], way: str
) -> tuple[list[NDArray[np.uint8]], Span]:
    """The film so far and a shot, and from where to where it changes."""
    steps = 12
    if way == "dissolve":
        shares = (np.arange(steps) + 1) / (steps + 1)
        mixed = [
            (a * (1 - share) + b * share).astype(np.uint8)
            for a, b, share in zip(frames[-steps:], shot[:steps], shares, strict=True)
        ]
        start = len(frames) - steps
        return [*frames[:-steps], *mixed, *shot[steps:]], (start, start + steps)
    if way == "fade":
        down = [(frame * (1 - (i + 1) / steps)).astype(np.uint8) for i, frame in enumerate(frames[-steps:])]
        up = [(frame * ((i + 1) / steps)).astype(np.uint8) for i, frame in enumerate(shot[:steps])]
        start = len(frames) - steps
        return [*frames[:-steps], *down, *up, *shot[steps:]], (start, start + 2 * steps)
    return [*frames, *shot], (len(frames), len(frames))


def _pixels(frame: Any, width: int, height: int) -> NDArray[np.uint8]:
    made: NDArray[np.uint8] = frame.to_ndarray(format="rgb24", width=width, height=height, interpolation="AREA")
    return made


def _frames(clip: Path) -> list[NDArray[np.uint8]]:
    found: list[NDArray[np.uint8]] = []
    try:
        with av.open(str(clip)) as container:
            for frame in container.decode(video=0):
                found.append(_pixels(frame, _SIZE[1], _SIZE[0]))
                if len(found) > 300:
                    break
    except av.error.FFmpegError:
        pass  # one of them is broken on purpose
    return found


if __name__ == "__main__":
    main()
