"""Other libraries on the packaged MiniLM: run by the interpreter that has them, one engine a process.

python benchmarks/_engines.py ENGINE ASKED.json FOUND.npz WORK     prints one line of JSON

ENGINE: sentence-transformers[:bf16], onnxruntime:int8, fastembed, ctranslate2[:int8|:bfloat16], model2vec. Models are
converted from the same weights into WORK once. Every set is encoded twice after a warming; the better time counts.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

Encode = Callable[[Sequence[str]], Any]
ROUNDS = 2


def sentence_transformers(model: Path, length: int, work: Path, option: str) -> Encode:  # noqa: ARG001 one shape for all
    import torch
    from sentence_transformers import SentenceTransformer

    kind = {"dtype": torch.bfloat16} if option == "bf16" else {}
    found = SentenceTransformer(str(model), device="cpu", model_kwargs=kind)
    found.max_seq_length = length
    return lambda texts: np.asarray(found.encode(list(texts)), np.float32)


def _exported(model: Path, work: Path) -> Path:
    """The network as an ONNX file, float32 and dynamically quantised, with its tokenizer beside it."""
    import shutil

    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from transformers import AutoModel

    folder = work / "minilm-onnx"
    if (folder / "model_int8.onnx").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    for file in model.glob("*.json"):
        shutil.copyfile(file, folder / file.name)
    network = AutoModel.from_pretrained(str(model), attn_implementation="eager").eval()

    class States(torch.nn.Module):  # type: ignore[misc]  # the exporter gives arguments by place, the network wants names
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, ids: Any, mask: Any, types: Any) -> Any:
            return self.network(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state

    names = ["input_ids", "attention_mask", "token_type_ids"]
    sample = tuple(torch.ones((2, 8), dtype=torch.int64) for _ in names)
    axes = {name: {0: "n", 1: "s"} for name in (*names, "last_hidden_state")}
    torch.onnx.export(
        States(),
        sample,
        str(folder / "model.onnx"),
        input_names=names,
        output_names=["last_hidden_state"],
        dynamic_axes=axes,
        dynamo=False,
    )
    quantize_dynamic(folder / "model.onnx", folder / "model_int8.onnx", weight_type=QuantType.QInt8)
    return folder


def _pooled(states: Any, mask: Any) -> Any:
    weights = np.asarray(mask, np.float32)[:, :, None]
    vectors = (np.asarray(states, np.float32) * weights).sum(1) / weights.sum(1)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _batches(texts: Sequence[str], size: int = 32) -> list[list[int]]:
    order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
    return [order[i : i + size] for i in range(0, len(order), size)]


def onnxruntime(model: Path, length: int, work: Path, option: str) -> Encode:
    import onnxruntime
    from tokenizers import Tokenizer

    folder = _exported(model, work)
    session = onnxruntime.InferenceSession(folder / ("model_int8.onnx" if option == "int8" else "model.onnx"))
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(length)
    tokenizer.enable_padding()

    def encode(texts: Sequence[str]) -> Any:
        out = np.empty((len(texts), 384), np.float32)
        for rows in _batches(texts):
            encoded = tokenizer.encode_batch([texts[i] for i in rows])
            ids, mask = (np.array([getattr(e, name) for e in encoded]) for name in ("ids", "attention_mask"))
            given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
            out[rows] = _pooled(session.run(None, given)[0], mask)
        return out

    return encode


def fastembed(model: Path, length: int, work: Path, option: str) -> Encode:  # noqa: ARG001 one shape for all
    from fastembed import TextEmbedding
    from fastembed.common.model_description import ModelSource, PoolingType

    folder = _exported(model, work)
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps(settings | {"model_max_length": length}))
    name = f"own/minilm-{length}"
    if name not in {known["model"] for known in TextEmbedding.list_supported_models()}:
        TextEmbedding.add_custom_model(
            model=name,
            pooling=PoolingType.MEAN,
            normalization=True,
            sources=ModelSource(hf=name),
            dim=384,
            model_file="model.onnx",
        )
    found = TextEmbedding(name, specific_model_path=str(folder))
    return lambda texts: np.stack(list(found.embed(list(texts), batch_size=32)))


def ctranslate2(model: Path, length: int, work: Path, option: str) -> Encode:
    import ctranslate2
    from tokenizers import Tokenizer

    folder = work / "minilm-ct2"
    if not folder.exists():
        ctranslate2.converters.TransformersConverter(str(model)).convert(str(folder))
    engine = ctranslate2.Encoder(str(folder), compute_type=option or "float32", intra_threads=2)
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    tokenizer.enable_truncation(length)
    tokenizer.no_padding()

    def encode(texts: Sequence[str]) -> Any:
        out = np.empty((len(texts), 384), np.float32)
        for rows in _batches(texts):
            ids = [e.ids for e in tokenizer.encode_batch([texts[i] for i in rows])]
            states = np.array(engine.forward_batch(ids).last_hidden_state.to(ctranslate2.DataType.float32))
            out[rows] = _pooled(states, [[float(k < len(row)) for k in range(states.shape[1])] for row in ids])
        return out

    return encode


def model2vec(model: Path, length: int, work: Path, option: str) -> Encode:  # noqa: ARG001 the static model has no length
    from model2vec import StaticModel

    found = StaticModel.from_pretrained(str(work / "minilm-static"))
    return lambda texts: np.asarray(found.encode(list(texts)), np.float32)


def main(engine: str, asked: Path, found: Path, work: Path) -> None:
    told = json.loads(asked.read_text(encoding="utf-8"))
    name, _, option = engine.partition(":")
    makers: dict[str, Callable[..., Encode]] = {
        "sentence-transformers": sentence_transformers,
        "onnxruntime": onnxruntime,
        "fastembed": fastembed,
        "ctranslate2": ctranslate2,
        "model2vec": model2vec,
    }
    vectors, seconds = {}, {}
    for kind, (texts, length) in told["sets"].items():
        encode = makers[name](Path(told["model"]), length, work, option)
        encode(texts[:64])
        took = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            vectors[kind] = encode(texts)
            took.append(time.perf_counter() - start)
        seconds[kind] = min(took)
    np.savez(found, **vectors)
    print(json.dumps({"seconds": seconds, "version": version(name)}))


if __name__ == "__main__":
    main(sys.argv[1], *map(Path, sys.argv[2:5]))
