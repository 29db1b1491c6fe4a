"""Intents from ten examples each, and questions out of scope told from the others: CLINC150 with the default model.

    python -m benchmarks.classify [--shots 10] [--draws 5]

Ten examples a class are drawn from the training part (seeds 0 to 4), accuracy is on the 4,500 test questions, AUROC of
the score on those and the 1,000 that are out of scope; accuracy is without abstaining. Told beside them: what
cross-validation on the examples says, the share in scope and out of scope that is abstained from, and the calibration
error on the test. Best known for this model: a linear probe on all 15,000 training questions, printed too.
Then anomalies: the 1,000 among the 4,500, and beside the training part as what is normal. Development figures.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np

from benchmarks._labelled import Labelled, clinc
from benchmarks.encode import _machine
from likewise.apps._outlying import METHODS
from likewise.apps.anomalies import anomalies
from likewise.apps.classify import Classified, classify
from likewise.metrics._interval import interval
from likewise.parts import find


def joined(*parts: Labelled) -> Labelled:
    """Several sets in one."""
    texts = tuple(text for part in parts for text in part.texts)
    labels = tuple(label for part in parts for label in part.labels)
    return Labelled(texts, np.concatenate([part.vectors for part in parts]), labels)


def drawn(part: Labelled, shots: int, seed: int) -> Labelled:
    """So many examples of each class."""
    rng = np.random.default_rng(seed)
    labels = np.array(part.labels)
    rows = [rng.choice(np.flatnonzero(labels == one), shots, replace=False) for one in np.unique(labels)]
    return part.some(np.concatenate(rows))


def figures(found: Classified, labels: tuple[str, ...]) -> dict[str, float]:
    """Accuracy, AUROC, shares abstained from and calibration of one run; the label of what is outside is oos."""
    inside = np.array([label != "oos" for label in labels])
    best = np.array([one.classes[0][0] for one in found.sorted])
    said = np.array([one.probability for one in found.sorted])
    score = np.array([one.score for one in found.sorted])
    silent = np.array([one.label is None for one in found.sorted])
    right = (best == np.array(labels))[inside]
    bins = np.minimum((said[inside] * 10).astype(int), 9)
    gaps = [abs(said[inside][bins == b].mean() - right[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins)]
    made = {
        "accuracy": float(right.mean()),
        "AUROC": float(find("metrics", "auroc")(score, inside)),
        "abstained in scope": float(silent[inside].mean()),
        "abstained out of scope": float(silent[~inside].mean()),
        "accuracy of answers": float(right[~silent[inside]].mean()),
        "calibration error": float(sum(gaps)),
    }
    if found.grades is not None:
        made["cross-validated accuracy"] = found.grades.accuracy.mean
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shots", type=int, default=10)
    parser.add_argument("--draws", type=int, default=5)
    args = parser.parse_args()
    print(_machine())
    parts = clinc()
    test = joined(parts["test"], parts["oos_test"])
    asked = test.points()
    about = {label: label.replace("_", " ") for label in sorted(set(parts["train"].labels))}
    outside = parts["oos_train"]
    ways: dict[str, Callable[[int], Classified]] = {
        "zero-shot, names alone": lambda _: classify(asked, descriptions=about),
        "nearest": lambda seed: classify(asked, drawn(parts["train"], args.shots, seed).points(), method="nearest"),
        "logistic": lambda seed: classify(asked, drawn(parts["train"], args.shots, seed).points()),
        "logistic and names": lambda seed: classify(asked, drawn(parts["train"], args.shots, seed).points(), about),
        "logistic and 100 out of scope": lambda seed: classify(
            asked, joined(drawn(parts["train"], args.shots, seed), outside).points(), outside="oos"
        ),
        "logistic, all 100 examples": lambda _: classify(asked, parts["train"].points()),
    }
    for name, way in ways.items():
        draws = 1 if name.startswith("zero") or "all" in name else args.draws
        runs = [figures(way(seed), test.labels) for seed in range(draws)]
        print(f"{name} ({args.shots} a class, {draws} draws)" if draws > 1 else name)
        for figure in runs[0]:
            values = np.array([run[figure] for run in runs])
            spread = f"  ({values.min():.4f} to {values.max():.4f})" if draws > 1 else ""
            print(f"  {figure:26} {values.mean():.4f}{spread}", flush=True)
    one = figures(ways["logistic"](0), test.labels)["accuracy"]
    hits = np.zeros(4_500)
    hits[: round(one * 4_500)] = 1
    told = interval(hits)
    print(f"seed 0: accuracy {told.mean:.4f}, over other test questions {told.low:.4f} to {told.high:.4f}")
    strange(test, parts["train"])


def strange(test: Labelled, normal: Labelled) -> None:
    """AUROC of what is out of scope as anomalies."""
    truth = np.array([label == "oos" for label in test.labels])
    auroc = find("metrics", "auroc")
    for method in METHODS:
        among = anomalies(test.points(), method=method, top=0)
        beside = anomalies(test.points(), normal.points(), method=method, top=0, alarms=0.05)
        flagged = {one.passage.id for one in beside.ranked if one.flagged}
        told = np.array([i in flagged for i in beside.ids])
        print(
            f"anomalies, {method:9} AUROC among themselves {auroc(np.array(among.scores), truth):.4f}, beside what is "
            f"normal {auroc(np.array(beside.scores), truth):.4f}; at 5 % alarms flagged {told[~truth].mean():.1%} in "
            f"scope, {told[truth].mean():.1%} out of scope",
            flush=True,
        )


if __name__ == "__main__":
    main()
