"""Activations as functions of formulas; each works on each element alone."""

from typing import Literal

from archdsl.functions.pointwise import Pointwise
from archdsl.ops.types import Probability


class Sigmoid(Pointwise):
    """1 / (1 + exp(-x))."""

    name = "sigmoid"
    source = "torch.sigmoid"
    code = "torch.sigmoid(x)"
    example = "sigmoid(x)"


class Tanh(Pointwise):
    """The hyperbolic tangent."""

    name = "tanh"
    source = "torch.tanh"
    code = "torch.tanh(x)"
    example = "tanh(x)"


class Relu(Pointwise):
    """max(x, 0)."""

    name = "relu"
    source = "torch.nn.functional.relu"
    code = "F.relu(x)"
    example = "relu(x)"
    gives = None


class Relu6(Pointwise):
    """min(max(x, 0), 6)."""

    name = "relu6"
    source = "torch.nn.functional.relu6"
    code = "F.relu6(x)"
    example = "relu6(x)"


class Silu(Pointwise):
    """x · sigmoid(x)."""

    name = "silu"
    source = "torch.nn.functional.silu"
    code = "F.silu(x)"
    example = "silu(x)"


class Mish(Pointwise):
    """x · tanh(softplus(x))."""

    name = "mish"
    source = "torch.nn.functional.mish"
    code = "F.mish(x)"
    example = "mish(x)"


class Hardsigmoid(Pointwise):
    """relu6(x + 3) / 6."""

    name = "hardsigmoid"
    source = "torch.nn.functional.hardsigmoid"
    code = "F.hardsigmoid(x)"
    example = "hardsigmoid(x)"


class Hardswish(Pointwise):
    """x · relu6(x + 3) / 6."""

    name = "hardswish"
    source = "torch.nn.functional.hardswish"
    code = "F.hardswish(x)"
    example = "hardswish(x)"


class Logsigmoid(Pointwise):
    """log(sigmoid(x))."""

    name = "logsigmoid"
    source = "torch.nn.functional.logsigmoid"
    code = "F.logsigmoid(x)"
    example = "logsigmoid(x)"


class Gelu(Pointwise):
    """x · Φ(x), by the error function or approximated by `tanh`."""

    name = "gelu"
    source = "torch.nn.functional.gelu"
    code = "F.gelu(x, approximate=approximate)"
    example = "gelu(x, approximate='tanh')"
    approximate: Literal["none", "tanh"] = "none"


class LeakyRelu(Pointwise):
    """x above 0, `negative_slope` times x below."""

    name = "leaky_relu"
    source = "torch.nn.functional.leaky_relu"
    code = "F.leaky_relu(x, negative_slope=negative_slope)"
    example = "leaky_relu(x, 0.1)"
    negative_slope: float = 0.01


class Elu(Pointwise):
    """x above 0, `alpha` · (exp(x) - 1) below."""

    name = "elu"
    source = "torch.nn.functional.elu"
    code = "F.elu(x, alpha=alpha)"
    example = "elu(x)"
    alpha: float = 1.0


class Softplus(Pointwise):
    """log(1 + exp(`beta` · x)) / `beta`, linear above `threshold`."""

    name = "softplus"
    source = "torch.nn.functional.softplus"
    code = "F.softplus(x, beta=beta, threshold=threshold)"
    example = "softplus(x)"
    beta: float = 1.0
    threshold: float = 20.0


class Dropout(Pointwise):
    """While training, zeros with probability `p` and the rest divided by 1 - `p`."""

    name = "dropout"
    source = "torch.nn.functional.dropout"
    code = "F.dropout(x, p, self.training)"
    example = "dropout(x, 0.1)"
    p: Probability = 0.5
