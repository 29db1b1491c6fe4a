"""Recommendations from item text alone on MovieLens-100k: a baseline, for titles and genres say little of a film.

    python -m benchmarks.recommend

Leave the last out: of every user with 10 liked films (4 or 5 stars) or more, the newest is hidden and looked for among
all films that the user had not rated before, by the 20 liked before it. Beside it popularity (how often others liked a
film) and chance.
"""

from __future__ import annotations

import gzip
import sys
from collections import defaultdict
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from benchmarks._texts import DATA
from likewise.apps.recommend import recommend
from likewise.encoders import load
from likewise.metrics._interval import interval
from likewise.types import Passage, Points

FOLDER = DATA / "recsys/ml-100k"
HISTORY = 20


def films() -> Points:
    """Title, year and genres of every film, encoded."""
    texts: dict[str, str] = {}
    for line in (FOLDER / "ml-100k.item").read_text(encoding="utf-8").splitlines()[1:]:
        id_, title, year, kinds = line.split("\t")
        texts[id_] = f"{title} ({year}). Genres: {', '.join(kinds.split())}."
    made = load().encode_document(list(texts.values()))
    return Points(tuple(Passage(i, i, text) for i, text in texts.items()), replace(made, ids=tuple(texts)))


def histories() -> dict[str, list[tuple[int, str, float]]]:
    """Of every user (time, film, stars), oldest first."""
    found: dict[str, list[tuple[int, str, float]]] = defaultdict(list)
    with gzip.open(FOLDER / "ml-100k.inter.gz", "rt", encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            user, film, stars, time = line.split()
            found[user].append((int(float(time)), film, float(stars)))
    return {user: sorted(rows) for user, rows in found.items()}


def main() -> int:
    if not FOLDER.is_dir():
        sys.exit(f"{FOLDER} is not there: set LIKEWISE_DATA to the folder of data sets")
    points, users = films(), histories()
    popular: dict[str, int] = defaultdict(int)
    for rows in users.values():
        for _, film, stars in rows:
            popular[film] += stars >= 4
    places: dict[str, list[float]] = defaultdict(list)
    for user, rows in users.items():
        liked = [(time, film) for time, film, stars in rows if stars >= 4]
        if len(liked) < 10:
            continue
        time, target = liked[-1]
        before = [film for t, film, _ in rows if (t, film) < (time, target)]
        history = [film for _, film in liked[:-1]][-HISTORY:]
        disliked = [film for t, film, stars in rows if stars <= 2 and film in before]
        seen = set(before)
        free = [p.id for p in points.passages if p.id not in seen]
        for name, answer in (
            ("item text", _shown(points, history, [], seen)),
            ("item text, disliked too", _shown(points, history, disliked, seen)),
            ("item text, half life 5", _shown(points, history, [], seen, half_life=5.0)),
            ("item text, as a user sees it (diversity 0.2)", _shown(points, history, [], seen, diversity=0.2)),
            ("popularity", sorted(free, key=lambda f: -(popular[f] - (f == target)))[:10]),
            ("chance", list(np.random.default_rng(int(user)).choice(free, 10, replace=False))),
        ):
            places[name].append(answer.index(target) + 1 if target in answer else 0)
    print(f"MovieLens-100k: {len(points)} films, {len(places['chance'])} users, their newest liked film hidden")
    for name, found in places.items():
        hit, gain = _scores(np.array(found, dtype=np.float64))
        told = [f"{i.mean:.4f} [{i.low:.4f}, {i.high:.4f}]" for i in (interval(hit), interval(gain))]
        print(f"  {name:45} recall@10 {told[0]}   nDCG@10 {told[1]}")
    return 0


def _shown(
    points: Points,
    liked: list[str],
    disliked: list[str],
    seen: set[str],
    half_life: float | None = None,
    diversity: float = 0.0,
) -> list[str]:
    """Ten films; those that the user has rated before are left out."""
    known = {*liked, *disliked}
    made = recommend(
        points, liked, disliked, k=10, diversity=diversity, half_life=half_life, exclude=sorted(seen - known)
    )
    return [one.passage.id for one in made.items]


def _scores(places: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    hit = (places > 0).astype(np.float64)
    return hit, np.where(places > 0, 1 / np.log2(np.maximum(places, 1) + 1), 0.0)


if __name__ == "__main__":
    sys.exit(main())
