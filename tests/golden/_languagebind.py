"""LanguageBind as transformers' CLIP with hooks: low-rank branches beside linear layers, attention along time."""

from __future__ import annotations

from typing import Any

import torch
import transformers
from torch import nn

__all__ = ["LanguageReference", "pictured"]

_PARTS = ("q_proj", "k_proj", "v_proj", "out_proj")


class LanguageReference:
    """One checkpoint; `state_dict` and `load_state_dict` speak the names that peft gives them on the hub."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.config, self.seen = config, config["vision_config"]
        vision, text = transformers.CLIPVisionConfig(**self.seen), transformers.CLIPTextConfig(**config["text_config"])
        made = transformers.CLIPConfig(text_config=text.to_dict(), vision_config=vision.to_dict(), projection_dim=12)
        made._attn_implementation = "eager"
        self.model = transformers.CLIPModel(made)
        width, heads = self.seen["hidden_size"], self.seen["num_attention_heads"]
        self.model.vision_model.embeddings.forward = self._embedded
        if self.seen.get("num_mel_bins"):
            count = (self.seen["num_mel_bins"] // 8) * (self.seen["target_length"] // 8)
            self.model.vision_model.embeddings.position_embedding = nn.Embedding(count + 1, width)
        self.times: list[Any] = []
        for layer in self.model.vision_model.encoder.layers:
            if self.seen["add_time_attn"]:
                layer.temporal_embedding = nn.Parameter(torch.zeros(1, self.seen["num_frames"], width))
                layer.temporal_layer_norm1 = nn.LayerNorm(width)
                layer.temporal_attn = nn.ModuleDict({part: nn.Linear(width, width) for part in _PARTS})
                layer.register_forward_pre_hook(
                    lambda layer, values: (self._timed(layer, values[0], heads), *values[1:])
                )
            if self.seen["lora_r"]:
                branched = layer.temporal_attn if self.seen["add_time_attn"] else layer.self_attn
                for part in _PARTS:
                    self._branch(branched[part] if self.seen["add_time_attn"] else getattr(branched, part), width)

    def _branch(self, linear: Any, width: int) -> None:
        rank, alpha = self.seen["lora_r"], self.seen["lora_alpha"]
        linear.lora_A = nn.ModuleDict({"default": nn.Linear(width, rank, bias=False)})
        linear.lora_B = nn.ModuleDict({"default": nn.Linear(rank, width, bias=False)})

        def beside(module: Any, values: Any, out: Any) -> Any:
            return out + alpha / rank * module.lora_B["default"](module.lora_A["default"](values[0]))

        linear.register_forward_hook(beside)

    def _embedded(self, pixels: Any, **_: Any) -> Any:
        made = self.model.vision_model.embeddings
        x = made.patch_embedding(pixels).flatten(2).transpose(1, 2)
        x = torch.cat([made.class_embedding.expand(len(x), 1, -1), x], 1)
        return x + made.position_embedding.weight

    def _timed(self, layer: Any, x: Any, heads: int) -> Any:
        """Every place attends to itself in all frames; x `(frames of all clips, places, width)`."""
        frames, places = self.seen["num_frames"], x.shape[1]
        x = x.unflatten(0, (-1, frames)) + layer.temporal_embedding[0][None, :, None]
        y = layer.temporal_layer_norm1(x).permute(0, 2, 1, 3).flatten(0, 1)
        query, key, value = (
            layer.temporal_attn[part](y).unflatten(-1, (heads, -1)).transpose(1, 2) for part in _PARTS[:3]
        )
        y = nn.functional.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)
        y = layer.temporal_attn["out_proj"](y).unflatten(0, (-1, places)).transpose(1, 2)
        return (x + y).flatten(0, 1)

    def eval(self) -> LanguageReference:
        self.model.eval()
        return self

    def _named(self, name: str) -> str:
        """The name on the hub."""
        if not self.seen["lora_r"] or not name.startswith("vision_model.encoder."):
            return name
        name = name.replace("encoder.layers", "encoder.base_model.model.layers")
        head, _, last = name.rpartition(".")
        inside = ("temporal_attn." if self.seen["add_time_attn"] else "self_attn.") in name
        return f"{head}.base_layer.{last}" if inside and self.config.get("base_layer") and "lora" not in name else name

    def state_dict(self) -> dict[str, Any]:
        return {
            self._named(name): value for name, value in self.model.state_dict().items() if value.is_floating_point()
        }

    def load_state_dict(self, tensors: dict[str, Any]) -> None:
        own = {self._named(name): name for name in self.model.state_dict()}
        missing, unexpected = self.model.load_state_dict({own[k]: v for k, v in tensors.items()}, strict=False)
        assert not unexpected, unexpected
        assert all(name.endswith("position_ids") for name in missing), missing

    def _vision(self, pixels: Any) -> Any:
        seen = self.model.vision_model
        x = seen.encoder(inputs_embeds=seen.pre_layrnorm(seen.embeddings(pixels))).last_hidden_state
        x = seen.post_layernorm(x[:, 0]).unflatten(0, (-1, self.seen["num_frames"])).mean(1)
        return self.model.visual_projection(x)

    def video(self, frames: Any) -> Any:
        return self._vision(frames.flatten(0, 1))

    image = audio = depth = thermal = _vision

    def text(self, ids: Any) -> Any:
        return self.model.text_projection(self.model.text_model(input_ids=ids).pooler_output)


def pictured(content: Any, sense: str, side: int) -> Any:
    """An image, depth or heat as its makers' torchvision transforms make it: scaled, resized, cropped, centred."""
    values = torch.from_numpy(content).float()
    if sense == "depth":
        values = values.clip(0.01, 10.0) / 10.0
    elif sense == "image" or content.max() <= 255:
        values = values / 255
    else:
        values = (values - values.min()) / (values.max() - values.min())
    values = values.permute(2, 0, 1) if sense == "image" else values.expand(3, -1, -1)
    height, width = values.shape[1:]
    size = [int(side * edge / min(height, width)) for edge in (height, width)]
    values = nn.functional.interpolate(values[None], size, mode="bicubic", antialias=True)[0]
    top, left = (round((edge - side) / 2.0) for edge in size)
    values = values[:, top : top + side, left : left + side]
    mean, std = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
    return (values - torch.tensor(mean)[:, None, None]) / torch.tensor(std)[:, None, None]
