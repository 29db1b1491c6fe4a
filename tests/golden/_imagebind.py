"""ImageBind in torch.nn, written from the paper (arXiv:2305.05665) and the names of its tensors: the reference here."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

__all__ = ["Reference"]


class _Block(nn.Module):  # type: ignore[misc]
    def __init__(self, width: int, heads: int, extra: bool) -> None:
        super().__init__()
        self.attn = nn.MultiheadAttention(width, heads, add_bias_kv=extra, batch_first=True)
        self.norm_1 = nn.LayerNorm(width, eps=1e-6)
        self.norm_2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = nn.ModuleDict({"fc1": nn.Linear(width, 4 * width), "fc2": nn.Linear(4 * width, width)})

    def forward(self, x: Any, mask: Any) -> Any:
        y = self.norm_1(x)
        x = x + self.attn(y, y, y, attn_mask=mask, need_weights=False)[0]
        return x + self.mlp["fc2"](nn.functional.gelu(self.mlp["fc1"](self.norm_2(x))))


def _module(**parts: Any) -> Any:
    """A module with these parameters and modules."""
    made = nn.Module()
    for name, part in parts.items():
        if isinstance(part, nn.Parameter):
            made.register_parameter(name, part)
        else:
            made.add_module(name, part)
    return made


def _table(*shape: int) -> Any:
    return nn.Parameter(torch.zeros(shape))


class Reference(nn.Module):  # type: ignore[misc]
    """All six parts; every method takes what its preparer gives and returns the vector before it is normed."""

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__()
        self.config, dim = config, config["projection_dim"]
        width = {name: config[name]["width"] for name in ("vision", "text", "audio", "depth", "thermal", "imu")}
        side, patch = config["image_size"], config["patch_size"]
        sounds = ((config["audio_bands"] - 16) // 10 + 1) * ((config["audio_frames"] - 16) // 10 + 1)
        counts = {
            "vision": (side // patch) ** 2,
            "audio": sounds,
            "depth": (side // 16) ** 2,
            "thermal": (side // 16) ** 2,
        }
        made: dict[str, Any] = {}
        for name, count in counts.items():
            w = width[name]
            if name == "vision":
                stem = {"rgbt_stem": _module(proj=nn.Sequential(nn.Identity(), _conv3(w, patch)))}
            else:
                conv = nn.Conv2d(1, w, 16, stride=10 if name == "audio" else 16, bias=False)
                key = "depth_stem" if name == "depth" else "rgbt_stem"
                stem = {key: _module(proj=conv, norm_layer=nn.LayerNorm(w))}
            places = _module(pos_embed=_table(1, count + 1, w))
            made[name] = _module(cls_token=_table(1, 1, w), pos_embedding_helper=places, **stem)
        w = width["imu"]
        imu = _module(proj=nn.Linear(48, w, bias=False), norm_layer=nn.LayerNorm(w))
        places = _table(1, config["imu_samples"] // 8 + 1, w)
        made["imu"] = _module(pos_embed=places, cls_token=_table(1, 1, w), imu_stem=imu)
        words = nn.Embedding(config["vocab_size"], width["text"])
        places = _table(1, config["max_position_embeddings"], width["text"])
        made["text"] = _module(pos_embed=places, token_embedding=words)
        self.modality_preprocessors = nn.ModuleDict(made)
        self.modality_trunks = nn.ModuleDict({name: self._trunk(name) for name in width})
        heads: dict[str, Any] = {}
        for name, w in width.items():
            norm, out = nn.LayerNorm(w, eps=1e-6), nn.Linear(w, dim, bias=False)
            if name == "text":
                heads[name] = _module(proj=nn.Sequential(norm, out))
            else:
                between = [nn.Identity()] * (2 if name == "imu" else 1)
                heads[name] = nn.Sequential(norm, *between, out)
        self.modality_heads = nn.ModuleDict(heads)

    def _trunk(self, name: str) -> Any:
        said = self.config[name]
        blocks = [_Block(said["width"], said["heads"], name not in ("vision", "text")) for _ in range(said["layers"])]
        parts: dict[str, Any] = {"blocks": nn.ModuleList(blocks)}
        if name == "vision":
            parts["pre_transformer_layer"] = nn.Sequential(nn.LayerNorm(said["width"], eps=1e-6))
        return _module(**parts)

    def _through(self, name: str, x: Any, mask: Any = None) -> Any:
        trunk = self.modality_trunks[name]
        x = trunk.pre_transformer_layer(x) if name == "vision" else x
        for block in trunk.blocks:
            x = block(x, mask)
        return x

    def _led(self, name: str, x: Any) -> Any:
        made = self.modality_preprocessors[name]
        x = torch.cat([made.cls_token.expand(len(x), -1, -1), x], 1)
        return x + (made.pos_embed if name == "imu" else made.pos_embedding_helper.pos_embed)

    def image(self, pixels: Any) -> Any:
        return self._pairs(torch.stack([pixels, pixels], 2))

    def video(self, frames: Any) -> Any:
        """Frames `(n, 10, 3, side, side)`: pairs of neighbours."""
        found = [self._pairs(frames[:, at : at + 2].transpose(1, 2)) for at in range(0, frames.shape[1], 2)]
        return torch.stack([nn.functional.normalize(part, dim=-1) for part in found]).mean(0)

    def _pairs(self, pairs: Any) -> Any:
        x = self.modality_preprocessors["vision"].rgbt_stem.proj(pairs).flatten(2).transpose(1, 2)
        return self.modality_heads["vision"](self._through("vision", self._led("vision", x))[:, 0])

    def audio(self, fbank: Any) -> Any:
        """Clips `(n, 3, bands, frames)`."""
        parts = [self.map("audio", fbank[:, at : at + 1]) for at in range(fbank.shape[1])]
        return torch.stack([nn.functional.normalize(part, dim=-1) for part in parts]).mean(0)

    def depth(self, image: Any) -> Any:
        return self.map("depth", image)

    def thermal(self, image: Any) -> Any:
        return self.map("thermal", image)

    def map(self, name: str, image: Any) -> Any:
        made = self.modality_preprocessors[name]
        stem = made.depth_stem if name == "depth" else made.rgbt_stem
        x = stem.norm_layer(stem.proj(image).flatten(2).transpose(1, 2))
        return self.modality_heads[name](self._through(name, self._led(name, x))[:, 0])

    def motion(self, samples: Any) -> Any:
        """`(n, 6, samples)`."""
        stem = self.modality_preprocessors["imu"].imu_stem
        x = samples.unfold(-1, 8, 8).permute(0, 2, 1, 3).flatten(2)
        x = self._led("imu", stem.norm_layer(stem.proj(x)))
        return self.modality_heads["imu"](self._through("imu", x)[:, 0])

    def text(self, ids: Any) -> Any:
        """One text `(1, s)`; it ends with the token of the end."""
        made, count = self.modality_preprocessors["text"], ids.shape[1]
        x = made.token_embedding(ids) + made.pos_embed[:, :count]
        mask = torch.full((count, count), float("-inf")).triu(1)
        return self.modality_heads["text"].proj(self._through("text", x, mask)[:, -1])


def _conv3(width: int, patch: int) -> Any:
    return nn.Conv3d(3, width, (2, patch, patch), stride=(2, patch, patch), bias=False)
