"""LanguageBind (Zhu et al. 2023, arXiv:2310.01852): one more sense beside CLIP's words, seen as pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, final

from likewise.modalities import Preparer
from likewise.modalities.depth import Depth
from likewise.modalities.fbank import Fbank
from likewise.modalities.image import ImagePreparer
from likewise.modalities.thermal import Heat
from likewise.modalities.video import Video
from likewise.networks import Facts, Node, Ops, Senses, Tower, Weights
from likewise.networks._clip import clip_block, clip_image, clip_text
from likewise.networks._clips import CLIP
from likewise.networks._patches import led, patches
from likewise.types import Vectors

__all__ = ["LanguageBind"]

_MEAN: Final = (0.48145466, 0.4578275, 0.40821073)
_STD: Final = (0.26862954, 0.26130258, 0.27577711)
_USUAL: Final = {
    "hidden_size": 768,
    "intermediate_size": 3072,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "image_size": 224,
    "patch_size": 32,
    "hidden_act": "quick_gelu",
    "layer_norm_eps": 1e-5,
}
_PLAIN: Final = "encoder.layers."
_PEFT: Final = "encoder.base_model.model.layers."


class LanguageBind(Senses):
    """What its five checkpoints share: CLIP's tower of words, and one of `sense`, low-rank branches merged into it."""

    cosine = True
    sense = ""

    @property
    def towers(self) -> Mapping[str, Tower]:
        facts, dim = self.facts, self.facts.integer("projection_dim", 512)
        vision = facts.inside("vision_config").besides(_USUAL)
        weights = Weights(self.weights.path, _Merged(self.weights, _scale(vision)))
        if self.sense == "video":
            vision.only({"clip_type": "vl"})
            tower = _video(vision, weights, dim)
        else:
            tower = _picture(self.sense, vision, weights, dim)
        return {self.sense: tower, "text": clip_text(facts.inside("text_config"), self.weights, dim)}


def _scale(facts: Facts) -> float:
    """What the product of low-rank branches is multiplied with (Hu et al. 2021, arXiv:2106.09685)."""
    rank = facts.integer("lora_r", 2, least=0)
    return facts.number("lora_alpha", 16) / rank if rank else 0.0


@final
@dataclass(frozen=True, slots=True)
class _Merged:
    """The tensors of a checkpoint as CLIP calls them: peft puts its own names between, and branches beside weights."""

    weights: Weights
    scale: float

    def __getitem__(self, name: str) -> Vectors:
        stem = self._stem(name)
        found = self._plain(stem)
        if found is None:
            raise KeyError(name)
        left, right = (
            self.weights.found(f"{stem.removesuffix('.weight')}.lora_{side}.default.weight") for side in "BA"
        )
        if left is None or right is None or not name.endswith(".weight"):
            return found
        return found + left @ right * self.scale

    def _stem(self, name: str) -> str:
        """The name in the checkpoint."""
        wrapped = name.replace(_PLAIN, _PEFT, 1)
        return wrapped if name.startswith("vision_model.") and self._plain(wrapped) is not None else name

    def _plain(self, name: str) -> Vectors | None:
        """The tensor without its branch; peft 0.6 and later keep it in a layer of its own."""
        head, _, last = name.rpartition(".")
        found = self.weights.found(name)
        return self.weights.found(f"{head}.base_layer.{last}") if found is None else found

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._plain(self._stem(name)) is not None


def _picture(sense: str, facts: Facts, weights: Weights, dim: int) -> Tower:
    """An image, or what is made to look like one: depth, heat, sound."""
    size = facts.pair("image_size")
    if sense == "audio" and "num_mel_bins" in facts and facts.number("num_mel_bins"):
        size = (facts.integer("num_mel_bins"), facts.integer("target_length"))
    made = clip_image(Facts(facts.path, {**facts.given(), "image_size": list(size)}), weights, None, dim)
    return Tower(made.inputs, made.dim, made.units, made.build, _preparer(sense, facts, size))


def _preparer(sense: str, facts: Facts, size: tuple[int, int]) -> Preparer:
    seen: dict[str, Any] = {"mean": _MEAN, "std": _STD}
    if sense == "image":
        return ImagePreparer((size[0],), size, middle="even", real=True, **seen)
    if sense == "depth":
        far = facts.number("max_depth", 10)
        return Depth(size[0], baseline=0.0, near=0.01, far=far, most=far, filter="bicubic", **seen)
    if sense == "thermal":
        return Heat(size[0], filter="bicubic", **seen)
    return Fbank(
        facts.integer("audio_sample_rate", 16_000),
        mels=size[0],
        frames=size[1],
        seconds=0.0,
        mean=facts.number("audio_mean", 0.5),
        std=2 * facts.number("audio_std", 0.5),
    )


def _video(facts: Facts, weights: Weights, dim: int) -> Tower:
    frames, (side, _) = facts.integer("num_frames", 1), facts.pair("image_size")
    places = (side // facts.integer("patch_size")) ** 2 + 1
    seen = Video(frames, (side,), (side, side), "linear", mean=_MEAN, std=_STD, ends=True)
    build = partial(_frames, facts, weights.below("vision_model."), weights, dim)
    facts.split("hidden_size", "num_attention_heads")
    return Tower(CLIP, dim, frames * places, build, seen)


def _frames(facts: Facts, own: Weights, whole: Weights, dim: int, ops: Ops, clip: Node) -> dict[str, Node]:
    """Frames `(n, t, 3, height, width)`: every layer looks along time first, then over each frame."""
    count, (side, _), patch = facts.integer("num_frames", 1), facts.pair("image_size"), facts.integer("patch_size")
    width, places = facts.integer("hidden_size"), (side // patch) ** 2 + 1
    pixels = ops.reshape(clip, (-1, 3, side, side))
    x = patches(ops, pixels, own("embeddings.patch_embedding.weight", width, 3, patch, patch), None)
    x = led(ops, x, own("embeddings.class_embedding", width)[None])
    x = ops.add(x, ops.constant(own("embeddings.position_embedding.weight", places, width)[None]))
    space, time = (clip_block(facts, own, attention) for attention in ("self_attn", "temporal_attn"))
    x = space.norm(ops, x, "pre_layrnorm")
    for i in range(facts.integer("num_hidden_layers")):
        layer = f"encoder.layers.{i}"
        if facts.flag("add_time_attn", False):
            x = ops.transpose(ops.reshape(x, (-1, count, places, width)), (0, 2, 1, 3))
            x = ops.reshape(x, (-1, count, width))
            if count > 1:
                x = ops.add(x, ops.constant(own(f"{layer}.temporal_embedding", 1, count, width)))
            x = ops.add(x, time.attend(ops, time.norm(ops, x, f"{layer}.temporal_layer_norm1"), layer))
            x = ops.transpose(ops.reshape(x, (-1, places, count, width)), (0, 2, 1, 3))
            x = ops.reshape(x, (-1, places, width))
        x = space(ops, x, layer)
    features = space.norm(ops, ops.first(x), "post_layernorm")
    features = ops.mean(ops.reshape(features, (-1, count, width)), (1,))
    embedding = ops.linear(features, whole("visual_projection.weight", dim, width))
    return {"embedding": embedding, "features": features, "tokens": ops.reshape(x, (-1, count * places, width))}
