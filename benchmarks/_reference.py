"""What sentence-transformers gives: run by the interpreter that has it, reads a JSON file, writes vectors and times.

python benchmarks/_reference.py ASKED.json FOUND.npz     prints one line of JSON
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import sentence_transformers
import torch
import transformers


def main(asked: Path, found: Path) -> None:
    told = json.loads(asked.read_text(encoding="utf-8"))
    model = sentence_transformers.SentenceTransformer(told["model"], device="cpu")
    model.encode(told["sets"][told["timed"]][:64])  # warm
    vectors, seconds = {}, []
    for name, texts in told["sets"].items():
        for _ in range(2 if name == told["timed"] else 1):
            start = time.perf_counter()
            vectors[name] = model.encode(texts)
            if name == told["timed"]:
                seconds.append(time.perf_counter() - start)
    np.savez(found, **vectors)
    versions = {m.__name__: m.__version__ for m in (sentence_transformers, transformers, torch)}
    print(json.dumps({"seconds": seconds, "threads": torch.get_num_threads(), "versions": versions}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
