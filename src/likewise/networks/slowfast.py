"""SlowFast (Feichtenhofer et al. 2019, arXiv:1812.03982) in the layout of pytorchvideo.

Its makers publish no config.json; ours says `model_type` slowfast and, where they are not those of SLOWFAST_8x8_R50 on
Kinetics, `depth` (50 or 101), `frames`, `rate` (frames a second), `alpha` (frames of the fast pathway for each of the
slow one), `beta` (channels of the slow pathway for each of the fast one), `fusion_kernel` (frames; 5 where the depth is
101), `width`, `image_size` and `pool`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np

from likewise.modalities.video import Video
from likewise.networks import Facts, Node, Ops, Senses, Tower, Weights
from likewise.networks._clips import CLIP
from likewise.types import Vectors

__all__ = ["SlowFast"]

_DEPTHS: Final = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3)}
"""Blocks of each stage."""
_KERNELS: Final = ((1, 1, 3, 3), (3, 3, 3, 3))
"""Frames that a block of each stage looks at, slow pathway and fast one (table 1 of the paper)."""
_EPSILON: Final = 1e-5


@final
class SlowFast(Senses):
    """A wide residual network over few frames and a narrow one over many, which tells the wide one after every stage.

    The embedding is what enters the classifier: the means of both pathways, slow before fast.
    """

    def __init__(self, facts: Facts, weights: Weights) -> None:
        super().__init__(facts, weights)
        self.depth = facts.integer("depth", 50)
        if self.depth not in _DEPTHS:
            raise facts.refused("depth", " or ".join(map(str, _DEPTHS)))
        self.frames, self.alpha = facts.integer("frames", 32), facts.integer("alpha", 4)
        self.beta, self.width = facts.integer("beta", 8), facts.integer("width", 64)
        if self.frames % self.alpha or self.width % self.beta:
            raise facts.wrong("alpha", "a part of frames, and beta a part of width")
        self.edge, self.pool = facts.integer("image_size", 256), facts.integer("pool", 7)
        self.dim = 32 * self.width + 32 * self.width // self.beta

    @property
    def towers(self) -> Mapping[str, Tower]:
        preparer = Video(
            self.frames,
            (self.edge,),
            (self.edge, self.edge),
            filter="linear",
            mean=(0.45,) * 3,
            std=(0.225,) * 3,
            rate=self.facts.number("rate", 15.0),
        )
        units = self.frames * (self.edge // 32) ** 2
        return {"video": Tower(CLIP, self.dim, units, self._build, preparer)}

    def _build(self, ops: Ops, clip: Node) -> dict[str, Node]:
        fast = ops.transpose(clip, (0, 2, 1, 3, 4))
        # as torch.linspace(...).long() chooses them
        chosen = np.linspace(0, self.frames - 1, self.frames // self.alpha).astype(int)
        slow = ops.concat([ops.slice(fast, 2, at, at + 1) for at in chosen.tolist()], 2)
        paths = [slow, fast]
        for i, (channels, frames) in enumerate(((self.width, 1), (self.width // self.beta, 5))):
            name = f"blocks.0.multipathway_blocks.{i}"
            layer = _Convolution(f"{name}.conv", f"{name}.norm", channels, 3, (frames, 7, 7), (1, 2, 2))
            x = ops.activation(layer(ops, paths[i], self.weights), "relu")
            paths[i] = ops.max_pool(x, (1, 3, 3), (1, 2, 2), (0, 1, 1))
        paths = self._told(ops, paths, 0, self.width // self.beta)
        for stage, blocks in enumerate(_DEPTHS[self.depth]):
            for i in range(2):
                paths[i] = self._stage(ops, paths[i], stage, i, blocks)
            if stage < 3:
                paths = self._told(ops, paths, stage + 1, self._channels(stage, 1)[2])
        found = ops.concat([self._mean(ops, path) for path in paths], 1)
        return {"embedding": found, "features": found}

    def _channels(self, stage: int, path: int) -> tuple[int, int, int]:
        """Channels into, inside of and out of a stage; what the fast pathway told the slow one is counted."""
        beta = self.beta if path else 1
        out = self.width * 4 << stage
        into = self.width if not stage else out // 2
        told = 0 if path else 2 * into // self.beta
        return into // beta + told, out // 4 // beta, out // beta

    def _told(self, ops: Ops, paths: Sequence[Node], stage: int, channels: int) -> list[Node]:
        """The fast pathway's states, brought to the frames of the slow one, beside its own."""
        name = f"blocks.{stage}.multipathway_fusion"
        frames = self.facts.integer("fusion_kernel", 7 if self.depth == 50 else 5)
        layer = _Convolution(
            f"{name}.conv_fast_to_slow", f"{name}.norm", 2 * channels, channels, (frames, 1, 1), (self.alpha, 1, 1)
        )
        told = ops.activation(layer(ops, paths[1], self.weights), "relu")
        return [ops.concat([paths[0], told], 1), paths[1]]

    def _stage(self, ops: Ops, x: Node, stage: int, path: int, blocks: int) -> Node:
        into, inside, out = self._channels(stage, path)
        kernel = (_KERNELS[path][stage], 1, 1)
        for i in range(blocks):
            name = f"blocks.{stage + 1}.multipathway_blocks.{path}.res_blocks.{i}"
            stride = (1, 2, 2) if stage and not i else (1, 1, 1)
            kept = x
            if not i:
                shortcut = _Convolution(f"{name}.branch1_conv", f"{name}.branch1_norm", out, into, (1, 1, 1), stride)
                kept = shortcut(ops, x, self.weights)
            for part, shape in (
                ("a", (inside, out if i else into, kernel, (1, 1, 1))),
                ("b", (inside, inside, (1, 3, 3), stride)),
                ("c", (out, inside, (1, 1, 1), (1, 1, 1))),
            ):
                layer = _Convolution(f"{name}.branch2.conv_{part}", f"{name}.branch2.norm_{part}", *shape)
                x = layer(ops, x, self.weights)
                x = x if part == "c" else ops.activation(x, "relu")
            x = ops.activation(ops.add(kept, x), "relu")
        return x

    def _mean(self, ops: Ops, x: Node) -> Node:
        """The mean over windows of means over a window `(n, channels)`: the rim counts less than the middle."""
        edge = self.edge
        for _ in range(5):
            edge = (edge + 1) // 2
        size = min(self.pool, edge)
        seen = np.convolve(np.ones(edge - size + 1), np.ones(size))
        share = (seen / seen.sum()).astype(np.float32)
        weighed = ops.multiply(ops.mean(x, (2,)), ops.constant(share[:, None] * share))
        return ops.sum(ops.sum(weighed, -1), -1)


@final
@dataclass(frozen=True, slots=True)
class _Convolution:
    """A convolution over (frames, height, width) and the batch norm behind it, as one."""

    name: str
    norm: str
    out: int
    into: int
    kernel: tuple[int, int, int]
    stride: tuple[int, int, int]

    def __call__(self, ops: Ops, x: Node, weights: Weights) -> Node:
        kernel: Vectors = weights(f"{self.name}.weight", self.out, self.into, *self.kernel)
        gain, shift, mean, spread = (
            weights(f"{self.norm}.{part}", self.out) for part in ("weight", "bias", "running_mean", "running_var")
        )
        scale = gain / np.sqrt(spread + np.float32(_EPSILON))
        padding = [size // 2 for size in self.kernel]
        return ops.convolution(
            x, kernel * scale[:, None, None, None, None], shift - mean * scale, stride=self.stride, padding=padding
        )
