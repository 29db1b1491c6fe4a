"""What transformers gives: run by the interpreter that has it, reads a JSON file, writes vectors, prints times as JSON.

python benchmarks/_senses_reference.py ASKED.json FOUND.npy
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
import torch
import transformers
from PIL import Image

BATCH = 16


def _frames(path: str) -> list[Any]:
    """All frames of a film `(height, width, 3)`."""
    import av

    with av.open(path) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def _sound(path: str, rate: int) -> Any:
    """Samples at the rate of the processor."""
    samples, own = soundfile.read(path, dtype="float32")
    return soxr.resample(samples, own, rate, "HQ") if own != rate else samples


READ: dict[str, Callable[[str, Any], Any]] = {
    "image": lambda path, _: Image.open(path).convert("RGB"),
    "audio": lambda path, processor: _sound(path, processor.sampling_rate),
    "video": lambda path, _: _frames(path),
}
"""A file of a kind as the processor takes it."""
CALLED = {"image": "images", "audio": "raw_speech", "video": "images"}
"""The argument of the processor that takes contents of a kind."""


def main(asked: Path, found: Path) -> None:
    told = json.loads(asked.read_text(encoding="utf-8"))
    case, folder = told["case"], Path(told["folder"])
    processor = getattr(transformers, case["processor"])(**case["settings"])
    made = getattr(transformers, case["model"])
    if not (folder / "model.safetensors").exists():
        torch.manual_seed(0)
        made(made.config_class(**case["config"])).save_pretrained(folder)
        processor.save_pretrained(folder)
    if case["model"].lower().startswith(("cl", "siglip")) and not (folder / "tokenizer.json").exists():
        _words(folder)
    model = made.from_pretrained(folder, dtype=torch.float32).eval()
    rows, seconds = np.empty(0), []
    with torch.no_grad():
        _encoded(model, processor, case, told["files"][:BATCH])  # warm
        for _ in range(2):
            start = time.perf_counter()
            some = range(0, len(told["files"]), BATCH)
            rows = np.concatenate([_encoded(model, processor, case, told["files"][at : at + BATCH]) for at in some])
            seconds.append(time.perf_counter() - start)
    np.save(found, rows)
    print(json.dumps({"seconds": seconds, "threads": torch.get_num_threads()}))


def _encoded(model: Any, processor: Any, case: dict[str, Any], paths: list[str]) -> Any:
    contents = [READ[case["kind"]](path, processor) for path in paths]
    inputs = processor(**{CALLED[case["kind"]]: contents}, **case["given"], **_more(processor), return_tensors="pt")
    if case["embedding"].startswith("get_"):
        given = getattr(model, case["embedding"])(**inputs)
        return getattr(given, "pooler_output", given).float().numpy()
    if case["embedding"] == "encoder":
        frames = -(-len(contents[0]) // 320)  # as long as the sound, all of which are equally long
        return model.get_encoder()(**inputs).last_hidden_state[:, :frames].mean(1).float().numpy()
    given = model(**inputs)
    if case["embedding"] in ("cls", "mean"):
        states = given.last_hidden_state
        return (states[:, 0] if case["embedding"] == "cls" else states.mean(1)).float().numpy()
    return getattr(given, case["embedding"]).flatten(1).float().numpy()


def _more(processor: Any) -> dict[str, int]:
    """Extractors of features of sounds want to hear their rate again."""
    rate = getattr(processor, "sampling_rate", 0)
    return {"sampling_rate": rate} if rate else {}


def _words(folder: Path) -> None:
    """A tokenizer of a few words, for the tower of words must have one."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    words = {"<|startoftext|>": 0, "<|endoftext|>": 1, "[UNK]": 2, "a": 3}
    made = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.add_special_tokens(["<|startoftext|>", "<|endoftext|>"])
    made.post_processor = processors.TemplateProcessing(
        single="<|startoftext|> $A <|endoftext|>", special_tokens=[("<|startoftext|>", 0), ("<|endoftext|>", 1)]
    )
    made.save(str(folder / "tokenizer.json"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
