"""Products of matrices, and the attention made of them."""

from archdsl.diagnostics import Refused
from archdsl.functions.base import Function
from archdsl.functions.rules import one_batch, size_of, stretch
from archdsl.ops.sums import Sums, elements
from archdsl.ops.types import Probability, Tensor
from archdsl.shapes import Shape

BIAS = ((1, 0), (2, 0))
"""a weight's first axis and a bias"""


class Matmul(Function):
    """The product of matrices in the last two axes, the axes before stretched; a vector is a row or column and loses that axis.

    n×k @ k×m = n×m. Raises AD3155 where the two k differ, AD3151 where one is the batch.

    >>> str(Matmul(x=Shape.example(8, 49, 32), y=Shape.example(8, 32, 49)).infer())
    '8×49×49'
    """

    name = "matmul"
    source = "torch.matmul"
    code = "torch.matmul(x, y)"
    example = "x @ transpose(x, 2, 3)"
    x: Tensor
    y: Tensor

    def infer(self) -> Shape:
        for shape, argument in ((self.x, "x"), (self.y, "y")):
            _matrix(shape, argument, self.name, 1)
        inner, below = size_of(self.x, -1, "x"), size_of(self.y, max(-2, -self.y.rank), "y")
        if inner != below:
            axes = f"axis {self.x.rank - 1} of {self.x} against axis {max(self.y.rank - 2, 0)} of {self.y}"
            turned = self.y.rank > 1 and self.y.dims[-1] == inner
            help = "exchange the last two axes of the second:  transpose(…, -2, -1)" if turned else None
            at = ((0, self.x.rank - 1), (1, max(self.y.rank - 2, 0)))
            raise Refused("AD3155", f"a product needs the same size inside, found {inner} and {below}: {axes}", help=help, at=at)
        lead = stretch(Shape(self.x.dims[:-2]), Shape(self.y.dims[:-2])).dims
        order = self.x.order if self.y.rank == 2 and self.x.rank > 1 else ()
        columns = self.y.dims[-1:] if self.y.rank > 1 else ()
        return Shape(one_batch((*lead, *self.x.dims[-2:-1], *columns)), order)

    def macs(self, result: tuple[Shape, ...]) -> int:
        return result[0].numel * size_of(self.x, -1) if self.y.rank > 1 else 0

    def sums(self, result: tuple[Shape, ...]) -> Sums:
        return Sums({}, f"{elements(result[0])}·{self.x.features}" if self.y.rank > 1 else "")


class MatmulOperator(Matmul):
    """`x @ y`, see matmul."""

    name = "@"
    code = "x @ y"


class Linear(Function):
    """The last axis times the transpose of a weight of out×in, plus a bias of out. Raises AD3155, AD3156."""

    name = "linear"
    source = "torch.nn.functional.linear"
    code = "F.linear(x, weight, bias=bias)"
    example = "linear(x, ones(5, 8), zeros(5))"
    x: Tensor
    weight: Tensor
    bias: Tensor | None = None

    def infer(self) -> Shape:
        if self.weight.rank != 2 or self.weight.factor != 1 or len(self.weight.sizes) != 2:
            raise Refused("AD3156", f"a weight of `linear` has two sizes, out and in; found {self.weight}", argument="weight")
        _matrix(self.x, "x", self.name, 1)
        out, inner = self.weight.sizes
        if size_of(self.x, -1, "x") != inner:
            said = f"the weight {self.weight} takes {inner} features, {self.x} has {self.x.features}"
            raise Refused("AD3155", said, argument="weight", at=((0, self.x.rank - 1), (1, 1)))
        if self.bias is not None and self.bias.dims != (out,):
            raise Refused("AD3155", f"the weight {self.weight} gives {out} features, the bias has {self.bias}", argument="bias", at=BIAS)
        return self.x.with_features(out)

    def macs(self, result: tuple[Shape, ...]) -> int:
        return result[0].numel * self.x.features

    def sums(self, result: tuple[Shape, ...]) -> Sums:
        return Sums({result[0].rank - 1: f"the weight's = {result[0].features}"}, f"{elements(result[0])}·{self.x.features}")


class Attention(Function):
    """softmax(query · keyᵀ · scale + mask) · value: queries ..×L×E, keys ..×S×E, values ..×S×V give ..×L×V; scale is 1/√E unless given.

    A mask stretches onto ..×L×S: numbers are added, or true marks what takes part. Dropout acts while training.
    Source: Vaswani et al., Attention is all you need, 2017.
    """

    name = "attention"
    source = "torch.nn.functional.scaled_dot_product_attention"
    code = (
        "F.scaled_dot_product_attention(query, key, value, attn_mask=attn_mask, dropout_p=(dropout_p if self.training else 0.0),"
        " is_causal=is_causal, scale=scale)"
    )
    example = "attention(x, x, x)"
    query: Tensor
    key: Tensor
    value: Tensor
    attn_mask: Tensor | None = None
    dropout_p: Probability = 0.0
    is_causal: bool = False
    scale: float | None = None

    def infer(self) -> Shape:
        q, k, v = self.query, self.key, self.value
        for shape, argument in ((q, "query"), (k, "key"), (v, "value")):
            _matrix(shape, argument, self.name, 2)
        if size_of(q, -1, "query") != size_of(k, -1, "key"):
            said = f"queries and keys need as many features: {q} has {q.features}, {k} has {k.features}"
            raise Refused("AD3155", said, argument="key", at=((0, q.rank - 1), (1, k.rank - 1)))
        length, keys = size_of(q, -2, "query"), size_of(k, -2, "key")
        if keys != size_of(v, -2, "value"):
            said = f"every key needs a value: {k} has {keys}, {v} has {v.dims[-2]}"
            raise Refused("AD3155", said, argument="value", at=((1, k.rank - 2), (2, v.rank - 2)))
        lead = stretch(Shape(q.dims[:-2]), Shape(k.dims[:-2]), Shape(v.dims[:-2])).dims
        self._check_mask(Shape((*lead, length, keys)))
        return Shape((*lead, length, size_of(v, -1, "value")), ())

    def _check_mask(self, scores: Shape) -> None:
        if self.attn_mask is None:
            return
        if self.is_causal:
            raise Refused("AD2132", "`is_causal` is a mask already, beside `attn_mask`", argument="is_causal")
        if self.attn_mask.rank < 2 or stretch(scores, self.attn_mask, numbers=(0, 3)).dims != scores.dims:
            raise Refused("AD3152", f"the mask {self.attn_mask} does not stretch onto the scores {scores}", at=((0, None), (3, None)))

    def macs(self, result: tuple[Shape, ...]) -> int:
        return self._scores().numel * self.query.features + result[0].numel * size_of(self.key, -2)

    def sums(self, result: tuple[Shape, ...]) -> Sums:
        values = f"{elements(result[0])}·{size_of(self.key, -2)}"
        return Sums({}, f"{elements(self._scores())}·{self.query.features} + {values}")

    def _scores(self) -> Shape:
        """How well every query agrees with every key."""
        q, k = self.query, self.key
        return Shape((*stretch(Shape(q.dims[:-2]), Shape(k.dims[:-2])).dims, *q.dims[-2:-1], *k.dims[-2:-1]))

    def python(self) -> str:
        code = super().python()
        return code if self.dropout_p else code.replace(", dropout_p=(dropout_p if self.training else 0.0)", "")


def _matrix(shape: Shape, argument: str, name: str, axes: int) -> None:
    if shape.rank < axes:
        raise Refused("AD3156", f"`{name}` takes tensors of {axes} or more axes, found {shape}", argument=argument)
