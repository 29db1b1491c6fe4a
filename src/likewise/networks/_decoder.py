"""The pre-norm decoder as Llama lays it out (Touvron et al. 2023, arXiv:2302.13971): what its relatives share."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Final

from likewise.networks import Facts, Node, Ops, TextNetwork, Weights
from likewise.networks._encoder import heads, joined
from likewise.networks._rotary import Rotary, rotary, rotate
from likewise.networks._sight import sight

__all__ = ["ATTENTION", "PERCEPTRON", "Block", "Decoder", "late", "listed"]

ATTENTION: Final = frozenset(("q_proj", "k_proj", "v_proj", "o_proj"))
PERCEPTRON: Final = frozenset(("gate_proj", "up_proj", "down_proj"))

Angles = tuple[Node, Node]


@dataclass(frozen=True, slots=True)
class Block:
    """One layer: attention, then a gated perceptron, each behind a norm and added to what came in.

    `groups` of heads share a key and a value (Ainslie et al. 2023, arXiv:2305.13245); `scale` multiplies the query.
    `biased` names the linear layers that have a bias. With `turned` query and key are normed head by head before
    they are turned, with `closed` what comes out of each half is normed as well; norms multiply by weight + `shift`.
    """

    weights: Weights
    dim: int
    heads: int
    groups: int
    width: int
    wide: int
    activation: str
    epsilon: float
    scale: float
    biased: frozenset[str] = frozenset()
    turned: bool = False
    closed: bool = False
    shift: float = 0.0

    def __call__(self, ops: Ops, x: Node, bias: Node, angles: Angles, layer: str) -> Node:
        mixed = self.attend(ops, self.norm(ops, x, f"{layer}.input_layernorm"), bias, angles, f"{layer}.self_attn")
        after = f"{layer}.post_attention_layernorm"
        if not self.closed:
            x = ops.add(x, mixed)
            return ops.add(x, self.think(ops, self.norm(ops, x, after), f"{layer}.mlp"))
        x = ops.add(x, self.norm(ops, mixed, after))
        thought = self.think(ops, self.norm(ops, x, f"{layer}.pre_feedforward_layernorm"), f"{layer}.mlp")
        return ops.add(x, self.norm(ops, thought, f"{layer}.post_feedforward_layernorm"))

    def attend(self, ops: Ops, x: Node, bias: Node, angles: Angles, layer: str) -> Node:
        """Attention over the tokens that `bias` lets through, `(n, s, dim)`."""
        query = heads(ops, self.linear(ops, x, layer, "q_proj", self.heads * self.width, self.dim), self.heads)
        key, value = (
            heads(ops, self.linear(ops, x, layer, part, self.groups * self.width, self.dim), self.groups)
            for part in ("k_proj", "v_proj")
        )
        if self.turned:
            query = self.norm(ops, query, f"{layer}.q_norm", self.width)
            key = self.norm(ops, key, f"{layer}.k_norm", self.width)
        query, key = (rotate(ops, part, angles, self.width) for part in (query, key))
        query = ops.multiply(query, ops.constant(self.scale))
        mixed = joined(ops, ops.attention(query, self.shared(ops, key), self.shared(ops, value), bias))
        return self.linear(ops, mixed, layer, "o_proj", self.dim, self.heads * self.width)

    def shared(self, ops: Ops, x: Node) -> Node:
        """`(n, groups, s, width)` to `(n, heads, s, width)`: each repeated for the heads next to each other."""
        times = self.heads // self.groups
        if times == 1:
            return x
        return ops.reshape(ops.concat([ops.expand(x, 2)] * times, 2), (0, self.heads, -1, self.width))

    def think(self, ops: Ops, x: Node, layer: str) -> Node:
        """The gated perceptron (Shazeer 2020, arXiv:2002.05202)."""
        gate = ops.activation(self.linear(ops, x, layer, "gate_proj", self.wide, self.dim), self.activation)
        up = self.linear(ops, x, layer, "up_proj", self.wide, self.dim)
        return self.linear(ops, ops.multiply(gate, up), layer, "down_proj", self.dim, self.wide)

    def linear(self, ops: Ops, x: Node, layer: str, part: str, out: int, into: int) -> Node:
        """A linear layer by its place and its name."""
        return ops.linear(x, *self.weights.linear(f"{layer}.{part}", out, into, part in self.biased))

    def norm(self, ops: Ops, x: Node, name: str, size: int = 0) -> Node:
        """A root-mean-square norm of this network, over `dim` where no size is given."""
        weight = self.weights(f"{name}.weight", size or self.dim)
        return ops.rms_norm(x, weight + self.shift if self.shift else weight, self.epsilon)


class Decoder(TextNetwork):
    """Words, blocks that turn query and key by their places, a norm; a leaf says how it departs from Llama.

    Positions count from the first token of a text, and texts are padded at the end: states are those that the
    reference gives for each text alone.
    """

    causal = True

    def __init__(self, facts: Facts, weights: Weights) -> None:
        super().__init__(facts, weights)
        self.layers = facts.integer("num_hidden_layers")
        self.heads = facts.integer("num_attention_heads")
        self.groups = facts.integer("num_key_value_heads", self.heads)
        if self.heads % self.groups:
            raise facts.wrong("num_key_value_heads", f"a divisor of num_attention_heads {self.heads}")
        self.width = self.head()
        if self.width % 2:
            raise facts.wrong("head_dim", "an even number: rotary positions turn pairs of dimensions")

    def head(self) -> int:
        """Dimensions of a head."""
        if "head_dim" in self.facts:
            return self.facts.integer("head_dim")
        return self.facts.split("hidden_size", "num_attention_heads")

    @abstractmethod
    def biased(self) -> frozenset[str]:
        """The linear layers of a block that have a bias."""

    def block(self) -> Block:
        """The block of every layer."""
        facts = self.facts
        return Block(
            self.weights,
            self.dim,
            self.heads,
            self.groups,
            self.width,
            facts.integer("intermediate_size"),
            facts.text("hidden_act", "silu"),
            facts.number("rms_norm_eps", 1e-6),
            self.width**-0.5,
            self.biased(),
        )

    def slides(self) -> list[bool]:
        """Whether a layer sees a window only, for every layer."""
        return [False] * self.layers

    def window(self) -> int:
        """How far a layer that slides sees, itself included; 0 for any distance."""
        return 0

    def rotaries(self) -> tuple[Rotary, Rotary]:
        """The angles of layers that see all, and of those that slide."""
        return (rotary(self.facts, self.width),) * 2

    def embedded(self, ops: Ops, ids: Node) -> Node:
        """Tokens before the first layer `(n, s, dim)`."""
        return ops.gather(ops.constant(self.weights("embed_tokens.weight", self.vocabulary, self.dim)), ids)

    def states(self, ops: Ops, ids: Node, mask: Node, types: Node | None = None) -> Node:  # noqa: ARG002 it has no segments
        block, slides, rotaries = self.block(), self.slides(), self.rotaries()
        used = sorted(set(slides))
        angles = {slide: rotaries[slide].rows(ops, ids) for slide in used}
        biases = {slide: sight(ops, mask, causal=self.causal, window=slide and self.window()) for slide in used}
        x = self.embedded(ops, ids)
        for layer, slide in enumerate(slides):
            x = block(ops, x, biases[slide], angles[slide], f"layers.{layer}")
        return block.norm(ops, x, "norm")


def late(facts: Facts, layers: int) -> list[bool]:
    """Which layers slide as Qwen has it: those from `max_window_layers` on, unless `layer_types` says which."""
    if not facts.flag("use_sliding_window", False):
        return [False] * layers
    return listed(facts, layers) or [i >= facts.integer("max_window_layers", 28, least=0) for i in range(layers)]


def listed(facts: Facts, layers: int) -> list[bool]:
    """Which layers slide by `layer_types`; empty where it is missing. Raises ModelError for one of another length."""
    kinds = facts.listed("layer_types")
    if kinds and (len(kinds) != layers or not set(kinds) <= {"sliding_attention", "full_attention"}):
        raise facts.wrong("layer_types", f"sliding_attention or full_attention for each of {layers} layers")
    return [kind == "sliding_attention" for kind in kinds]
