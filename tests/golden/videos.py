"""The cases of the golden clips: small random video networks as transformers saves them, and what is shown to them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from string import ascii_lowercase
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from likewise.types import Clip
from tests.tiny import SPECIALS, word_pieces

__all__ = ["CASES", "LAYOUTS", "READY", "TEXTS", "Case", "clips", "folded", "write"]

LAYOUTS: Final = Path(__file__).with_name("videos.json")
"""What transformers saves for every case: config.json, settings of its processor, names and shapes of tensors."""

TEXTS: Final = ((49, 3, 7, 12, 50), (49, 8, 50), (49, 4, 4, 9, 21, 30, 50))
"""Token ids of texts for joint networks; 50 is the end."""

_SIZES: Final[dict[str, Any]] = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 24,
    "image_size": 16,
}


@dataclass(frozen=True, slots=True)
class Case:
    """A network and the video processor of its makers, both of transformers, and how they depart from the defaults."""

    architecture: str
    config: dict[str, Any] = field(default_factory=dict)
    processor: str = "VideoMAEVideoProcessor"
    settings: dict[str, Any] = field(default_factory=dict)
    renamed: tuple[tuple[str, str], ...] = ()


_SMALL: Final[dict[str, Any]] = {"size": {"shortest_edge": 20}, "crop_size": {"height": 16, "width": 16}}
_MAE: Final[dict[str, Any]] = _SIZES | {
    "patch_size": 8,
    "num_frames": 4,
    "decoder_hidden_size": 8,
    "decoder_num_attention_heads": 2,
    "decoder_num_hidden_layers": 1,
}
_VIVIT: Final[dict[str, Any]] = _SIZES | {"num_frames": 4, "tubelet_size": [2, 8, 8]}
_VJEPA: Final[dict[str, Any]] = {
    "hidden_size": 40,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "mlp_ratio": 1.5,
    "crop_size": 24,
    "patch_size": 8,
    "frames_per_clip": 6,
    "pred_hidden_size": 24,
    "pred_num_attention_heads": 2,
    "pred_num_hidden_layers": 1,
    "num_pooler_layers": 2,
}
_XCLIP: Final[dict[str, Any]] = {
    "projection_dim": 12,
    "prompt_layers": 1,
    "prompt_num_attention_heads": 2,
    "text_config": {
        **{name: value for name, value in _SIZES.items() if name != "image_size"},
        "vocab_size": 51,
        "max_position_embeddings": 10,
    },
    "vision_config": {
        **_SIZES,
        "patch_size": 8,
        "num_frames": 4,
        "mit_hidden_size": 12,
        "mit_intermediate_size": 20,
        "mit_num_attention_heads": 2,
    },
}
# the names on the hub, written by transformers 4
_OLD_MAE: Final = ((".query.bias", ".q_bias"), (".value.bias", ".v_bias"))
_OLD_VIVIT: Final = (
    ("layers.", "encoder.layer."),
    ("attention.q_proj", "attention.attention.query"),
    ("attention.k_proj", "attention.attention.key"),
    ("attention.v_proj", "attention.attention.value"),
    ("attention.o_proj", "attention.output.dense"),
    ("mlp.fc1", "intermediate.dense"),
    ("mlp.fc2", "output.dense"),
)

CASES: Final[dict[str, Case]] = {
    "videomae": Case("VideoMAEForPreTraining", _MAE | {"use_mean_pooling": False}, settings=_SMALL, renamed=_OLD_MAE),
    "videomae-tuned": Case("VideoMAEForVideoClassification", _MAE | {"qv_bias": False}, settings=_SMALL),
    "videomae-plain": Case(
        "VideoMAEModel",
        _MAE,
        settings=_SMALL | {"resample": 3, "do_center_crop": False} | {"size": {"height": 16, "width": 16}},
    ),
    "timesformer": Case(
        "TimesformerForVideoClassification",
        _SIZES | {"patch_size": 8, "num_frames": 3},
        "TimesformerVideoProcessor",
        _SMALL,
    ),
    "timesformer-joint": Case(
        "TimesformerModel",
        _SIZES | {"patch_size": 8, "num_frames": 3, "attention_type": "joint_space_time"},
        "TimesformerVideoProcessor",
        _SMALL,
    ),
    "vivit": Case("VivitForVideoClassification", _VIVIT, "VivitVideoProcessor", _SMALL, _OLD_VIVIT),
    "vivit-new": Case("VivitModel", _VIVIT, "VivitVideoProcessor", _SMALL),
    "vjepa2": Case("VJEPA2Model", _VJEPA, "VJEPA2VideoProcessor", {"crop_size": {"height": 24, "width": 24}}),
    "vjepa2-tuned": Case(
        "VJEPA2ForVideoClassification", _VJEPA, "VJEPA2VideoProcessor", {"crop_size": {"height": 24, "width": 24}}
    ),
    "slowfast": Case("SlowFast", {"depth": 50, "frames": 8, "width": 16, "image_size": 72, "pool": 2, "rate": 0}),
    "slowfast-101": Case(
        "SlowFast",
        {"depth": 101, "frames": 4, "width": 8, "beta": 4, "alpha": 2, "image_size": 64, "pool": 2, "rate": 20},
    ),
    "xclip": Case("XCLIPModel", _XCLIP, settings=_SMALL | {"image_mean": [0.48, 0.46, 0.41]}),
}

READY: Final = ("videomae", "videomae-plain", "timesformer", "vivit", "vjepa2")
"""The cases whose prepared clips are kept: one of each way."""


def clips() -> list[Clip]:
    """Three clips of several shapes: waves and noise, so that a pixel out of its place is seen."""
    rng = np.random.default_rng(7)
    made = []
    for count, height, width in ((9, 40, 52), (4, 33, 20), (13, 18, 18)):
        ways = np.meshgrid(np.arange(count), np.arange(height), np.arange(width), np.arange(3), indexing="ij")
        waves = sum(np.sin(way * rng.uniform(0.1, 0.9) + rng.uniform(0, 6)) for way in ways)
        frames = np.clip(128 + 28 * waves + rng.normal(0, 9, waves.shape), 0, 255).astype(np.uint8)
        made.append(Clip(frames, np.arange(count) / 10))
    return made


def write(path: Path, name: str) -> Path:
    """The folder of a case, as a user has it."""
    layout = json.loads(LAYOUTS.read_text())[name]
    path.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(sorted(CASES).index(name))
    (path / "config.json").write_text(json.dumps(layout["config"]))
    if layout["processor"]:
        (path / "video_preprocessor_config.json").write_text(json.dumps(layout["processor"]))
    if "text_config" in layout["config"]:  # one of its own: what it makes of words is no matter of parity
        signs = [*SPECIALS, *ascii_lowercase]
        word_pieces({piece: i for i, piece in enumerate(signs)}, 10).save(str(path / "tokenizer.json"))
    shapes = _opened(layout["shapes"])
    save_file({tensor: _random(rng, tensor, shapes[tensor]) for tensor in sorted(shapes)}, path / "model.safetensors")
    return path


def folded(shapes: dict[str, list[int]]) -> dict[str, list[int]]:
    """Blocks of one shape as one line: `res_blocks.1-22.` stands for 22 of them."""
    found: dict[str, list[int]] = {}
    rows: dict[tuple[str, str, str], list[int]] = {}
    for name, shape in shapes.items():
        parts = re.fullmatch(r"(.*res_blocks\.)(\d+)(\..*)", name)
        if parts:
            rows.setdefault((parts[1], parts[3], str(shape)), []).append(int(parts[2]))
        else:
            found[name] = shape
    for (head, tail, text), blocks in rows.items():
        found[f"{head}{min(blocks)}-{max(blocks)}{tail}"] = json.loads(text)
    return found


def _opened(shapes: dict[str, list[int]]) -> dict[str, list[int]]:
    """The tensors for which the lines of `folded` stand."""
    found: dict[str, list[int]] = {}
    for name, shape in shapes.items():
        blocks = re.search(r"res_blocks\.(\d+)-(\d+)\.", name)
        for i in range(int(blocks[1]), int(blocks[2]) + 1) if blocks else (0,):
            found[name.replace(f".{blocks[1]}-{blocks[2]}.", f".{i}.", 1) if blocks else name] = shape
    return found


def _random(rng: np.random.Generator, name: str, shape: list[int]) -> NDArray[np.float32]:
    values = np.asarray(rng.standard_normal(shape))
    if name.endswith("running_var"):
        return (0.5 + values**2).astype(np.float32)
    if name.endswith("norm_c.weight"):  # many blocks add up
        return (0.5 + 0.1 * values).astype(np.float32)
    if len(shape) < 2:
        return np.asarray((0.0 if name.endswith(("bias", "running_mean")) else 1.0) + 0.2 * values, np.float32)
    table = any(part in name for part in ("position_embedding", "token", "time_embeddings"))
    # wide enough that attention is far from even: a wrong place or scale shows in the first digits
    return (values * (0.7 if table else 1.2 * float(np.prod(shape[1:])) ** -0.5)).astype(np.float32)
