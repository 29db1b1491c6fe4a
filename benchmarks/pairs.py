"""How well `calibrate` and `verify-pairs` do on real pairs, and how often their intervals hold the truth.

    python -m benchmarks.pairs [--only records,paraphrases,sounds,coverage]

records: Magellan's entity matching (DBLP-ACM, also dirty, Fodors-Zagats, Beer), MiniLM: threshold and probabilities are
learned from the training and validation pairs and tried on the test pairs. paraphrases: MRPC, learned from its training
pairs, tried on its validation pairs. sounds: the same speaker and the same digit in FSDD by Google's speech embedding,
the same class in ESC-10 by YAMNet; errors are those on speakers, digits and classes that were held out. coverage:
drawn pairs whose truth is known. Nothing is trained; development figures.
"""

from __future__ import annotations

import argparse
import gzip
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import likewise
from benchmarks.senses_real import _loaded
from likewise import Item, parts
from likewise.apps._calibrated import calibrated
from likewise.apps._compared import Compared, Pair
from likewise.apps._operating import figures
from likewise.apps.verify_pairs import verify_pairs
from likewise.metrics._interval import Interval, wilson

DATA = Path(os.environ.get("LIKEWISE_DATA", Path(__file__).parents[2] / "shared" / "data"))
RECORDS = ("Structured/DBLP-ACM", "Dirty/DBLP-ACM", "Structured/Fodors-Zagats", "Structured/Beer")
Floats = NDArray[np.float64]


def _said(one: Interval) -> str:
    return f"{one.mean:.2%} ({one.low:.2%} to {one.high:.2%})"


def _tried(name: str, learned: list[Pair], tried: list[Pair]) -> None:
    """Learn from some pairs, decide on others, and count."""
    encoder = likewise.load(precision="fp32")
    found = verify_pairs(learned, [(a, b, None) for a, b, _ in tried], model=encoder)
    told = found.told
    assert told is not None
    truth = np.array([bool(match) for *_, match in tried])
    p = np.array([one.probability for one in found.decided])
    cosines = np.array([one.cosine for one in found.decided])
    eer = parts.find("metrics", "eer")(cosines, truth)
    same = p >= 0.5
    right = int((same & truth).sum())
    precision, recall = wilson(right, int(same.sum())), wilson(right, int(truth.sum()))
    f1 = 2 * right / max(int(same.sum() + truth.sum()), 1)
    order = np.array_split(np.argsort(p, kind="stable"), 10)
    error = sum(abs(p[part].mean() - truth[part].mean()) * len(part) for part in order if len(part)) / len(p)
    print(f"{name}: {told.pairs:,} pairs to learn from, {told.matches:,} match; curve {found.calibration.method}")
    print(f"  EER {_said(told.eer)}; on the {len(tried):,} pairs of the test {eer:.2%}")
    print(f"  p >= 0.5 on the test: F1 {f1:.3f}, precision {_said(precision)}, recall {_said(recall)}")
    brier, prior = float(((p - truth) ** 2).mean()), float(truth.mean() * (1 - truth.mean()))
    print(f"  probabilities there: Brier {brier:.4f} ({prior:.4f} by the share alone), calibration error {error:.4f}")


def records() -> None:
    for name in RECORDS:
        folder = DATA / "records" / "entity-matching" / name
        learned = [*_magellan(folder / "train.txt.gz"), *_magellan(folder / "valid.txt.gz")]
        _tried(name, learned, list(_magellan(folder / "test.txt.gz")))


def _magellan(path: Path) -> Iterator[Pair]:
    """Ditto's lines: COL name VAL value ..., twice, and 1 or 0."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            left, right, label = line.rstrip("\n").split("\t")
            yield (*(re.sub(r"\bCOL (\S+) VAL ", r"\1: ", side).strip() for side in (left, right)), label == "1")  # type: ignore[misc]


def paraphrases() -> None:
    folder = DATA / "sts" / "dataset-sts" / "para" / "msr"
    _tried("MRPC", _mrpc(folder / "msr-para-train.tsv"), _mrpc(folder / "msr-para-val.tsv"))


def _mrpc(path: Path) -> list[Pair]:
    lines = path.read_text(encoding="utf-8-sig").splitlines()[1:]
    cells = [line.split("\t") for line in lines]
    return [(row[3], row[4], row[0] == "1") for row in cells if len(row) >= 5]


def sounds() -> None:
    with tempfile.TemporaryDirectory() as made:
        files = [f"google-speech-embedding/{name}.onnx" for name in ("melspectrogram", "embedding_model")]
        speech = _loaded("google-speech-embedding", Path(made), DATA, *files)
        paths = sorted((DATA / "audio" / "fsdd" / "recordings").glob("*.wav"))
        told = [re.split("[_.]", path.name) for path in paths]
        _by("FSDD, same speaker", speech, paths, [one[1] for one in told])
        _by("FSDD, same digit", speech, paths, [one[0] for one in told])
    with tempfile.TemporaryDirectory() as made:
        yamnet = _loaded("yamnet", Path(made), DATA, "yamnet/yamnet.tflite", "yamnet/yamnet_class_map.csv")
        paths = sorted((DATA / "audio" / "esc10").glob("*/*.ogg"))
        _by("ESC-10, same class", yamnet, paths, [path.parent.name for path in paths])


def _by(name: str, encoder: likewise.Encoder, paths: Sequence[Path], labels: Sequence[str]) -> None:
    items = [Item(str(p), p, "audio", {"same": label}) for p, label in zip(paths, labels, strict=True)]
    told = verify_pairs(source=items, by="same", model=encoder).told
    assert told is not None
    print(f"{name}: {len(paths):,} clips of {len(set(labels))}, {told.pairs:,} pairs")
    print(f"  EER {_said(told.eer)}, AUROC {told.auroc.mean:.4f}, minDCF(0.01) {told.min_dcf.mean:.3f}")
    if told.held is not None:
        errors = told.held
        print(f"  held out: others let in {_said(errors.false_matches)}, turned away {_said(errors.false_nonmatches)}")


def coverage(trials: int = 200) -> None:
    """Pairs of a known law: how often 95 % intervals hold the truth."""
    at = np.array([-0.2, 0.2, 0.5])
    held = np.zeros(len(at))
    for seed in range(trials):
        rng = np.random.default_rng(seed)
        cosines = rng.uniform(-1, 1, 300)
        matches = rng.random(300) < _truth(cosines)
        units = np.stack([np.arange(300)] * 2, axis=1)
        low, high = _band(_given(cosines, matches, units), at, seed)
        held += (low <= _truth(at)) & (_truth(at) <= high)
    shares = ", ".join(f"{share:.1%}" for share in held / trials)
    print(f"probability, 300 pairs, {trials} trials: held by the 95 % interval at cosines -0.2, 0.2 and 0.5: {shares}")
    for speakers in (10, 40):
        _speakers(speakers, max(trials // 2, 1))


def _speakers(speakers: int, trials: int) -> None:
    """Speakers who differ in how well they are told: the EER of all speakers is the truth."""
    eer = parts.find("metrics", "eer")
    every = _voices(400, 10, np.random.default_rng(99))
    truth = eer(every.cosines, every.matches)
    wide = narrow = 0
    for seed in range(trials):
        found = _voices(speakers, 10, np.random.default_rng(seed))
        alone = np.stack([np.arange(len(found))] * 2, axis=1)
        low, high = figures(found, seed)
        wide += low[0] <= truth <= high[0]
        plain = _given(found.cosines, found.matches, alone)
        low, high = figures(plain, seed)
        narrow += low[0] <= truth <= high[0]
    print(f"EER ({truth:.2%}), {speakers} speakers of 10 recordings, {trials} trials: held by the interval "
          f"over speakers in {wide / trials:.1%}, over pairs in {narrow / trials:.1%}")  # fmt: skip


def _voices(speakers: int, each: int, rng: np.random.Generator) -> Compared:
    """Recordings around their speakers in 16 dimensions, of whom some vary more than others."""
    centres = rng.standard_normal((speakers, 16))
    spread = rng.uniform(0.5, 1.5, speakers)
    vectors = np.repeat(centres, each, axis=0) + np.repeat(spread, each)[:, None] * rng.standard_normal(
        (speakers * each, 16)
    )
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    who = np.repeat(np.arange(speakers), each)
    a, b = np.triu_indices(len(who), 1)
    kept = (who[a] == who[b]) | (rng.random(len(a)) < min(1.0, 40_000 / len(a)))
    a, b = a[kept], b[kept]
    return _given((vectors[a] * vectors[b]).sum(axis=1), who[a] == who[b], np.stack([who[a], who[b]], axis=1))


def _truth(cosines: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp(-(6 * cosines - 2)))
    return found


def _band(found: Compared, at: Floats, seed: int) -> tuple[Floats, Floats]:
    return calibrated(found, ("document", "document"), "logistic", seed).calibration.band(at)


def _given(cosines: Floats, matches: NDArray[np.bool_], units: NDArray[np.int64]) -> Compared:
    names = tuple(("", "") for _ in cosines)
    space = likewise.Space("drawn", "", "", "", (), 0, 2, False, "fp32", "given")
    return Compared(names, cosines, matches, units, space)


PARTS: dict[str, Callable[[], None]] = {
    "records": records,
    "paraphrases": paraphrases,
    "sounds": sounds,
    "coverage": coverage,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(PARTS))
    for name in parser.parse_args().only.split(","):
        PARTS[name]()


if __name__ == "__main__":
    main()
