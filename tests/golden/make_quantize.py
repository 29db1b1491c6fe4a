"""Write quantize.npz: the codes that sentence-transformers makes of random vectors.

Run with an interpreter that has sentence-transformers (quantize.npz was made with 6.2.0):

    PYTHONPATH=. python tests/golden/make_quantize.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sentence_transformers.util.quantization import quantize_embeddings

HERE = Path(__file__).parent


def main() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((60, 21)).astype(np.float32) * rng.uniform(0.01, 2, 21).astype(np.float32)
    sample = vectors[:20]  # the other 40 leave its ranges here and there
    found = {
        "vectors": vectors,
        "int8": quantize_embeddings(vectors, "int8", calibration_embeddings=sample),
        "ubinary": quantize_embeddings(vectors, "ubinary"),
    }
    np.savez_compressed(HERE / "quantize.npz", **found)
    print({name: (array.shape, array.dtype.name) for name, array in found.items()})


if __name__ == "__main__":
    main()
