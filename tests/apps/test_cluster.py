"""Clusters: what was planted is found, outliers stay apart, names and trees are true, and the same seed repeats."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from likewise.apps._grouped import _numbers, by_density, by_means
from likewise.apps._spectral import spread, walk
from likewise.apps._topic_tree import joins
from likewise.apps._topic_words import TopicWords
from likewise.apps.cluster import Method, Node, cluster
from likewise.errors import InputError, MissingLibrary
from likewise.parts import find
from likewise.types import Item, Vectors
from tests.hashed import Hashed

METHODS: tuple[Method, ...] = ("hdbscan", "kmeans")


def _planted(groups: int = 4, each: int = 60, odd: int = 0, dim: int = 24, seed: int = 0) -> tuple[Vectors, list[int]]:
    """Unit vectors around some directions; those that belong to none come last."""
    rng = np.random.default_rng(seed)
    middles = 3 * np.linalg.qr(rng.standard_normal((dim, groups)))[0].T
    made = [middle + 0.35 * rng.standard_normal((each, dim)) for middle in middles]
    vectors = np.concatenate([*made, rng.standard_normal((odd, dim))]).astype(np.float32)
    labels = [group for group in range(groups) for _ in range(each)] + [-1] * odd
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), labels


@pytest.mark.parametrize("method", METHODS)
def test_what_was_planted_is_found(method: Method) -> None:
    vectors, labels = _planted()
    found = cluster(vectors, method=method)
    assert len(found.topics) == 4
    assert find("metrics", "ari")(found.groups, labels) > 0.97
    assert sum(topic.size for topic in found.topics) + found.apart == len(vectors)
    assert [topic.size for topic in found.topics] == sorted((t.size for t in found.topics), reverse=True)
    assert found.apart <= 4
    for topic in found.topics:
        assert [found.groups[int(p.id)] for p in topic.typical] == [topic.number] * 3


def test_sizes_may_differ_and_the_number_is_not_told() -> None:
    rng = np.random.default_rng(1)
    vectors, labels = _planted(groups=6, each=100, seed=1)
    keep = np.array([rng.random() < (1.0, 0.8, 0.6, 0.4, 0.3, 0.2)[label] for label in labels])
    found = cluster(vectors[keep], smallest=10)
    assert len(found.topics) == 6
    assert find("metrics", "v_measure")(found.groups, np.array(labels)[keep]) > 0.95


def test_k_means_chooses_a_number_that_comes_again() -> None:
    vectors, _ = _planted(groups=6, each=80)
    found = cluster(vectors, method="kmeans")
    assert len(found.topics) == 6
    scores = dict(found.stability)
    assert scores[6] == max(scores.values())
    assert scores[6] > 0.95
    assert cluster(vectors, method="kmeans", count=3).stability == ()
    assert len(cluster(vectors, method="kmeans", count=3).topics) == 3
    assert cluster(vectors, method="kmeans", count=1).groups.count(0) > 400


@pytest.mark.parametrize("method", METHODS)
def test_the_same_seed_gives_the_same(method: Method) -> None:
    vectors, _ = _planted(odd=20)
    one, two = (cluster(vectors, method=method, seed=5) for _ in range(2))
    assert (one.groups, one.sure, one.stability) == (two.groups, two.sure, two.stability)


@pytest.mark.parametrize("method", METHODS)
def test_what_fits_none_stays_apart(method: Method) -> None:
    vectors, labels = _planted(each=150)
    between = vectors[[0, 150, 300, 450]].sum(axis=0, keepdims=True)
    far = np.concatenate([vectors, between / np.linalg.norm(between), -vectors[:1]])
    found = cluster(far, method=method) if method == "hdbscan" else cluster(far, method=method, count=4)
    assert len(found.topics) == 4
    if method == "kmeans":
        assert found.groups[-1] == -1
    assert found.apart <= 12
    assert find("metrics", "ari")(found.groups[:-2], labels) > 0.95


def test_many_points_are_judged_by_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, labels = _planted(each=120)
    monkeypatch.setattr("likewise.apps._grouped._LEARN", 200)
    made = by_density(vectors, 20, 0)
    assert find("metrics", "ari")(made.groups, labels) > 0.97


def test_noise_is_no_cluster() -> None:
    vectors = np.random.default_rng(0).standard_normal((40, 64)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found = cluster(vectors, smallest=20)
    assert found.apart == 40 - sum(topic.size for topic in found.topics)
    if not found.topics:
        assert found.tree is None
    made = by_means(vectors, 4, 0)
    assert ((made.sure >= 0) & (made.sure <= 1)).all()


def test_a_walk_meets_its_own_cluster_first() -> None:
    vectors, labels = _planted(groups=3, each=50)
    made = walk(vectors, 0)
    assert np.allclose(np.asarray(made.steps.sum(axis=1)).ravel(), 1)
    known = np.full(150, -1)
    known[[0, 1, 50, 51, 100, 101]] = [0, 0, 1, 1, 2, 2]
    chances = spread(made.steps, known, 3)
    assert (chances.argmax(axis=1) == labels).all()
    assert (chances.sum(axis=1) <= 1 + 1e-9).all()
    np.testing.assert_array_equal(chances[[0, 50, 100]], np.eye(3))


def test_large_graphs_are_divided_as_small_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, _ = _planted(each=40)
    whole = walk(vectors, 0).coordinates
    monkeypatch.setattr("likewise.apps._spectral._WHOLE", 10)
    some = walk(vectors, 0).coordinates
    assert whole.shape == some.shape
    between, again = (np.linalg.norm(c[:, None] - c[None], axis=-1) for c in (whole, some))
    assert np.corrcoef(between.ravel(), again.ravel())[0, 1] > 0.95


TEXTS = [f"we saw the {word} of house{n} and it was old" for word in ("tap", "dough") for n in range(10)]


def test_names_are_words_of_one_cluster_and_not_of_others() -> None:
    words = TopicWords([*TEXTS, "nothing here"], [0] * 10 + [1] * 10 + [-1])
    first, second = ([word for word, _ in words.best([at], 20)] for at in (0, 1))
    assert (first[0], second[0]) == ("tap", "dough")
    assert not {"we", "saw", "the", "of", "and", "nothing"} & {*first, *second}
    assert words.best([0, 1], 3) == ()  # nothing tells all of them from themselves
    weights = [weight for _, weight in words.best([0], 10)]
    assert weights == sorted(weights, reverse=True)
    assert min(weights) > 0
    assert words.best([7], 3) == ()
    assert TopicWords([], []).best([0], 3) == ()


def test_the_two_nearest_are_joined_first() -> None:
    angles = np.deg2rad([0, 10, 80, 95])
    centres = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    made = joins(centres, [1, 1, 1, 1])
    assert [(one, other) for one, other, _ in made] == [(0, 1), (2, 3), (4, 5)]
    assert made[0][2] == pytest.approx(np.cos(np.deg2rad(10)), abs=1e-6)
    assert made[2][2] == pytest.approx((centres[:2] @ centres[2:].T).mean(), abs=1e-6)
    assert joins(centres[:1], [3]) == []


def _leaves(node: Node) -> list[int]:
    return [leaf for part in node.parts for leaf in _leaves(part)] or list(node.topics)


def test_topics_of_texts_have_names_and_a_tree() -> None:
    axes = {"tap": 0, "dough": 1, "moon": 2}
    texts = [f"a {word} and number{n}" for word in axes for n in range(30)]

    def topical(drawn: Vectors, given: object) -> Vectors:
        own = [axes[text.split()[1]] for text in given]  # type: ignore[attr-defined]
        return np.eye(drawn.shape[1])[own] + 0.1 * drawn

    found = cluster([Item(str(n), t) for n, t in enumerate(texts)], model=Hashed(topical, dim=10))
    assert {topic.name for topic in found.topics} == set(axes)
    assert all(topic.name in topic.typical[0].text for topic in found.topics)
    assert found.tree is not None
    assert sorted(_leaves(found.tree)) == sorted(found.tree.topics) == [0, 1, 2]
    assert (found.tree.size, len(found.tree.parts)) == (90 - found.apart, 2)
    plain = cluster(_planted()[0])
    assert plain.topics[0].name == plain.topics[0].typical[0].id


def test_numbers_that_are_tried_grow() -> None:
    numbers = _numbers(20_000)
    assert (numbers[0], numbers[-1]) == (2, 128)
    assert all(one < other for one, other in pairwise(numbers))
    assert _numbers(10) == [2]


def test_what_cannot_be_meant() -> None:
    vectors, _ = _planted(each=10)
    for settings, said in (
        ({"method": "magic"}, "wanted one of hdbscan, kmeans"),
        ({"count": 3}, "count is 3: it is for kmeans"),
        ({"method": "kmeans", "count": 0}, "count is 0"),
        ({"method": "kmeans", "smallest": 3}, "smallest is 3: it is for hdbscan"),
        ({"smallest": 1}, "smallest is 1"),
    ):
        with pytest.raises(InputError, match=said):
            cluster(vectors, **settings)
    with pytest.raises(InputError, match="4 points are too few"):
        cluster(vectors[:4])


def test_a_missing_library_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "sklearn.cluster", None)
    with pytest.raises(MissingLibrary, match="likewise\\[learn\\]"):
        cluster(_planted()[0])


def test_what_has_no_vector_is_told() -> None:
    vectors, _ = _planted()
    vectors[7] = np.nan
    found = cluster(vectors)
    assert (len(found.ids), len(found.groups), [report.id for report in found.refused]) == (239, 239, ["7"])


@pytest.mark.parametrize("method", METHODS)
def test_copies_of_one_point_are_one_topic(method: Method) -> None:
    found = cluster(np.ones((30, 8), np.float32), method=method)
    assert (found.groups, found.sure, found.apart) == ((0,) * 30, (1.0,) * 30, 0)
    assert found.tree is not None
    assert found.tree.topics == (0,)
