"""Write static.npz: vectors that model2vec and sentence-transformers give for small random tables.

Run once with an interpreter that has model2vec, once with one that has sentence-transformers; each adds its own cases
(static.npz was made with model2vec 0.10.0 and sentence-transformers 6.2.0):

    PYTHONPATH=. python tests/golden/make_static.py model2vec
    PYTHONPATH=. python tests/golden/make_static.py sentence-transformers

model2vec computes in the number format of the file, which costs three digits with float16 and one over hundreds of
tokens with float32; the golden vectors are what it gives when told to compute with float64 (`quantize_to`).
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from tests.golden.static import MODEL2VEC, SENTENCE_TRANSFORMERS, TEXTS, write

FILE = Path(__file__).parent / "static.npz"


def _model2vec(path: Path) -> Any:
    from model2vec import StaticModel

    return StaticModel.from_pretrained(path, quantize_to="float64").encode(list(TEXTS), max_length=None)


def _sentence_transformers(path: Path) -> Any:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(path), device="cpu").encode(list(TEXTS))


def main(library: str) -> None:
    ours = library == "model2vec"
    found = dict(np.load(FILE)) if FILE.exists() else {}
    for name in MODEL2VEC if ours else SENTENCE_TRANSFORMERS:
        with TemporaryDirectory() as folder:
            path = write(Path(folder) / name, name)
            found[name] = (_model2vec if ours else _sentence_transformers)(path).astype(np.float32)
    np.savez_compressed(FILE, **{name: found[name] for name in sorted(found)})
    print({name: vectors.shape for name, vectors in found.items()})


if __name__ == "__main__":
    main(sys.argv[1])
