"""Functions of formulas and of the merges that wiring words become, one class each; the tables below are all there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archdsl.functions.base import Function
from archdsl.ops.registry import Registry

if TYPE_CHECKING:
    FUNCTIONS: tuple[type[Function], ...]
    MERGES: tuple[type[Function], ...]

BY_NAME: Registry[Function] = Registry(
    "archdsl.functions",
    {
        "neg": "pointwise.Neg",
        "abs": "pointwise.Abs",
        "sign": "pointwise.Sign",
        "floor": "pointwise.Floor",
        "ceil": "pointwise.Ceil",
        "round": "pointwise.Round",
        "exp": "pointwise.Exp",
        "log": "pointwise.Log",
        "log2": "pointwise.Log2",
        "log1p": "pointwise.Log1p",
        "sqrt": "pointwise.Sqrt",
        "rsqrt": "pointwise.Rsqrt",
        "square": "pointwise.Square",
        "reciprocal": "pointwise.Reciprocal",
        "sin": "pointwise.Sin",
        "cos": "pointwise.Cos",
        "erf": "pointwise.Erf",
        "sigmoid": "activation.Sigmoid",
        "tanh": "activation.Tanh",
        "relu": "activation.Relu",
        "relu6": "activation.Relu6",
        "silu": "activation.Silu",
        "mish": "activation.Mish",
        "hardsigmoid": "activation.Hardsigmoid",
        "hardswish": "activation.Hardswish",
        "logsigmoid": "activation.Logsigmoid",
        "gelu": "activation.Gelu",
        "leaky_relu": "activation.LeakyRelu",
        "elu": "activation.Elu",
        "softplus": "activation.Softplus",
        "clamp": "pointwise.Clamp",
        "dropout": "activation.Dropout",
        "maximum": "pointwise.Maximum",
        "minimum": "pointwise.Minimum",
        "where": "pointwise.Where",
        "masked_fill": "pointwise.MaskedFill",
        "addcmul": "pointwise.Addcmul",
        "sum": "reduce.Sum",
        "mean": "reduce.Mean",
        "amax": "reduce.Amax",
        "amin": "reduce.Amin",
        "prod": "reduce.Prod",
        "argmax": "reduce.Argmax",
        "argmin": "reduce.Argmin",
        "logsumexp": "reduce.Logsumexp",
        "var": "reduce.Var",
        "std": "reduce.Std",
        "norm": "reduce.Norm",
        "softmax": "reduce.Softmax",
        "log_softmax": "reduce.LogSoftmax",
        "cumsum": "reduce.Cumsum",
        "normalize": "reduce.Normalize",
        "reshape": "shape.Reshape",
        "flatten": "shape.Flatten",
        "unflatten": "shape.Unflatten",
        "permute": "shape.Permute",
        "transpose": "shape.Transpose",
        "unsqueeze": "shape.Unsqueeze",
        "squeeze": "shape.Squeeze",
        "expand": "shape.Expand",
        "repeat": "shape.Repeat",
        "roll": "shape.Roll",
        "flip": "shape.Flip",
        "chunk": "split.Chunk",
        "split": "split.Split",
        "unbind": "split.Unbind",
        "stack": "split.Stack",
        "meshgrid": "split.Meshgrid",
        "cat": "merge.Cat",
        "matmul": "attention.Matmul",
        "linear": "attention.Linear",
        "attention": "attention.Attention",
        "einsum": "einsum.Einsum",
        "conv": "conv.Conv",
        "unfold": "conv.Unfold",
        "pad": "conv.Pad",
        "interpolate": "conv.Interpolate",
        "batch_norm": "norm.BatchNorm",
        "layer_norm": "norm.LayerNorm",
        "rms_norm": "norm.RmsNorm",
        "group_norm": "norm.GroupNorm",
        "arange": "make.Arange",
        "zeros": "make.Zeros",
        "ones": "make.Ones",
        "full": "make.Full",
        "eye": "make.Eye",
        "rel_pos_index": "make.RelPosIndex",
        "tril": "make.Tril",
        "triu": "make.Triu",
        "one_hot": "make.OneHot",
    },
)
"""functions that a formula calls by name"""

OPERATORS: Registry[Function] = Registry(
    "archdsl.functions",
    {
        "+": "operators.Add",
        "-": "operators.Sub",
        "*": "operators.Mul",
        "/": "operators.Div",
        "//": "operators.FloorDiv",
        "%": "operators.Remainder",
        "**": "operators.Pow",
        "<": "operators.Less",
        "<=": "operators.LessEqual",
        ">": "operators.Greater",
        ">=": "operators.GreaterEqual",
        "==": "operators.Equal",
        "!=": "operators.NotEqual",
        "@": "attention.MatmulOperator",
        "[]": "index.GetItem",
        "unary -": "pointwise.Neg",
    },
)
"""by the operator's text; `[]` is indexing, made with `GetItem.of`"""

WIRING: Registry[Function] = Registry(
    "archdsl.functions",
    {
        "add": "merge.Add",
        "mul": "merge.Multiply",
        "gate": "merge.Gate",
        "concat": "merge.Concat",
    },
)
"""what `add` and `residual`, `mul`, `gate`, `concat` become"""


def __getattr__(name: str) -> object:
    if name == "FUNCTIONS":
        return tuple(dict.fromkeys((*BY_NAME.values(), *OPERATORS.values(), *WIRING.values())))
    if name == "MERGES":
        return tuple(WIRING.values())
    raise AttributeError(f"module 'archdsl.functions' has no attribute {name!r}")
