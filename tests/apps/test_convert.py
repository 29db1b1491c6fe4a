"""Checkpoints of PyTorch become folders that can be loaded; what would run code, break or bloat is refused by name."""

from __future__ import annotations

import io
import json
import os
import pickle
import pickletools
import struct
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path
from string import ascii_lowercase
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file

from likewise.apps._unpickle import unpickled
from likewise.apps.convert import convert
from likewise.encoders import load
from likewise.encoders._licence import _told
from likewise.errors import InputError, ModelError
from likewise.types import Item
from tests.golden import bound, seen, videos
from tests.tiny import SPECIALS, word_pieces

HERE = Path(__file__).parent / "checkpoints"
GRID = np.arange(24, dtype=np.float32).reshape(4, 6)


def _rebuild_tensor_v2(*_: Any) -> None: ...


class _Kept:
    """A storage, as torch's pickler writes it."""

    def __init__(self, key: str, count: int) -> None:
        self.key, self.count = key, count


class _View:
    def __init__(self, kept: _Kept, array: NDArray[np.float32]) -> None:
        self.kept, self.array = kept, array

    def __reduce__(self) -> Any:
        shape = self.array.shape
        steps = tuple(int(np.prod(shape[i + 1 :])) for i in range(len(shape)))
        return sys.modules["torch._utils"]._rebuild_tensor_v2, (self.kept, 0, shape, steps, False, OrderedDict())


class _Pickler(pickle.Pickler):
    def persistent_id(self, obj: Any) -> Any:
        if isinstance(obj, _Kept):
            return ("storage", sys.modules["torch"].FloatStorage, obj.key, "cpu", obj.count)
        return None


def _saved(path: Path, tensors: dict[str, NDArray[np.float32]], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkpoint as torch.save writes it, without torch."""
    torch, inner = ModuleType("torch"), ModuleType("torch._utils")
    storage = type("FloatStorage", (), {"__module__": "torch"})
    function = FunctionType(_rebuild_tensor_v2.__code__, {}, "_rebuild_tensor_v2")
    function.__module__ = "torch._utils"
    torch.FloatStorage, torch._utils, inner._rebuild_tensor_v2 = storage, inner, function  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", inner)
    held = {name: _View(_Kept(str(i), array.size), array) for i, (name, array) in enumerate(tensors.items())}
    stream = io.BytesIO()
    _Pickler(stream, protocol=2).dump(OrderedDict(held))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", stream.getvalue())
        for i, array in enumerate(tensors.values()):
            archive.writestr(f"archive/data/{i}", array.tobytes())
    return path


def _zip(path: Path, content: bytes, **records: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", content)
        for name, record in records.items():
            archive.writestr(f"archive/data/{name}", record)
    return path


@pytest.mark.parametrize("name", ["zip.pth", "old.pth"])
def test_tensors_go_over_as_they_are(name: str, tmp_path: Path) -> None:
    made = convert(HERE / name, tmp_path / "made", "tensors")
    content = (tmp_path / "made" / "model.safetensors").read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    assert made.tensors == len(header) == 10
    assert header["brain"]["dtype"] == "BF16"
    assert header["part"]["shape"] == [2, 3]
    start, end = header["turned"]["data_offsets"]
    body = content[-made.bytes :]
    np.testing.assert_array_equal(np.frombuffer(body[start:end], "<f4").reshape(6, 4), GRID.T)


@pytest.mark.parametrize("name", ["zip.pth", "old.pth"])
def test_views_of_one_storage_are_told_apart(name: str, tmp_path: Path) -> None:
    from likewise.apps._checkpoint import Checkpoint

    made = Checkpoint(HERE / name)
    kinds = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "BOOL": "?"}
    found = {n: np.frombuffer(b, kinds[k]).reshape(s) for n in made.names for k, s, b in [made.raw(n)]}
    np.testing.assert_array_equal(found["module.whole"], GRID)
    np.testing.assert_array_equal(found["turned"], GRID.T)
    np.testing.assert_array_equal(found["part"], GRID[1:3, ::2])
    np.testing.assert_array_equal(found["learnt"], [0.5, -1.5])
    np.testing.assert_array_equal(found["half"], [1.0, 2.5])
    np.testing.assert_array_equal((found["brain"].astype("<u4") << 16).view("<f4"), [[1.0], [-3.0]])
    assert float(found["double"]) == 0.1
    assert int(found["steps"]) == 7
    assert found["empty"].shape == (0, 3)
    assert found["flags"].tolist() == [True, False]


def test_a_converted_imagebind_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tensors = load_file(bound.write(tmp_path / "as", "imagebind") / "model.safetensors")
    path = _saved(tmp_path / "small.pth", tensors, monkeypatch)
    words = {word: i for i, word in enumerate([*SPECIALS, *ascii_lowercase])}
    word_pieces(words, 20).save(str(tmp_path / "tokenizer.json"))
    monkeypatch.setitem(
        convert.__globals__["KINDS"], "imagebind", bound.CASES["imagebind"] | {"licence": "CC-BY-NC-SA-4.0"}
    )
    made = convert(path, tmp_path / "made", "imagebind", tokenizer=tmp_path / "tokenizer.json")
    assert "not for commercial use" in made.note
    _told.cache_clear()
    with pytest.warns(UserWarning, match="not for commercial use"):
        encoder = load(tmp_path / "made", precision="fp32")
    assert set(encoder.modalities) == {"image", "video", "text", "audio", "depth", "thermal", "motion"}
    contents = [Item(kind, some[0], kind) for kind, some in bound.contents().items()]
    found = encoder.encode([*contents, Item("text", "a tap", "text")])
    assert not found.failed
    golden = np.load(Path(bound.__file__).with_name("bound.npz"))["imagebind/image"][0]
    np.testing.assert_allclose(found.vectors[0], golden / np.linalg.norm(golden), atol=1e-5)


@pytest.mark.parametrize(("kind", "cases"), [("resnet50", seen), ("vgg16", seen), ("slowfast", videos)])
def test_others_are_told_by_their_tensors(
    kind: str, cases: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = cases.write(tmp_path / "as", kind)
    tensors = load_file(folder / "model.safetensors")
    path = _saved(tmp_path / "whole.pth", tensors, monkeypatch)
    made = convert(path, tmp_path / "made", kind)
    assert made.tensors == len(tensors)
    back = load_file(tmp_path / "made" / "model.safetensors")
    assert all(np.array_equal(back[name], tensor) for name, tensor in tensors.items())
    config = json.loads((tmp_path / "made" / "config.json").read_text())
    given = json.loads((folder / "config.json").read_text())
    assert {**given, **config} == given  # the smaller case says more of its sizes, and nothing else
    for other in ("resnet50", "vgg16", "slowfast", "imagebind"):
        if other != kind:
            words = {"tokenizer": "tokenizer.json"} if other == "imagebind" else {}
            with pytest.raises(ModelError, match=f"it is no {other}"):
                convert(path, tmp_path / "other", other, **words)


def test_a_folder_of_the_hub_goes_over_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = bound.write(tmp_path / "hub", "languagebind-depth")
    tensors = load_file(source / "model.safetensors")
    (source / "model.safetensors").unlink()
    _saved(source / "pytorch_model.bin", tensors, monkeypatch)
    words = {word: i for i, word in enumerate([*SPECIALS, *ascii_lowercase])}
    word_pieces(words, 20).save(str(source / "tokenizer.json"))
    made = convert(source, tmp_path / "made", "folder")
    assert made.tensors == len(tensors)
    encoder = load(tmp_path / "made", precision="fp32")
    found = encoder.encode([Item("near", bound.contents()["depth"][0], "depth"), Item("text", "a tap", "text")])
    assert not found.failed
    golden = np.load(Path(bound.__file__).with_name("bound.npz"))["languagebind-depth/depth"][0]
    np.testing.assert_allclose(found.vectors[0], golden / np.linalg.norm(golden), atol=1e-5)
    with pytest.raises(InputError, match="folder"):
        convert(source, tmp_path / "other", "tensors")


class _Evil:
    def __init__(self, what: Any, *values: Any) -> None:
        self.what, self.values = what, values

    def __reduce__(self) -> Any:
        return self.what, self.values


def _global(module: str, name: str) -> bytes:
    return b"\x80\x02c" + f"{module}\n{name}\n".encode() + b"X\x02\x00\x00\x00id\x85R."


@pytest.mark.parametrize("protocol", [0, 2, 4])
@pytest.mark.parametrize("what", [os.system, eval, exec, __import__, getattr, print])
def test_code_is_refused_by_its_name(what: Any, protocol: int, tmp_path: Path) -> None:
    sign = tmp_path / "ran"
    content = pickle.dumps({"w": _Evil(what, f"open({str(sign)!r}, 'w')")}, protocol)
    with pytest.raises(ModelError, match=rf"{what.__name__}|no pickle of tensors needs"):
        convert(_zip(tmp_path / "evil.pth", content), tmp_path / "made", "tensors")
    assert not sign.exists()
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"),
        ("builtins", "exec"),
        ("torch", "load"),
        ("torch", "FloatStorage.__init__"),
        ("torch._utils", "_rebuild_tensor_v2.__globals__"),
        ("torch._utils", "_rebuild_qtensor"),
        ("collections", "defaultdict"),
        ("numpy.core.multiarray", "_reconstruct"),
        ("likewise.hub", "fetch"),
        ("_codecs", "encode"),
    ],
)
def test_every_other_name_is_refused(module: str, name: str) -> None:
    with pytest.raises(ModelError, match="only tensors, numbers, texts and containers"):
        unpickled(_global(module, name))


def test_known_names_cannot_be_misused() -> None:
    for content in (
        _global("torch", "FloatStorage"),
        _global("torch._utils", "_rebuild_tensor_v2"),
        _global("torch._utils", "_rebuild_parameter"),
        _global("collections", "OrderedDict"),
        b"\x80\x02X\x02\x00\x00\x00id(\x85R.",
        b"\x80\x02)\x81.",
        b"\x80\x02\x82\x01.",
        b"\x80\x02(cos\nsystem\no.",
        b"(S'id'\nios\nsystem\n.",
        b"\x80\x02X\x01\x00\x00\x00aQ.",
        b"\x80\x02}]]s.",
        b"\x80\x02)K\x01a.",
        b"\x80\x02}(K\x01u.",
    ):
        with pytest.raises(ModelError):
            unpickled(content)


@pytest.mark.parametrize(
    "content", [b"", b".", b"\x80", b"\x80\x02]", b"\x80\x02h\x07.", b"not a pickle", b"\x80\x02u."]
)
def test_broken_pickles_are_told(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be converted"):
        convert(_zip(tmp_path / "broken.pth", content), tmp_path / "made", "tensors")


def test_a_text_longer_than_the_file_costs_nothing(tmp_path: Path) -> None:
    for content in (
        b"\x80\x04\x8d" + struct.pack("<Q", 1 << 40) + b"x.",
        b"\x80\x02r\xff\xff\xff\x7f.",
        b"\x80\x02]r\xff\xff\xff\x7fj\xff\xff\xff\x7f.",
    ):
        (tmp_path / "long.pth").write_bytes(content)
        with pytest.raises(ModelError):
            convert(tmp_path / "long.pth", tmp_path / "made", "tensors")


def test_a_container_that_holds_itself_ends() -> None:
    assert unpickled(b"\x80\x02]q\x00h\x00a.")[0] is not None
    with pytest.raises(ModelError):
        unpickled(b"\x80\x02}q\x00h\x00h\x00s.")


def _tensor(start: int, shape: tuple[int, ...], steps: tuple[int, ...], count: int = 4) -> bytes:
    def told(*numbers: int) -> bytes:
        return b"(" + b"".join(b"J" + struct.pack("<i", n) for n in numbers) + b"t"

    kept = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu"
    kept += b"J" + struct.pack("<i", count) + b"tQ"
    view = b"ctorch._utils\n_rebuild_tensor_v2\n(" + kept + b"J" + struct.pack("<i", start)
    view += told(*shape) + told(*steps) + b"\x89}tR"
    return b"\x80\x02}X\x01\x00\x00\x00w" + view + b"s."


@pytest.mark.parametrize(
    ("start", "shape", "steps"),
    [
        (1, (4,), (1,)),
        (0, (2, 2), (3, 1)),
        (0, (1 << 30, 1 << 30), (0, 0)),
        (0, (5,), (0,)),
        (-1, (2,), (1,)),
        (0, (2,), (-1,)),
    ],
)
def test_a_tensor_stays_in_its_storage(start: int, shape: Any, steps: Any, tmp_path: Path) -> None:
    path = _zip(tmp_path / "wide.pth", _tensor(start, shape, steps), **{"0": bytes(16)})
    with pytest.raises(ModelError):
        convert(path, tmp_path / "made", "tensors")
    good = _zip(tmp_path / "good.pth", _tensor(1, (3,), (1,)), **{"0": np.arange(4, dtype="<f4").tobytes()})
    convert(good, tmp_path / "good", "tensors")
    np.testing.assert_array_equal(load_file(tmp_path / "good" / "model.safetensors")["w"], [1, 2, 3])


def test_other_files_and_arguments_are_told(tmp_path: Path) -> None:
    plain = _zip(tmp_path / "plain.pth", pickle.dumps({"a": 1}, 2))
    (tmp_path / "text.pth").write_text("nothing of the kind")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("readme", "no checkpoint")
    for path, said in (
        (plain, "no tensors by name"),
        (tmp_path / "text.pth", "neither a zip nor pickles"),
        (tmp_path / "other.zip", "without data.pkl"),
        (tmp_path / "none.pth", "No such file"),
    ):
        with pytest.raises(ModelError, match=said):
            convert(path, tmp_path / "made", "tensors")
    with pytest.raises(InputError, match="not known"):
        convert(HERE / "zip.pth", tmp_path / "made", "gpt")
    with pytest.raises(InputError, match="needs a tokenizer"):
        convert(HERE / "zip.pth", tmp_path / "made", "imagebind")
    with pytest.raises(InputError, match="takes no texts"):
        convert(HERE / "zip.pth", tmp_path / "made", "resnet50", tokenizer="tokenizer.json")
    with pytest.raises(ModelError, match="it is no resnet50"):
        convert(HERE / "zip.pth", tmp_path / "made", "resnet50")
    with pytest.raises(InputError, match="not empty"):
        convert(HERE / "zip.pth", tmp_path, "tensors")


def test_compressed_records_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "small.pth", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", _tensor(0, (4,), (1,)))
        archive.writestr("archive/data/0", bytes(16))
    with pytest.raises(ModelError, match="compressed"):
        convert(tmp_path / "small.pth", tmp_path / "made", "tensors")


def test_every_step_it_knows_is_one_of_pickle() -> None:
    from likewise.apps import _unpickle

    named = {opcode.name for opcode in pickletools.opcodes}
    known = {*_unpickle._STEPS, *_unpickle._VALUES, *_unpickle._ATOMS, *_unpickle._EMPTY, *_unpickle._TUPLES}
    assert known <= named
    assert not known & {"INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "EXT1", "EXT2", "EXT4", "PERSID"}
