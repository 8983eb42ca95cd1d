"""Attention: each position reads from all others, weighted by how well query and key agree."""

from math import prod

from archdsl.diagnostics import Refused
from archdsl.ops.base import Example, Init, Op, Recipe, TensorSpec, arity
from archdsl.ops.checks import AGREE, RANK, axes_text, changed, divided, options, tokens
from archdsl.ops.conv import KAIMING
from archdsl.ops.sums import Sums, elements, sized
from archdsl.ops.types import Count, Positive, Probability
from archdsl.shapes import Batch, Shape

XAVIER, ZEROS = Init("xavier_uniform"), Init("zeros")


class MultiheadAttention(Op):
    """Attention in `heads` parallel heads over `[L, E]`, of a tensor to itself or of queries to keys and values. Shape of the queries."""

    name, family = "multihead_attention", "attention"
    source = "torch.nn.MultiheadAttention; Vaswani et al. 2017, Attention Is All You Need"
    examples = (Example("multihead_attention 4", (49, 64), (49, 64)),)

    heads: Count
    """heads that work side by side; they divide the features"""
    dropout: Probability = 0.0
    """probability that a weight becomes zero in training"""
    bias: bool = True

    def results(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        arity(inputs, self.name, 1, 3)
        query, key, value = _triple(inputs)
        for x in (query, key, value):
            if x.rank != 3 or not x.batched or isinstance(x.dims[2], Batch):
                raise Refused(RANK, f"`{self.name}` takes length and features, batch first; found {axes_text(x)}", help=_tokens(x))
        if not query.dims[0] == key.dims[0] == value.dims[0]:
            raise Refused(AGREE, f"queries, keys and values have different batches: {_three(inputs)}", at=_wholes(inputs))
        if key.dims[1] != value.dims[1]:
            said = f"there is a value for each key: {key.dims[1]} keys, {value.dims[1]} values"
            raise Refused(AGREE, said, at=((1, 1), (2, 1)))
        divided(query.features, self.heads, "heads must divide the features", "heads", 2)
        return (tokens(query),)

    def declared(self, inputs: tuple[Shape, ...]) -> tuple[TensorSpec, ...]:
        query, key, value = (x.features for x in _triple(inputs))
        joint = (TensorSpec("in_proj_weight", (3 * query, query), XAVIER),)
        apart = tuple(TensorSpec(f"{n}_proj_weight", (query, size), XAVIER) for n, size in (("q", query), ("k", key), ("v", value)))
        weights = joint if query == key == value else apart
        out = TensorSpec("out_proj.weight", (query, query), KAIMING)
        if not self.bias:
            return (*weights, out)
        return (*weights, TensorSpec("in_proj_bias", (3 * query,), ZEROS), out, TensorSpec("out_proj.bias", (query,), ZEROS))

    def multiplications(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> int:
        query, key, value = _triple(inputs)
        size = query.features
        projections = size * (query.numel + key.numel + value.numel + query.numel)
        return projections + 2 * query.numel * key.channels

    def sums(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Sums:
        query, key, value = _triple(inputs)
        projected = " + ".join(map(elements, (query, key, value, query)))
        return Sums({}, f"{query.features}·({projected}) + 2·{elements(query)}·{key.channels}")

    def module(self, inputs: tuple[Shape, ...]) -> Recipe:
        query, key, value = (x.features for x in _triple(inputs))
        kwargs = options(dropout=(self.dropout, 0.0), bias=(self.bias, True), kdim=(key, query), vdim=(value, query))
        return Recipe("torch.nn.MultiheadAttention", (query, self.heads), (*kwargs, ("batch_first", True)))

    def forward(self, inputs: tuple[Shape, ...]) -> str:
        query, key, value = ("x0", "x0", "x0") if len(inputs) == 1 else ("x0", "x1", "x2")
        return f"module({query}, {key}, {value}, need_weights=False)[0]"

    def says(self, axes: int = 2) -> str:
        return f"multihead_attention {self.heads}"


class Attention(Op):
    """`softmax(q kᵀ · scale) v` of queries `[…, L, E]`, keys `[…, S, E]` and values `[…, S, F]`, giving `[…, L, F]`."""

    name, family = "attention", "attention"
    source = "torch.nn.functional.scaled_dot_product_attention"
    examples = (Example("attention from=[x,x,x]", (4, 49, 16), (4, 49, 16)),)

    causal: bool = False
    """whether a position sees only itself and those before it"""
    dropout: Probability = 0.0
    """probability that a weight becomes zero in training"""
    scale: Positive | None = None
    """factor of the products of queries and keys; `1 / sqrt(features)` unless told"""

    def results(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        arity(inputs, self.name, 3)
        query, key, value = inputs
        if min(x.rank for x in inputs) < 3 or any(isinstance(d, Batch) for x in inputs for d in x.dims[-2:]):
            raise Refused(RANK, f"`attention` takes length and features as the last two axes; found {_three(inputs)}")
        if not query.dims[:-2] == key.dims[:-2] == value.dims[:-2]:
            raise Refused(AGREE, f"the axes before length and features must agree: {_three(inputs)}", at=_wholes(inputs))
        if query.features != key.features:
            said = f"queries and keys need equal features: {query.features} and {key.features}"
            raise Refused(AGREE, said, at=((0, query.rank - 1), (1, key.rank - 1)))
        if key.dims[-2] != value.dims[-2]:
            said = f"there is a value for each key: {key.dims[-2]} keys, {value.dims[-2]} values"
            raise Refused(AGREE, said, at=((1, key.rank - 2), (2, value.rank - 2)))
        return (query.with_features(value.features),)

    def multiplications(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> int:
        return (inputs[0].numel + outputs[0].numel) * _keys(inputs)

    def sums(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Sums:
        values = sized("features of the values", (outputs[0].features,), outputs[0].rank - 1)
        return Sums(values, f"({elements(inputs[0])} + {elements(outputs[0])})·{_keys(inputs)}")

    def module(self, inputs: tuple[Shape, ...]) -> Recipe:
        return Recipe("archdsl.runtime.attention.Attention", (), changed(self))


def _triple(inputs: tuple[Shape, ...]) -> tuple[Shape, Shape, Shape]:
    return (inputs[0], inputs[0], inputs[0]) if len(inputs) == 1 else (inputs[0], inputs[1], inputs[2])


def _wholes(inputs: tuple[Shape, ...]) -> tuple[tuple[int, None], ...]:
    return tuple((i, None) for i in range(len(inputs)))


def _keys(inputs: tuple[Shape, ...]) -> int:
    """How many keys each query is held against."""
    return prod(d for d in inputs[1].dims[-2:-1] if isinstance(d, int))


def _three(inputs: tuple[Shape, ...]) -> str:
    return ", ".join(axes_text(x) for x in inputs)


def _tokens(x: Shape) -> str | None:
    return 'write `rearrange "b c h w -> b (h w) c"` first' if x.rank == 4 and x.order is None else None
