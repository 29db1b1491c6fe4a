"""Write text.npz: vectors that sentence-transformers gives for small random models, each text in a batch of its own.

Run with an interpreter that has sentence-transformers (text.npz was made with 6.2.0, torch 2.13.0):

    PYTHONPATH=. python tests/golden/make_text.py

The models come from tests/tiny.py and tests/decoders.py, whose random weights are the same everywhere for one seed.
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from sentence_transformers import SentenceTransformer

from tests.golden.text import CASES, TEXTS, write

HERE = Path(__file__).parent


def main() -> None:
    found = {}
    for name, case in CASES.items():
        with TemporaryDirectory() as folder:
            model = SentenceTransformer(str(write(Path(folder) / name, case)), device="cpu")
            found[name] = model.encode(TEXTS, batch_size=1, prompt=case.prompt or None).astype(np.float32)
    np.savez_compressed(HERE / "text.npz", **found)
    print(json.dumps({name: vectors.shape for name, vectors in found.items()}))


if __name__ == "__main__":
    main()
