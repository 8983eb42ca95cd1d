"""Functions that make one number of many along some axes. An axis is dropped, or kept as 1 with `keepdim`."""

from math import prod

from archdsl.diagnostics import Refused
from archdsl.functions.base import Function, widest
from archdsl.functions.rules import size_of, sizes_of
from archdsl.ops.base import Dtype, Reach
from archdsl.ops.types import Axis, AxisOrAxes, Tensor
from archdsl.shapes import Shape


class Reduction(Function):
    """Some axes in, none or 1 out. Raises AD3150 for an axis that is not there, AD3151 for the batch, AD1454 for `keepdim` alone."""

    x: Tensor
    dim: AxisOrAxes | None = None

    def infer(self) -> Shape:
        return self.reduced(False)

    def reduced(self, keepdim: bool) -> Shape:
        if keepdim and self.dim is None:
            raise Refused("AD1454", f"`keepdim` of `{self.name}` needs `dim`, the axes that it keeps as 1", argument="dim")
        gone = sizes_of(self.x, self.dim)
        if keepdim:
            return self.x.with_dims([1 if a in gone else d for a, d in enumerate(self.x.dims)], self.x.order)
        return self.x.with_dims([d for a, d in enumerate(self.x.dims) if a not in gone])

    def reach(self) -> Reach | None:
        spatial = self.infer().spatial
        return ((1, 1),) * len(spatial) if len(spatial) == len(self.x.spatial) and set(sizes_of(self.x, self.dim)) == {1} else None


class Keeping(Reduction):
    """A reduction that keeps its axes on demand."""

    keepdim: bool = False

    def infer(self) -> Shape:
        return self.reduced(self.keepdim)


class Sum(Keeping):
    """The sum over some axes; over all where none is named."""

    name = "sum"
    source = "torch.sum"
    code = "torch.sum(x, dim=dim, keepdim=keepdim)"
    example = "sum(x, [2, 3], keepdim=true)"

    def dtype(self, given: tuple[Dtype, ...]) -> Dtype:
        return widest("int64", *given)


class Mean(Keeping):
    """The mean over some axes; over all where none is named."""

    name = "mean"
    source = "torch.mean"
    code = "torch.mean(x, dim=dim, keepdim=keepdim)"
    example = "mean(x, [2, 3], keepdim=true)"
    gives = "float32"


class Amax(Keeping):
    """The largest over some axes; over all where none is named."""

    name = "amax"
    source = "torch.amax"
    code = "torch.amax(x, dim=dim, keepdim=keepdim)"
    example = "amax(x, [2, 3], keepdim=true)"


class Amin(Keeping):
    """The smallest over some axes; over all where none is named."""

    name = "amin"
    source = "torch.amin"
    code = "torch.amin(x, dim=dim, keepdim=keepdim)"
    example = "amin(x, [2, 3], keepdim=true)"


class Prod(Keeping):
    """The product over one axis; over all where none is named."""

    name = "prod"
    source = "torch.prod"
    code = "torch.prod(x, dim=dim, keepdim=keepdim)"
    example = "prod(x, 1)"
    dim: Axis | None = None

    def dtype(self, given: tuple[Dtype, ...]) -> Dtype:
        return widest("int64", *given)


class Argmax(Keeping):
    """Where the largest stands along one axis."""

    name = "argmax"
    source = "torch.argmax"
    code = "torch.argmax(x, dim=dim, keepdim=keepdim)"
    example = "argmax(x, 1)"
    gives = "int64"
    dim: Axis | None = None


class Argmin(Keeping):
    """Where the smallest stands along one axis."""

    name = "argmin"
    source = "torch.argmin"
    code = "torch.argmin(x, dim=dim, keepdim=keepdim)"
    example = "argmin(x, 1)"
    gives = "int64"
    dim: Axis | None = None


class Logsumexp(Keeping):
    """The logarithm of the sum of exponentials over some axes."""

    name = "logsumexp"
    source = "torch.logsumexp"
    code = "torch.logsumexp(x, dim, keepdim=keepdim)"
    example = "logsumexp(x, 1)"
    gives = "float32"
    dim: AxisOrAxes


class Spread(Reduction):
    """Variance or standard deviation: squares over n - 1, over n with `unbiased=false`. Raises AD3158 for n - 1 = 0."""

    unbiased: bool = True
    keepdim: bool = False

    def infer(self) -> Shape:
        count = prod(sizes_of(self.x, self.dim).values())
        if self.unbiased and count == 1:
            raise Refused("AD3158", f"`{self.name}` of 1 value divides by 1 - 1 = 0", help="write `unbiased=false`", argument="unbiased")
        return self.reduced(self.keepdim)


class Var(Spread):
    """The variance over some axes; over all where none is named."""

    name = "var"
    source = "torch.var"
    code = "torch.var(x, dim, unbiased, keepdim=keepdim)"
    example = "var(x, 1, unbiased=false, keepdim=true)"
    gives = "float32"


class Std(Spread):
    """The standard deviation over some axes; over all where none is named."""

    name = "std"
    source = "torch.std"
    code = "torch.std(x, dim, unbiased, keepdim=keepdim)"
    example = "std(x, [2, 3])"
    gives = "float32"


class Norm(Function):
    """The length of a vector, by its `p`-norm, over some axes; over all where none is named."""

    name = "norm"
    source = "torch.norm, which is torch.linalg.vector_norm for a number p"
    code = "torch.linalg.vector_norm(x, p, dim=dim, keepdim=keepdim)"
    example = "norm(x, 2, [2, 3], keepdim=true)"
    gives = "float32"
    x: Tensor
    p: float | int = 2
    dim: AxisOrAxes | None = None
    keepdim: bool = False

    def infer(self) -> Shape:
        return Sum(x=self.x, dim=self.dim, keepdim=self.keepdim).infer()


class Along(Function):
    """One axis is read as a whole, the shape stays. Raises AD3150, AD3151."""

    x: Tensor
    dim: Axis

    def infer(self) -> Shape:
        size_of(self.x, self.dim)
        return self.x

    def reach(self) -> Reach | None:
        return ((1, 1),) * len(self.x.spatial) if self.dim in (1, 1 - self.x.rank) else None


class Softmax(Along):
    """Exponentials that add up to 1 along an axis."""

    name = "softmax"
    source = "torch.softmax"
    code = "torch.softmax(x, dim)"
    example = "softmax(x, 1)"
    gives = "float32"


class LogSoftmax(Along):
    """The logarithm of softmax."""

    name = "log_softmax"
    source = "torch.log_softmax"
    code = "torch.log_softmax(x, dim)"
    example = "log_softmax(x, 1)"
    gives = "float32"


class Cumsum(Along):
    """Running sums along an axis."""

    name = "cumsum"
    source = "torch.cumsum"
    code = "torch.cumsum(x, dim)"
    example = "cumsum(x, 1)"

    def dtype(self, given: tuple[Dtype, ...]) -> Dtype:
        return widest("int64", *given)


class Normalize(Function):
    """x over its `p`-norm along an axis, the norm at least `eps`."""

    name = "normalize"
    source = "torch.nn.functional.normalize"
    code = "F.normalize(x, p=p, dim=dim, eps=eps)"
    example = "normalize(x, dim=-1)"
    gives = "float32"
    x: Tensor
    p: float | int = 2.0
    dim: AxisOrAxes = 1
    eps: float = 1e-12

    def infer(self) -> Shape:
        sizes_of(self.x, self.dim)
        return self.x
