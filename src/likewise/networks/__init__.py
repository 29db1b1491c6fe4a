"""Networks: one architecture a file, named after its `model_type`, written once in operations that every runtime has.

A network asks its `Weights` for tensors by their checkpoint names and shapes while it is built, so that a wrong folder
is told by the first tensor that does not fit. Shapes are (n texts, s tokens, d dimensions); texts are padded at the
end, and `mask` `(n, s)` float32 is 1 for what counts and 0 for padding.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, final

from numpy.typing import NDArray

from likewise.modalities import Preparer
from likewise.networks._facts import Facts
from likewise.networks._weights import Weights
from likewise.types import Vectors

__all__ = [
    "ACTIVATIONS",
    "END",
    "MASKED",
    "Array",
    "Facts",
    "Graph",
    "Inputs",
    "Node",
    "Ops",
    "Senses",
    "TextNetwork",
    "Tower",
    "Weights",
    "hidden",
]

Node = Any
"""A value on its way through a runtime: a symbol while a graph is built, a tensor where operations run at once."""

Array = NDArray[Any]

Inputs = tuple[tuple[str, Literal["int32", "float32"], int], ...]
"""The name, the kind and the number of axes of every input."""

MASKED = -30000.0
"""Added to scores that must not count: far below any of them, yet finite in every precision."""

END = (1 << 31) - 1
"""Farther than any axis is long."""

ACTIVATIONS = ("gelu", "gelu_new", "gelu_pytorch_tanh", "quick_gelu", "relu", "silu", "tanh", "sigmoid")


class Ops(ABC):
    """What a runtime can compute. Weights are float32 arrays; axes may be negative; shapes broadcast as in NumPy."""

    @abstractmethod
    def constant(self, value: Array | float) -> Node:
        """A float32 or int32 constant."""

    @abstractmethod
    def linear(self, x: Node, weight: Vectors, bias: Vectors | None = None) -> Node:
        """x `(..., in)` times weight `(out, in)` transposed, plus bias `(out,)`."""

    @abstractmethod
    def matmul(self, a: Node, b: Node, transposed: bool = False) -> Node:
        """Batched product; `transposed` swaps the last two axes of b."""

    @abstractmethod
    def add(self, a: Node, b: Node) -> Node: ...

    @abstractmethod
    def subtract(self, a: Node, b: Node) -> Node: ...

    @abstractmethod
    def multiply(self, a: Node, b: Node) -> Node: ...

    @abstractmethod
    def divide(self, a: Node, b: Node) -> Node: ...

    @abstractmethod
    def sqrt(self, x: Node) -> Node: ...

    @abstractmethod
    def exp(self, x: Node) -> Node: ...

    @abstractmethod
    def log(self, x: Node) -> Node: ...

    @abstractmethod
    def absolute(self, x: Node) -> Node: ...

    @abstractmethod
    def activation(self, x: Node, name: str) -> Node:
        """One of ACTIVATIONS; `gelu` is exact (erf), `gelu_new` and `gelu_pytorch_tanh` are the tanh approximation."""

    @abstractmethod
    def layer_norm(self, x: Node, weight: Vectors | None, bias: Vectors | None, epsilon: float) -> Node:
        """Over the last axis, the variance divided by d (Ba et al. 2016)."""

    @abstractmethod
    def rms_norm(self, x: Node, weight: Vectors, epsilon: float) -> Node:
        """x / sqrt(mean of squares + epsilon) * weight over the last axis (Zhang & Sennrich 2019)."""

    @abstractmethod
    def softmax(self, x: Node) -> Node:
        """Over the last axis."""

    @abstractmethod
    def reshape(self, x: Node, shape: Sequence[int]) -> Node:
        """0 keeps the axis at that place, -1 is inferred."""

    @abstractmethod
    def transpose(self, x: Node, order: Sequence[int]) -> Node: ...

    @abstractmethod
    def expand(self, x: Node, *axes: int) -> Node:
        """New axes of length 1 at these places of the result, ascending."""

    @abstractmethod
    def gather(self, table: Node, indices: Node) -> Node:
        """Rows of `table` along its first axis, for int32 indices of any shape."""

    @abstractmethod
    def pick(self, x: Node, indices: Node) -> Node:
        """`numpy.take_along_axis` on the last axis; `indices` has the shape of the result, all axes given in full."""

    @abstractmethod
    def first(self, x: Node, at: int = 0) -> Node:
        """The slice `at` of the second axis: `(n, s, d)` to `(n, d)`."""

    @abstractmethod
    def concat(self, xs: Sequence[Node], axis: int) -> Node: ...

    @abstractmethod
    def split(self, x: Node, sizes: Sequence[int], axis: int) -> list[Node]: ...

    @abstractmethod
    def slice(self, x: Node, axis: int, start: int, stop: int | None = None, step: int = 1) -> Node:
        """Places `start` to before `stop` (None: the end) of one axis, every `step`-th; both may count from the end."""

    @abstractmethod
    def convolution(
        self,
        x: Node,
        weight: Vectors,
        bias: Vectors | None = None,
        *,
        stride: Sequence[int] = (),
        padding: Sequence[int] = (),
        groups: int = 1,
    ) -> Node:
        """x `(n, in, *space)` with weight `(out, in / groups, *kernel)` over 1 to 3 axes of space, as torch's `conv`.

        `stride` (default 1) and `padding` with zeros on both sides (default 0) have a number for each axis of space.
        """

    @abstractmethod
    def max_pool(self, x: Node, size: Sequence[int], stride: Sequence[int], padding: Sequence[int]) -> Node:
        """The greatest of every window of x `(n, channels, *space)`; padding never counts."""

    @abstractmethod
    def mean(self, x: Node, axes: Sequence[int], keep: bool = False) -> Node: ...

    @abstractmethod
    def sum(self, x: Node, axis: int, keep: bool = False) -> Node: ...

    @abstractmethod
    def max(self, x: Node, axis: int, keep: bool = False) -> Node: ...

    @abstractmethod
    def steps(self, ids: Node) -> Node:
        """0, 1, ... s-1 as int32 `(s,)` for ids `(n, s)`."""

    @abstractmethod
    def rows(self, table: Array, ids: Node) -> Node:
        """The first s rows of a constant table, for ids `(n, s)`."""

    @abstractmethod
    def real(self, x: Node) -> Node:
        """int32 to float32."""

    @abstractmethod
    def whole(self, x: Node) -> Node:
        """float32 to int32, towards zero."""

    @abstractmethod
    def less(self, a: Node, b: Node) -> Node:
        """1.0 where a < b, else 0.0, as float32."""

    @abstractmethod
    def broadcast(self, x: Node, like: Node) -> Node:
        """x repeated to the shape of `like`."""

    @abstractmethod
    def normalize(self, x: Node) -> Node:
        """To unit length over the last axis; a zero vector stays zero."""

    def attention(self, query: Node, key: Node, value: Node, bias: Node | None) -> Node:
        """softmax(query key^T + bias) value for `(n, heads, s, width)`; the scale is the caller's, in the query."""
        scores = self.matmul(query, key, transposed=True)
        weights = self.softmax(scores if bias is None else self.add(scores, bias))
        return self.matmul(weights, value)


class TextNetwork(ABC):
    """The architecture of a text encoder: from token ids to the states of tokens.

    `dim` counts dimensions of a state, `positions` the most tokens of one input, `vocabulary` the rows of the word
    embeddings. A leaf reads its `Facts` (config.json) when it is made and its `Weights` when it is built.
    """

    causal: bool = False
    """Whether a token sees only those before it: such a network is pooled from its last token."""

    def __init__(self, facts: Facts, weights: Weights) -> None:
        self.facts = facts
        self.weights = weights
        self.dim = facts.integer("hidden_size")
        self.positions = facts.integer("max_position_embeddings")
        self.vocabulary = facts.integer("vocab_size")

    @abstractmethod
    def states(self, ops: Ops, ids: Node, mask: Node, types: Node | None = None) -> Node:
        """States `(n, s, dim)` of ids `(n, s)` int32; `types` are segments `(n, s)` int32, all 0 where None."""


@final
@dataclass(frozen=True, slots=True)
class Tower:
    """The part of an architecture that one kind of content goes through.

    `inputs` name what is made of an item, the first axis counting items; `dim` counts dimensions of the embedding and
    `units` what one item costs in a batch (patches, frames of sound: the longest axis of attention), for text the most
    tokens of one text, special ones counted. `build(ops, *inputs)` gives its outputs by name: always `embedding`
    `(n, dim)`, as the model's makers define it, not scaled to length 1 unless they do; where there are such also
    `tokens` `(n, s, width)`, the states of patches or frames, and `features` `(n, width)`, what enters the classifier.

    Texts come as ids `(n, s)` int32 and mask `(n, s)` float32, behind a `prompt` and between the ids `before` and
    `after`; the token `pad` fills them up, to `units` where `fixed` (a network that looks at padding was trained so).
    `vocabulary` counts rows of the word embeddings. `preparer` makes the inputs of other content where the makers of
    the architecture fixed that once and for all; where it is None, the folder's preprocessor_config.json says it.
    """

    inputs: Inputs
    dim: int
    units: int
    build: Callable[..., Mapping[str, Node]]
    preparer: Preparer | None = None
    pad: int = 0
    fixed: bool = False
    vocabulary: int = 0
    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()
    prompt: str = ""


class Senses(ABC):
    """The architecture of an encoder of images, sounds, clips and the like: a tower for each kind of content.

    A leaf reads its `Facts` (config.json) when it is made and asks its `Weights` for tensors when a tower is built.
    `towers` are named after modalities: image, audio, video, depth, thermal, motion, and text in joint architectures;
    all of them give embeddings of as many dimensions.
    """

    cosine: bool = False
    """Whether its makers compare embeddings by their angle, as in joint spaces: they are then brought to length 1."""

    multi: bool = False
    """Whether its makers keep a vector for every token and compare by best matches, and no vector of the whole."""

    shown: tuple[int, int] | None = None
    """Height and width of the images that come, where they are known: set before towers are asked for. Else all are as
    large as config.json says."""

    words: Callable[[str], Sequence[int]] | None = None
    """What makes ids of a text without special tokens, of no text those that the tokenizer puts around by itself: set
    before towers are asked for, where there is a tokenizer."""

    prefixes: tuple[str, ...] = ()
    """What a checkpoint of a larger model puts before the names of these tensors, such as `vit.`"""

    def __init__(self, facts: Facts, weights: Weights) -> None:
        self.facts = facts
        self.weights = weights

    @final
    def framed(self, text: str) -> tuple[int, ...]:
        """The ids of what its makers put around contents; none where no tokenizer is there."""
        return tuple(self.words(text)) if self.words else ()

    @property
    @abstractmethod
    def towers(self) -> Mapping[str, Tower]:
        """A tower for each modality that it takes."""


@final
@dataclass(frozen=True, slots=True)
class Graph:
    """What a runtime executes: named inputs with their kinds and axes, and how outputs are built of them."""

    name: str
    inputs: Inputs
    build: Callable[..., tuple[Node, ...]]
    """build(ops, *inputs) -> outputs"""


def hidden(ops: Ops, mask: Node) -> Node:
    """What to add to attention scores `(n, heads, s, s)` so that padding does not count, `(n, 1, 1, s)`."""
    return ops.multiply(ops.subtract(ops.constant(1.0), ops.expand(mask, 1, 2)), ops.constant(MASKED))
