"""Write outputs.json and outputs.npz: what sentence-transformers gives for small random models beyond one vector.

Run with an interpreter that has sentence-transformers (made with 6.2.0, transformers 5.23.0, torch 2.13.0):

    PYTHONPATH=. python tests/golden/make_outputs.py
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import transformers
from safetensors import safe_open
from sentence_transformers import CrossEncoder, MultiVectorEncoder, SentenceTransformer, SparseEncoder

from tests.golden.outputs import ARCHITECTURES, LAYOUTS, MULTI, PAIRS, QUERIES, SPARSE, TEXTS, write
from tests.tiny import tiny_model


def _layout(name: str, sizes: dict[str, Any]) -> dict[str, Any]:
    made = getattr(transformers, name)
    with TemporaryDirectory() as place:
        made(made.config_class(**sizes)).save_pretrained(place)
        config = json.loads((Path(place) / "config.json").read_text())
        with safe_open(Path(place) / "model.safetensors", "numpy") as file:
            shapes = {name: list(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    return {"config": config, "shapes": shapes}


def _multi(path: Path) -> dict[str, Any]:
    model = MultiVectorEncoder(str(path), device="cpu")
    queries, texts = model.encode_query(list(QUERIES)), model.encode_document(list(TEXTS))
    return {
        "query": np.concatenate(queries),
        "document": np.concatenate(texts),
        "query_sizes": np.array([len(q) for q in queries]),
        "document_sizes": np.array([len(t) for t in texts]),
        "scores": model.similarity(queries, texts).numpy(),
    }


def _sparse(path: Path) -> dict[str, Any]:
    model = SparseEncoder(str(path), device="cpu")
    queries, texts = model.encode_query(list(QUERIES)), model.encode_document(list(TEXTS))
    return {
        "query": queries.to_dense().numpy(),
        "document": texts.to_dense().numpy(),
        "few": model.encode_document(list(TEXTS), max_active_dims=5).to_dense().numpy(),
        "scores": model.similarity(queries, texts).to_dense().numpy(),
    }


def _pairs(path: Path) -> dict[str, Any]:
    model = CrossEncoder(str(path), device="cpu")
    return {"scores": np.stack([model.predict([(query, text) for text in TEXTS], batch_size=3) for query in QUERIES])}


def _tokens(path: Path) -> dict[str, Any]:
    model = SentenceTransformer(str(path), device="cpu")
    found = model.encode(list(TEXTS), output_value="token_embeddings")
    return {"vectors": np.concatenate([rows.numpy() for rows in found]), "sizes": np.array([len(r) for r in found])}


def main() -> None:
    layouts = {name: _layout(name, sizes) for name, sizes in ARCHITECTURES.items()}
    lines = [f"{json.dumps(name)}: {json.dumps(layout)}" for name, layout in layouts.items()]
    LAYOUTS.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    found: dict[str, Any] = {}
    for cases, make in ((MULTI, _multi), (SPARSE, _sparse), (PAIRS, _pairs)):
        for name in cases:
            with TemporaryDirectory() as place:
                made = make(write(Path(place) / name, name))
            found |= {f"{name}.{key}": value for key, value in made.items()}
            print(name, {key: value.shape for key, value in made.items()})
    with TemporaryDirectory() as place:
        found |= {f"tokens.{key}": value for key, value in _tokens(tiny_model(Path(place) / "m", layers=2)).items()}
    whole = {k: v.astype(np.float32 if v.dtype.kind == "f" else np.int64) for k, v in found.items()}
    np.savez_compressed(Path(__file__).with_name("outputs.npz"), **whole)


if __name__ == "__main__":
    main()
