"""How many planted faults `likewise doctor-data` finds, and what it says wrongly.

    python -m benchmarks.doctor_data

CLINC150's 15,000 training and 4,500 test questions (intents), MiniLM. Planted, all by seed 0: 150 training rows that
repeat another (half word for word, half with a changed greeting or case), 60 of them with another label; 100 test rows
put into the training data, half of them so changed; 300 labels changed to another intent. Then pairs of Quora's kind
are made of the intents: 2,000 pairs of two questions of one intent, in which 100 positives stand twice. Last, which
language chardet tells of sentences of Tatoeba, which are short. What was in the data before is counted apart: a look at
it as it comes.
"""

from __future__ import annotations

import csv
import json
import os
import random
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from likewise.apps._data_finding import Finding
from likewise.apps._data_texts import _language
from likewise.apps._points import points
from likewise.apps.doctor_data import Examined, doctor_data
from likewise.encoders import load
from likewise.types import Item

DATA = Path(os.environ.get("LIKEWISE_DATA", Path(__file__).parents[2] / "shared" / "data"))
LANGUAGES = {
    "deu": "de", "fra": "fr", "spa": "es", "ita": "it", "por": "pt", "nld": "nl", "pol": "pl", "rus": "ru", "tur": "tr",
    "swe": "sv", "jpn": "ja", "cmn": "zh", "kor": "ko", "ara": "ar", "ell": "el", "heb": "he", "hun": "hu", "fin": "fi",
}  # fmt: skip


def _changed(text: str, rng: random.Random) -> str:
    """The same words but for case, a greeting or a mark."""
    return rng.choice([text.upper(), f"hi, {text}", f"{text}?!", text.capitalize() + "."])


def _of(found: Examined, check: str) -> Finding:
    return next(one for one in found.findings if one.check == check)


def _row(at: str, text: str, label: str) -> Item:
    return Item(at, text, metadata={"label": label})


def clinc() -> None:
    data = json.loads((DATA / "classification/clinc150/data/data_full.json").read_text(encoding="utf-8"))
    rng = random.Random(0)
    train = [_row(f"train {at}", text, label) for at, (text, label) in enumerate(data["train"])]
    test = [_row(f"test {at}", text, label) for at, (text, label) in enumerate(data["test"])]
    labels = sorted({label for _, label in data["train"]})
    encoder = load()
    tried = points(test, model=encoder)
    before = doctor_data(points(train, model=encoder), tried)
    print(f"CLINC150 as it comes: {before.rows:,} training rows, {before.test_rows:,} test rows")
    for finding in before.findings:
        share = "" if finding.share is None else f" [{finding.share.low:.2%} to {finding.share.high:.2%}]"
        print(f"  {finding.level}  {finding.check}: {finding.what}{share}")
        for one in finding.troubles[:2]:
            print(f"      {one.id} beside {one.other}: {one.why}")
    copies, leaks, wrong, conflicts = {}, {}, {}, set()
    rows = list(train)
    for at, source in enumerate(rng.sample(train, 150)):
        text = str(source.content) if at % 2 else _changed(str(source.content), rng)
        label = str(source.metadata["label"])
        if at < 60:
            label = rng.choice([one for one in labels if one != label])
            conflicts.add(f"copy {at}")
        copies[f"copy {at}"] = source.id
        rows.append(_row(f"copy {at}", text, label))
    for at, source in enumerate(rng.sample(test, 100)):
        text = str(source.content) if at % 2 else _changed(str(source.content), rng)
        leaks[f"leak {at}"] = source.id
        rows.append(_row(f"leak {at}", text, str(source.metadata["label"])))
    for at in rng.sample(range(len(train)), 300):
        own = str(rows[at].metadata["label"])
        wrong[rows[at].id] = own
        rows[at] = _row(rows[at].id, str(rows[at].content), rng.choice([one for one in labels if one != own]))
    after = doctor_data(points(rows, model=encoder), tried)
    print("planted:")
    found = {(t.id, t.other) for t in _of(after, "duplicates").troubles}
    named = {t.id for t in _of(after, "duplicates").troubles} | {t.other for t in _of(after, "duplicates").troubles}
    print(f"  duplicates: {sum(name in named for name in copies)} of {len(copies)} found ({len(found):,} told in all)")
    told = _of(after, "conflicts").troubles
    known = {t.id for t in told} | {t.other for t in told}
    print(f"  label conflicts: {len(conflicts & known)} of {len(conflicts)} found")
    told = _of(after, "leakage").troubles
    print(f"  leakage: {sum(name in {t.id for t in told} for name in leaks)} of {len(leaks)} found")
    told = _of(after, "labels").troubles
    old = {t.id for t in _of(before, "labels").troubles}
    new = [t.id for t in told if t.id not in old]
    right = sum(name in wrong or name in conflicts for name in new)
    hit = sum(t.id in wrong for t in told)
    print(f"  wrong labels: {hit} of {len(wrong)} found; of {len(new)} rows told and not before, {right} are planted")


def pairs() -> None:
    data = json.loads((DATA / "classification/clinc150/data/data_full.json").read_text(encoding="utf-8"))
    rng = random.Random(0)
    by_label: dict[str, list[str]] = {}
    for text, label in data["train"]:
        by_label.setdefault(label, []).append(text)
    rows = []
    for texts in by_label.values():
        some = rng.sample(texts, 26)
        rows += [[some[at], some[at + 1]] for at in range(0, 26, 2)]
    rows = rng.sample(rows, 1_900)
    rows += [[rng.choice(by_label[rng.choice(sorted(by_label))]), rows[at][1]] for at in range(100)]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "pairs.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([["anchor", "positive"], *rows])
        found = _of(doctor_data(pairs=path), "false negatives")
    told = {frozenset((t.id, t.other)) for t in found.troubles}
    hit = sum(frozenset((f"row {1_901 + at}", f"row {at + 1}")) in told for at in range(100))
    print(f"false negatives: {hit} of 100 planted found, {len(told):,} told in all; {found.what}")


def languages() -> None:
    right: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for code, name in LANGUAGES.items():
        path = next((DATA / "crosslingual/tatoeba").rglob(f"tatoeba.{code}-eng.{code}"), None)
        if path is None:
            continue
        texts = [t for t in path.read_text(encoding="utf-8").splitlines() if sum(map(str.isalpha, t)) >= 30][:200]
        asked[code] = len(texts)
        right[code] = sum(_language(text) == name for text in texts)
    told = ", ".join(f"{code} {right[code] / n:.0%}" for code, n in asked.items() if n >= 10)
    print(
        f"languages of {asked.total():,} sentences of at least 30 letters: {right.total() / asked.total():.1%} ({told})"
    )


if __name__ == "__main__":
    clinc()
    pairs()
    languages()
