"""Train a VideoBERT by masking words and clip tokens (Sun et al. 2019, arXiv:1904.01766, section 3.2).

    pip install torch transformers av; python examples/videobert.py BERT CLIPS.jsonl MADE --images MODEL [--steps 500]

CLIPS.jsonl has a line for each: {"video": "path.mp4", "text": "what is said or seen in it"}; either may be missing.
BERT is a folder of transformers (config.json, model.safetensors, tokenizer.json), MODEL an encoder of images or clips
that `likewise.load` knows. MADE becomes a folder that `VideoBERT(MADE, clips)` encodes with, without torch.

What the paper does and this does not: it predicts from [CLS] whether words and clips belong together, joins sentences
at random, and starts from BERT large on 300,000 cooking videos.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import av
import numpy as np
import torch
from transformers import BertForMaskedLM

import likewise
from likewise.encoders.senses._clip_tokens import ClipTokens
from likewise.encoders.senses.frames import Frames
from likewise.encoders.senses.videobert import VideoBERT
from likewise.types import Clip, Item

_RATE = 8  # frames a second that are kept of a clip
_SIZE = 256
_NONE = -100  # what the loss of transformers leaves out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bert")
    parser.add_argument("clips", type=Path)
    parser.add_argument("made", type=Path)
    parser.add_argument("--images", required=True, help="a folder or name that likewise.load knows")
    parser.add_argument("--branches", type=int, default=12)
    parser.add_argument("--depth", type=int, default=2, help="4 in the paper, for 300,000 videos")
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=3e-4)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    images = likewise.load(options.images)
    encoder = images if images.modalities == ("video",) else Frames(images, frames=4)
    contents = _contents(options.clips)
    tree = ClipTokens.fit(_vectors(encoder, contents, options.seconds), options.branches, options.depth, options.seed)
    VideoBERT.create(options.made, options.bert, encoder, tree, seconds=options.seconds, seed=options.seed)
    bert = VideoBERT(options.made, encoder)
    rows = [bert.sequence(content) for content in contents]
    model = BertForMaskedLM.from_pretrained(options.made)
    _train(model, rows, options)
    model.save_pretrained(options.made)
    found = VideoBERT(options.made, encoder).encode([Item(str(i), c, "video") for i, c in enumerate(contents)])
    print(f"{options.made}: {len(found.vectors)} contents encoded, {len(found.failed)} failed")


def _contents(path: Path) -> list[Any]:
    """A text, a clip or a pair for every line."""
    found: list[Any] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        said = json.loads(line)
        clip = _read(path.parent / said["video"]) if "video" in said else None
        text = said.get("text", "")
        found.append((text, clip) if text and clip else clip or text)
    return found


def _read(path: Path) -> Clip:
    """The frames of a file, `_RATE` a second."""
    frames, times = [], []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if not times or frame.time - times[-1] >= 1 / _RATE - 1e-3:
                scale = max(1.0, max(frame.width, frame.height) / _SIZE)
                size = (round(edge / scale) for edge in (frame.width, frame.height))
                frames.append(frame.reformat(*size, "rgb24").to_ndarray())
                times.append(frame.time)
    return Clip(np.stack(frames), np.array(times))


def _vectors(encoder: Any, contents: list[Any], seconds: float) -> Any:
    """A vector for every piece of every clip."""
    pieces = []
    for content in contents:
        clip = content[1] if isinstance(content, tuple) else content
        if isinstance(clip, Clip):
            at = ((clip.times - clip.times[0]) // seconds).astype(int)
            pieces += [Clip(clip.frames[at == one], clip.times[at == one]) for one in np.unique(at)]
    return encoder.encode([Item(str(i), piece, "video") for i, piece in enumerate(pieces)]).vectors


def _train(model: Any, rows: list[Any], options: argparse.Namespace) -> None:
    """Words and clip tokens guessed from those around them: 15 % masked, of these 10 % random and 10 % as they were."""
    join = json.loads((options.made / "videobert.json").read_text())["join"]
    tokenizer = json.loads((options.made / "tokenizer.json").read_text())
    names = {token["content"]: token["id"] for token in tokenizer["added_tokens"]} | tokenizer["model"]["vocab"]
    mask, special = names["[MASK]"], {names["[CLS]"], names["[SEP]"], join}
    rng, began = np.random.default_rng(options.seed), time.perf_counter()
    optimizer = torch.optim.AdamW(model.parameters(), lr=options.rate)
    model.train()
    for step in range(options.steps + 1):
        chosen = [rows[i] for i in rng.integers(0, len(rows), options.batch)]
        ids, types, seen, labels = _masked(chosen, rng, mask, special, join, model.config.vocab_size)
        logits = model(input_ids=ids, token_type_ids=types, attention_mask=seen).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=_NONE)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        if step % max(1, options.steps // 10) == 0:
            parts = {
                kind: torch.nn.functional.cross_entropy(logits[where], labels[where]).item()
                for kind, where in (("words", (labels != _NONE) & (labels < join)), ("clips", labels > join))
                if where.any()
            }
            told = ", ".join(f"{kind} {value:.3f}" for kind, value in parts.items())
            print(f"step {step}: loss {loss.item():.3f} ({told}), {time.perf_counter() - began:.0f} s")
    model.eval()


def _masked(
    rows: list[Any], rng: np.random.Generator, mask: int, special: set[int], join: int, words: int
) -> tuple[Any, Any, Any, Any]:
    """Ids, segments, attention mask and what is to be guessed, each `(n, s)`."""
    longest = max(len(ids) for ids, _ in rows)
    ids, types, seen = (torch.zeros(len(rows), longest, dtype=torch.long) for _ in range(3))
    labels = torch.full_like(ids, _NONE)
    for i, (row, kinds) in enumerate(rows):
        ids[i, : len(row)], types[i, : len(row)] = torch.from_numpy(row).long(), torch.from_numpy(kinds).long()
        seen[i, : len(row)] = 1
        free = [at for at, one in enumerate(row.tolist()) if one not in special]
        for at in rng.choice(free, max(1, round(0.15 * len(free))), replace=False).tolist():
            labels[i, at] = ids[i, at]
            way = rng.random()
            if way < 0.8:
                ids[i, at] = mask
            elif way < 0.9:  # a word for a word, a clip for a clip
                low, high = (join + 1, words) if ids[i, at] > join else (len(special) + 2, join)
                ids[i, at] = int(rng.integers(low, high))
    return ids, types, seen, labels


if __name__ == "__main__":
    main()
