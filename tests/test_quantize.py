"""Codes and calibration: bounds of the error, order, saturation, what is refused."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.errors import InputError, SpaceError
from likewise.quantize import Codec, Quantized, calibrate, codec_of, hamming, quantized, truncate, truncated
from likewise.types import Embeddings, Report, Space, Storage, Vectors

KINDS: tuple[Storage, ...] = get_args(Storage)
SPACE = Space("tiny", "w", "t", "mean", (), 128, 12, True, "fp32", "numpy")


def vectors(count: int, dim: int = 12, seed: int = 0, scale: float = 1.0) -> Vectors:
    """Unit vectors around a centre of their own, their dimensions of unequal spread."""
    rng = np.random.default_rng(seed)
    spread = rng.uniform(0.1, 2.0, dim)
    made = rng.standard_normal((count, dim)) * spread + rng.standard_normal(dim)
    return np.asarray(scale * made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)


def embedded(rows: Vectors, space: Space = SPACE) -> Embeddings:
    ids = tuple(map(str, range(len(rows))))
    return Embeddings(ids, rows, space, tuple(Report(i, 1, 1) for i in ids))


@given(seed=st.integers(0, 999), dim=st.integers(1, 40), scale=st.sampled_from([1e-20, 1e-3, 1.0, 1e4]))
@settings(max_examples=80, deadline=None)
def test_what_lies_in_the_range_is_half_a_step_off_at_most(seed: int, dim: int, scale: float) -> None:
    sample = vectors(30, dim, seed, scale)
    codec = calibrate(sample, "int8")
    assert codec.saturated(sample) == 0
    steps = (sample.max(0) - sample.min(0)) / 255
    error = np.abs(codec.decode(codec.encode(sample)) - sample)
    assert (error <= 0.5 * steps + 2.0**-12 * np.abs(sample).max(0) / 255 + 1e-30).all()


@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(0, 999), dim=st.integers(1, 40), moved=st.floats(-3, 3))
@settings(max_examples=40, deadline=None)
def test_what_was_read_is_coded_alike_again(kind: Storage, seed: int, dim: int, moved: float) -> None:
    codec = calibrate(vectors(20, dim, seed), kind)
    codes = codec.encode(vectors(20, dim, seed + 1) + np.float32(moved))
    np.testing.assert_array_equal(codec.encode(codec.decode(codes)), codes)
    assert codec.read(codes.tobytes()).shape == codes.shape == (20, codec.columns)
    assert len(codes.tobytes()) == 20 * codec.width


@given(seed=st.integers(0, 999), low=st.floats(-1, 1), high=st.floats(-1, 1))
def test_int8_keeps_the_order_of_numbers_and_never_wraps(seed: int, low: float, high: float) -> None:
    codec = calibrate(vectors(20, 3, seed), "int8")
    first, second = (codec.encode(np.full((1, 3), x, np.float32)) for x in sorted((low, high)))
    assert (first <= second).all()
    for far, end in ((1e30, 127), (-1e30, -128)):
        beyond = np.full((1, 3), far, np.float32)
        assert (codec.encode(beyond) == end).all()
        assert codec.saturated(beyond) == 3


def test_a_range_of_the_middle_share_saturates_the_rest() -> None:
    sample = vectors(1000)
    whole, middle = calibrate(sample, "int8"), calibrate(sample, "int8", share=0.9)
    assert whole.saturated(sample) == 0
    assert 0.08 < middle.saturated(sample) / sample.size < 0.11
    assert middle.calibration != whole.calibration


def test_a_dimension_that_never_changes_is_kept() -> None:
    sample = vectors(50)
    sample[:, 3] = 0.25
    for kind in KINDS:
        codec = calibrate(sample, kind)
        read = codec.decode(codec.encode(sample))
        assert np.abs(read[:, 3] - 0.25).max() < 1e-3, kind
        assert len(np.unique(read[:, 3])) == 1


def test_bits_stand_as_faiss_and_sentence_transformers_put_them() -> None:
    row = np.array([[1, -1, -1, -1, -1, -1, -1, 1, 1, -1]], np.float32)
    assert Codec("binary", 10).encode(row).tolist() == [[0b10000001, 0b10000000]]
    np.testing.assert_allclose(Codec("binary", 10).decode(Codec("binary", 10).encode(row)), row / np.sqrt(10))


def test_binary_cuts_at_the_mean_and_reads_the_two_means() -> None:
    sample = np.array([[0.0], [1.0], [5.0], [6.0]], np.float32)
    codec = calibrate(sample, "binary")
    assert codec.decode(codec.encode(sample)).ravel().tolist() == [0.5, 0.5, 5.5, 5.5]
    assert codec.encode(np.array([[3.0], [3.1]], np.float32)).tolist() == [[0], [128]]


def test_calibrated_levels_are_nearer_than_signs() -> None:
    rows = vectors(500, 64)
    plain, fit = Codec("binary", 64), calibrate(rows[:250], "binary")
    errors = [np.square(c.decode(c.encode(rows)) - rows).mean() for c in (plain, fit)]
    assert errors[1] < 0.6 * errors[0]


@pytest.mark.parametrize("kind", KINDS)
def test_products_are_those_of_the_vectors_that_codes_stand_for(kind: Storage) -> None:
    codec = calibrate(vectors(50), kind)
    queries, codes = vectors(3, seed=1), codec.encode(vectors(5000, seed=2))
    np.testing.assert_allclose(codec.products(queries, codes), queries @ codec.decode(codes).T, atol=1e-6)
    assert codec.products(queries, codes[:0]).shape == (3, 0)


def test_float16_saturates_and_says_so() -> None:
    codec = Codec("float16", 2)
    assert codec.decode(codec.encode(np.array([[1e9, -1e9]], np.float32))).tolist() == [[65504.0, -65504.0]]
    assert codec.saturated(np.array([[1e9, 1.0]], np.float32)) == 1


@given(seed=st.integers(0, 999), dim=st.integers(1, 12))
def test_truncation_keeps_direction_and_length(seed: int, dim: int) -> None:
    rows = vectors(5, seed=seed)
    cut = truncate(rows, dim)
    assert cut.shape == (5, dim)
    np.testing.assert_allclose(np.linalg.norm(cut, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(cut * np.linalg.norm(rows[:, :dim], axis=1, keepdims=True), rows[:, :dim], atol=1e-6)
    np.testing.assert_array_equal(truncate(rows, dim, normalize=False), rows[:, :dim])
    np.testing.assert_array_equal(truncate(np.zeros((1, 12), np.float32), dim), np.zeros((1, dim)))


def test_a_space_is_cut_with_its_probe() -> None:
    probe = vectors(5)
    space = Space("tiny", "w", "t", "mean", (), 128, 12, True, "fp32", "numpy", probe.tobytes())
    cut = truncated(space, 4)
    assert (cut.dim, cut.normalize) == (4, True)
    np.testing.assert_array_equal(np.frombuffer(cut.probe, "<f4").reshape(5, 4), truncate(probe, 4))
    assert truncated(space, 12) is space
    for dim in (0, -1, 13):
        with pytest.raises(InputError, match="wanted 1 to 12"):
            truncated(space, dim)
        with pytest.raises(InputError, match=f"dim={dim}"):
            truncate(probe, dim)


@pytest.mark.parametrize("kind", KINDS)
def test_codes_travel_with_what_reads_them(kind: Storage) -> None:
    rows = vectors(100)
    found = quantized(embedded(rows), kind, dim=8)
    assert (len(found), found.space.vectors, found.space.dim, found.saturated) == (100, kind, 8, 0)
    codec = codec_of(found.space)
    back = found.embeddings()
    assert back.space == found.space
    np.testing.assert_array_equal(back.vectors, codec.decode(found.codes))
    near = (back.vectors * truncate(rows, 8)).sum(1) / np.linalg.norm(back.vectors, axis=1)
    assert near.min() > {"float32": 0.999999, "float16": 0.9999, "int8": 0.999, "binary": 0.5}[kind]
    other = quantized(embedded(rows[::-1].copy()), codec, dim=8)
    np.testing.assert_array_equal(other.codes[::-1], found.codes)


def test_saturated_numbers_are_counted() -> None:
    rows = vectors(100)
    codec = calibrate(rows[:5], "int8")
    found = quantized(embedded(rows), codec)
    assert found.saturated == codec.saturated(rows) > 50


@pytest.mark.parametrize("kind", ["int8", "binary"])
def test_one_text_encoded_twice_is_known_by_its_codes(kind: Storage) -> None:
    rows = vectors(2, 384)
    codec = calibrate(vectors(200, 384), kind)
    again = rows + np.float32(1e-5) * vectors(2, 384, seed=1)
    one, other = codec.encode(rows), codec.encode(again)
    assert codec.alike(one[0].tobytes(), other[0].tobytes(), 1e-3)
    assert not codec.alike(one[0].tobytes(), one[1].tobytes(), 1e-3)


NAN = np.full((3, 12), np.nan, np.float32)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: Codec("int4", 8), "'int4' are not known: take float32, float16, int8, binary"),  # type: ignore[arg-type]
        (lambda: Codec("int8", 8), "calibration of 64 bytes, 0 were given"),
        (lambda: Codec("binary", 8, b"x"), "of 0 or 96 bytes, 1 were given"),
        (lambda: Codec("float16", 8, b"abcd"), "of 0 bytes, 4 were given"),
        (lambda: Codec("binary", 12).encode(NAN), "leave failed rows out"),
        (lambda: Codec("binary", 12).encode(vectors(2, 8)), r"\(2, 8\), wanted \(n, 12\)"),
        (lambda: calibrate(NAN, "int8"), "cannot calibrate"),
        (lambda: calibrate(vectors(1), "int8"), "1 vectors cannot calibrate int8"),
        (lambda: calibrate(vectors(9), "int8", share=0.0), "share=0.0 and margin"),
        (lambda: hamming(np.zeros((1, 2), np.uint8), np.zeros((1, 3), np.uint8)), "have no distance"),
        (lambda: Quantized(("a",), np.zeros((1, 3), np.float16), SPACE, (Report("a", 1, 1),), 0), r"\(1, 12\)"),
    ],
)
def test_what_cannot_be_meant_is_refused(call: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        call()


def test_failed_rows_and_codes_of_codes_are_refused() -> None:
    failed = Embeddings(("a",), NAN[:1], SPACE, (Report("a", 1, 1, error="too odd"),))
    with pytest.raises(InputError, match="'a' could not be encoded"):
        quantized(failed, "float16")
    coded = quantized(embedded(vectors(9)), "int8")
    with pytest.raises(SpaceError, match="codes already"):
        quantized(coded.embeddings(), "binary")
    with pytest.raises(SpaceError, match="are codes"):
        truncated(coded.space, 4)
    assert quantized(coded.embeddings(), codec_of(coded.space)).space == coded.space
