"""Networks in files: the same vectors as from model.safetensors, whatever the layout; nothing strange is run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from likewise.encoders import Encoder, load
from likewise.encoders.text.transformer import Transformer
from likewise.errors import InputError, ModelError
from likewise.networks import Node, Ops
from likewise.networks._steps import Pooling, pooled
from likewise.runtimes import _onnx
from likewise.types import Vectors
from tests.runtimes.files import INPUTS, write_onnx, write_openvino
from tests.tiny import tiny_model

TEXTS = ["hello world", "a longer text about cats and dogs, and about nothing else", "x"]


@pytest.fixture(params=("onnx", "openvino"))
def reader(request: pytest.FixtureRequest) -> str:
    """A runtime that runs files."""
    if request.param == "onnx":
        pytest.importorskip("onnxruntime", reason="needs onnxruntime: pip install 'likewise[onnx]'")
    return str(request.param)


@pytest.fixture(scope="module")
def expected(tiny: Path) -> Vectors:
    return load(tiny, precision="fp32").encode(TEXTS).vectors


@pytest.fixture
def folder(tiny: Path, tmp_path: Path) -> Path:
    """The tiny model with its network as a file alone."""
    folder = tmp_path / "model"
    shutil.copytree(tiny, folder)
    write_onnx(tiny, folder / "onnx" / "model.onnx")
    (folder / "model.safetensors").unlink()
    return folder


def _exact(folder: Path, runtime: str, file: str | None = None) -> Encoder:
    return load(folder, runtime=runtime, precision="fp32" if runtime == "openvino" else "auto", file=file)


def test_a_file_gives_the_vectors_of_the_network(folder: Path, reader: str, expected: Vectors) -> None:
    encoder = _exact(folder, reader)
    np.testing.assert_allclose(encoder.encode(TEXTS).vectors, expected, atol=1e-5)
    assert (encoder.space.precision, encoder.space.runtime) == ("fp32" if reader == "openvino" else "file", reader)


def test_an_architecture_that_is_not_known_is_run_from_its_file(folder: Path, reader: str, expected: Vectors) -> None:
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "starfish", "dim": config.pop("hidden_size")}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "model.safetensors").write_bytes(b"weights of another kind")
    np.testing.assert_allclose(_exact(folder, reader).encode(TEXTS).vectors, expected, atol=1e-5)


def test_weights_come_before_a_file_that_is_not_asked_for(tiny: Path, folder: Path) -> None:
    shutil.copyfile(tiny / "model.safetensors", folder / "model.safetensors")
    assert load(folder).space.weights == load(tiny).space.weights
    assert load(folder, file="onnx/model.onnx").space.weights != load(tiny).space.weights


def test_an_openvino_model_is_run(tiny: Path, folder: Path, expected: Vectors) -> None:
    write_openvino(tiny, folder / "openvino" / "openvino_model.xml")
    found = _exact(folder, "openvino", "openvino/openvino_model.xml")
    np.testing.assert_allclose(found.encode(TEXTS).vectors, expected, atol=1e-5)
    shutil.rmtree(folder / "onnx")
    assert _exact(folder, "openvino").space == found.space
    (folder / "openvino" / "openvino_model.bin").unlink()
    with pytest.raises(ModelError, match=r"lacks openvino/openvino_model\.bin"):
        load(folder)


def test_the_weights_of_a_space_are_those_of_the_very_file(tiny: Path, folder: Path, tmp_path: Path) -> None:
    other = tiny_model(tmp_path / "other", seed=1)
    write_onnx(other, folder / "onnx" / "model_fp32.onnx")
    write_openvino(tiny, folder / "openvino_model.xml")
    files = ("onnx/model.onnx", "onnx/model_fp32.onnx", "openvino_model.xml")
    before = [load(folder, file=file).space.weights for file in files]
    assert len(set(before)) == 3
    write_openvino(other, folder / "openvino_model.xml")  # only the .bin beside it is another
    assert [load(folder, file=file).space.weights for file in files[:2]] == before[:2]
    assert load(folder, file=files[2]).space.weights != before[2]


def test_vectors_of_whole_texts_are_taken_as_they_are(tiny: Path, folder: Path, reader: str, expected: Vectors) -> None:
    def mean(ops: Ops, states: Node, mask: Node) -> Node:
        return pooled(ops, states, mask, Pooling(), ())

    write_onnx(tiny, folder / "onnx" / "model.onnx", name="sentence_embedding", result=mean)
    encoder = _exact(folder, reader)
    np.testing.assert_allclose(encoder.encode(TEXTS).vectors, expected, atol=1e-5)  # of length 1, as the folder says
    assert isinstance(encoder, Transformer)
    with pytest.raises(InputError, match="none for its tokens"):
        _ = encoder.tokens


def test_an_output_of_another_name_is_told_by_its_axes(
    tiny: Path, folder: Path, reader: str, expected: Vectors
) -> None:
    write_onnx(tiny, folder / "a.onnx", name="anything")
    np.testing.assert_allclose(_exact(folder, reader, "a.onnx").encode(TEXTS).vectors, expected, atol=1e-5)


def test_a_file_without_segments_is_run(tiny: Path, folder: Path, reader: str, expected: Vectors) -> None:
    write_onnx(tiny, folder / "a.onnx", inputs=INPUTS[:2])
    np.testing.assert_allclose(_exact(folder, reader, "a.onnx").encode(TEXTS).vectors, expected, atol=1e-5)


@pytest.mark.parametrize(("name", "precision"), [("model_qint8_avx512", "int8"), ("model_quantized", "int8")])
def test_integers_are_told_by_the_name(folder: Path, reader: str, name: str, precision: str) -> None:
    shutil.copyfile(folder / "onnx" / "model.onnx", folder / "onnx" / f"{name}.onnx")
    assert load(folder, runtime=reader, file=f"onnx/{name}.onnx").space.precision == precision


def test_a_precision_that_the_file_has_not_is_refused(folder: Path, reader: str) -> None:
    with pytest.raises(InputError, match="int8"):
        load(folder, runtime=reader, precision="int8")


def test_a_variant_is_run_only_when_it_is_named(folder: Path) -> None:
    (folder / "onnx" / "model.onnx").rename(folder / "onnx" / "model_O4.onnx")
    with pytest.raises(ModelError, match=r"lacks model\.safetensors.*holds onnx/model_O4\.onnx: give one"):
        load(folder)
    assert load(folder, file="onnx/model_O4.onnx").space.dim == 32


@pytest.mark.parametrize("file", ["../model.onnx", "/etc/model.onnx", "onnx/../../x.onnx", "model.bin", "run.py", ""])
def test_a_way_out_of_the_folder_or_another_kind_is_refused(folder: Path, file: str) -> None:
    with pytest.raises(InputError, match=r"\.onnx or \.xml file within"):
        load(folder, file=file)


def test_a_file_that_is_not_there_is_told(folder: Path) -> None:
    with pytest.raises(ModelError, match=r"lacks onnx/model_int8\.onnx.*holds onnx/model\.onnx"):
        load(folder, file="onnx/model_int8.onnx")


def test_a_broken_file_is_told(folder: Path, reader: str) -> None:
    content = (folder / "onnx" / "model.onnx").read_bytes()
    for broken in (b"", b"\xff" * 1000, content[: len(content) // 2]):
        (folder / "onnx" / "model.onnx").write_bytes(broken)
        with pytest.raises(ModelError, match=r"model\.onnx"):
            _exact(folder, reader)


def test_an_input_that_is_not_known_is_told(tiny: Path, folder: Path, reader: str) -> None:
    write_onnx(tiny, folder / "a.onnx", inputs=(*INPUTS, "task_id"))
    with pytest.raises(ModelError, match="asks for task_id"):
        load(folder, runtime=reader, file="a.onnx")


def test_operations_from_outside_are_not_run(
    tiny: Path, folder: Path, reader: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def strange(ops: Ops, states: Node, _: Node) -> Node:
        assert isinstance(ops, _onnx.ONNXOps)
        return ops._do("Evil", states, domain="com.example")

    monkeypatch.setitem(_onnx_opsets(), "com.example", 1)
    write_onnx(tiny, folder / "a.onnx", result=strange)
    with pytest.raises(ModelError, match=r"a\.onnx cannot be run"):
        load(folder, runtime=reader, file="a.onnx")


def _onnx_opsets() -> dict[str, int]:
    from likewise.runtimes import _onnx_proto

    return _onnx_proto._OPSETS


def test_torch_runs_no_files(folder: Path) -> None:
    pytest.importorskip("torch", reason="needs torch: pip install 'likewise[torch]'")
    with pytest.raises(InputError, match="take runtime openvino or onnx"):
        load(folder, runtime="torch")


def test_a_saved_model_is_loaded_again(folder: Path, tmp_path: Path) -> None:
    encoder = load(folder)
    assert isinstance(encoder, Transformer)
    encoder.save(tmp_path / "copy")
    again = load(tmp_path / "copy")
    assert again.space.weights == encoder.space.weights
    np.testing.assert_array_equal(again.encode(TEXTS).vectors, encoder.encode(TEXTS).vectors)
