"""ImageBind (Girdhar et al. 2023, arXiv:2305.05665): pictures, words, sounds, depth, heat and motion in one space."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, final

import numpy as np

from likewise.modalities.depth import Depth
from likewise.modalities.fbank import Fbank
from likewise.modalities.image import ImagePreparer
from likewise.modalities.motion import Steps
from likewise.modalities.thermal import Heat
from likewise.modalities.video import Video
from likewise.networks import Facts, Inputs, Node, Ops, Senses, Tower, Weights
from likewise.networks._encoder import heads, joined
from likewise.networks._patches import led
from likewise.networks._sight import sight
from likewise.networks._steps import Pooling, pooled
from likewise.types import Vectors

__all__ = ["ImageBind"]

_MEAN: Final = (0.48145466, 0.4578275, 0.40821073)
_STD: Final = (0.26862954, 0.26130258, 0.27577711)
_EPSILON: Final = 1e-6
_STEM: Final = 1e-5
_CLIPS: Final = 3  # of a sound
_VIEWS: Final = 5  # of a video, two frames each


@final
@dataclass(frozen=True, slots=True)
class _Trunk:
    """The pre-norm transformer of one modality; with `extra` every token may attend to a learnt key and value more."""

    weights: Weights
    dim: int
    layers: int
    heads: int
    extra: bool

    def __call__(self, ops: Ops, x: Node, bias: Node | None = None) -> Node:
        for i in range(self.layers):
            layer = f"blocks.{i}"
            x = ops.add(x, self._attend(ops, self._norm(ops, x, f"{layer}.norm_1"), f"{layer}.attn", bias))
            up = ops.linear(self._norm(ops, x, f"{layer}.norm_2"), *self._linear(f"{layer}.mlp.fc1", 4, 1))
            x = ops.add(x, ops.linear(ops.activation(up, "gelu"), *self._linear(f"{layer}.mlp.fc2", 1, 4)))
        return x

    def _linear(self, name: str, out: int, into: int) -> tuple[Vectors, Vectors | None]:
        return self.weights.linear(name, out * self.dim, into * self.dim)

    def _norm(self, ops: Ops, x: Node, name: str) -> Node:
        return ops.layer_norm(x, *self.weights.norm(name, self.dim), _EPSILON)

    def _attend(self, ops: Ops, x: Node, name: str, bias: Node | None) -> Node:
        dim = self.dim
        weights = np.split(self.weights(f"{name}.in_proj_weight", 3 * dim, dim), 3)
        shifts = np.split(self.weights(f"{name}.in_proj_bias", 3 * dim), 3)
        scale = np.float32((dim // self.heads) ** -0.5)
        query = ops.linear(x, weights[0] * scale, shifts[0] * scale)
        key, value = (ops.linear(x, weights[i], shifts[i]) for i in (1, 2))
        if self.extra:
            key, value = (
                _behind(ops, part, self.weights(f"{name}.bias_{letter}", 1, 1, dim))
                for part, letter in ((key, "k"), (value, "v"))
            )
        query, key, value = (heads(ops, part, self.heads) for part in (query, key, value))
        mixed = joined(ops, ops.attention(query, key, value, bias))
        return ops.linear(mixed, *self._linear(f"{name}.out_proj", 1, 1))


@final
class ImageBind(Senses):
    """`model_type` imagebind, as `likewise convert` writes it out of the official imagebind_huge.pth.

    Names of tensors are the official ones; config.json may name the sizes of each part where they are not those of
    imagebind_huge, `{"audio": {"width": 768, "layers": 12, "heads": 12}}`. A sound is heard in three clips of two
    seconds, a video seen in five pairs of frames (the makers crop each thrice, here the middle is taken); the vector is
    the mean over them. The makers' factors by modality change no cosine and are left out.
    """

    cosine = True

    def __init__(self, facts: Facts, weights: Weights) -> None:
        super().__init__(facts, weights)
        self.dim = facts.integer("projection_dim", 1024)
        self.side = facts.integer("image_size", 224)
        self.patch = facts.integer("patch_size", 14)
        self.positions = facts.integer("max_position_embeddings", 77)
        self.vocabulary = facts.integer("vocab_size", 49408)
        self.frames = facts.integer("audio_frames", 204)
        self.bands = facts.integer("audio_bands", 128)
        self.samples = facts.integer("imu_samples", 2000)

    @property
    def towers(self) -> Mapping[str, Tower]:
        side, count = self.side, (self.side // self.patch) ** 2 + 1
        image = ImagePreparer((side,), (side, side), middle="even", mean=_MEAN, std=_STD)
        video = Video(2 * _VIEWS, (side,), (side, side), "linear", mean=_MEAN, std=_STD)
        heard = Fbank(mels=self.bands, frames=self.frames, clips=_CLIPS, mean=-4.268, std=9.138)
        words: Inputs = (("ids", "int32", 2), ("mask", "float32", 2))
        squares = (side // 16) ** 2 + 1
        sounds = _CLIPS * self._sounds()
        return {
            "image": Tower((("pixels", "float32", 4),), self.dim, count, self._image, image),
            "video": Tower((("clip", "float32", 5),), self.dim, _VIEWS * count, self._video, video),
            "text": Tower(words, self.dim, self.positions, self._text, vocabulary=self.vocabulary),
            "audio": Tower((("fbank", "float32", 4),), self.dim, sounds, self._audio, heard),
            "depth": Tower(
                (("disparity", "float32", 4),),
                self.dim,
                squares,
                partial(self._map, "depth", "depth_stem"),
                Depth(side),
            ),
            "thermal": Tower(
                (("heat", "float32", 4),), self.dim, squares, partial(self._map, "thermal", "rgbt_stem"), Heat(side)
            ),
            "motion": Tower(
                (("motion", "float32", 3),), self.dim, self.samples // 8 + 1, self._motion, Steps(samples=self.samples)
            ),
        }

    def _trunk(self, name: str, width: int, layers: int, count: int, extra: bool = True) -> _Trunk:
        said = self.facts.inside(name)
        dim, count = said.integer("width", width), said.integer("heads", count)
        if dim % count:
            raise said.wrong("width", f"a multiple of heads, {count}")
        weights = self.weights.below(f"modality_trunks.{name}.")
        return _Trunk(weights, dim, said.integer("layers", layers), count, extra)

    def _image(self, ops: Ops, pixels: Node) -> dict[str, Node]:
        return self._seen(ops, self._stem(ops, pixels, still=True))

    def _video(self, ops: Ops, clip: Node) -> dict[str, Node]:
        pairs = ops.reshape(clip, (-1, 2, 3, self.side, self.side))
        x = self._stem(ops, ops.transpose(pairs, (0, 2, 1, 3, 4)), still=False)
        return self._averaged(ops, self._seen(ops, x)["embedding"], _VIEWS)

    def _stem(self, ops: Ops, pixels: Node, still: bool) -> Node:
        """Patches of pairs of frames; of a still image, which counts as two that are alike."""
        dim = self._vision().dim
        weight = self.weights(
            "modality_preprocessors.vision.rgbt_stem.proj.1.weight", dim, 3, 2, self.patch, self.patch
        )
        weight = weight.sum(axis=2) if still else weight
        x = ops.convolution(pixels, weight, stride=weight.shape[2:])
        return ops.transpose(ops.reshape(x, (0, dim, -1)), (0, 2, 1))

    def _vision(self) -> _Trunk:
        return self._trunk("vision", 1280, 32, 16, extra=False)

    def _seen(self, ops: Ops, x: Node) -> dict[str, Node]:
        trunk = self._vision()
        x = self._placed(ops, x, "vision", (self.side // self.patch) ** 2 + 1, trunk.dim)
        x = ops.layer_norm(x, *trunk.weights.norm("pre_transformer_layer.0", trunk.dim), _EPSILON)
        return self._headed(ops, trunk(ops, x), "vision", "2", trunk.dim)

    def _text(self, ops: Ops, ids: Node, mask: Node) -> dict[str, Node]:
        trunk = self._trunk("text", 1024, 24, 16, extra=False)
        weights = self.weights.below("modality_preprocessors.text.")
        x = ops.gather(ops.constant(weights("token_embedding.weight", self.vocabulary, trunk.dim)), ids)
        x = ops.add(x, ops.rows(weights("pos_embed", 1, self.positions, trunk.dim)[0], ids))
        x = trunk(ops, x, sight(ops, mask, causal=True))
        head = self.weights.below("modality_heads.text.proj.")
        end = pooled(ops, x, mask, Pooling(("lasttoken",)), ())
        end = ops.layer_norm(end, *head.norm("0", trunk.dim), _EPSILON)
        return {"embedding": ops.linear(end, head("1.weight", self.dim, trunk.dim)), "tokens": x}

    def _audio(self, ops: Ops, fbank: Node) -> dict[str, Node]:
        trunk = self._trunk("audio", 768, 12, 12)
        image = ops.reshape(fbank, (-1, 1, self.bands, self.frames))
        x = self._squares(ops, image, "audio", "rgbt_stem", trunk.dim, 10)
        x = trunk(ops, self._placed(ops, x, "audio", self._sounds(), trunk.dim))
        return self._averaged(ops, self._headed(ops, x, "audio", "2", trunk.dim)["embedding"], _CLIPS)

    def _sounds(self) -> int:
        """Tokens of one clip of a sound: squares of 16, one every 10."""
        return ((self.bands - 16) // 10 + 1) * ((self.frames - 16) // 10 + 1) + 1

    def _map(self, name: str, stem: str, ops: Ops, image: Node) -> dict[str, Node]:
        """An image of one channel: depth or heat."""
        trunk = self._trunk(name, *((384, 12, 8) if name == "depth" else (768, 12, 12)))
        x = self._squares(ops, image, name, stem, trunk.dim, 16)
        x = trunk(ops, self._placed(ops, x, name, (self.side // 16) ** 2 + 1, trunk.dim))
        return self._headed(ops, x, name, "2", trunk.dim)

    def _motion(self, ops: Ops, motion: Node) -> dict[str, Node]:
        """Of six axes `(n, 6, samples)`, eight samples of each a token."""
        trunk = self._trunk("imu", 512, 6, 8)
        weights = self.weights.below("modality_preprocessors.imu.")
        steps = self.samples // 8
        x = ops.transpose(ops.reshape(motion, (0, 6, steps, 8)), (0, 2, 1, 3))
        x = ops.linear(ops.reshape(x, (0, steps, 48)), weights("imu_stem.proj.weight", trunk.dim, 48))
        x = ops.layer_norm(x, *weights.norm("imu_stem.norm_layer", trunk.dim), _STEM)
        x = led(ops, x, weights("cls_token", 1, 1, trunk.dim)[0])
        x = trunk(ops, ops.add(x, ops.constant(weights("pos_embed", 1, steps + 1, trunk.dim))))
        return self._headed(ops, x, "imu", "3", trunk.dim)

    def _squares(self, ops: Ops, image: Node, name: str, stem: str, dim: int, step: int) -> Node:
        weights = self.weights.below(f"modality_preprocessors.{name}.{stem}.")
        x = ops.convolution(image, weights("proj.weight", dim, 1, 16, 16), stride=(step, step))
        x = ops.transpose(ops.reshape(x, (0, dim, -1)), (0, 2, 1))
        return ops.layer_norm(x, *weights.norm("norm_layer", dim), _STEM)

    def _placed(self, ops: Ops, x: Node, name: str, count: int, dim: int) -> Node:
        weights = self.weights.below(f"modality_preprocessors.{name}.")
        x = led(ops, x, weights("cls_token", 1, 1, dim)[0])
        return ops.add(x, ops.constant(weights("pos_embedding_helper.pos_embed", 1, count, dim)))

    def _headed(self, ops: Ops, x: Node, name: str, place: str, dim: int) -> dict[str, Node]:
        head = self.weights.below(f"modality_heads.{name}.")
        first = ops.layer_norm(ops.first(x), *head.norm("0", dim), _EPSILON)
        return {"embedding": ops.linear(first, head(f"{place}.weight", self.dim, dim)), "tokens": x}

    def _averaged(self, ops: Ops, found: Node, count: int) -> dict[str, Node]:
        """The mean over parts of one content, each of length 1."""
        parts = ops.reshape(ops.normalize(found), (-1, count, self.dim))
        return {"embedding": ops.mean(parts, (1,))}


def _behind(ops: Ops, x: Node, row: Vectors) -> Node:
    """A row `(1, 1, dim)` behind the tokens `(n, s, dim)` of every item."""
    one = ops.multiply(ops.slice(x, 1, 0, 1), ops.constant(0.0))
    return ops.concat([x, ops.add(one, ops.constant(row))], 1)
